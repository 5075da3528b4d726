r"""Straight lines with an intercept and a slope for every subject: the mixed model that knows no mechanism.

Of logarithms it is exponential growth at a rate of one's own, what laboratories fit to tumour volumes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from abscopal.statistics.accuracy import Floats

# Smallest standard deviations, as a share of the spread of all values: a likelihood without bound has no maximum.
_LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class MixedLines:
    """A fitted model of lines.

    Attributes
    ----------
    intercept, slope : mean over subjects; the intercept at `origin_days`.
    between : covariance of intercept and slope between subjects, array (2, 2).
    error : standard deviation of a value around its subject's line.
    uncertainty : covariance of the two means, array (2, 2).
    origin_days : day of the intercept [d].
    """

    intercept: float
    slope: float
    between: Floats
    error: float
    uncertainty: Floats
    origin_days: float

    def mean(self, days: ArrayLike) -> Floats:
        """Mean of a new subject on these days."""
        return np.asarray(self.intercept + self.slope * (np.asarray(days, float) - self.origin_days))

    def sd(self, days: ArrayLike) -> Floats:
        """Standard deviation of one value of a new subject: means, subjects and error together."""
        z = _design(np.asarray(days, float) - self.origin_days)
        return np.asarray(np.sqrt(np.einsum("ij,jk,ik->i", z, self.between + self.uncertainty, z) + self.error**2))

    def crps(self, days: ArrayLike, values: ArrayLike) -> Floats:
        """Continuous ranked probability score of values, in their unit; see `normal_crps`."""
        return normal_crps(self.mean(days), self.sd(days), values)


def normal_crps(mean: ArrayLike, sd: ArrayLike, values: ArrayLike) -> Floats:
    r"""Continuous ranked probability score of normal predictions.

    Notes
    -----
    .. math:: \sigma \left[z (2\Phi(z) - 1) + 2\varphi(z) - 1/\sqrt{\pi}\right], \quad z = (y - \mu)/\sigma

    References
    ----------
    Gneiting T, Raftery AE 2007, Strictly proper scoring rules, J Am Stat Assoc 102:359, eq. 21.

    Examples
    --------
    >>> round(float(normal_crps(0.0, 1.0, 0.0)), 4)
    0.2337
    """
    from scipy.special import ndtr

    width = np.asarray(sd, float)
    z = (np.asarray(values, float) - np.asarray(mean, float)) / width
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return np.asarray(width * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi)))


def fit_mixed_lines(days: ArrayLike, values: ArrayLike, subjects: Sequence[str]) -> MixedLines:
    """The most likely lines of subjects.

    Parameters
    ----------
    days, values : arrays (values,), at least three values and two days.
    subjects : whose value each is.

    Notes
    -----
    Restricted likelihood over three standard deviations and a correlation; means by generalised least squares.
    """
    from scipy.optimize import minimize

    t, y = np.asarray(days, float), np.asarray(values, float)
    if t.size < 3 or np.ptp(t) == 0.0:
        raise ValueError(f"{t.size} values on {np.unique(t).size} days make no line; give three on two days")
    origin, reach = float(t.mean()), float(np.ptp(t))
    names = np.asarray(subjects)
    groups = [(_design(t[names == name] - origin), y[names == name]) for name in dict.fromkeys(subjects)]
    size = max(float(y.std()), 1e-6)
    scale = np.array([size, size / reach, size])
    low = np.log(_LEAST_SHARE)
    bounds = [(low, 2.0), (low, 2.0), (low, 2.0), (-2.0, 2.0)]
    best = minimize(
        lambda x: _solved(x, scale, groups)[0], np.array([-0.7, -0.7, -0.7, 0.0]), method="L-BFGS-B", bounds=bounds
    )
    _, means, uncertainty = _solved(best.x, scale, groups)
    between, error = _covariance(best.x, scale)
    return MixedLines(float(means[0]), float(means[1]), between, error, uncertainty, origin)


def _design(days: Floats) -> Floats:
    return np.column_stack([np.ones_like(days), days])


def _covariance(x: Floats, scale: Floats) -> tuple[Floats, float]:
    a, b, error = np.exp(x[:3]) * scale
    shared = np.tanh(x[3]) * a * b
    return np.array([[a * a, shared], [shared, b * b]]), float(error)


def _solved(x: Floats, scale: Floats, groups: Sequence[tuple[Floats, Floats]]) -> tuple[float, Floats, Floats]:
    """Minus the logarithm of the restricted likelihood, the means, and their covariance."""
    between, error = _covariance(x, scale)
    information, pull, misfit = np.zeros((2, 2)), np.zeros(2), 0.0
    for z, y in groups:
        covariance = z @ between @ z.T + error**2 * np.eye(len(y))
        weighted = np.linalg.solve(covariance, np.column_stack([z, y]))
        information += z.T @ weighted[:, :2]
        pull += z.T @ weighted[:, 2]
        misfit += float(y @ weighted[:, 2]) + float(np.linalg.slogdet(covariance)[1])
    uncertainty = np.asarray(np.linalg.inv(information), float)
    means = uncertainty @ pull
    misfit += float(np.linalg.slogdet(information)[1]) - float(means @ pull)
    return 0.5 * misfit, means, uncertainty
