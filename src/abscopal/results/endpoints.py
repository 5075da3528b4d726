"""End points of every animal, from its tumour volumes: day of the limit, response, volume on a day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from abscopal.results.metadata import Metadata, ResponseRule, SurvivalRule
from abscopal.results.trajectories import Floats, Trajectories

RESPONSES = ("complete", "partial", "stable", "progression")
# Tumour volumes are compared while nine in ten control animals are still below the limit.
ALIVE_SHARE_OF_CONTROLS = 0.9


def first_crossing(time_days: Floats, volume_mm3: Floats, limit_mm3: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Day on which a volume first reaches a limit, log-linear between records.

    Parameters
    ----------
    time_days : array (time,) [days]
    volume_mm3 : array (..., time) [mm3]
    limit_mm3 : float [mm3]

    Returns
    -------
    day : array (...) [days], the last day of the record where the limit is not reached
    reached : array (...) [bool]

    Examples
    --------
    >>> day, _ = first_crossing(np.array([0.0, 2.0]), np.array([100.0, 400.0]), 200.0)
    >>> float(day)  # doubles twice in two days
    1.0
    """
    above = volume_mm3 >= limit_mm3
    reached = above.any(axis=-1)
    after = np.argmax(above, axis=-1)
    before = np.maximum(after - 1, 0)
    v0 = np.take_along_axis(volume_mm3, before[..., None], axis=-1)[..., 0]
    v1 = np.take_along_axis(volume_mm3, after[..., None], axis=-1)[..., 0]
    share = _share(v0, v1, limit_mm3)
    day = time_days[before] + np.where(after > 0, share, 0.0) * (time_days[after] - time_days[before])
    return np.asarray(np.where(reached, day, time_days[-1]), float), np.asarray(reached, bool)


def _share(v0: Floats, v1: Floats, limit: float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithmic = np.log(limit / v0) / np.log(v1 / v0)
        linear = (limit - v0) / (v1 - v0)
    share = np.nan_to_num(np.where(v0 > 0, logarithmic, linear), nan=0.0)
    return np.asarray(np.clip(share, 0.0, 1.0), float)


def volume_on(time_days: Floats, values: Floats, day: float, logarithmic: bool = True) -> Floats:
    """Value on a day: as recorded, or between two records (log-linear for volumes above zero)."""
    index = int(np.searchsorted(time_days, day, side="left"))
    if index == time_days.size:
        index -= 1
    if index == 0 or time_days[index] == day:
        return np.asarray(values[..., index], float)
    share = (day - time_days[index - 1]) / (time_days[index] - time_days[index - 1])
    a, b = values[..., index - 1], values[..., index]
    linear = a + share * (b - a)
    if not logarithmic:
        return np.asarray(linear, float)
    both = (a > 0) & (b > 0)
    blend = np.exp((1 - share) * np.log(np.where(both, a, 1.0)) + share * np.log(np.where(both, b, 1.0)))
    return np.asarray(np.where(both, blend, linear), float)


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
    now = volume_on(time_days, volume_mm3, rule.day)
    baseline = volume_on(time_days, volume_mm3, rule.baseline_day)
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
            limits.append(solved[min(int((1 - ALIVE_SHARE_OF_CONTROLS) * solved.size), solved.size - 1)])
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
