"""End points of every animal, from its tumour volumes: day of the limit, response, volume on a day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from abscopal.results.metadata import Metadata, ResponseRule, SurvivalRule
from abscopal.results.trajectories import Floats, Trajectories
from abscopal.statistics import conventions
from abscopal.statistics.curves import first_crossing, value_on

RESPONSES = ("complete", "partial", "stable", "progression")


def survival_days(trajectories: Trajectories, rule: SurvivalRule) -> tuple[Floats, NDArray[np.bool_]]:
    """Day of the volume limit and whether it was reached: two arrays (arm, subject)."""
    volume = trajectories.values("volume")
    time = trajectories.time_days
    if rule.of == "total":
        return first_crossing(time, volume.sum(axis=2), rule.volume_limit_mm3)
    if rule.of == "any":
        day, reached = first_crossing(time, volume, rule.volume_limit_mm3)
        return np.asarray(day.min(axis=2), float), np.asarray(reached.any(axis=2), bool)
    return first_crossing(time, volume[:, :, trajectories.sites.index(rule.of)], rule.volume_limit_mm3)


def responses(time_days: Floats, volume_mm3: Floats, rule: ResponseRule) -> NDArray[np.int64]:
    """Response class of each volume curve: an index into `RESPONSES`.

    Parameters
    ----------
    time_days : array (time,) [days]
    volume_mm3 : array (..., time) [mm3]

    Notes
    -----
    Complete below the given volume on the day; else partial below the fraction of the baseline, progression above the
    other fraction of it, stable between. A tumour below the complete volume at baseline cannot be partial or stable.
    """
    now = value_on(time_days, volume_mm3, rule.day)
    baseline = value_on(time_days, volume_mm3, rule.baseline_day)
    palpable = baseline >= rule.complete_below_mm3
    partial = palpable & (now < rule.partial_below_fraction * baseline)
    progression = ~palpable | (now > rule.progression_above_fraction * baseline)
    return np.select([now < rule.complete_below_mm3, partial, progression], [0, 1, 3], default=2)


def growth_days(trajectories: Trajectories, volume_mm3: float) -> Floats:
    """Days from the first treatment's clock zero to a volume, (arm, subject, site); infinite if never reached."""
    day, reached = first_crossing(trajectories.time_days, trajectories.values("volume"), volume_mm3)
    return np.where(reached, day, np.inf)


def comparison_day(trajectories: Trajectories, metadata: Metadata) -> tuple[float, str]:
    """Day on which tumour volumes are compared, and why that day.

    Notes
    -----
    The study's own day; else the last recorded day on which 90 % of the animals of every control arm are below the
    survival limit (as a paper stops its curves when the first of about ten controls is lost); else the last day.
    """
    time = trajectories.time_days
    if metadata.comparison_day is not None:
        return metadata.comparison_day, "set by the study"
    if metadata.survival is None:
        return float(time[-1]), "last day of follow-up; no volume limit is declared"
    day, reached = survival_days(trajectories, metadata.survival)
    day = np.where(reached, day, np.inf)
    limits = []
    for name in metadata.controls:
        a = trajectories.arms.index(name)
        solved = np.sort(day[a][trajectories.ok[a]])
        if solved.size:
            limits.append(solved[min(int((1 - conventions.alive_share()) * solved.size), solved.size - 1)])
    last = min(limits, default=np.inf)
    before = time[(time < last) & (time > metadata.first_treatment_day)]
    if before.size == 0:
        return float(time[-1]), "last day of follow-up; controls reach the limit before any other day"
    if before[-1] == time[-1]:
        return float(time[-1]), "last day of follow-up; nine in ten controls are still below the limit"
    return float(before[-1]), "last day with nine in ten control animals below the volume limit"


def site_groups(metadata: Metadata) -> Mapping[str, tuple[int, ...]]:
    """Site indices that are irradiated in some arm, and in none: {'irradiated': ..., 'unirradiated': ...}."""
    indices = range(len(metadata.sites))
    return {
        "irradiated": tuple(i for i in indices if metadata.sites[i].irradiated),
        "unirradiated": tuple(i for i in indices if not metadata.sites[i].irradiated),
    }
