"""Values over time: when a curve first reaches a limit, and what it is on a day between two records."""

from __future__ import annotations

import numpy as np

from abscopal.statistics import accuracy
from abscopal.statistics.accuracy import Booleans, Floats


def first_crossing(time_days: Floats, volume_mm3: Floats, limit_mm3: float) -> tuple[Floats, Booleans]:
    """Day on which a volume first reaches a limit, log-linear between records.

    A volume closer to the limit than the accuracy of the solver is at the limit.

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
    above = accuracy.reaches(volume_mm3, limit_mm3)
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


def value_on(time_days: Floats, values: Floats, day: float, logarithmic: bool = True) -> Floats:
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
