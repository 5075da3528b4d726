"""How much an answer depends on the tolerance: the same subjects solved at two of them, compared.

The second is a hundredth of the first: at a tenth the first steps, which only grow so fast, are often the same, and so
are their errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.engine.status import finished

FloatArray = NDArray[np.float64]

# The tolerance that one is compared with, as a share of it.
FINER = 0.01
# What is smaller than this share of its own largest value, or of the largest of all, is compared with that.
_SMALL, _ROUND_OFF = 1e-3, 1e-12
# Of so many times one may differ: where an event falls on it, a state is seen before or after.
_MANY_TIMES = 10


@dataclass(frozen=True)
class Change:
    """The largest relative change of an output, and which output that is."""

    size: float
    output: str

    def __str__(self) -> str:
        by = f"by {100.0 * self.size:.2g} %" if self.size < 1.0 else "altogether"
        return f"{self.output} changes {by}"


def relative_changes(before: FloatArray, after: FloatArray) -> FloatArray:
    """The largest relative change over time, array (subjects, outputs), of two arrays (subjects, times, outputs)."""
    with np.errstate(all="ignore"):
        size = np.abs(after)
        peak = np.fmax.reduce(size, axis=1, keepdims=True)
        floor = np.maximum(_SMALL * peak, _ROUND_OFF * np.fmax.reduce(peak, axis=2, keepdims=True))
        relative = np.abs(before - after) / np.maximum(size, np.maximum(floor, 1e-290))
    relative = np.where(np.isfinite(relative), relative, 0.0)
    rank = -1 if relative.shape[1] < _MANY_TIMES else -2
    return np.asarray(np.sort(relative, axis=1)[:, rank, :])


def largest_change(
    before: FloatArray,
    status_before: NDArray[np.int8],
    after: FloatArray,
    status: NDArray[np.int8],
    names: Sequence[str],
) -> Change:
    """The largest relative change of an output between two solutions of the same subjects.

    A subject that only the second finishes changes altogether; one that the second does not finish is left out.

    Parameters
    ----------
    before, after : arrays (subjects, times, outputs), the outputs of `names` first.
    """
    found = finished(status)
    if (found & ~finished(status_before)).any():
        return Change(np.inf, "the result")
    if not found.any() or not names or not before.shape[1]:
        return Change(0.0, "nothing")
    worst = relative_changes(before[found][..., : len(names)], after[found][..., : len(names)]).max(axis=0)
    return Change(float(worst.max()), names[int(worst.argmax())])
