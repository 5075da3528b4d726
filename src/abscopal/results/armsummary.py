"""Each arm on its own: survival, response rates, volume on the comparison day, growth delay."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.results.endpoints import RESPONSES, comparison_day, growth_days, responses, survival_days
from abscopal.results.metadata import Metadata
from abscopal.results.trajectories import Floats, Trajectories
from abscopal.statistics.curves import value_on
from abscopal.statistics.proportions import Proportion, wilson
from abscopal.statistics.survival import KaplanMeier, kaplan_meier, pooled_median, restricted_mean_days

_RESAMPLES = 500


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


def summarise_arms(trajectories: Trajectories, metadata: Metadata) -> tuple[ArmSummary, ...]:
    """Summary of every arm.

    Notes
    -----
    Volume: median and 5-95 % of animals on the comparison day. Growth delay: median day of the growth volume less the
    control's, with a bootstrap interval (of the same animals if shared); the first control arm is the reference.
    """
    day, _ = comparison_day(trajectories, metadata)
    growth = None
    if metadata.growth_volume_mm3 is not None:
        growth = growth_days(trajectories, metadata.growth_volume_mm3)
    return tuple(_arm(trajectories, metadata, a, day, growth) for a in range(len(metadata.arms)))


def _arm(trajectories: Trajectories, metadata: Metadata, a: int, day: float, growth: Floats | None) -> ArmSummary:
    ok = trajectories.ok[a]
    arm = metadata.arms[a]
    sites = tuple(_site(trajectories, metadata, a, s, day, growth) for s in range(len(metadata.sites)))
    survival = _survival(trajectories, metadata, a)
    return ArmSummary(arm.name, arm.description, arm.control, int(ok.sum()), int((~ok).sum()), survival, sites)


def _survival(trajectories: Trajectories, metadata: Metadata, a: int) -> ArmSurvival | None:
    ok = trajectories.ok[a]
    if metadata.survival is None or not ok.any():
        return None
    days, reached = survival_days(trajectories, metadata.survival)
    curve = kaplan_meier(days[a][ok], reached[a][ok])
    events = int(reached[a][ok].sum())
    start, end = float(trajectories.time_days[0]), float(trajectories.time_days[-1])
    # Days lived since the first record, on the clock of the study, as every other day is.
    mean = start + restricted_mean_days(curve, start, end)
    median = Estimate(curve.median_days, *curve.median_interval_days)
    alive = wilson(int(ok.sum()) - events, int(ok.sum()))
    return ArmSurvival(curve, events, median, alive, mean)


def _site(
    trajectories: Trajectories, metadata: Metadata, a: int, s: int, day: float, growth: Floats | None
) -> SiteSummary:
    ok, site = trajectories.ok[a], metadata.sites[s]
    volume = trajectories.values("volume")[a][ok][:, s]
    rates: dict[str, Proportion] = {}
    if metadata.response is not None:
        classes = responses(trajectories.time_days, volume, metadata.response)
        rates = {name: wilson(int((classes == i).sum()), classes.size) for i, name in enumerate(RESPONSES)}
    on_day = value_on(trajectories.time_days, volume, day)
    middle = [float(v) for v in np.quantile(on_day, [0.5, 0.05, 0.95])] if on_day.size else [math.nan] * 3
    reach = delay = Estimate(math.nan, math.nan, math.nan)
    if growth is not None:
        reach = _median(growth[a, ok, s], s)
        delay = _delay(trajectories, metadata, a, s, growth[:, :, s])
    irradiated = metadata.arms[a].name in site.irradiated_in
    return SiteSummary(site.name, irradiated, rates, Estimate(*middle), reach, delay)


def _resampled(count: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng([count, seed]).integers(0, count, (_RESAMPLES, count))


def _medians(times: Floats) -> Floats:
    middle: Floats = np.partition(times, (times.shape[-1] + 1) // 2 - 1, axis=-1)[..., (times.shape[-1] + 1) // 2 - 1]
    return middle


def _median(times: Floats, seed: int) -> Estimate:
    if times.size == 0:
        return Estimate(math.nan, math.nan, math.nan)
    low, high = _bounds(_medians(times[_resampled(times.size, seed)]))
    return Estimate(pooled_median(times), low, high)


def _delay(trajectories: Trajectories, metadata: Metadata, a: int, s: int, times: Floats) -> Estimate:
    control = trajectories.arms.index(metadata.controls[0])
    nothing = Estimate(math.nan, math.nan, math.nan)
    ok_a, ok_c = trajectories.ok[a], trajectories.ok[control]
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
    # A resample in which the control itself is not reached says only "not bounded from below".
    low, high = _bounds(np.where(np.isnan(delays), -np.inf, delays))
    return Estimate(pooled_median(ours) - reference, low, high)


def _bounds(draws: Floats) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)
