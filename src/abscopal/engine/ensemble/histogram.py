"""Counts of values in fixed bins that are nearly even on a log scale: 16 per factor of two, 4.4 % wide.

The bin of a number is the top of its bit pattern, so that counting costs no logarithm. Bins never move: counts of
subjects add up to the same whole in any order and any blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_PER_OCTAVE_BITS = 4
_SHIFT = 52 - _PER_OCTAVE_BITS
_LOWEST, _HIGHEST = 2.0**-30, 2.0**50  # about 1e-9 to 1e15


def _key(values: FloatArray) -> NDArray[np.int64]:
    return np.asarray(values.view(np.int64) >> _SHIFT)


_FIRST = int(_key(np.array([_LOWEST]))[0])
BINS = int(_key(np.array([_HIGHEST]))[0]) - _FIRST + 2


def edges() -> FloatArray:
    """Lower edges of the bins; the first holds zero and all that is smaller than 2^-30."""
    keys = (np.arange(BINS - 1, dtype=np.int64) + _FIRST) << _SHIFT
    return np.concatenate([[0.0], keys.view(np.float64)])


@dataclass(frozen=True)
class Histogram:
    """Counts per time, output and bin: array (times, outputs, BINS), of at most two billion subjects."""

    counts: NDArray[np.int32]

    @staticmethod
    def empty(times: int, outputs: int) -> Histogram:
        return Histogram(np.zeros((times, outputs, BINS), dtype=np.int32))

    def add(self, values: FloatArray) -> None:
        """Counts more subjects, array (subjects, times, outputs); what is not a number is left out."""
        times, outputs, bins = self.counts.shape
        first_bins = np.arange(outputs) * bins
        for t in range(times):  # day by day, so that what is counted anew stays small
            day = values[:, t]
            index = np.maximum(_key(np.clip(day, _LOWEST / 2, _HIGHEST)) - (_FIRST - 1), 0) + first_bins
            sound = np.isfinite(day)
            chosen = index.ravel() if sound.all() else index[sound]
            self.counts[t] += np.bincount(chosen, minlength=outputs * bins).reshape(outputs, bins).astype(np.int32)

    def quantile(self, q: float) -> FloatArray:
        """The q-quantile over subjects, array (times, outputs), to the width of a bin; NaN where nobody was counted."""
        total = self.counts.sum(axis=2)
        below = np.cumsum(self.counts, axis=2)
        rank = q * np.maximum(total - 1, 0) + 0.5
        found = np.argmax(below >= rank[:, :, None], axis=2)
        here = np.take_along_axis(self.counts, found[:, :, None], axis=2)[:, :, 0]
        before = np.take_along_axis(below, found[:, :, None], axis=2)[:, :, 0] - here
        lower = edges()
        upper = np.append(lower[1:], 2.0 * _HIGHEST)
        share = (rank - before) / np.maximum(here, 1)
        value = lower[found] + share * (upper[found] - lower[found])
        value = np.where(found == 0, 0.0, value)
        return np.where(total > 0, value, np.nan)
