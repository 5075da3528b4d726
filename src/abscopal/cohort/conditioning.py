"""Conditioning of each animal on its tumour volume at a given day, as experiments do that start at a volume.

The early growth of each tumour (its `inoculum_take`) is scaled until its untreated volume on that day is as asked.
The scale hardly matters later: a power-law tumour forgets its inoculum.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_MOST_ROUNDS = 20
_TOLERANCE_LOG = 1e-3
# From a guess: rounds of the secant rule, how near the volume comes, and the slope of its first round.
_SECANT_ROUNDS, _SECANT_TOLERANCE_LOG, _FIRST_SLOPE = 8, 1e-4, 0.8
_LEAST_SLOPE, _MOST_STEP = 0.05, 3.0


def scale_to_volume(
    volume_of: Callable[[FloatArray], FloatArray], targets_mm3: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Log-scales at which each tumour has its target volume.

    Parameters
    ----------
    volume_of : log-scales (subjects, sites) -> volumes (subjects, sites) [mm3]; rises with each scale.
    targets_mm3 : volume asked for (sites,) [mm3].
    low, high : brackets of the log-scale (subjects, sites).

    Returns
    -------
    Log-scales (subjects, sites); NaN where the bracket holds no solution, or none was found.

    Notes
    -----
    Regula falsi on log volume with the Illinois rule (an end that stays twice loses half its weight), all animals
    and sites at once; sites act on each other only weakly.
    """

    def error(log_scale: FloatArray) -> FloatArray:
        return np.asarray(np.log(np.maximum(volume_of(log_scale), 1e-12)) - np.log(targets_mm3))

    a, b = low.copy(), high.copy()
    fa, fb = error(a), error(b)
    solvable = (fa <= 0.0) & (fb >= 0.0)
    best, best_error, last = a, np.full(low.shape, np.inf), np.zeros(low.shape)
    for _ in range(_MOST_ROUNDS):
        x = np.where(fb > fa, b - fb * (b - a) / np.where(fb > fa, fb - fa, 1.0), 0.5 * (a + b))
        fx = error(x)
        # The first that is good enough stays, so that an animal does not depend on its company.
        closer = (np.abs(fx) < best_error) & (best_error >= _TOLERANCE_LOG)
        best, best_error = np.where(closer, x, best), np.where(closer, np.abs(fx), best_error)
        if np.all(~solvable | (best_error < _TOLERANCE_LOG)):
            break
        side = np.where(fx <= 0.0, -1.0, 1.0)
        again = np.where(side == last, 0.5, 1.0)
        a, fa, b, fb = (
            np.where(side < 0, x, a),
            np.where(side < 0, fx, fa * again),
            np.where(side < 0, b, x),
            np.where(side < 0, fb * again, fx),
        )
        last = side
    # A tumour that dies out jumps over its target: the bracket then closes around the jump, not around a solution.
    return np.where(solvable & (best_error < _TOLERANCE_LOG), best, np.nan)


def near_volume(
    volume_of: Callable[[FloatArray], FloatArray], targets_mm3: FloatArray, guess: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Log-scales at which each tumour has its target volume, from a guess near them; and which were found.

    Parameters
    ----------
    volume_of, targets_mm3 : as for `scale_to_volume`.
    guess : log-scales to begin with (subjects, sites).

    Notes
    -----
    Secant rule on log volume, in which a tumour is nearly a power of its inoculum: two to four rounds, where bracketing
    takes twenty. What is not found this way is left to `scale_to_volume`.
    """

    def error(log_scale: FloatArray) -> FloatArray:
        return np.asarray(np.log(np.maximum(volume_of(log_scale), 1e-12)) - np.log(targets_mm3))

    x, slope = guess.copy(), np.full(guess.shape, _FIRST_SLOPE)
    wrong = error(x)
    for _ in range(_SECANT_ROUNDS):
        open_ = np.abs(wrong) >= _SECANT_TOLERANCE_LOG
        if not open_.any():
            break
        step = np.where(open_, np.clip(-wrong / slope, -_MOST_STEP, _MOST_STEP), 0.0)
        found = error(x + step)
        moved = np.abs(step) > 1e-12
        rise = np.where(moved, (found - wrong) / np.where(moved, step, 1.0), slope)
        # A site that has arrived stays where it is, so that an animal does not depend on its company.
        slope = np.where(open_ & (rise > _LEAST_SLOPE), rise, slope)
        x, wrong = x + step, np.where(open_, found, wrong)
    return x, np.abs(wrong) < _SECANT_TOLERANCE_LOG
