"""Rates in which an amount below zero counts as zero.

A solution that starts at zero or more and whose rates, at zero, do not point below never goes there; but a method of
several steps may, and then meets another world (the far side of the pole of x/(K + x)). With these rates nothing pulls
it on there, so that it is sent back by its own control of errors. The exact solution is the same. A state whose own
rate carries it below zero is one that may be negative; from there on it is taken as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abscopal.engine.reference.functions import CompiledSystem

FloatArray = NDArray[np.float64]

# Clearly below zero: by more than this many tolerances of the size it had at the grid point before.
_CLEAR = 10.0


class Amounts:
    """Rates and Jacobian of a compiled system over states of which some may be negative.

    Amounts are read as at least `least`: a tiny number where a rate has a limit at zero but no value, as x log x.
    """

    def __init__(self, functions: CompiledSystem, absolute: FloatArray, rtol: float, least: float = 0.0) -> None:
        self.functions, self.absolute, self.rtol, self.least = functions, absolute, rtol, least
        self.floor = np.full(len(absolute), least)

    def begin(self, y: FloatArray) -> None:
        """From this state on all count as amounts but those that are negative already."""
        self.floor = np.where(y < 0.0, -np.inf, self.least)

    def rates(self, y: FloatArray, t: float = 0.0) -> FloatArray:
        """dy/dt; the array returned is overwritten by the next call."""
        return self.functions.rates(np.maximum(y, self.floor))

    def jacobian(self, y: FloatArray, t: float = 0.0) -> FloatArray:
        """d rates / d y; the array returned is overwritten by the next call."""
        found = self.functions.jacobian(np.maximum(y, self.floor))
        found[:, y < self.floor] = 0.0
        if not np.isfinite(found).all():
            # Such as exp(u)/(1 + exp(u))^2 beyond the largest number. The method only needs to know roughly.
            found[~np.isfinite(found)] = 0.0
        return found

    def kept(self, y: FloatArray) -> FloatArray:
        """The states with those at zero that fell below by no more than the tolerance."""
        return np.asarray(np.maximum(y, self.floor))

    def free_those_below(self, path: FloatArray, grid: FloatArray) -> int:
        """The first row of a path (times, states) at which amounts are below zero as their rates say, else its length.

        From then on those amounts may be negative.
        """
        lost = path[1:] < -_CLEAR * (self.rtol * np.abs(path[:-1]) + self.absolute) + np.minimum(self.floor, 0.0)
        for row in np.flatnonzero(lost.any(axis=1)):
            carried = np.minimum(*(self._rates_at_zero(path[k], lost[row]) for k in (row, row + 1)))
            carried = np.where(np.isfinite(carried), carried, 0.0)
            rightly = lost[row] & (carried * (grid[row + 1] - grid[row]) < -self.absolute)
            if rightly.any():
                self.floor[rightly] = -np.inf
                return int(row) + 1
        return len(path)

    def _rates_at_zero(self, y: FloatArray, which: NDArray[np.bool_]) -> FloatArray:
        return self.functions.rates(np.where(which, self.least, np.maximum(y, self.floor))).copy()
