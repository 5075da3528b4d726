"""Why two arms differ: the immune readouts whose course over time differs most between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from abscopal.results.trajectories import Floats, Readout, Trajectories
from abscopal.statistics import accuracy

if TYPE_CHECKING:
    from abscopal.results.comparison import Comparison

# Given drugs and the tumour itself are causes and outcomes, not mediators.
EXCLUDED_GROUPS = ("drug", "tumour", "harm")
# Folds beyond this are not told apart: the smaller arm is held at this share of the largest arm.
LARGEST_FOLD = 1000.0
# Smaller ones explain nothing: a twentieth, as a binary logarithm.
LEAST_FOLD = math.log2(1.05)


@dataclass(frozen=True)
class Mediator:
    """How one readout at one place differs between arms a and b.

    Attributes
    ----------
    readout, label, unit, group : the quantity
    site : name of the site, or "" for the whole body
    area_a, area_b : median area under the curve in the window [unit x days]
    log2_fold : log2 of the ratio of the two medians
    low, high : quartiles of log2 ratios between animals (of the same animal if shared)
    share_same_sign : share of pairs of animals that differ in the direction of the medians
    peak_a, peak_b : median peak in the window [unit]
    peak_day_a, peak_day_b : days of the peak of the median curve
    score : |log2_fold| weighted by how consistent the animals are; the rank
    """

    readout: str
    label: str
    unit: str
    group: str
    site: str
    area_a: float
    area_b: float
    log2_fold: float
    low: float
    high: float
    share_same_sign: float
    peak_a: float
    peak_b: float
    peak_day_a: float
    peak_day_b: float
    score: float


def mediators(
    trajectories: Trajectories, arm_a: str, arm_b: str, window_days: tuple[float, float], paired: bool
) -> tuple[Mediator, ...]:
    """Readouts that differ between two arms, the most telling first.

    Parameters
    ----------
    window_days : first and last day of the areas and peaks [days]
    paired : whether subject i is the same animal in both arms

    Notes
    -----
    Rank is |log2 ratio of median areas| x max(0, 2 s - 1), with s the share of animal pairs that differ in the same
    direction: a large but inconsistent difference ranks below a smaller one that every animal shows.
    """
    a, b = trajectories.arms.index(arm_a), trajectories.arms.index(arm_b)
    time = trajectories.time_days
    inside = (time >= window_days[0]) & (time <= window_days[1])
    if inside.sum() < 2:
        inside = np.ones(time.size, bool)
    both = trajectories.ok[a] & trajectories.ok[b]
    keep_a, keep_b = (both, both) if paired else (trajectories.ok[a], trajectories.ok[b])
    if not keep_a.any() or not keep_b.any():
        return ()
    found = []
    for readout in trajectories.readouts:
        if readout.group in EXCLUDED_GROUPS:
            continue
        values = trajectories.values(readout.name)[..., inside]
        floor = _floor(values, trajectories, time[inside])
        for s, site in enumerate(trajectories.sites if readout.per_site else [""]):
            at = values[:, :, s] if readout.per_site else values
            found.append(_mediator(readout, site, at[a][keep_a], at[b][keep_b], time[inside], floor, paired))
    return tuple(sorted((m for m in found if math.isfinite(m.log2_fold)), key=lambda m: -m.score))


def by_place(comparison: Comparison, most: int = 6) -> list[list[Mediator]]:
    """The best mediators of each place: sites irradiated in neither arm first, then other sites, then the body."""
    sites = sorted(comparison.sites, key=lambda s: s.irradiated_a or s.irradiated_b)
    found = []
    for place in [*(s.site for s in sites), ""]:
        told = (m for m in comparison.mediators if m.site == place and m.score > 0)
        found.append([m for m in told if abs(m.log2_fold) >= LEAST_FOLD][:most])
    return [group for group in found if group]


def _floor(values: Floats, trajectories: Trajectories, time: Floats) -> float:
    """Smallest area told apart from none, from the largest median area of any arm and site."""
    solved = [_area(values[a][ok], time) for a, ok in enumerate(trajectories.ok) if ok.any()]
    largest = max(float(np.median(areas, axis=0).max()) for areas in solved)
    return max(largest / LARGEST_FOLD, np.finfo(float).tiny)


def _area(values: Floats, time: Floats) -> Floats:
    return np.asarray(((values[..., 1:] + values[..., :-1]) / 2 * np.diff(time)).sum(axis=-1), float)


def _mediator(readout: Readout, site: str, a: Floats, b: Floats, time: Floats, floor: float, paired: bool) -> Mediator:
    area_a, area_b = _area(a, time), _area(b, time)
    log_a, log_b = (accuracy.logarithms(area, floor) / math.log(2) for area in (area_a, area_b))
    close = accuracy.SHARE / math.log(2)
    pairs = log_a - log_b if paired else np.subtract.outer(_sample(log_a), _sample(log_b)).ravel()
    pairs = accuracy.told_apart(pairs, close)
    difference = np.asarray(np.median(log_a) - np.median(log_b))
    fold = float(accuracy.told_apart(difference, close))
    low, high = np.quantile(pairs, [0.25, 0.75])
    same = float(np.mean(np.sign(pairs) == np.sign(fold))) if fold else 0.0
    median_a, median_b = np.median(a, axis=0), np.median(b, axis=0)
    return Mediator(
        readout=readout.name,
        label=readout.label,
        unit=readout.unit,
        group=readout.group,
        site=site,
        area_a=float(np.median(area_a)),
        area_b=float(np.median(area_b)),
        log2_fold=fold,
        low=float(low),
        high=float(high),
        share_same_sign=same,
        peak_a=float(np.median(a.max(axis=-1))),
        peak_b=float(np.median(b.max(axis=-1))),
        peak_day_a=_peak_day(time, median_a),
        peak_day_b=_peak_day(time, median_b),
        score=abs(fold) * max(0.0, 2 * same - 1),
    )


def _peak_day(time: Floats, curve: Floats) -> float:
    """First day on which a curve is at its peak."""
    return float(time[np.argmax(accuracy.reaches(curve, float(curve.max())))])


def _sample(values: Floats, most: int = 300) -> Floats:
    return np.quantile(values, (np.arange(most) + 0.5) / most) if values.size > most else values
