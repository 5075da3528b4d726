"""Ensemble smoother with multiple data assimilation: parameter sets moved towards data without derivatives.

Each set z is moved by K (y + sqrt(a) e - f(z)), K = C_zf (C_ff + a R)^-1, with covariances over the ensemble, errors e
of covariance R, and inflation a; with sum(1/a) = 1 over the rounds, a linear model with Gaussian errors ends at its
posterior (Emerick & Reynolds 2013). Correlations that chance alone gives an ensemble of this size are tapered, and
those that cannot be (a line's effect on another line's data) are masked. For other models it is an approximation,
whose predictions are to be checked.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Farthest a set moves in one round, and from the centre at all [prior standard deviations].
_LONGEST_STEP = 1.0
_FARTHEST = 3.5
# Misfits beyond this many standard deviations pull no harder: one impossible datum shall not decide.
_LARGEST_MISFIT = 4.0
# Correlations below this multiple of their standard error count nothing; those above the second count fully.
_CHANCE, _CLEAR = 1.0, 2.5


def moved(places: Floats, misfit: Floats, predicted: Floats, inflation: float, mask: Floats, seed: int) -> Floats:
    """Places of the sets after one round.

    Parameters
    ----------
    places : array (sets, parameters) [prior standard deviations].
    misfit : array (sets, data): observed less predicted, in standard errors of the data.
    predicted : array (sets, data): predicted data, in the same units.
    inflation : by how much the variance of the data is raised in this round.
    mask : array (parameters, data): 1 where a parameter can act on a datum.
    seed : of the perturbations of the data.
    """
    sets = len(places)
    from_mean, response = places - places.mean(axis=0), predicted - predicted.mean(axis=0)
    crossed = from_mean.T @ response / (sets - 1)
    deviation = from_mean.std(axis=0)[:, None] * response.std(axis=0)[None, :]
    correlation = np.divide(crossed, deviation, out=np.zeros_like(crossed), where=deviation > 0.0)
    taper = np.clip((np.abs(correlation) * math.sqrt(sets) - _CHANCE) / (_CLEAR - _CHANCE), 0.0, 1.0)
    spread = response.T @ response / (sets - 1) + inflation * np.eye(response.shape[1])
    errors = np.random.default_rng(seed).standard_normal(misfit.shape)
    pull = np.clip(misfit, -_LARGEST_MISFIT, _LARGEST_MISFIT) + math.sqrt(inflation) * errors
    steps = pull @ np.linalg.solve(spread, (crossed * mask * taper).T)
    return np.clip(places + np.clip(steps, -_LONGEST_STEP, _LONGEST_STEP), -_FARTHEST, _FARTHEST)
