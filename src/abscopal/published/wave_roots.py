"""Where a sine or cosine of an argument that is linear in time next crosses a level: a formula instead of a search."""

from __future__ import annotations

import math

# A level that is touched rather than crossed, as far as round-off tells, is left to the search.
_TOUCHED = 1e-9
_TURN = 2.0 * math.pi


def next_crossing(level: float, angle: float, speed: float, after: float, *, cosine: bool) -> float | None:
    """How long until sin(angle + speed s) = level at an s > `after`; infinity if never, None if it is only touched.

    Parameters
    ----------
    level : what is crossed; above 1 or below -1 it never is.
    angle, speed : the argument now, and its change per unit of time, not zero.
    after : crossings sooner than this are the one that was just passed.
    cosine : cos instead of sin.
    """
    if not math.isfinite(level) or not math.isfinite(angle):
        return None
    if abs(abs(level) - 1.0) <= _TOUCHED:
        return None
    if abs(level) > 1.0:
        return math.inf
    first = math.acos(level) if cosine else math.asin(level)
    mirrored = -first if cosine else math.pi - first
    return min(_soonest(base, angle, speed, after) for base in (first, mirrored))


def _soonest(base: float, angle: float, speed: float, after: float) -> float:
    """The first s > `after` at which the argument is `base`, whole turns aside."""
    turn = math.copysign(_TURN, speed)
    s = math.fmod(base - angle, turn) / speed
    while s <= after:
        s += _TURN / abs(speed)
    return s
