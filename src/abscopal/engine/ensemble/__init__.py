"""Many trajectories: compiled systems, threads, streaming."""
