"""End points of every animal, from its tumour volumes: day of the limit, response, volume on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.results.metadata import Metadata, ResponseRule, SurvivalRule, baseline_day, first_day_of
from abscopal.results.nouns import noun_of
from abscopal.results.trajectories import Floats, Trajectories
from abscopal.statistics import accuracy, conventions
from abscopal.statistics.curves import first_crossing, value_on
from abscopal.vocabulary import ALL_SITES, ANY_SITE

RESPONSES = ("complete", "partial", "stable", "progression")
# A day of comparison, and why that day.
DayAndReason = tuple[float, str]


@dataclass(frozen=True)
class EndPointRules:
    """What is read from the volumes of a subject, and when.

    Attributes
    ----------
    comparison_day : day of the volumes that are shown of every arm [d].
    pair_days, pair_baselines : distinct days on which pairs of arms are compared, and of the baselines of their
        responses [d].
    """

    sites: tuple[str, ...]
    survival: SurvivalRule | None
    response: ResponseRule | None
    growth_volume_mm3: float | None
    comparison_day: float
    pair_days: tuple[float, ...] = ()
    pair_baselines: tuple[float, ...] = ()


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
    pair_volume_mm3 : volume on each distinct day of comparison (arm, subject, site, day) [mm3]
    pair_classes : response by each distinct baseline (arm, subject, site, baseline)
    pair_days, pair_baselines : those days [days]
    """

    solved: NDArray[np.bool_]
    volume_mm3: Floats
    days: Floats | None
    reached: NDArray[np.bool_] | None
    classes: NDArray[np.int8] | None
    growth_days: Floats | None
    pair_volume_mm3: NDArray[np.float32] | None = None
    pair_classes: NDArray[np.int8] | None = None
    pair_days: tuple[float, ...] = ()
    pair_baselines: tuple[float, ...] = ()


def end_points(trajectories: Trajectories, metadata: Metadata) -> EndPoints:
    """End points of every subject of every arm, from their trajectories."""
    rules = rules_of(metadata, comparison_days(trajectories, metadata))
    read = read_end_points(trajectories.time_days, trajectories.values("volume"), rules)
    return EndPoints(solved=trajectories.ok, **read, pair_days=rules.pair_days, pair_baselines=rules.pair_baselines)


def rules_of(metadata: Metadata, days: Mapping[tuple[str, ...], DayAndReason]) -> EndPointRules:
    """The rules of a study, with the days on which its volumes are compared, of `comparison_days`."""
    pairs = metadata.compare
    baselines = [pair_baseline_day(metadata, pair) for pair in pairs] if metadata.response else []
    return EndPointRules(
        tuple(site.name for site in metadata.sites),
        metadata.survival,
        metadata.response,
        metadata.growth_volume_mm3,
        days[()][0],
        tuple(sorted({days[pair][0] for pair in pairs})),
        tuple(sorted(set(baselines))),
    )


def pair_baseline_day(metadata: Metadata, pair: tuple[str, str]) -> float:
    """Day whose volumes the responses of two arms are held against: the study's own, else that of these arms."""
    assert metadata.response is not None
    usual = metadata.response.baseline_day
    return usual if metadata.baseline_is_set else baseline_day(metadata.timetable, pair, metadata.sites, usual)


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
    found = {"volume_mm3": on_day, "days": days, "reached": reached, "classes": classes, "growth_days": growth}
    return {**found, **_of_pairs(time_days, volume_mm3, rules)}


def _of_pairs(time_days: Floats, volume_mm3: Floats, rules: EndPointRules) -> dict[str, Any]:
    """What is read on the days of the pairs of arms, one behind the other on the last axis."""
    # Single precision: a million subjects have to fit.
    volumes = [value_on(time_days, volume_mm3, day).astype(np.float32) for day in rules.pair_days]
    found: dict[str, Any] = {"pair_volume_mm3": np.stack(volumes, axis=-1) if volumes else None, "pair_classes": None}
    if rules.response is not None and rules.pair_baselines:
        by_baseline = [replace(rules.response, baseline_day=day) for day in rules.pair_baselines]
        classes = [responses(time_days, volume_mm3, rule).astype(np.int8) for rule in by_baseline]
        found["pair_classes"] = np.stack(classes, axis=-1)
    return found


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
    other fraction of it, stable between. What is closer to one of these than the accuracy of the solver is at it. A
    tumour below the complete volume at baseline cannot be partial or stable.
    """
    now = value_on(time_days, volume_mm3, rule.day)
    baseline = value_on(time_days, volume_mm3, rule.baseline_day)
    palpable = accuracy.reaches(baseline, rule.complete_below_mm3)
    partial = palpable & accuracy.below(now, rule.partial_below_fraction * baseline)
    progression = ~palpable | accuracy.above(now, rule.progression_above_fraction * baseline)
    return np.select([accuracy.below(now, rule.complete_below_mm3), partial, progression], [0, 1, 3], default=2)


def comparison_days(trajectories: Trajectories, metadata: Metadata) -> dict[tuple[str, ...], DayAndReason]:
    """Day on which tumour volumes are compared, and why: of every pair that the study compares, and () of all arms.

    Notes
    -----
    The study's own day; else the last recorded day on which 90 % of the subjects of each of these arms are below the
    volume limit (as a paper stops its curves when the first of about ten is lost); else the last day.
    """
    groups: list[tuple[str, ...]] = [(), *metadata.compare]
    last = float(trajectories.time_days[-1])
    if metadata.comparison_day is not None:
        return dict.fromkeys(groups, (metadata.comparison_day, "set by the study"))
    if metadata.survival is None:
        return dict.fromkeys(groups, (last, "last day of follow-up; no volume limit is declared"))
    day, reached = survival_days(trajectories, metadata.survival)
    left = np.where(reached, day, np.inf)
    return {group: _comparison_day(trajectories, metadata, left, group) for group in groups}


def _comparison_day(
    trajectories: Trajectories, metadata: Metadata, left: Floats, group: tuple[str, ...]
) -> DayAndReason:
    arms = group or trajectories.arms
    time, noun = trajectories.time_days, noun_of(metadata)
    limits = []
    for a in (trajectories.arms.index(name) for name in arms):
        solved = np.sort(left[a][trajectories.ok[a]])
        if solved.size:
            limits.append(solved[min(int((1 - conventions.alive_share()) * solved.size), solved.size - 1)])
    first = first_day_of(metadata.timetable, arms)
    opened = time > (metadata.first_treatment_day if first is None else first)
    whose = "both arms" if group else "every arm"
    if min(limits, default=np.inf) > time[-1]:
        return float(time[-1]), f"last day of follow-up; nine in ten {noun.many} of {whose} are still below the limit"
    before = time[(time < min(limits) - accuracy.DAYS) & opened]
    if before.size == 0:
        return float(time[-1]), f"last day of follow-up; {noun.many} reach the limit before any other day"
    whole = before[before == np.round(before)]
    return float(
        (whole if whole.size else before)[-1]
    ), f"last day with nine in ten {noun.many} of {whose} below the limit"


def site_groups(metadata: Metadata) -> Mapping[str, tuple[int, ...]]:
    """Site indices that are irradiated in some arm, and in none: {'irradiated': ..., 'unirradiated': ...}."""
    indices = range(len(metadata.sites))
    return {
        "irradiated": tuple(i for i in indices if metadata.sites[i].irradiated),
        "unirradiated": tuple(i for i in indices if not metadata.sites[i].irradiated),
    }
