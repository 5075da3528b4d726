r"""Predictive distributions of what one group of subjects shows, and how well each foretold what was measured.

A predictive is a mixture over worlds (parameter sets), each as likely; within a world studies differ, and the group is
a sample. It is scored by the logarithm of the chance or density given to what was measured, and by the continuous
ranked probability score (CRPS), the distance between distribution and number in the unit of the number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.statistics.accuracy import Floats

QUANTILES = (0.05, 0.10, 0.25, 0.5, 0.75, 0.90, 0.95)
# Points of the spread between studies that stand for it in quantiles and CRPS.
_POINTS = 21
_LEAST_MASS = 1e-12
_TIE = 1e-9


@dataclass(frozen=True)
class Foretold:
    """A predictive distribution held against what was measured.

    Attributes
    ----------
    quantiles : at `QUANTILES`, in the unit of what was measured.
    log_score : natural logarithm of the chance, or of the density, of what was measured.
    is_chance : whether it is a chance rather than a density.
    crps : continuous ranked probability score.
    below, at : share of the distribution below what was measured, and the share that equals it.
    """

    quantiles: tuple[float, ...]
    log_score: float
    is_chance: bool
    crps: float
    below: float
    at: float

    def quantile(self, level: float) -> float:
        """The quantile of one of `QUANTILES`."""
        return self.quantiles[QUANTILES.index(level)]

    def inside(self, share: float) -> float:
        """Whether the central interval of a share holds what was measured; where its bound is a tie, the part inside.

        Of predictives that are right, the mean is the share, for counts of few animals too.
        """
        low, high = (1.0 - share) / 2.0, (1.0 + share) / 2.0
        if self.at <= 0.0:
            return float(low <= self.below <= high)
        return min(1.0, max(0.0, min(self.below + self.at, high) - max(self.below, low)) / self.at)


def joint_correlation(correlation: float, subjects: float) -> float:
    """Correlation within a group where its world is itself known from some subjects only.

    Notes
    -----
    .. math:: \\rho + (1 - \\rho)/(n + 2)

    the spread of a share between studies, and of one estimated from n subjects with a weak prior.
    """
    return correlation + (1.0 - correlation) / (subjects + 2.0)


def log_beta_binomial(k: Floats, n: Floats, alpha: Floats, beta: Floats) -> Floats:
    r"""Logarithm of the beta-binomial chance of k of n.

    Notes
    -----
    .. math:: \binom{n}{k} B(k + \alpha, n - k + \beta) / B(\alpha, \beta)

    Examples
    --------
    >>> one = np.array(1.0)
    >>> round(float(np.exp(log_beta_binomial(one, 3 * one, one, one))), 4)  # uniform: each of 0 to 3 as likely
    0.25
    """
    from scipy.special import betaln, gammaln

    ways = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return np.asarray(ways + betaln(k + alpha, n - k + beta) - betaln(alpha, beta), float)


def weighted(values: Floats, weights: Floats, measured: float) -> tuple[tuple[float, ...], float, float, float]:
    """Quantiles, CRPS, and the shares below and at what was measured, of a distribution of weighted points.

    Examples
    --------
    >>> quantiles, *rest = weighted(np.array([0.0, 1.0]), np.array([0.5, 0.5]), 0.0)
    >>> rest  # mean distance 0.5, less half the mean distance of two draws; half of it at 0
    [0.25, 0.0, 0.5]
    """
    order = np.argsort(values, kind="stable")
    x, w = values[order], weights[order] / weights.sum()
    below = np.cumsum(w)
    index = [min(int(np.searchsorted(below, q - 1e-12)), x.size - 1) for q in QUANTILES]
    between = float(np.sum(below[:-1] * (1.0 - below[:-1]) * np.diff(x)))
    crps = float(np.sum(w * np.abs(x - measured))) - between
    under, tied = float(np.sum(w[x < measured - _TIE])), float(np.sum(w[np.abs(x - measured) <= _TIE]))
    return tuple(float(x[i]) for i in index), max(crps, 0.0), under, tied


@dataclass(frozen=True)
class Shares:
    """Shares of a group that show something, such as being alive on a day.

    Attributes
    ----------
    means : share expected in each world.
    correlation : within a group, between 0 and 1: studies of one world differ, and worlds are known from few subjects.
    """

    means: Floats
    correlation: float

    def chances(self, n: int) -> Floats:
        """Chance of each number of subjects from 0 to n: the mean of the worlds' beta-binomial distributions."""
        strength = 1.0 / self.correlation - 1.0
        mean = np.clip(self.means, 1e-9, 1.0 - 1e-9)[:, None]
        k = np.arange(n + 1.0)[None, :]
        found = np.exp(log_beta_binomial(k, np.full_like(k, n), mean * strength, (1.0 - mean) * strength))
        return np.asarray(found.mean(axis=0))

    def foretold(self, share: float, sizes: Sequence[int]) -> Foretold:
        """How well a share of a group was foretold; of an unknown size, each of `sizes` is as likely."""
        chances = [self.chances(n) for n in sizes]
        values = np.concatenate([np.arange(n + 1.0) / n for n in sizes])
        counted = [math.floor(share * n + 0.5) for n in sizes]
        measured = counted[0] / sizes[0] if len(sizes) == 1 else share
        quantiles, *rest = weighted(values, np.concatenate(chances), measured)
        chance = float(np.mean([c[k] for c, k in zip(chances, counted, strict=True)]))
        return Foretold(quantiles, math.log(max(chance, _LEAST_MASS)), True, *rest)


@dataclass(frozen=True)
class Logarithms:
    """Values above zero, told on the scale of their natural logarithm.

    Attributes
    ----------
    centres : logarithm of what a group of each world shows, its sampling included.
    scale : spread between studies of one world [natural logarithm].
    freedom : of Student's t that gives its shape: single studies lie far out.
    floor : value below which nothing is read [unit of the value].
    """

    centres: Floats
    scale: float
    freedom: float
    floor: float

    def foretold(self, value: float) -> Foretold:
        """How well a value was foretold: quantiles in its unit, density and CRPS per unit of its logarithm."""
        from scipy.stats import t

        bottom = math.log(self.floor)
        measured = math.log(max(value, self.floor))
        if value <= self.floor:  # only that it is below is known
            mass = float(t.cdf((bottom - self.centres) / self.scale, self.freedom).mean())
        else:
            mass = float(t.pdf((measured - self.centres) / self.scale, self.freedom).mean()) / self.scale
        spread = t.ppf((np.arange(_POINTS) + 0.5) / _POINTS, self.freedom)
        points = np.maximum((self.centres[:, None] + self.scale * spread).ravel(), bottom)
        quantiles, *rest = weighted(points, np.ones(points.size), measured)
        there = tuple(float(v) for v in np.exp(np.minimum(quantiles, 700.0)))
        return Foretold(there, math.log(max(mass, _LEAST_MASS)), value <= self.floor, *rest)


@dataclass(frozen=True)
class Durations:
    """Days on which the subjects of a group leave, in intervals; the last holds those that stay to the end.

    Attributes
    ----------
    edges : bounds of the intervals [d], (intervals + 1,); who leaves after the last has stayed.
    masses : chance of leaving in each interval, and of staying, in each world (worlds, intervals + 1).
    correlation : as of `Shares`: on any day the share that is left is a beta-binomial with it.
    """

    edges: Floats
    masses: Floats
    correlation: float

    def alive(self, day: float) -> Floats:
        """Share left on a day in each world, even within intervals."""
        left = 1.0 - np.concatenate([np.zeros((len(self.masses), 1)), np.cumsum(self.masses[:, :-1], axis=1)], axis=1)
        return np.array([np.interp(day, self.edges, row) for row in left])

    def log_chance(self, days: Floats, seen: Floats) -> float:
        r"""Logarithm of the chance of how many leave in each interval, given how many are there (beta-Stacy).

        Parameters
        ----------
        days, seen : day of each subject, and whether it was seen to leave on it.

        Notes
        -----
        The worlds' chances are averaged. Within one, of :math:`n_j` subjects that are there the number that leaves in
        interval j is beta-binomial with :math:`\alpha = \kappa m_j` and :math:`\beta = \kappa \sum_{i>j} m_i`,
        :math:`\kappa = 1/\rho - 1`: a Dirichlet distribution of the masses, which takes censored subjects as they are.
        A subject that is lost within an interval is there in the intervals before it.

        References
        ----------
        Walker S, Muliere P. Ann Stat 1997;25:1762-80, the beta-Stacy process.
        """
        strength = 1.0 / self.correlation - 1.0
        inside = np.searchsorted(self.edges[1:-1], days, side="left")
        last = len(self.edges) - 1
        ended = seen.astype(bool) & (days <= self.edges[-1])
        place = np.where(ended, inside, np.where(days >= self.edges[-1], last, inside))
        left = np.array([np.sum(ended & (place == j)) for j in range(last)], float)
        there = np.array([np.sum((place > j) | (ended & (place == j))) for j in range(last)], float)
        masses = np.maximum(self.masses, _LEAST_MASS)
        later = np.cumsum(masses[:, ::-1], axis=1)[:, ::-1]
        logs = log_beta_binomial(left[None], there[None], strength * masses[:, :-1], strength * later[:, 1:]).sum(
            axis=1
        )
        top = float(logs.max())
        return top + math.log(float(np.exp(logs - top).mean()))

    def mean_days(self, groups: int, n: int, random: np.random.Generator) -> Floats:
        """Mean days that groups of n subjects stay, at most to the end: some groups per world (worlds x groups)."""
        strength = 1.0 / self.correlation - 1.0
        middles = np.append((self.edges[:-1] + self.edges[1:]) / 2.0, self.edges[-1])
        shapes = np.maximum(self.masses * strength, 1e-6)[:, None, :]
        drawn = random.standard_gamma(np.broadcast_to(shapes, (len(self.masses), groups, shapes.shape[2])))
        shares = drawn / np.maximum(drawn.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
        counts = random.multinomial(n, shares / shares.sum(axis=-1, keepdims=True))
        return np.asarray((counts @ middles / n).ravel(), float)

    def foretold(self, days: Floats, seen: Floats, groups: int, random: np.random.Generator) -> Foretold:
        """How well the days of a group were foretold; quantiles and CRPS are of its mean days up to the end."""
        from abscopal.statistics.survival import kaplan_meier, restricted_mean_days

        curve = kaplan_meier(np.maximum(days, 0.0), seen.astype(bool))
        measured = restricted_mean_days(curve, float(self.edges[0]), float(self.edges[-1])) + float(self.edges[0])
        drawn = self.mean_days(groups, len(days), random)
        quantiles, *rest = weighted(drawn, np.ones(drawn.size), measured)
        return Foretold(quantiles, self.log_chance(days, seen), True, *rest)


def pooled_masses(counts: Floats) -> Floats:
    """Chances of each outcome in each world from counts of its subjects, drawn towards all worlds as by one subject.

    Parameters
    ----------
    counts : array (worlds, outcomes).

    Examples
    --------
    >>> pooled_masses(np.array([[3.0, 0.0], [0.0, 3.0]])).round(3).tolist()
    [[0.875, 0.125], [0.125, 0.875]]
    """
    outcomes = counts.shape[1]
    together = (counts.sum(axis=0) + 1.0 / outcomes) / (counts.sum() + 1.0)
    of_world = counts.sum(axis=1, keepdims=True)
    return np.asarray((counts + together) / (of_world + 1.0), float)
