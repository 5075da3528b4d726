"""Simulated experiments: groups drawn from pools of simulated subjects, read with error, and tested as authors do.

The report of a run and the score of a record both ask here, so that they say the same of the same subjects.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abscopal.statistics import accuracy
from abscopal.statistics.accuracy import Booleans, Floats
from abscopal.statistics.contrast import fisher_p
from abscopal.statistics.conventions import Instrument
from abscopal.statistics.survival import log_rank_of_pairs

Integers = NDArray[np.int64]


def generator(seed: int, name: str) -> np.random.Generator:
    """Random numbers of the stream of this seed and name."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


@dataclass(frozen=True)
class Groups:
    """Two groups of animals per experiment.

    Attributes
    ----------
    first, second : indices into the flattened pools (experiments, largest group).
    taken : which entries are animals of the group (experiments, largest group).
    """

    first: Integers
    second: Integers
    taken: Booleans

    @property
    def experiments(self) -> int:
        """How many experiments."""
        return len(self.taken)


def draw_groups(
    solved: tuple[Booleans, Booleans], per_set: int, sizes: tuple[int, int], random: np.random.Generator
) -> Groups:
    """Groups of one size for both arms, drawn with replacement within one parameter set, independently between arms.

    Parameters
    ----------
    solved : which animals of each arm may be drawn, two arrays (sets, animals).
    per_set : experiments per set; sets without an animal in either arm have none.
    sizes : smallest and largest group, every size between as likely.
    """
    sets, animals = solved[0].shape
    largest = sizes[1]
    # All random numbers are drawn first, so that a failed animal does not shift those of the others.
    size = random.integers(sizes[0], largest + 1, (sets, per_set))
    uniform = random.random((2, sets, per_set, largest))
    usable = solved[0].any(axis=1) & solved[1].any(axis=1)
    index = []
    for arm in (0, 1):
        ranked = np.argsort(~solved[arm], axis=1, kind="stable")  # solved animals first
        chosen = (uniform[arm] * solved[arm].sum(axis=1)[:, None, None]).astype(np.int64)
        animal = np.take_along_axis(ranked, chosen.reshape(sets, -1), axis=1).reshape(chosen.shape)
        flat = animal + animals * np.arange(sets)[:, None, None]
        index.append(flat[usable].reshape(-1, largest))
    taken = np.arange(largest) < size[usable].reshape(-1, 1)
    return Groups(index[0], index[1], np.asarray(taken))


@dataclass(frozen=True)
class Findings:
    """What each experiment finds: the p value of its test, and the sign of first minus second in host's benefit."""

    p: Floats
    sign: Integers

    def counts(self, level: float) -> tuple[int, int, int]:
        """Experiments that find the first arm better, no difference, the second better, at a level of p."""
        found = np.where(np.nan_to_num(self.p, nan=1.0) < level, self.sign, 0)
        return int((found > 0).sum()), int((found == 0).sum()), int((found < 0).sum())

    @property
    def turned(self) -> Findings:
        """The same with benefit the other way round: of volumes, less is better."""
        return Findings(self.p, -self.sign)

    @property
    def direction(self) -> float:
        """Share of experiments in which the first arm does better, significant or not; a tie counts half."""
        return float(np.mean(0.5 + 0.5 * np.sign(self.sign))) if self.sign.size else math.nan


def together(parts: Sequence[Findings]) -> Findings:
    """A compound finding: it counts only if all its parts agree."""
    signs = np.stack([part.sign for part in parts])
    p = np.stack([np.nan_to_num(part.p, nan=1.0) for part in parts]).max(axis=0)
    agreed = (signs == signs[0]).all(axis=0)
    return Findings(p, np.where(agreed, signs[0], 0))


def joined(parts: Sequence[Findings]) -> Findings:
    """The experiments of several draws as one series."""
    return Findings(np.concatenate([part.p for part in parts]), np.concatenate([part.sign for part in parts]))


def measured_with_error(values: Floats, cv: float, floor: float, random: np.random.Generator) -> Floats:
    """Logarithm of values as an author reads them: a log-normal error, and nothing below the floor [log of unit].

    A value below the floor is read as the floor, without error: what cannot be felt has no size.
    """
    noise = math.sqrt(math.log1p(cv**2)) * random.standard_normal(values.shape)
    visible = accuracy.above(values, floor)
    return np.where(visible, np.maximum(np.log(np.maximum(values, floor)) + noise, math.log(floor)), math.log(floor))


def compare_means(first: Floats, second: Floats, taken: Booleans) -> Findings:
    r"""Welch's t test of each experiment, first against second; positive sign where the first is higher.

    Parameters
    ----------
    first, second : array (experiments, largest group).
    taken : which entries belong to the group.

    Notes
    -----
    .. math:: t = (\bar a - \bar b) / \sqrt{s_a^2/n + s_b^2/n}

    Two groups without any spread differ for certain if their means do. Values are logarithms: means closer than the
    accuracy of the solver do not differ. *Valid for* groups of two and more.

    References
    ----------
    Welch BL. Biometrika 1947;34:28-35.

    Examples
    --------
    >>> a, b = np.array([[1.0, 2.0, 3.0]]), np.array([[4.0, 5.0, 6.0]])
    >>> found = compare_means(a, b, np.ones((1, 3), bool))  # t = -3 / sqrt(2/3), 4 degrees of freedom
    >>> round(float(found.p[0]), 4), int(found.sign[0])
    (0.0213, -1)
    """
    from scipy.stats import ttest_ind_from_stats

    n = taken.sum(axis=1)
    (mean_a, spread_a), (mean_b, spread_b) = (_mean_and_spread(v, taken, n) for v in (first, second))
    difference = mean_a - mean_b
    sign = np.sign(accuracy.told_apart(difference, accuracy.SHARE)).astype(np.int64)
    spread = (spread_a**2 + spread_b**2) / n > accuracy.SHARE**2
    flat = np.where(spread, 0.0, 1.0)  # any spread does where there is none: the test is not used there
    test = ttest_ind_from_stats(mean_a, spread_a + flat, n, mean_b, spread_b + flat, n, equal_var=False)
    return Findings(np.where(spread, test.pvalue, np.where(sign == 0, 1.0, 0.0)), sign)


def _mean_and_spread(values: Floats, taken: Booleans, n: Integers) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each group."""
    mean = np.where(taken, values, 0.0).sum(axis=1) / n
    squares = np.where(taken, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return mean, np.sqrt(squares / (n - 1))


def compare_survival(first: tuple[Floats, Booleans], second: tuple[Floats, Booleans], taken: Booleans) -> Findings:
    """Log-rank test of each experiment; positive sign where the first lives longer.

    Parameters
    ----------
    first, second : days and events, two arrays (experiments, largest group) each.
    """
    p, log_hazard_ratio = log_rank_of_pairs(first, second, taken)
    told = np.isfinite(p)
    # Equal sums of expected events differ by rounding; that is no difference.
    same = np.abs(log_hazard_ratio) < 1e-12
    sign = np.where(told & ~same, -np.sign(log_hazard_ratio), 0.0)
    return Findings(np.where(told, p, 1.0), sign.astype(np.int64))


def compare_rates(first: Booleans, second: Booleans, taken: Booleans) -> Findings:
    """Fisher's exact test of each experiment; positive sign where the first has the higher rate."""
    counts = np.stack([(v & taken).sum(axis=1) for v in (first, second)])
    n = taken.sum(axis=1)
    p = np.array([_fisher(int(a), int(b), int(m)) for a, b, m in zip(*counts, n, strict=True)])
    return Findings(p, np.sign(counts[0] - counts[1]).astype(np.int64))


@lru_cache(maxsize=4096)
def _fisher(count_a: int, count_b: int, n: int) -> float:
    return fisher_p(count_a, n, count_b, n)


@dataclass(frozen=True)
class Experiment:
    """An experiment on two groups, simulated many times.

    Attributes
    ----------
    sizes : smallest and largest group; every size between is as likely, and both groups have the same.
    per_set : experiments per parameter set.
    seed, key : of its random streams: the same key is the same experiment whatever is compared in it.
    """

    sizes: tuple[int, int]
    per_set: int
    seed: int
    key: str

    def stream(self, what: str) -> np.random.Generator:
        """Random numbers for one purpose of this experiment."""
        return generator(self.seed, f"{what}/{self.key}")

    def groups(self, pools: tuple[Booleans, Booleans], what: str = "groups") -> Groups:
        """Groups drawn from the subjects of both arms that may be drawn (sets, subjects)."""
        return draw_groups(pools, self.per_set, self.sizes, self.stream(what))

    def read(self, drawn: Sequence[Floats], instrument: Instrument, what: str) -> list[Floats]:
        """Logarithms of what is seen of drawn values, group after group by one hand."""
        random = self.stream(what)
        return [measured_with_error(values, instrument.cv, instrument.smallest, random) for values in drawn]
