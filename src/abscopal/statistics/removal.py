"""Subjects that leave when a value passes a limit: how many are left, the day of comparison, and the day of leaving."""

from __future__ import annotations

import numpy as np

from abscopal.statistics import accuracy, conventions
from abscopal.statistics.accuracy import Booleans, Floats
from abscopal.statistics.conventions import Instrument
from abscopal.statistics.curves import first_crossing


def share_alive(curves: Floats, limit: float) -> Floats:
    """Share of the subjects of each set that have not passed the limit so far (sets, times).

    Parameters
    ----------
    curves : array (parts, sets, subjects, times) ; a subject leaves when any of its parts reaches the limit.
    """
    over = accuracy.reaches(curves, limit).any(axis=0)
    return np.asarray(1.0 - np.maximum.accumulate(over, axis=-1).mean(axis=1), float)


def comparison_days(time_days: Floats, alive: Floats, first_day: float) -> Floats:
    """Day of comparison in each set: the last one with most subjects of all groups there.

    Parameters
    ----------
    alive : array (sets, times) ; share of the smallest group that is left.
    first_day : day of the first treatment [d].

    Notes
    -----
    Where the groups are not there long enough, the first day on which anyone compares.
    """
    open_from = first_day + conventions.earliest_day()
    allowed = (alive >= conventions.alive_share()) & (time_days >= open_from)
    last = len(time_days) - 1 - np.argmax(allowed[:, ::-1], axis=1)
    first = int(np.searchsorted(time_days, open_from))
    return np.asarray(time_days[np.where(allowed.any(axis=1), last, min(first, len(time_days) - 1))], float)


def days_of_leaving(
    time_days: Floats, curves: Floats, limit: float, instrument: Instrument, random: np.random.Generator
) -> tuple[Floats, Booleans]:
    """Day of leaving, on whole days, and whether it was seen, of each subject (sets x subjects).

    Parameters
    ----------
    curves : array (parts, sets, subjects, times).
    """
    # One subject's values are read by one hand: its error is the same every day.
    scatter = np.sqrt(np.log1p(instrument.cv**2))
    bias = np.exp(scatter * random.standard_normal(curves.shape[1:3]))[..., None]
    day, reached = first_crossing(time_days, curves * bias, limit)
    return np.ceil(day.min(axis=0) - accuracy.DAYS).ravel(), np.asarray(reached.any(axis=0).ravel())
