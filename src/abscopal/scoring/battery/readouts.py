"""What is read of the subjects of an arm: one number per parameter set, as a publication states it.

A value that does not exist (a day that half of the animals never reach) is infinite; one that could not be solved is
NaN.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abscopal.evidence.battery import BatteryRow
from abscopal.regimen import site_place
from abscopal.statistics import accuracy, conventions
from abscopal.statistics.accuracy import Booleans, Floats
from abscopal.statistics.curves import first_crossing, value_on
from abscopal.study import Study
from abscopal.vocabulary import ALL_SITES, ANY_SITE

# Progression and partial response of RECIST as volumes: a diameter larger by 20 %, smaller by 30 %.
PROGRESSION, PARTIAL = 1.2**3, 0.7**3


@dataclass(frozen=True)
class Group:
    """The subjects of one arm in some parameter sets.

    Attributes
    ----------
    study : the study, whose end points hold.
    days : days of the outputs (time,).
    outputs : name -> (sets, subjects, time); NaN for a subject that could not be solved.
    """

    study: Study
    days: Floats
    outputs: Mapping[str, Floats]

    def volume(self, site: str) -> Floats:
        """Volume of a site (sets, subjects, time) [mm3]."""
        return self.outputs[f"volume@{site_place(site)}"]

    def on(self, name: str, day: float) -> Floats:
        """An output on a day (sets, subjects)."""
        return value_on(self.days, self.outputs[name], day)

    def until(self, day: float) -> Booleans:
        """Which of the days lie between the day 0 and another."""
        return (self.days >= 0.0) & (self.days <= day)


def read_outputs(row: BatteryRow) -> tuple[str, ...]:
    """Outputs of the model that a row reads beside the volumes."""
    named = (str(row.readout.get(key, "")) for key in ("output", "of"))
    return tuple(part for name in named for part in name.split("/") if part)


def read(row: BatteryRow, arms: Mapping[str, Group]) -> Floats:
    """The quantity of a row in each set (sets,)."""
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # sets without any solved subject are NaN
        if row.doses is not None:
            return _doses(row, arms)
        group = arms[row.treatment]
        return np.asarray(_READ[row.measure](row, group, arms.get(row.against, group)), dtype=float)


def _number(row: BatteryRow, name: str, default: float = math.nan) -> float:
    return float(row.readout.get(name, default))


def _share(marks: Any, among: Floats) -> Floats:
    """Share of the solved subjects that are marked (sets,); `among` is NaN where a subject was not solved."""
    return np.asarray(np.nanmean(np.where(np.isnan(among), np.nan, marks), axis=1), dtype=float)


def _output(row: BatteryRow, group: Group, day: float, key: str = "output") -> Floats:
    """An output, or a ratio of two that is written with a slash, on a day (sets, subjects)."""
    above, _, below = str(row.readout[key]).partition("/")
    value = group.on(above, day)
    return value / group.on(below, day) if below else value


def _course(row: BatteryRow, group: Group) -> Floats:
    above, _, below = str(row.readout["output"]).partition("/")
    return group.outputs[above] / group.outputs[below] if below else group.outputs[above]


def _limit_day(group: Group) -> tuple[Floats, Booleans]:
    """Day on which each subject reaches the volume limit of its study, and whether it does (sets, subjects)."""
    rule = group.study.endpoints.survival
    volumes = np.stack([group.volume(site.name) for site in group.study.sites])
    if rule.of == ALL_SITES:
        return first_crossing(group.days, volumes.sum(axis=0), rule.volume_limit_mm3)
    if rule.of == ANY_SITE:
        day, reached = first_crossing(group.days, volumes, rule.volume_limit_mm3)
        return np.asarray(day.min(axis=0)), np.asarray(reached.any(axis=0))
    return first_crossing(group.days, group.volume(rule.of), rule.volume_limit_mm3)


def _alive(row: BatteryRow, group: Group, _: Group) -> Floats:
    day, reached = _limit_day(group)
    return _share(~(reached & (day <= _number(row, "day"))), group.volume(row.site)[..., -1])


def _cured(row: BatteryRow, group: Group, _: Group) -> Floats:
    on = value_on(group.days, group.volume(row.site), _number(row, "day"))
    return _share(accuracy.below(on, group.study.endpoints.response.complete_below_mm3), on)


def _median_volume(row: BatteryRow, group: Group) -> Floats:
    return np.asarray(np.nanmedian(value_on(group.days, group.volume(row.site), _number(row, "day")), axis=1))


def _volume_ratio(row: BatteryRow, group: Group, against: Group) -> Floats:
    return _median_volume(row, group) / _median_volume(row, against)


def _inhibition(row: BatteryRow, group: Group, against: Group) -> Floats:
    return 1.0 - _volume_ratio(row, group, against)


def _median_day(row: BatteryRow, group: Group, limit_mm3: float) -> Floats:
    volume = group.volume(row.site)
    day, reached = first_crossing(group.days, np.nan_to_num(volume), limit_mm3)
    solved = np.isfinite(volume[..., -1])
    return np.asarray(np.nanmedian(np.where(solved, np.where(reached, day, np.inf), np.nan), axis=1))


def _days_to_volume(row: BatteryRow, group: Group, _: Group) -> Floats:
    return _median_day(row, group, _number(row, "volume_mm3")) - group.study.sites[0].inoculated_day


def _days_between(row: BatteryRow, group: Group, _: Group) -> Floats:
    return _median_day(row, group, _number(row, "to_mm3")) - _median_day(row, group, _number(row, "from_mm3"))


def _growth_delay(row: BatteryRow, group: Group, against: Group) -> Floats:
    limit = _number(row, "volume_mm3")
    return _median_day(row, group, limit) - _median_day(row, against, limit)


def _growth_rate(row: BatteryRow, group: Group, _: Group) -> Floats:
    first, last = _number(row, "from_day"), _number(row, "to_day")
    volume = group.volume(row.site)
    ratio = value_on(group.days, volume, last) / value_on(group.days, volume, first)
    return np.asarray(np.nanmedian(np.log(ratio), axis=1)) / (last - first)


def _log_sd(row: BatteryRow, group: Group, _: Group) -> Floats:
    """Standard deviation of log volume between animals, read with callipers; what cannot be felt is at their limit."""
    calliper = conventions.instrument("calliper")
    on = np.maximum(value_on(group.days, group.volume(row.site), _number(row, "day")), calliper.smallest)
    return np.asarray(np.sqrt(np.nanvar(np.log(on), axis=1, ddof=1) + math.log1p(calliper.cv**2)))


def _fold(row: BatteryRow, group: Group, against: Group) -> Floats:
    day = _number(row, "day")
    return np.asarray(np.nanmedian(_output(row, group, day), axis=1) / np.nanmedian(_output(row, against, day), axis=1))


def _level(row: BatteryRow, group: Group, _: Group) -> Floats:
    return np.asarray(np.nanmedian(_output(row, group, _number(row, "day")), axis=1))


def _peak(row: BatteryRow, group: Group, _: Group) -> Floats:
    chosen = (group.days >= _number(row, "from_day")) & (group.days <= _number(row, "to_day"))
    return np.asarray(np.nanmedian(_course(row, group)[..., chosen].max(axis=-1), axis=1))


def _share_of(row: BatteryRow, group: Group, _: Group) -> Floats:
    day = _number(row, "day")
    part, rest = _output(row, group, day), _output(row, group, day, "of")
    return np.asarray(np.nanmedian(part / (part + rest), axis=1))


def _progression(volume: Floats) -> Booleans:
    """On which days a tumour has progressed: larger than its smallest volume so far by a fifth in diameter."""
    smallest = np.minimum.accumulate(np.where(np.isnan(volume), np.inf, volume), axis=-1)
    return np.asarray(np.logical_or.accumulate(accuracy.above(volume, PROGRESSION * smallest), axis=-1))


def _response(row: BatteryRow, group: Group, _: Group, below: float = PARTIAL) -> Floats:
    """Best response by a day: smaller by 30 % in diameter than on day 0, before any progression."""
    chosen = group.until(_number(row, "day"))
    volume = group.volume(row.site)[..., chosen]
    shrunk = ~accuracy.above(volume, below * volume[..., :1])
    return _share((shrunk & ~_progression(volume)).any(axis=-1), volume[..., -1])


def _complete_response(row: BatteryRow, group: Group, _: Group) -> Floats:
    chosen = group.until(_number(row, "day"))
    volume = group.volume(row.site)[..., chosen]
    gone = accuracy.below(volume, group.study.endpoints.response.complete_below_mm3)
    return _share(gone.any(axis=-1), volume[..., -1])


def _local_control(row: BatteryRow, group: Group, _: Group) -> Floats:
    """Share without progression of the irradiated tumour by a day; what regrows counts when it is seen."""
    volume = group.volume(row.site)[..., group.until(_number(row, "day"))]
    seen = np.maximum(volume, group.study.endpoints.response.complete_below_mm3)
    return _share(~_progression(np.where(np.isnan(volume), np.nan, seen))[..., -1], volume[..., -1])


def _hazard_ratio(row: BatteryRow, group: Group, against: Group) -> Floats:
    """Ratio of events per time at risk from a landmark to a day, among those without progression at the landmark."""
    first, last = _number(row, "from_day", 0.0), _number(row, "day")
    return _rate(row, group, first, last) / _rate(row, against, first, last)


def _rate(row: BatteryRow, group: Group, first: float, last: float) -> Floats:
    chosen = group.until(last)
    days = group.days[chosen]
    sites = [group.volume(site.name)[..., chosen] for site in group.study.sites]
    progressed = np.any([_progression(volume) for volume in sites], axis=0)
    day = np.where(progressed.any(axis=-1), days[np.argmax(progressed, axis=-1)], last)
    event = progressed.any(axis=-1) & (day > first)
    at_risk = np.where(np.isnan(sites[0][..., -1]) | (day <= first), np.nan, day - first)
    events = np.nansum(np.where(np.isnan(at_risk), np.nan, event), axis=1)
    # Half an event more, so that a group without events has a ratio.
    return np.asarray((events + 0.5) / np.nansum(at_risk, axis=1))


def _nadirs(row: BatteryRow, group: Group) -> tuple[Floats, Floats]:
    """Lowest value from day 0 on, and the value on day 0 (sets, subjects)."""
    course = _course(row, group)
    return course[..., group.days >= 0.0].min(axis=-1), value_on(group.days, course, 0.0)


def _nadir(row: BatteryRow, group: Group, _: Group) -> Floats:
    lowest, before = _nadirs(row, group)
    return np.asarray(np.nanmedian(lowest / before, axis=1))


def _nadir_below(row: BatteryRow, group: Group, _: Group) -> Floats:
    lowest, before = _nadirs(row, group)
    return _share(accuracy.below(lowest, _number(row, "limit")), before)


def _nadir_log_sd(row: BatteryRow, group: Group, _: Group) -> Floats:
    lowest, _before = _nadirs(row, group)
    return np.asarray(np.nanstd(np.log(lowest), axis=1, ddof=1))


def _recovery(row: BatteryRow, group: Group, _: Group) -> Floats:
    course = _course(row, group)
    ratio = value_on(group.days, course, _number(row, "day")) / value_on(group.days, course, 0.0)
    return np.asarray(np.nanmedian(ratio, axis=1))


def _doses(row: BatteryRow, arms: Mapping[str, Group]) -> Floats:
    assert row.doses is not None
    doses = np.array(list(row.doses.values()), dtype=float)
    value = _half_dose(doses, [_cured(row, arms[name], arms[name]) for name in row.doses])
    if row.measure == "tcd50":
        return value
    other = [f"{name} {row.against}" for name in row.doses]
    return value / _half_dose(doses, [_cured(row, arms[name], arms[name]) for name in other])


def _half_dose(doses: Floats, controlled: Sequence[Floats]) -> Floats:
    """Dose that controls half of the tumours, linear between doses; the lowest or highest where it lies beyond.

    Shares are made to rise with dose first (the larger of neighbours), as more dose never controls less.
    """
    shares = np.maximum.accumulate(np.stack(controlled, axis=1), axis=1)
    found = np.full(len(shares), np.nan)
    for number, share in enumerate(shares):
        if np.isfinite(share).all():
            above = int(np.argmax(share >= 0.5)) if (share >= 0.5).any() else len(doses)
            if above in (0, len(doses)):
                found[number] = doses[0] if above == 0 else doses[-1]
            else:
                low, high = share[above - 1], share[above]
                step = doses[above] - doses[above - 1]
                found[number] = doses[above - 1] + step * (0.5 - low) / (high - low)
    return found


_READ: Mapping[str, Callable[[BatteryRow, Group, Group], Floats]] = {
    "alive": _alive,
    "cured": _cured,
    "inhibition": _inhibition,
    "volume_ratio": _volume_ratio,
    "days_to_volume": _days_to_volume,
    "days_between_volumes": _days_between,
    "growth_delay": _growth_delay,
    "growth_rate": _growth_rate,
    "log_sd": _log_sd,
    "fold": _fold,
    "level": _level,
    "peak": _peak,
    "share_of": _share_of,
    "response": _response,
    "complete_response": _complete_response,
    "local_control": _local_control,
    "hazard_ratio": _hazard_ratio,
    "nadir": _nadir,
    "nadir_below": _nadir_below,
    "nadir_log_sd": _nadir_log_sd,
    "recovery": _recovery,
}
