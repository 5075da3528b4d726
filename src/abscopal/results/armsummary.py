"""Each arm on its own: survival, response rates, volume on the comparison day, growth delay."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.results.endpoints import RESPONSES, EndPoints
from abscopal.results.metadata import Metadata
from abscopal.results.trajectories import Floats
from abscopal.statistics.proportions import Proportion, wilson
from abscopal.statistics.survival import KaplanMeier, kaplan_meier, pooled_median, restricted_mean_days

_RESAMPLES = 500
# Subjects of one resample at most: a bootstrap of millions would take minutes and tell as much.
_MOST_DRAWN = 10_000


@dataclass(frozen=True)
class Estimate:
    """A value with an interval; infinite where not reached, NaN where it cannot be said."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ArmSurvival:
    """Survival of one arm to the volume limit; median and restricted mean both count from day 0 of the study."""

    curve: KaplanMeier
    events: int
    median_days: Estimate
    alive_at_end: Proportion
    restricted_mean_days: float


@dataclass(frozen=True)
class SiteSummary:
    """One site of one arm."""

    site: str
    irradiated: bool
    responses: dict[str, Proportion]
    volume_mm3: Estimate
    time_to_volume_days: Estimate
    growth_delay_days: Estimate


@dataclass(frozen=True)
class ArmSummary:
    """One arm: animals solved and failed, survival, and its sites."""

    name: str
    description: str
    control: bool
    n: int
    failed: int
    survival: ArmSurvival | None
    sites: tuple[SiteSummary, ...]


def summarise_arms(found: EndPoints, metadata: Metadata, recorded_days: tuple[float, float]) -> tuple[ArmSummary, ...]:
    """Summary of every arm.

    Parameters
    ----------
    found : end points of every subject
    recorded_days : first and last day on record [days]

    Notes
    -----
    Volume: median and 5-95 % of animals on the comparison day. Growth delay: median day of the growth volume less the
    control's, with a bootstrap interval (of the same animals if shared); the first control arm is the reference.
    """
    return tuple(_arm(found, metadata, a, recorded_days) for a in range(len(metadata.arms)))


def _arm(found: EndPoints, metadata: Metadata, a: int, recorded_days: tuple[float, float]) -> ArmSummary:
    ok = found.solved[a]
    arm = metadata.arms[a]
    sites = tuple(_site(found, metadata, a, s) for s in range(len(metadata.sites)))
    survival = _survival(found, a, recorded_days)
    return ArmSummary(arm.name, arm.description, arm.control, int(ok.sum()), int((~ok).sum()), survival, sites)


def _survival(found: EndPoints, a: int, recorded_days: tuple[float, float]) -> ArmSurvival | None:
    ok = found.solved[a]
    if found.days is None or found.reached is None or not ok.any():
        return None
    curve = kaplan_meier(found.days[a][ok], found.reached[a][ok])
    events = int(found.reached[a][ok].sum())
    # Days lived since the first record, on the clock of the study, as every other day is.
    mean = recorded_days[0] + restricted_mean_days(curve, *recorded_days)
    median = Estimate(curve.median_days, *curve.median_interval_days)
    alive = wilson(int(ok.sum()) - events, int(ok.sum()))
    return ArmSurvival(curve, events, median, alive, mean)


def _site(found: EndPoints, metadata: Metadata, a: int, s: int) -> SiteSummary:
    ok, site = found.solved[a], metadata.sites[s]
    rates: dict[str, Proportion] = {}
    if found.classes is not None:
        classes = found.classes[a, ok, s]
        rates = {name: wilson(int((classes == i).sum()), classes.size) for i, name in enumerate(RESPONSES)}
    on_day = found.volume_mm3[a, ok, s]
    middle = [float(v) for v in np.quantile(on_day, [0.5, 0.05, 0.95])] if on_day.size else [math.nan] * 3
    reach = delay = Estimate(math.nan, math.nan, math.nan)
    if found.growth_days is not None:
        reach = _median(found.growth_days[a, ok, s], s)
        delay = _delay(found, metadata, a, s, found.growth_days[:, :, s])
    irradiated = metadata.arms[a].name in site.irradiated_in
    return SiteSummary(site.name, irradiated, rates, Estimate(*middle), reach, delay)


def _resampled(count: int, seed: int) -> NDArray[np.int64]:
    """Indices (resamples, drawn) of a bootstrap; of a large cohort fewer subjects are drawn, see `_bounds`."""
    return np.random.default_rng([count, seed]).integers(0, count, (_RESAMPLES, min(count, _MOST_DRAWN)))


def _medians(times: Floats) -> Floats:
    middle: Floats = np.partition(times, (times.shape[-1] + 1) // 2 - 1, axis=-1)[..., (times.shape[-1] + 1) // 2 - 1]
    return middle


def _median(times: Floats, seed: int) -> Estimate:
    if times.size == 0:
        return Estimate(math.nan, math.nan, math.nan)
    middle = pooled_median(times)
    return Estimate(middle, *_bounds(_medians(times[_resampled(times.size, seed)]), middle, times.size))


def _delay(found: EndPoints, metadata: Metadata, a: int, s: int, times: Floats) -> Estimate:
    control = metadata.arm_names.index(metadata.controls[0])
    nothing = Estimate(math.nan, math.nan, math.nan)
    ok_a, ok_c = found.solved[a], found.solved[control]
    if a == control or not any(arm.control for arm in metadata.arms):
        return nothing
    if metadata.shared_subjects:
        ok_a = ok_c = ok_a & ok_c
    ours, theirs = times[a][ok_a], times[control][ok_c]
    reference = pooled_median(theirs)
    if not ours.size or not theirs.size or math.isinf(reference):
        return nothing
    pick = _resampled(ours.size, s)
    pick_control = pick if metadata.shared_subjects else _resampled(theirs.size, s + 1000)
    with np.errstate(invalid="ignore"):
        delays = _medians(ours[pick]) - _medians(theirs[pick_control])
    delay = pooled_median(ours) - reference
    # A resample in which the control itself is not reached says only "not bounded from below".
    return Estimate(delay, *_bounds(np.where(np.isnan(delays), -np.inf, delays), delay, min(ours.size, theirs.size)))


def _bounds(draws: Floats, value: float, count: int) -> tuple[float, float]:
    """Bootstrap interval of a value of `count` subjects; resamples of m of n are wider by the root of n/m."""
    low, high = np.quantile(draws, [0.025, 0.975], method="inverted_cdf")
    if count <= _MOST_DRAWN or not math.isfinite(value):
        return float(low), float(high)
    narrower = math.sqrt(_MOST_DRAWN / count)
    return value + narrower * (float(low) - value), value + narrower * (float(high) - value)
