"""Whether draws can be trusted: R-hat, effective number of draws, and the tail of importance weights."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from abscopal.simulation import FloatArray


def split_r_hat(draws: FloatArray) -> float:
    """Rank-normalised split R-hat of one quantity, the larger one of location and of spread.

    Parameters
    ----------
    draws : (chains, draws), in the order in which they were made.

    References
    ----------
    Vehtari A et al. 2021, Rank-normalization, folding, and localization: an improved R-hat.
    """
    if np.ptp(draws) == 0.0:
        return 1.0
    folded = np.abs(draws - np.median(draws))
    return max(_r_hat(_ranked(draws)), _r_hat(_ranked(folded)))


def _ranked(draws: FloatArray) -> FloatArray:
    ranks = rankdata(draws.ravel(), method="average").reshape(draws.shape)
    return np.asarray(ndtri((ranks - 0.375) / (draws.size + 0.25)))


def _r_hat(draws: FloatArray) -> float:
    half = draws.shape[1] // 2
    parts = np.concatenate([draws[:, :half], draws[:, -half:]])
    within = parts.var(axis=1, ddof=1).mean()
    between = half * parts.mean(axis=1).var(ddof=1)
    return float(np.sqrt(((half - 1) / half * within + between / half) / within)) if within > 0.0 else np.inf


def effective_draws(snapshots: FloatArray) -> float:
    """Effective number of draws of one quantity from particles that moved.

    Parameters
    ----------
    snapshots : (particles, times); particles are independent of each other at the first.

    Notes
    -----
    Autocorrelations of all particles around the common mean, summed while neighbours together are positive (Geyer).
    A cloud that stands still counts as many draws as it has different particles.
    """
    particles, times = snapshots.shape
    centred = snapshots - snapshots.mean()
    variance = float((centred**2).mean())
    if variance == 0.0:
        return float(particles * times)
    rho = [float((centred[:, : times - lag] * centred[:, lag:]).mean()) / variance for lag in range(times)]
    total, lag = 0.0, 1
    while lag < times:
        pair = sum(rho[step] * (1.0 - step / times) for step in (lag, lag + 1) if step < times)
        if pair <= 0.0:
            break
        total += pair
        lag += 2
    found = particles * times / (1.0 + 2.0 * total)
    distinct = len(np.unique(snapshots[:, -1])) / particles
    return float(found * min(1.0, distinct)) if times == 1 else float(found)


def smoothed_weights(log_weights: FloatArray) -> tuple[FloatArray, float]:
    """Importance weights with their tail smoothed, logs that sum to one, and the shape k of the tail.

    References
    ----------
    Vehtari A et al. 2024, Pareto smoothed importance sampling; Zhang J, Stephens MA 2009 for the fit of the tail.
    """
    found = log_weights - log_weights.max()
    size = len(found)
    tail = int(min(0.2 * size, 3.0 * np.sqrt(size)))
    k = np.inf
    if tail >= 5:
        order = np.argsort(found, kind="stable")
        cutoff = found[order[-tail - 1]]
        excess = np.exp(found[order[-tail:]]) - np.exp(cutoff)
        if excess[0] > 0.0 or excess[-1] > 0.0:
            k, sigma = _pareto(np.maximum(excess, 1e-300))
            places = (np.arange(tail) + 0.5) / tail
            quantiles = -sigma * np.log1p(-places) if abs(k) < 1e-12 else sigma * np.expm1(-k * np.log1p(-places)) / k
            found[order[-tail:]] = np.minimum(np.log(quantiles + np.exp(cutoff)), 0.0)
        else:
            k = -np.inf  # all weights are alike
    return found - np.logaddexp.reduce(found), float(k)


def _pareto(excess: FloatArray) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution of values above a cutoff, ascending."""
    n = len(excess)
    grid = 30 + int(np.sqrt(n))
    b = 1.0 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    b = b / (3.0 * excess[int(n / 4 + 0.5) - 1]) + 1.0 / excess[-1]
    shapes = np.log1p(-b[:, None] * excess).mean(axis=1)
    likelihood = n * (np.log(-b / shapes) - shapes - 1.0)
    weights = 1.0 / np.exp(likelihood - likelihood[:, None]).sum(axis=1)
    best = float((b * weights).sum() / weights.sum())
    k = float(np.log1p(-best * excess).mean())
    sigma = -k / best
    return (n * k + 10.0 * 0.5) / (n + 10.0), sigma
