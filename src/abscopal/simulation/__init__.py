"""A cohort solved: model, schedule and subjects to labelled trajectories."""

from abscopal.simulation.solving import (
    NOT_CONDITIONED,
    ArmTrajectories,
    FloatArray,
    Progress,
    Settings,
    condition,
    dataset,
    has_tumour_by_diagnosis,
    measured_pairs,
    output_times,
    simulate,
)

__all__ = [
    "NOT_CONDITIONED",
    "ArmTrajectories",
    "FloatArray",
    "Progress",
    "Settings",
    "condition",
    "dataset",
    "has_tumour_by_diagnosis",
    "measured_pairs",
    "output_times",
    "simulate",
]
