"""Two arms side by side: time to the volume limit, volume and response per site, and the mediators."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.results.endpoints import RESPONSES, DayAndReason, EndPoints, pair_baseline_day
from abscopal.results.mediators import Mediator, mediators
from abscopal.results.metadata import Metadata, first_day_of
from abscopal.results.nouns import noun_of
from abscopal.results.trajectories import Trajectories
from abscopal.statistics import accuracy
from abscopal.statistics.contrast import Contrast, fisher_p, ratio, sign_p
from abscopal.statistics.proportions import Proportion, wilson
from abscopal.statistics.survival import LogRank, kaplan_meier, log_rank

COMPLETE, PARTIAL = RESPONSES.index("complete"), RESPONSES.index("partial")


@dataclass(frozen=True)
class SurvivalComparison:
    """Time to the volume limit in arm a against arm b; medians are infinite where not reached.

    `mean_gain_days` is the difference of the mean days below the limit until the end of follow-up; `longer_in_*` count
    the pairs of one subject that stay below it longer in that arm; `free_*` are the shares that never reach it.
    """

    median_a_days: float
    median_b_days: float
    mean_gain_days: float
    log_rank: LogRank
    paired_p: float
    longer_in_a: int
    longer_in_b: int
    free_a: float = math.nan
    free_b: float = math.nan


@dataclass(frozen=True)
class SiteComparison:
    """One site in arm a against arm b: ratio of volumes on the comparison day, and responses.

    `complete_*` are complete responses, `objective_*` complete or partial ones by the baseline of the comparison.
    """

    site: str
    irradiated_a: bool
    irradiated_b: bool
    volume_ratio: Contrast
    complete_a: Proportion | None
    complete_b: Proportion | None
    complete_p: float
    complete_test: str
    objective_a: Proportion | None = None
    objective_b: Proportion | None = None
    objective_p: float = math.nan


@dataclass(frozen=True)
class Comparison:
    """Everything said about one pair of arms.

    Attributes
    ----------
    paired : whether subject i is the same in both arms
    subjects : what the subjects are called: mice, patients
    day, day_reason : day on which the volumes of the two arms are compared, and why that day [days]
    baseline_day : day whose volumes partial responses are held against; None without a response [days]
    window_days : first and last day of the areas of the mediators [days]
    """

    a: str
    b: str
    paired: bool
    subjects: str
    day: float
    day_reason: str
    baseline_day: float | None
    window_days: tuple[float, float]
    survival: SurvivalComparison | None
    sites: tuple[SiteComparison, ...]
    mediators: tuple[Mediator, ...]


def compare(
    found: EndPoints, trajectories: Trajectories, metadata: Metadata, pair: tuple[str, str], on: DayAndReason
) -> Comparison:
    """Comparison of two arms, on pairs of the same subjects if the arms share them.

    Parameters
    ----------
    found : end points of every subject
    trajectories : those of the subjects that are kept, for the mediators
    on : day on which volumes are compared, one of `found.pair_days`, and why that day [days]

    Notes
    -----
    Failed subjects are left out; of shared ones both members of a pair are. Mediators are compared from the first
    treatment of the two arms to the day on which their volumes are compared.
    """
    paired, names = metadata.shared_subjects, metadata.arm_names
    arms = (names.index(pair[0]), names.index(pair[1]))
    both = found.solved[arms[0]] & found.solved[arms[1]]
    keep = (both, both) if paired else (found.solved[arms[0]], found.solved[arms[1]])
    first = first_day_of(metadata.timetable, pair)
    window = (metadata.first_treatment_day if first is None else first, on[0])
    baseline = pair_baseline_day(metadata, pair) if metadata.response else None
    rows = tuple(_site(found, metadata, arms, keep, (s, on[0], baseline)) for s in range(len(metadata.sites)))
    return Comparison(
        a=pair[0],
        b=pair[1],
        paired=paired,
        subjects=noun_of(metadata).many,
        day=on[0],
        day_reason=on[1],
        baseline_day=baseline,
        window_days=window,
        survival=_survival(found, metadata, arms, keep),
        sites=rows,
        mediators=mediators(trajectories, *pair, window, paired),
    )


def _survival(
    found: EndPoints, metadata: Metadata, arms: tuple[int, int], keep: tuple[NDArray[np.bool_], ...]
) -> SurvivalComparison | None:
    if found.days is None or found.reached is None or not keep[0].any() or not keep[1].any():
        return None
    day_a, day_b = (found.days[i][k] for i, k in zip(arms, keep, strict=True))
    event_a, event_b = (found.reached[i][k] for i, k in zip(arms, keep, strict=True))
    longer_a = longer_b = 0
    if metadata.shared_subjects:
        gain = accuracy.told_apart(day_a - day_b, accuracy.DAYS)
        longer_a = int(((gain > 0) & event_b).sum())
        longer_b = int(((gain < 0) & event_a).sum())
    return SurvivalComparison(
        kaplan_meier(day_a, event_a).median_days,
        kaplan_meier(day_b, event_b).median_days,
        float(day_a.mean() - day_b.mean()),
        log_rank((day_a, event_a), (day_b, event_b)),
        sign_p(longer_a, longer_b),
        longer_a,
        longer_b,
        float(1.0 - event_a.mean()),
        float(1.0 - event_b.mean()),
    )


def _site(
    found: EndPoints,
    metadata: Metadata,
    arms: tuple[int, int],
    keep: tuple[NDArray[np.bool_], ...],
    where: tuple[int, float, float | None],
) -> SiteComparison:
    site, day, baseline = where
    assert found.pair_volume_mm3 is not None
    at = found.pair_days.index(day)
    on_day = [found.pair_volume_mm3[i, k, site, at].astype(float) for i, k in zip(arms, keep, strict=True)]
    contrast = ratio(on_day[0], on_day[1], metadata.volume_floor_mm3, metadata.shared_subjects)
    complete: list[Proportion | None] = [None, None]
    objective = complete
    p, better_p, test = math.nan, math.nan, ""
    if found.pair_classes is not None and baseline is not None:
        held = found.pair_baselines.index(baseline)
        classes = [found.pair_classes[i, k, site, held] for i, k in zip(arms, keep, strict=True)]
        complete, p, test = _shares([c == COMPLETE for c in classes], metadata.shared_subjects)
        objective, better_p, _ = _shares([c <= PARTIAL for c in classes], metadata.shared_subjects)
    here = metadata.sites[site]
    in_a, in_b = (metadata.arms[i].name in here.irradiated_in for i in arms)
    responses = (complete[0], complete[1], p, test, objective[0], objective[1], better_p)
    return SiteComparison(here.name, in_a, in_b, contrast, *responses)


def _shares(done: list[NDArray[np.bool_]], paired: bool) -> tuple[list[Proportion | None], float, str]:
    """Shares of subjects of two groups that are done, with the p value of their difference and its test."""
    shares: list[Proportion | None] = [wilson(int(d.sum()), d.size) for d in done]
    if paired:
        test = "McNemar exact on pairs of the same subjects"
        return shares, sign_p(int((done[0] & ~done[1]).sum()), int((done[1] & ~done[0]).sum())), test
    return shares, fisher_p(int(done[0].sum()), done[0].size, int(done[1].sum()), done[1].size), "Fisher exact"
