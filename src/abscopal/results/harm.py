"""Harm of each arm: lymphopenia and its grade, cytokine release, immune-related adverse events, organs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abscopal.results.armsummary import Estimate
from abscopal.results.metadata import Metadata
from abscopal.results.trajectories import Floats, Trajectories
from abscopal.statistics import accuracy
from abscopal.statistics.proportions import Proportion, wilson
from abscopal.storage.packaged import read_yaml
from abscopal.vocabulary import HUMAN

if TYPE_CHECKING:
    from abscopal.results.result import Result

LYMPHOCYTES, NLR, ADVERSE = "blood_lymphocytes", "blood_nlr", "blood_irae_probability"
RELEASE = {"cytokine_release": "blood_crs_severity", "neurotoxicity": "blood_icans_severity"}
WORST_GRADE = 4
NOTHING = Estimate(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Graded:
    """The worst grade of every animal, and the day of it.

    Attributes
    ----------
    grades : share of animals with each worst grade, 0 to 4.
    severe : share with grade 3 or 4.
    day : day on which the worst grade is reached, of animals with any (median, 5 and 95 %) [d].
    """

    grades: tuple[Proportion, ...]
    severe: Proportion
    day: Estimate


@dataclass(frozen=True)
class Lymphocytes:
    """The lymphocyte count from the first treatment on; estimates are the median, 5 and 95 % of animals.

    Attributes
    ----------
    before_per_ul, lowest_per_ul : before treatment, and at its lowest [1/uL].
    left : lowest count over that before treatment.
    lowest_day : day of the lowest count [d].
    recovery_days : from the lowest count to recovery, of animals with a loss; infinite where not reached [d].
    recovered : share of animals with a loss that recover by the end of follow-up.
    lymphopenia : grades of patients; None for animals, which have no such scale.
    """

    before_per_ul: Estimate
    lowest_per_ul: Estimate
    left: Estimate
    lowest_day: Estimate
    recovery_days: Estimate
    recovered: Proportion
    lymphopenia: Graded | None


@dataclass(frozen=True)
class ArmHarm:
    """Harm of one arm; None where the model of the study does not have it.

    Attributes
    ----------
    lymphocytes : counts, grades and recovery.
    highest_nlr : highest ratio of neutrophils to lymphocytes from the first treatment on.
    cytokine_release, neurotoxicity : grades after engineered cells.
    adverse_events : probability of a severe immune-related adverse event by the end of follow-up: mean over patients.
    normal_tissue : rows of the organs whose dose the study states: probability of the complication, source, limits.
    """

    name: str
    lymphocytes: Lymphocytes | None
    highest_nlr: Estimate | None
    cytokine_release: Graded | None
    neurotoxicity: Graded | None
    adverse_events: Estimate | None
    normal_tissue: tuple[Mapping[str, Any], ...]


@cache
def scales() -> Mapping[str, Any]:
    """The clinical scales, with their sources."""
    found: Mapping[str, Any] = read_yaml("abscopal.results", "grades.yaml")
    return found


def lymphopenia_grade(count_per_ul: Floats) -> NDArray[np.int64]:
    """Grade of lymphopenia of patients, 0 to 4.

    Parameters
    ----------
    count_per_ul : array (...) [1/uL]

    Examples
    --------
    >>> lymphopenia_grade(np.array([1500.0, 900.0, 500.0, 499.0, 100.0])).tolist()
    [0, 1, 2, 3, 4]
    """
    limits = np.asarray(scales()["lymphopenia"]["below_per_ul"], float)
    below = accuracy.below(np.asarray(count_per_ul, float)[..., None], limits)
    return np.asarray(below.sum(axis=-1), np.int64)


def harm(trajectories: Trajectories, metadata: Metadata) -> tuple[ArmHarm, ...]:
    """Harm of every arm, in their order."""
    return tuple(_arm(trajectories, metadata, a) for a in range(len(metadata.arms)))


def _arm(trajectories: Trajectories, metadata: Metadata, a: int) -> ArmHarm:
    name = metadata.arms[a].name
    time = trajectories.time_days
    after = time >= metadata.first_treatment_day
    lymphocytes = highest = adverse = None
    if (count := _values(trajectories, LYMPHOCYTES, a)) is not None:
        lymphocytes = _lymphocytes(time, count, metadata)
    if (ratio := _values(trajectories, NLR, a)) is not None:
        highest = _middle(ratio[:, after].max(axis=1))
    if (probability := _values(trajectories, ADVERSE, a)) is not None:
        at_end = probability[:, -1]
        adverse = Estimate(float(at_end.mean()), *(float(q) for q in np.quantile(at_end, [0.05, 0.95])))
    release = {}
    for kind, variable in RELEASE.items():
        severity = _values(trajectories, variable, a)
        release[kind] = None if severity is None else _graded(time, np.floor(severity).astype(np.int64))
    return ArmHarm(
        name=name,
        lymphocytes=lymphocytes,
        highest_nlr=highest,
        cytokine_release=release["cytokine_release"],
        neurotoxicity=release["neurotoxicity"],
        adverse_events=adverse,
        normal_tissue=tuple(metadata.normal_tissue.get(name, ())),
    )


def _values(trajectories: Trajectories, name: str, a: int) -> Floats | None:
    """Array (solved animals, time) of a readout of the body; None if it was not recorded or nothing was solved."""
    if name not in trajectories.data.data_vars or not trajectories.ok[a].any():
        return None
    return trajectories.solved(name, a)


def _lymphocytes(time: Floats, count: Floats, metadata: Metadata) -> Lymphocytes:
    start = int(np.searchsorted(time, metadata.first_treatment_day))
    # The record on the day of the first treatment may already show its effect.
    before = count[:, max(start - 1, 0)]
    since, days = count[:, min(start, time.size - 1) :], time[min(start, time.size - 1) :]
    lowest = (~accuracy.above(since, since.min(axis=1, keepdims=True))).argmax(axis=1)  # the first of near ties
    left = np.take_along_axis(since, lowest[:, None], axis=1)[:, 0]
    share = left / np.maximum(before, np.finfo(float).tiny)
    patients = metadata.host == HUMAN
    if patients:
        good = lymphopenia_grade(since) <= lymphopenia_grade(before)[:, None]
    else:
        good = accuracy.reaches(since, scales()["recovery"]["animal_share"] * before[:, None])
    recovery = _days_to_recovery(days, good, lowest)
    hurt = ~np.isnan(recovery)
    return Lymphocytes(
        before_per_ul=_middle(before),
        lowest_per_ul=_middle(left),
        left=_middle(share),
        lowest_day=_middle(days[lowest]),
        recovery_days=_middle(recovery[hurt]),
        recovered=wilson(int(np.isfinite(recovery[hurt]).sum()), int(hurt.sum())),
        lymphopenia=_graded(days, lymphopenia_grade(since)) if patients else None,
    )


def _days_to_recovery(days: Floats, good: NDArray[np.bool_], lowest: NDArray[np.int64]) -> Floats:
    """Days from the lowest count to the first good one after it; NaN without a loss, infinite if never again."""
    found = np.full(len(good), np.nan)
    for i, at in enumerate(lowest):
        if not good[i, at]:
            later = np.flatnonzero(good[i, at:])
            found[i] = days[at + later[0]] - days[at] if later.size else np.inf
    return found


def _graded(time: Floats, grades: NDArray[np.int64]) -> Graded:
    worst, first = grades.max(axis=1), grades.argmax(axis=1)
    shares = tuple(wilson(int((worst == g).sum()), worst.size) for g in range(WORST_GRADE + 1))
    severe = wilson(int((worst >= scales()["release"]["severe_from"]).sum()), worst.size)
    return Graded(shares, severe, _middle(time[first[worst > 0]]))


def _middle(values: Floats) -> Estimate:
    """Median, 5 and 95 % of animals; infinite values stand for "not reached"."""
    if not values.size:
        return NOTHING
    return Estimate(*(float(q) for q in np.quantile(values, [0.5, 0.05, 0.95], method="inverted_cdf")))


def worth_telling(harms: tuple[ArmHarm, ...], metadata: Metadata) -> bool:
    """Whether people should see it unasked: patients, engineered cells, or animals that lose lymphocytes."""
    if metadata.host == HUMAN or any(arm.cytokine_release for arm in harms):
        return True
    share = scales()["recovery"]["animal_share"]
    return any(arm.lymphocytes is not None and arm.lymphocytes.left.value < share for arm in harms)


def harm_rows(result: Result) -> list[dict[str, Any]]:
    """Tidy rows of the harm of every arm: arm, what, value, unit, low, high, n; as far as the study has it."""
    return [row for arm in result.harm for row in _rows(arm)]


def _rows(arm: ArmHarm) -> Iterator[dict[str, Any]]:
    def row(what: str, found: Estimate | Proportion, unit: str) -> dict[str, Any]:
        count = found.n if isinstance(found, Proportion) else None
        return {"arm": arm.name, "what": what, **_bounds(found), "unit": unit, "n": count}

    if (blood := arm.lymphocytes) is not None:
        yield row("lowest lymphocyte count", blood.lowest_per_ul, "1/uL")
        yield row("lymphocytes left at the lowest", blood.left, "1")
        yield row("day of the lowest count", blood.lowest_day, "day")
        yield row("days to recovery", blood.recovery_days, "days")
        yield row("recovered", blood.recovered, "1")
    if arm.highest_nlr is not None:
        yield row("highest NLR", arm.highest_nlr, "1")
    graded = {
        "lymphopenia": blood.lymphopenia if blood is not None else None,
        "cytokine release syndrome": arm.cytokine_release,
        "neurotoxicity": arm.neurotoxicity,
    }
    for what, grades in graded.items():
        if grades is not None:
            yield from (row(f"{what} grade {grade}", share, "1") for grade, share in enumerate(grades.grades))
            yield row(f"{what} grade 3 or more", grades.severe, "1")
    if arm.adverse_events is not None:
        yield row("adverse event of grade 3 or more", arm.adverse_events, "1")
    for organ in arm.normal_tissue:
        unknown = Estimate(organ["probability"], math.nan, math.nan)
        yield row(f"{organ['organ']}: {organ['complication']}", unknown, "1")


def _bounds(found: Estimate | Proportion) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}
