"""Two arms side by side: survival, tumour volume and response per site, and the mediators."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.results.endpoints import EndPoints
from abscopal.results.mediators import Mediator, mediators
from abscopal.results.metadata import Metadata
from abscopal.results.trajectories import Trajectories
from abscopal.statistics.contrast import Contrast, fisher_p, ratio, sign_p
from abscopal.statistics.proportions import Proportion, wilson
from abscopal.statistics.survival import LogRank, kaplan_meier, log_rank


@dataclass(frozen=True)
class SurvivalComparison:
    """Survival of arm a against arm b; medians are infinite where not reached.

    `mean_gain_days` is the difference of the mean days lived until the end of follow-up.
    """

    median_a_days: float
    median_b_days: float
    mean_gain_days: float
    log_rank: LogRank
    paired_p: float
    longer_in_a: int
    longer_in_b: int


@dataclass(frozen=True)
class SiteComparison:
    """One site in arm a against arm b: ratio of volumes on the comparison day, and complete responses."""

    site: str
    irradiated_a: bool
    irradiated_b: bool
    volume_ratio: Contrast
    complete_a: Proportion | None
    complete_b: Proportion | None
    complete_p: float
    complete_test: str


@dataclass(frozen=True)
class Comparison:
    """Everything said about one pair of arms."""

    a: str
    b: str
    paired: bool
    day: float
    window_days: tuple[float, float]
    survival: SurvivalComparison | None
    sites: tuple[SiteComparison, ...]
    mediators: tuple[Mediator, ...]


def compare(found: EndPoints, trajectories: Trajectories, metadata: Metadata, a: str, b: str, day: float) -> Comparison:
    """Comparison of arm a with arm b, on pairs of the same animals if the arms share them.

    Parameters
    ----------
    found : end points of every subject
    trajectories : those of the subjects that are kept, for the mediators
    day : day on which volumes are compared [days]

    Notes
    -----
    Failed animals are left out; of shared animals both members of a pair are. Mediators are compared from the first
    treatment to the day on which volumes are compared.
    """
    paired = metadata.shared_subjects
    ia, ib = metadata.arm_names.index(a), metadata.arm_names.index(b)
    both = found.solved[ia] & found.solved[ib]
    keep = (both, both) if paired else (found.solved[ia], found.solved[ib])
    window = (metadata.first_treatment_day, day)
    rows = tuple(_site(found, metadata, (ia, ib), keep, s) for s in range(len(metadata.sites)))
    survival = _survival(found, metadata, (ia, ib), keep)
    return Comparison(a, b, paired, day, window, survival, rows, mediators(trajectories, a, b, window, paired))


def _survival(
    found: EndPoints, metadata: Metadata, arms: tuple[int, int], keep: tuple[NDArray[np.bool_], ...]
) -> SurvivalComparison | None:
    if found.days is None or found.reached is None or not keep[0].any() or not keep[1].any():
        return None
    day_a, day_b = (found.days[i][k] for i, k in zip(arms, keep, strict=True))
    event_a, event_b = (found.reached[i][k] for i, k in zip(arms, keep, strict=True))
    longer_a = longer_b = 0
    if metadata.shared_subjects:
        longer_a = int(((day_a > day_b) & event_b).sum())
        longer_b = int(((day_b > day_a) & event_a).sum())
    return SurvivalComparison(
        kaplan_meier(day_a, event_a).median_days,
        kaplan_meier(day_b, event_b).median_days,
        float(day_a.mean() - day_b.mean()),
        log_rank((day_a, event_a), (day_b, event_b)),
        sign_p(longer_a, longer_b),
        longer_a,
        longer_b,
    )


def _site(
    found: EndPoints, metadata: Metadata, arms: tuple[int, int], keep: tuple[NDArray[np.bool_], ...], site: int
) -> SiteComparison:
    on_day = [found.volume_mm3[i, k, site] for i, k in zip(arms, keep, strict=True)]
    contrast = ratio(on_day[0], on_day[1], metadata.volume_floor_mm3, metadata.shared_subjects)
    complete: list[Proportion | None] = [None, None]
    p, test = math.nan, ""
    if found.classes is not None:
        done = [found.classes[i, k, site] == 0 for i, k in zip(arms, keep, strict=True)]
        complete = [wilson(int(d.sum()), d.size) for d in done]
        if metadata.shared_subjects:
            test = "McNemar exact on pairs of the same animals"
            p = sign_p(int((done[0] & ~done[1]).sum()), int((done[1] & ~done[0]).sum()))
        else:
            test = "Fisher exact"
            p = fisher_p(int(done[0].sum()), done[0].size, int(done[1].sum()), done[1].size)
    here = metadata.sites[site]
    irradiated = [metadata.arms[i].name in here.irradiated_in for i in arms]
    return SiteComparison(here.name, irradiated[0], irradiated[1], contrast, complete[0], complete[1], p, test)
