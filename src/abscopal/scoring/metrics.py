"""Scores of three-outcome probabilities: log score, Brier score, accuracy, calibration, gain per study."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from abscopal.cohort import standard_normals

BETTER, NONE, WORSE = 0, 1, 2
_TIE = 1e-12


@dataclass(frozen=True)
class Probabilities:
    """Chances that an experiment finds the better arm better, no difference, or the worse arm better."""

    better: float
    none: float
    worse: float

    @property
    def turned(self) -> Probabilities:
        """The same with the two arms exchanged."""
        return Probabilities(self.worse, self.none, self.better)

    def of(self, outcome: int) -> float:
        """The chance of one outcome."""
        return (self.better, self.none, self.worse)[outcome]


def from_counts(better: float, none: float, worse: float, each: int = 1) -> Probabilities:
    """Probabilities (count + 1)/(N + 3) of counted outcomes of N independent replications.

    Parameters
    ----------
    better, none, worse : how many experiments found so.
    each : experiments per replication: those that share a parameter set count together as one.

    Examples
    --------
    >>> from_counts(7, 0, 0)
    Probabilities(better=0.8, none=0.1, worse=0.1)
    """
    counts = [count / each for count in (better, none, worse)]
    total = sum(counts) + 3
    return Probabilities(*((count + 1) / total for count in counts))


def mixed(p: Probabilities, other: Probabilities, share: float) -> Probabilities:
    """A share of another prediction, the rest of this one.

    Examples
    --------
    >>> mixed(Probabilities(1.0, 0.0, 0.0), Probabilities(0.0, 0.5, 0.5), 0.5)
    Probabilities(better=0.5, none=0.25, worse=0.25)
    """
    pairs = ((p.better, other.better), (p.none, other.none), (p.worse, other.worse))
    return Probabilities(*((1.0 - share) * a + share * b for a, b in pairs))


def mean_of(several: Sequence[Probabilities]) -> Probabilities:
    """Average of several predictions of one claim."""
    rows = np.array([(p.better, p.none, p.worse) for p in several])
    return Probabilities(*(float(v) for v in rows.mean(axis=0)))


def published_outcome(relation: str) -> int:
    """The outcome a claim reports: `>` the better arm better, `~` no difference."""
    return {">": BETTER, "~": NONE}[relation]


def log_score(p: Probabilities, outcome: int) -> float:
    """Natural logarithm of the chance given to what was published; 0 is perfect."""
    return math.log(p.of(outcome))


def brier(p: Probabilities, outcome: int) -> float:
    """Three-class Brier score: 0 is perfect, 2 the worst.

    Examples
    --------
    >>> round(brier(Probabilities(0.5, 0.25, 0.25), BETTER), 4)  # 0.25 + 0.0625 + 0.0625
    0.375
    """
    return sum((p.of(k) - float(k == outcome)) ** 2 for k in (BETTER, NONE, WORSE))


def correct(p: Probabilities, outcome: int) -> float:
    """1 where the published outcome has the largest probability; a shared first place counts as its share."""
    values = [p.of(k) for k in (BETTER, NONE, WORSE)]
    first = [k for k, v in enumerate(values) if v >= max(values) - _TIE]
    return 1.0 / len(first) if outcome in first else 0.0


@dataclass(frozen=True)
class Scored:
    """One prediction of one claim of a study, with what was published."""

    study: str
    prediction: Probabilities
    outcome: int


@dataclass(frozen=True)
class Summary:
    """Means over claims; NaN where there is none."""

    n: int
    log: float
    brier: float
    accuracy: float


def summarise(scored: Sequence[Scored]) -> Summary:
    """Mean log score, Brier score and accuracy over claims."""
    if not scored:
        return Summary(0, math.nan, math.nan, math.nan)
    rows = np.array(
        [(f(s.prediction, s.outcome)) for s in scored for f in (log_score, brier, correct)], dtype=float
    ).reshape(-1, 3)
    means = rows.mean(axis=0)
    return Summary(len(scored), float(means[0]), float(means[1]), float(means[2]))


def per_study(scored: Iterable[Scored]) -> dict[str, float]:
    """Mean log score of each study."""
    found: dict[str, list[float]] = {}
    for s in scored:
        found.setdefault(s.study, []).append(log_score(s.prediction, s.outcome))
    return {study: float(np.mean(values)) for study, values in found.items()}


@dataclass(frozen=True)
class Gain:
    """Log-score gain over a baseline, mean over studies that weigh equally, with a 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    studies: int


def gain(model: Mapping[str, float], baseline: Mapping[str, float], resamples: int, seed: int) -> Gain:
    """Gain of one set of log scores per study over another.

    Parameters
    ----------
    model, baseline : mean log score of each study, the same studies.
    resamples : bootstrap resamples of studies.

    Notes
    -----
    Percentile bootstrap over studies. One study alone has no interval: its bounds are infinite.
    """
    studies = sorted(model)
    difference = np.array([model[s] - baseline[s] for s in studies], dtype=float)
    if difference.size == 0:
        return Gain(math.nan, math.nan, math.nan, 0)
    mean = float(difference.mean())
    if difference.size == 1:
        return Gain(mean, -math.inf, math.inf, 1)
    # Ascending differences: the names of the studies and their order cannot matter.
    low, high = _interval(np.sort(difference), resamples, seed)
    return Gain(mean, low, high, difference.size)


def _interval(values: NDArray[np.float64], resamples: int, seed: int) -> tuple[float, float]:
    from scipy.special import ndtr

    uniform = ndtr(standard_normals(seed, f"bootstrap/{values.size}", resamples * values.size))
    index = np.minimum((uniform * values.size).astype(int), values.size - 1).reshape(resamples, values.size)
    low, high = np.quantile(values[index].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


@dataclass(frozen=True)
class CalibrationBin:
    """Predicted chances within a range: their mean, how often it came true, and how many there are."""

    low: float
    high: float
    n: int
    predicted: float
    observed: float


def calibration(scored: Sequence[Scored], bins: int = 5) -> tuple[CalibrationBin, ...]:
    """Every predicted chance (three per claim) against how often its outcome was the published one."""
    chances = np.array([s.prediction.of(k) for s in scored for k in (BETTER, NONE, WORSE)])
    came_true = np.array([k == s.outcome for s in scored for k in (BETTER, NONE, WORSE)], dtype=float)
    edges = np.linspace(0.0, 1.0, bins + 1)
    rows = []
    for low, high in pairwise(edges):
        inside = (chances >= low) & ((chances < high) | (high == 1.0))
        n = int(inside.sum())
        predicted, observed = (float(v[inside].mean()) if n else math.nan for v in (chances, came_true))
        rows.append(CalibrationBin(float(low), float(high), n, predicted, observed))
    return tuple(rows)
