"""What a simulated study says: labelled trajectories, end points, comparisons, published agreement, storage."""

from __future__ import annotations

from abscopal.results.harm import ArmHarm, Graded, Lymphocytes, lymphopenia_grade
from abscopal.results.result import Result
from abscopal.results.trajectories import Readout, Trajectories
from abscopal.statistics.proportions import Proportion, wilson
from abscopal.statistics.survival import KaplanMeier, LogRank, kaplan_meier, log_rank

__all__ = [
    "ArmHarm",
    "Graded",
    "KaplanMeier",
    "LogRank",
    "Lymphocytes",
    "Proportion",
    "Readout",
    "Result",
    "Trajectories",
    "kaplan_meier",
    "log_rank",
    "lymphopenia_grade",
    "wilson",
]
