"""End points of every animal, from its tumour volumes: day of the limit, response, volume on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.results.metadata import Metadata, ResponseRule, SurvivalRule
from abscopal.results.trajectories import Floats, Trajectories
from abscopal.statistics import conventions
from abscopal.statistics.curves import first_crossing, value_on
from abscopal.vocabulary import ALL_SITES, ANY_SITE

RESPONSES = ("complete", "partial", "stable", "progression")


@dataclass(frozen=True)
class EndPointRules:
    """What is read from the volumes of a subject, and when."""

    sites: tuple[str, ...]
    survival: SurvivalRule | None
    response: ResponseRule | None
    growth_volume_mm3: float | None
    comparison_day: float


@dataclass(frozen=True)
class EndPoints:
    """End points of every subject; what the study does not declare is None.

    Attributes
    ----------
    solved : whether the trajectory was solved (arm, subject)
    volume_mm3 : volume on the comparison day (arm, subject, site) [mm3]
    days, reached : day of the volume limit, or the last day, and whether it was reached (arm, subject) [days]
    classes : response, an index into `RESPONSES` (arm, subject, site)
    growth_days : day of the growth volume, infinite if never reached (arm, subject, site) [days]
    """

    solved: NDArray[np.bool_]
    volume_mm3: Floats
    days: Floats | None
    reached: NDArray[np.bool_] | None
    classes: NDArray[np.int8] | None
    growth_days: Floats | None


def end_points(trajectories: Trajectories, metadata: Metadata) -> EndPoints:
    """End points of every subject of every arm, from their trajectories."""
    rules = rules_of(metadata, comparison_day(trajectories, metadata)[0])
    read = read_end_points(trajectories.time_days, trajectories.values("volume"), rules)
    return EndPoints(solved=trajectories.ok, **read)


def rules_of(metadata: Metadata, day: float) -> EndPointRules:
    """The rules of a study, with the day on which its volumes are compared."""
    sites = tuple(site.name for site in metadata.sites)
    return EndPointRules(sites, metadata.survival, metadata.response, metadata.growth_volume_mm3, day)


def read_end_points(time_days: Floats, volume_mm3: Floats, rules: EndPointRules) -> dict[str, Any]:
    """Fields of `EndPoints` but `solved`, from volumes (..., subject, site, time); None where a rule is missing."""
    days = reached = classes = growth = None
    if rules.survival is not None:
        days, reached = _survival(time_days, volume_mm3, rules.sites, rules.survival)
    if rules.response is not None:
        classes = responses(time_days, volume_mm3, rules.response).astype(np.int8)
    if rules.growth_volume_mm3 is not None:
        day, grown = first_crossing(time_days, volume_mm3, rules.growth_volume_mm3)
        growth = np.where(grown, day, np.inf)
    on_day = value_on(time_days, volume_mm3, rules.comparison_day)
    return {"volume_mm3": on_day, "days": days, "reached": reached, "classes": classes, "growth_days": growth}


def survival_days(trajectories: Trajectories, rule: SurvivalRule) -> tuple[Floats, NDArray[np.bool_]]:
    """Day of the volume limit and whether it was reached: two arrays (arm, subject)."""
    return _survival(trajectories.time_days, trajectories.values("volume"), trajectories.sites, rule)


def _survival(
    time: Floats, volume: Floats, sites: Sequence[str], rule: SurvivalRule
) -> tuple[Floats, NDArray[np.bool_]]:
    """Of volumes (..., subject, site, time)."""
    if rule.of == ALL_SITES:
        return first_crossing(time, volume.sum(axis=-2), rule.volume_limit_mm3)
    if rule.of == ANY_SITE:
        day, reached = first_crossing(time, volume, rule.volume_limit_mm3)
        return np.asarray(day.min(axis=-1), float), np.asarray(reached.any(axis=-1), bool)
    return first_crossing(time, volume[..., sites.index(rule.of), :], rule.volume_limit_mm3)


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
