"""A cohort solved: model, schedules and subjects to labelled trajectories."""

from abscopal.simulation.inocula import Inoculum
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import (
    COMPARED,
    FloatArray,
    Progress,
    Settings,
    output_times,
    recorded_times,
)
from abscopal.simulation.solving import NOT_CONDITIONED, ArmTrajectories, simulate, solve_arm
from abscopal.simulation.start_volumes import StartVolumes
from abscopal.simulation.subjects import (
    Subjects,
    condition,
    drawn_subjects,
    given_subjects,
    median_subject,
    redrawn_subjects,
    settled_cells,
)
from abscopal.simulation.trajectories import dataset, matched

__all__ = [
    "COMPARED",
    "NOT_CONDITIONED",
    "ArmTrajectories",
    "FloatArray",
    "Inoculum",
    "Prepared",
    "Progress",
    "Settings",
    "StartVolumes",
    "Subjects",
    "condition",
    "dataset",
    "drawn_subjects",
    "given_subjects",
    "matched",
    "median_subject",
    "output_times",
    "recorded_times",
    "redrawn_subjects",
    "settled_cells",
    "simulate",
    "solve_arm",
]
