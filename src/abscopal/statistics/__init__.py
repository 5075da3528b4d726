"""Statistics that know no biology: survival, contrasts of groups, proportions, simulated experiments."""
