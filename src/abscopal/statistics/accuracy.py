"""How close two computed numbers must be to be the same: the accuracy of the solver, stated here and nowhere else.

Every test and comparison asks here. Two ways to one effect differ by about 1e-5 of a volume and 1e-6 of a day at the
default tolerance; the errors that both share are larger. Whatever is closer than the numbers below is a tie.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

# Five times the relative tolerance of a step: what errors add up to over a trajectory.
SHARE = 5e-4
# Two seconds: ten times what two ways to one effect differ by; independent animals are rarely as close.
DAYS = 2e-5


def below(values: Floats, limit: float | Floats) -> Booleans:
    """Whether values lie below a limit, and not at it."""
    return np.asarray(values < np.multiply(limit, 1.0 - SHARE))


def above(values: Floats, limit: float | Floats) -> Booleans:
    """Whether values lie above a limit, and not at it."""
    return np.asarray(values > np.multiply(limit, 1.0 + SHARE))


def reaches(values: Floats, limit: float | Floats) -> Booleans:
    """Whether values lie at a limit or above it."""
    return ~below(values, limit)


def told_apart(differences: Floats, accuracy: float) -> Floats:
    """Differences, where closer ones than the accuracy are none at all.

    Examples
    --------
    >>> told_apart(np.array([0.3, -1e-7]), DAYS).tolist()
    [0.3, 0.0]
    """
    return np.where(np.abs(differences) <= accuracy, 0.0, differences)


def logarithms(values: Floats, floor: float) -> Floats:
    """Natural logarithms of values held at or above a floor; a value that is at the floor is the floor."""
    return np.log(np.where(above(values, floor), values, floor))


def merged(accuracy: float, *groups: Floats) -> tuple[Floats, ...]:
    """The values of some groups, where all that lie within the accuracy of the lowest of them have its value.

    Values are taken from the lowest upwards, so that no tie spans more than the accuracy. NaN stays.

    Examples
    --------
    >>> [group.tolist() for group in merged(DAYS, np.array([1.0, 3.0]), np.array([1.0000001, 2.0]))]
    [[1.0, 3.0], [1.0, 2.0]]
    """
    flat = np.concatenate([np.asarray(group, float).ravel() for group in groups])
    ordered, place = np.unique(flat, return_inverse=True)
    lowest, first = ordered.copy(), int(np.searchsorted(ordered, -math.inf, side="right"))
    while first < ordered.size and math.isfinite(ordered[first]):
        behind = int(np.searchsorted(ordered, ordered[first] + accuracy, side="right"))
        lowest[first:behind] = ordered[first]
        first = max(behind, first + 1)
    parts = np.split(lowest[place.ravel()], np.cumsum([np.size(group) for group in groups])[:-1])
    return tuple(part.reshape(np.shape(group)) for part, group in zip(parts, groups, strict=True))
