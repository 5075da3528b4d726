"""Tests and effect sizes between two groups of animals, paired or independent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from abscopal.statistics import accuracy
from abscopal.statistics.accuracy import Floats

_MOST_PAIRS = 1000


@dataclass(frozen=True)
class Contrast:
    """A difference between two arms.

    Attributes
    ----------
    value, low, high : ratio a / b of a typical animal, with its 95 % interval
    p : two-sided p value of `test`; NaN where every value is tied
    test : name of the test
    n_a, n_b : animals compared
    """

    value: float
    low: float
    high: float
    p: float
    test: str
    n_a: int
    n_b: int


def ratio(a: Floats, b: Floats, floor: float, paired: bool) -> Contrast:
    """Ratio a / b of positive quantities, on the log scale, both held at or above a floor.

    Parameters
    ----------
    a, b : array (animals,) [any unit] ; of the same animals in the same order if paired
    floor : float [unit of a], smallest value told apart (a tumour that cannot be felt)

    Notes
    -----
    Paired: median of the animals' ratios, its order-statistic interval, Wilcoxon signed-rank test. Independent:
    Hodges-Lehmann ratio with the interval that inverts the Mann-Whitney test. Values closer than the accuracy of the
    solver are ties.

    Examples
    --------
    >>> r = ratio(np.array([2.0, 4.0, 8.0]), np.array([1.0, 2.0, 4.0]), 1e-9, paired=True)
    >>> r.value
    2.0
    """
    log_a, log_b = accuracy.logarithms(a, floor), accuracy.logarithms(b, floor)
    if not a.size or not b.size:
        return Contrast(math.nan, math.nan, math.nan, math.nan, "none", a.size, b.size)
    if paired:
        return _paired(accuracy.told_apart(log_a - log_b, accuracy.SHARE))
    return _independent(log_a, log_b)


def _paired(difference: Floats) -> Contrast:
    n = difference.size
    ordered = np.sort(difference)
    low, high = _median_interval(ordered)
    test = "Wilcoxon signed-rank on pairs of the same subjects"
    middle = float(np.median(ordered))
    return Contrast(math.exp(middle), math.exp(low), math.exp(high), wilcoxon_p(difference), test, n, n)


def _median_interval(ordered: Floats) -> tuple[float, float]:
    from scipy.special import bdtr

    n = ordered.size
    k = int(np.searchsorted(bdtr(np.arange(n + 1.0), n, 0.5), 0.025))
    if k == 0:
        return -math.inf, math.inf
    return float(ordered[k - 1]), float(ordered[ordered.size - k])


def _independent(log_a: Floats, log_b: Floats) -> Contrast:
    thin_a, thin_b = _thin(log_a), _thin(log_b)
    difference = np.sort(accuracy.told_apart(np.subtract.outer(thin_a, thin_b).ravel(), accuracy.SHARE))
    n, m = log_a.size, log_b.size
    # The thinned grid keeps the quantiles; the rank of the bounds follows the true numbers of animals.
    half = NormalDist().inv_cdf(0.975) * math.sqrt((n + m + 1) / (12 * n * m))
    place = (difference.size - 1) * (0.5 - half)
    low = float(difference[int(place)]) if place >= 0 else -math.inf
    high = float(difference[difference.size - 1 - int(place)]) if place >= 0 else math.inf
    middle = float(np.median(difference))
    p = mann_whitney_p(*accuracy.merged(accuracy.SHARE, log_a, log_b))
    return Contrast(_exp(middle), _exp(low), _exp(high), p, "Mann-Whitney on independent subjects", n, m)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def _thin(values: Floats) -> Floats:
    if values.size <= _MOST_PAIRS:
        return values
    return np.asarray(np.quantile(values, (np.arange(_MOST_PAIRS) + 0.5) / _MOST_PAIRS), float)


def mann_whitney_p(a: Floats, b: Floats) -> float:
    """Two-sided Mann-Whitney p value (normal, with ties and continuity); NaN if all values are tied."""
    from scipy.stats import mannwhitneyu

    if np.ptp(np.concatenate([a, b])) == 0.0:
        return math.nan
    return float(mannwhitneyu(a, b, method="asymptotic").pvalue)


def wilcoxon_p(difference: Floats) -> float:
    """Two-sided Wilcoxon signed-rank p value of paired differences; NaN if no pair differs."""
    from scipy.stats import wilcoxon

    moved = difference[difference != 0.0]
    return float(wilcoxon(moved).pvalue) if moved.size else math.nan


def sign_p(wins: int, losses: int) -> float:
    """Two-sided exact sign test of wins against losses (McNemar's for paired proportions); NaN for none."""
    from scipy.stats import binomtest

    return float(binomtest(wins, wins + losses).pvalue) if wins + losses else math.nan


def fisher_p(count_a: int, n_a: int, count_b: int, n_b: int) -> float:
    """Two-sided Fisher exact p value of two proportions; NaN for an empty group."""
    from scipy.stats import fisher_exact

    if not n_a or not n_b:
        return math.nan
    return float(fisher_exact([[count_a, n_a - count_a], [count_b, n_b - count_b]]).pvalue)
