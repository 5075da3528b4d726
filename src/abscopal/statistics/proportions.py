"""Proportions of a group of animals, with intervals that hold at 0 % and 100 %."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Proportion:
    """A count out of a number of animals, with an interval.

    Attributes
    ----------
    count : animals with the property.
    n : animals counted.
    value : count / n, NaN for no animals.
    low, high : Wilson interval of the value, NaN for no animals.
    """

    count: int
    n: int
    value: float
    low: float
    high: float


def wilson(count: int, n: int, confidence: float = 0.95) -> Proportion:
    r"""Proportion of successes with its Wilson score interval.

    Parameters
    ----------
    count : int [animals] with the property
    n : int [animals] counted
    confidence : float, coverage of the interval

    Notes
    -----
    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    *Valid for* independent animals; holds its coverage at counts of 0 and n, unlike the normal interval.

    Raises
    ------
    ValueError : if not 0 <= count <= n.

    References
    ----------
    Wilson EB. J Am Stat Assoc 1927;22:209-12.

    Examples
    --------
    >>> p = wilson(0, 10)
    >>> round(p.high, 4)  # z^2 / (n + z^2), by hand
    0.2775
    """
    from scipy.stats import binomtest

    if not 0 <= count <= n:
        raise ValueError(f"count {count} is not between 0 and n = {n}")
    if n == 0:
        return Proportion(0, 0, math.nan, math.nan, math.nan)
    found = binomtest(count, n).proportion_ci(confidence, method="wilson")
    return Proportion(count, n, count / n, float(found.low), float(found.high))
