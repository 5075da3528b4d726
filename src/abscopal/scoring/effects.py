"""Effect sizes: how large a difference is in each plausible set, and whether a reader would draw it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.results.bench import ArmPool, Bench, Pair
from abscopal.scoring.result_scores import declared
from abscopal.statistics import conventions
from abscopal.statistics.accuracy import Booleans, Floats
from abscopal.statistics.survival import log_rank_of_pairs

RATIO, DIFFERENCE, HAZARD_RATIO = "ratio", "difference", "hazard_ratio"
BETTER, WORSE, NONE, UNKNOWN = "better", "worse", "no difference", "no difference known"
# Of these less is better for the host: their ratio is below 1 where the better arm is better.
_LESS_IS_BETTER = ("volume", "kill", "survival")


@dataclass(frozen=True)
class Effect:
    """The effect of one arm against another over plausible sets.

    Attributes
    ----------
    kind : ratio of medians, difference of shares, or hazard ratio; of the better arm to the worse one.
    median, q05, q95 : over sets, as a ratio or a difference of shares.
    better, worse, none : share of the sets with an effect that a reader would draw in favour of the better arm, of the
        worse arm, and with a smaller one.
    """

    kind: str
    median: float
    q05: float
    q95: float
    better: float
    worse: float
    none: float

    @property
    def opinion(self) -> str:
        """What most sets say; `no difference known` where they do not agree."""
        least = float(declared()["reader"]["opinion"]["value"])
        for share, word in ((self.better, BETTER), (self.worse, WORSE), (self.none, NONE)):
            if share >= least:
                return word
        return UNKNOWN


def kind_of(measure: str) -> str:
    """The kind of effect of a measure."""
    return {"absence": DIFFERENCE, "survival": HAZARD_RATIO}.get(measure, RATIO)


def reader_threshold(kind: str) -> float:
    """Smallest effect that a reader draws: a difference of shares, or of the logarithms of ratios."""
    row = declared()["reader"][kind]
    return float(row["value"]) if kind == DIFFERENCE else max(-math.log(row["low"]), math.log(row["high"]))


def effect_of(measure: str, benefits: Sequence[float] | Floats) -> Effect | None:
    """The effect over sets from the benefit of the better arm in each; None without any set.

    Parameters
    ----------
    benefits : natural logarithm of a ratio, or difference of shares; positive where the better arm is better.

    Examples
    --------
    >>> found = effect_of("volume", [math.log(2.0)] * 4)  # half the volume in every set
    >>> found.median, found.opinion
    (0.5, 'better')
    """
    there = np.asarray(benefits, float)
    there = there[np.isfinite(there)]
    if not there.size:
        return None
    kind, sign = kind_of(measure), -1.0 if measure in _LESS_IS_BETTER else 1.0
    least = reader_threshold(kind) - 1e-9
    low, middle, high = np.quantile(there * sign, [0.05, 0.5, 0.95])
    median, q05, q95 = (float(v) if kind == DIFFERENCE else math.exp(min(float(v), 700.0)) for v in (middle, low, high))
    better, worse = float((there >= least).mean()), float((there <= -least).mean())
    return Effect(kind, median, q05, q95, better, worse, 1.0 - better - worse)


def benefits_by_set(bench: Bench, pair: Pair) -> Floats:
    """Benefit of the first arm over the second in each set, of all animals and read without error (sets,); NaN: none.

    The natural logarithm of a ratio of medians or of hazards, or a difference of shares; positive where the first arm
    does better, of a marker: has more.
    """
    measure = bench.question.measure
    if measure == "survival":
        return _hazard(bench, pair)
    if measure == "absence":
        enrolled = bench.enrolled(pair)
        return _share(bench.absent(pair.first), enrolled[0]) - _share(bench.absent(pair.second), enrolled[1])
    if measure == "volume":
        days = bench.comparison_days(pair)
        return -_log_ratio(*(_volume(bench, arm, days) for arm in (pair.first, pair.second)))
    if measure == "dependence":
        assert pair.controls is not None
        days = bench.comparison_days(pair, pair.controls)
        arms = (pair.first, pair.second, *pair.controls)
        first, second, first_without, second_without = (_volume(bench, arm, days) for arm in arms)
        return _log_ratio(first_without, first) - _log_ratio(second_without, second)
    if measure in ("kill", "survivors"):
        shares = bench.surviving_shares(pair)
        ratio = _log_ratio(_colonies(shares[0], pair.first), _colonies(shares[1], pair.second))
        return -ratio if measure == "kill" else ratio
    return _marker(bench, pair)


def _median(values: Floats, arm: ArmPool) -> Floats:
    """Median of the solved animals of each set."""
    inside = np.where(arm.solved, values.reshape(arm.solved.shape), np.nan)
    there = np.asarray(arm.solved.any(axis=1))
    found = np.full(len(there), np.nan)
    found[there] = np.nanmedian(inside[there], axis=1)
    return found


def _volume(bench: Bench, arm: ArmPool, days: Floats) -> Floats:
    smallest = conventions.instrument(bench.question.reader).smallest
    return _median(np.maximum(bench.volumes_on(arm, days), smallest), arm)


def _colonies(shares: Floats, arm: ArmPool) -> Floats:
    return np.maximum(_median(shares, arm), conventions.instrument("colonies").smallest)


def _log_ratio(first: Floats, second: Floats) -> Floats:
    return np.asarray(np.log(first) - np.log(second), float)


def _share(yes: Booleans, enrolled: Booleans) -> Floats:
    """Share of the enrolled animals of each set; NaN where none is."""
    n = enrolled.sum(axis=1)
    count = (yes.reshape(enrolled.shape) & enrolled).sum(axis=1)
    return np.where(n > 0, count / np.maximum(n, 1), np.nan)


def _hazard(bench: Bench, pair: Pair) -> Floats:
    shape = pair.first.solved.shape
    (days, seen), (other, other_seen) = (bench.true_deaths(arm) for arm in (pair.first, pair.second))
    both = pair.first.solved & pair.second.solved
    first, second = (days.reshape(shape), seen.reshape(shape)), (other.reshape(shape), other_seen.reshape(shape))
    _, log_ratio = log_rank_of_pairs(first, second, both)
    # Where no animal leaves, no arm lives longer.
    return np.where(both.any(axis=1), -np.nan_to_num(log_ratio, nan=0.0), np.nan)


def _marker(bench: Bench, pair: Pair) -> Floats:
    """Of a compound marker the smallest of its parts if all agree in sign, else none."""
    parts = []
    for readout in bench.question.readouts:
        days = bench.marker_days(readout)
        floor = max(bench.detection(readout, days), float(np.finfo(float).tiny))
        read = [np.maximum(bench.on_days(arm, readout, days), floor) for arm in (pair.first, pair.second)]
        by_day = [
            _log_ratio(_median(a, pair.first), _median(b, pair.second)) for a, b in zip(read[0], read[1], strict=True)
        ]
        parts.append(np.median(by_day, axis=0))
    all_parts = np.stack(parts)
    agreed = (np.sign(all_parts) == np.sign(all_parts[0])).all(axis=0)
    smallest = np.sign(all_parts[0]) * np.abs(all_parts).min(axis=0)
    return np.where(np.isnan(all_parts).any(axis=0), np.nan, np.where(agreed, smallest, 0.0))
