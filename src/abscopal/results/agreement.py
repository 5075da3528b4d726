"""The published outcomes beside the model's: what it says, and whether it agrees."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abscopal.results import claims
from abscopal.results.metadata import DEFAULT_GROUP_SIZE, Metadata
from abscopal.results.trajectories import Floats, Trajectories
from abscopal.results.wording import day, number, percent, ratio_of
from abscopal.statistics.contrast import mann_whitney_p, ratio
from abscopal.statistics.survival import log_rank
from abscopal.vocabulary import BETTER, NO_DIFFERENCE, RELATIONS, SURVIVAL, UNVERIFIED

# Experiments imitated to find how often the published finding would have been made.
EXPERIMENTS = 400
SIGNIFICANT = 0.05
VERDICTS = ("agrees", "disagrees", "not testable")


@dataclass(frozen=True)
class Agreement:
    """One published outcome and what the model says about it.

    Attributes
    ----------
    id, metric : identity of the outcome and what was measured
    published : the outcome in words
    model : what the model says, in words
    verdict : one of `VERDICTS`
    probability : chance that an experiment on the model's animals reports the outcome; NaN if not testable.
        For a published number it is the chance of a result at least as far from the model's middle.
    group_size : animals per arm of the imitated experiment
    basis, verified : where the outcome was read, and False if only from memory
    discriminating : False if "more treatment wins" would pass it too, None if not recorded
    reason : why not testable, or what the verdict rests on
    note : the study file's own remark
    """

    id: str
    metric: str
    published: str
    model: str
    verdict: str
    probability: float
    group_size: int
    basis: str
    verified: bool
    discriminating: bool | None
    reason: str
    note: str


def agreements(trajectories: Trajectories, metadata: Metadata) -> tuple[Agreement, ...]:
    """Every published outcome of the study against the model.

    Notes
    -----
    A relation `a > b` agrees if at least half of imitated experiments (as many animals per arm as published, else 10;
    drawn from the simulated ones) find it at p < 0.05 in that direction; `a ~ b` agrees if at most half find any
    difference, because "not significant" never means "equal". A published number agrees if it lies in the central
    95 % of what such experiments measure. Outcomes from memory are judged but not counted.
    """
    return tuple(_judge(trajectories, metadata, row, i) for i, row in enumerate(metadata.published))


def tally(found: Sequence[Agreement]) -> dict[str, int]:
    """How many verified outcomes have each verdict, and how many are unverified."""
    counts = {v.replace(" ", "_"): sum(a.verdict == v and a.verified for a in found) for v in VERDICTS}
    return {**counts, "unverified": sum(not a.verified for a in found)}


def _judge(trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], index: int) -> Agreement:
    name = str(row.get("id") or row.get("claim") or f"{index + 1}")
    size = int(row.get("group_size") or DEFAULT_GROUP_SIZE)
    rng = np.random.default_rng([zlib.crc32(name.encode()), index, size])
    try:
        if row.get("better") is not None or row.get("worse") is not None:
            model, verdict, chance, reason = _relation(trajectories, metadata, row, size, rng)
        else:
            model, verdict, chance, reason = _value(trajectories, metadata, row, size, rng)
    except claims.NotTestableError as problem:
        model, verdict, chance, reason = "–", "not testable", math.nan, str(problem)
    basis = str(row.get("basis") or "")
    return Agreement(
        id=name,
        metric=str(row.get("metric") or ""),
        published=claims.in_words(row),
        model=model,
        verdict=verdict,
        probability=chance,
        group_size=size,
        basis=basis,
        verified=basis != UNVERIFIED,
        discriminating=row.get("discriminating"),
        reason=reason,
        note=str(row.get("note") or ""),
    )


def _relation(
    trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], size: int, rng: np.random.Generator
) -> tuple[str, str, float, str]:
    relation = str(row.get("relation") or BETTER)
    if relation not in RELATIONS:
        raise claims.NotTestableError(f"relation {relation!r} is not known; known are '>' and '~'")
    better, worse = str(row.get("better")), str(row.get("worse"))
    if str(row.get("metric")) == SURVIVAL:
        model, significant, right = _survival_relation(trajectories, metadata, better, worse, size, rng)
    else:
        measured = claims.measured(trajectories, metadata, row)
        a, b = measured.of(better), measured.of(worse)
        effect = ratio(a, b, measured.floor, paired=False)
        model = ratio_of(effect, measured.label)
        draws_a, draws_b = (_draw(np.maximum(v, measured.floor), size, rng) for v in (a, b))
        significant = mann_whitney_p(draws_a, draws_b) < SIGNIFICANT
        right = measured.sign * (_rank_excess(draws_a, draws_b)) > 0
    if relation == NO_DIFFERENCE:
        chance = float(np.mean(~significant))
        reason = f"{percent(1 - chance)} of experiments with {size} per arm would find a difference"
    else:
        chance = float(np.mean(significant & right))
        reason = f"{percent(chance)} of experiments with {size} per arm would find it"
    return model, "agrees" if chance >= 0.5 else "disagrees", chance, reason


def _draw(values: Floats, size: int, rng: np.random.Generator) -> Floats:
    return np.asarray(values[rng.integers(0, values.shape[0], (EXPERIMENTS, size))], float)


def _rank_excess(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.sign(a[:, :, None] - b[:, None, :]).sum(axis=(1, 2)), float)


def _survival_relation(
    trajectories: Trajectories, metadata: Metadata, better: str, worse: str, size: int, rng: np.random.Generator
) -> tuple[str, Any, Any]:
    a, b = (claims.survival(trajectories, metadata, arm) for arm in (better, worse))
    whole = log_rank(a, b)
    medians = [claims.median_days(*group) for group in (a, b)]
    model = f"median {day(medians[0])} against {day(medians[1])} days, hazard ratio {number(whole.hazard_ratio)}"
    tests = []
    for _ in range(EXPERIMENTS):
        i, j = rng.integers(0, a[0].size, size), rng.integers(0, b[0].size, size)
        tests.append(log_rank((a[0][i], a[1][i]), (b[0][j], b[1][j])))
    significant = np.array([t.p < SIGNIFICANT for t in tests])
    return model, significant, np.array([t.hazard_ratio < 1 for t in tests])


def _value(
    trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], size: int, rng: np.random.Generator
) -> tuple[str, str, float, str]:
    arm = row.get("arm")
    if arm is None:
        raise claims.NotTestableError("the outcome names no arm")
    quantity = claims.quantity(trajectories, metadata, row)
    published = claims.published_value(row, quantity.unit)
    draws = quantity.statistic(_indices(quantity.n, size, rng))
    whole = float(quantity.statistic(np.arange(quantity.n)[None, :])[0])
    low, high = (float(v) for v in np.quantile(draws, [0.025, 0.975], method="inverted_cdf"))
    show = _SHOWN[quantity.unit]
    inside = low <= published <= high
    tail = min(float(np.mean(draws <= published)), float(np.mean(draws >= published)))
    span = f"{show(low)} to {show(high)}" if low < high else f"about {show(low)}"
    reason = f"95 % of experiments with {size} animals would measure {span}"
    return show(whole), "agrees" if inside else "disagrees", min(1.0, 2 * tail), reason


_SHOWN: Mapping[str, Callable[[float], str]] = {
    "fraction": percent,
    "days": lambda value: f"{day(value)} days" if math.isfinite(value) else day(value),
    "mm3": lambda value: f"{number(value)} mm³",
}


def _indices(n: int, size: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    return rng.integers(0, n, (EXPERIMENTS, size))
