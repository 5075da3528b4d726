"""The published outcomes beside the model's: what it says, and whether it agrees."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from abscopal.results.bench import Bench
from abscopal.results.claims import NotTestableError, bench_of, effect_in_words, question_of, readings_of
from abscopal.results.group_numbers import group_number
from abscopal.results.metadata import Metadata
from abscopal.results.nouns import noun_of
from abscopal.results.published_words import in_words, published_value
from abscopal.results.trajectories import Trajectories
from abscopal.results.wording import day, number, percent
from abscopal.statistics import accuracy, conventions
from abscopal.statistics.experiments import Experiment
from abscopal.vocabulary import BETTER, NO_DIFFERENCE, RELATIONS, UNVERIFIED

# Least number of experiments simulated to find how often the published finding would have been made.
EXPERIMENTS = 400
_SEED = 1
COMPATIBLE = "compatible"
VERDICTS = ("agrees", COMPATIBLE, "disagrees", "not testable")
# Below this chance to find what it looks for an experiment has low power.
POWER = 0.8
# Subjects per arm of an experiment that small groups do not blind: it tells whether "no difference" is their doing.
LARGE_GROUP = 100
# Numbers that experiments measure within a wider range than this say little: shares, and ratio of other numbers.
WIDE_SHARE, WIDE_RATIO = 0.3, 2.0


@dataclass(frozen=True)
class Agreement:
    """One published outcome and what the model says about it.

    Attributes
    ----------
    id, metric : identity of the outcome and what was measured
    published : the outcome in words
    model : what the model says, in words
    verdict : one of `VERDICTS`; "compatible" is no agreement, as experiments of that size can hardly disagree
    probability : chance that an experiment on the model's animals reports the outcome; NaN if not testable.
        For a published number it is the chance of a result at least as far from the model's middle.
    group_sizes : fewest and most animals per arm of the simulated experiments
    basis, verified : where the outcome was read, and False if only from memory
    discriminating : False if "more treatment wins" would pass it too, None if not recorded
    reason : why not testable, or what the verdict rests on
    note : the study file's own remark
    """

    @property
    def words(self) -> str:
        """The verdict for people, with the size of the groups where that is what it rests on."""
        return (
            f"{self.verdict} (n = {_sizes_in_words(self.group_sizes)})" if self.verdict == COMPATIBLE else self.verdict
        )

    id: str
    metric: str
    published: str
    model: str
    verdict: str
    probability: float
    group_sizes: tuple[int, int]
    basis: str
    verified: bool
    discriminating: bool | None
    reason: str
    note: str


def agreements(trajectories: Trajectories, metadata: Metadata) -> tuple[Agreement, ...]:
    """Every published outcome of the study against the model.

    Notes
    -----
    A relation `a > b` agrees if at least 80 % of the simulated experiments find it in that direction, and is compatible
    from half on. `a ~ b` is compatible if at most half find any difference, because "not significant" never means
    "equal"; it agrees if that holds for groups of 100 too. A published number is compatible if it lies in the central
    95 % of what such experiments measure, and agrees if that range is narrow too. The experiments are those of the
    score: groups, days, errors of reading, tests and levels are declared in `statistics/data/experiments.yaml`.
    Outcomes from memory are judged but not counted.
    """
    return tuple(_judge(trajectories, metadata, row, i) for i, row in enumerate(metadata.published))


def tally(found: Sequence[Agreement]) -> dict[str, int]:
    """How many verified outcomes have each verdict, and how many are unverified."""
    counts = {v.replace(" ", "_"): sum(a.verdict == v and a.verified for a in found) for v in VERDICTS}
    return {**counts, "unverified": sum(not a.verified for a in found)}


def _judge(trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], index: int) -> Agreement:
    name = str(row.get("id") or f"{index + 1}")
    sizes = _group_sizes(row, metadata)
    per_reading = -(-EXPERIMENTS // readings_of(trajectories.kept))
    experiment = Experiment(sizes, per_reading, _SEED, f"{index}/{name}")
    judge = _value if row.get("better") is None and row.get("worse") is None else _relation
    try:
        model, verdict, chance, reason = judge(trajectories, metadata, row, experiment)
    except NotTestableError as problem:
        model, verdict, chance, reason = "–", "not testable", math.nan, str(problem)
    basis = str(row.get("basis") or "")
    return Agreement(
        id=name,
        metric=str(row.get("metric") or ""),
        published=in_words(row, noun_of(metadata)),
        model=model,
        verdict=verdict,
        probability=chance,
        group_sizes=sizes,
        basis=basis,
        verified=basis != UNVERIFIED,
        discriminating=row.get("discriminating"),
        reason=reason,
        note=str(row.get("note") or ""),
    )


def _group_sizes(row: Mapping[str, Any], metadata: Metadata) -> tuple[int, int]:
    """The published size of the groups; where there is none, the declared ones."""
    if row.get("group_size"):
        return int(row["group_size"]), int(row["group_size"])
    return conventions.group_sizes(metadata.in_vitro)


def _sizes_in_words(sizes: tuple[int, int]) -> str:
    return f"{sizes[0]}" if sizes[0] == sizes[1] else f"{sizes[0]} to {sizes[1]}"


def _relation(
    trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], experiment: Experiment
) -> tuple[str, str, float, str]:
    relation = str(row.get("relation") or BETTER)
    if relation not in RELATIONS:
        raise NotTestableError(f"relation {relation!r} is not known; known are '>' and '~'")
    arms = (str(row.get("better")), str(row.get("worse")))
    question = question_of(trajectories, metadata, row)
    bench, pair = bench_of(trajectories, metadata, arms, question, experiment)
    if not bench.usable(pair).any():
        one = noun_of(metadata).one
        raise NotTestableError(f"no simulated {one} of a treated arm lost its first tumour: nobody is challenged again")
    level = conventions.level(row.get("p") not in (None, ""))
    right, none, wrong = bench.findings(pair).counts(level)
    total = right + none + wrong
    who = f"experiments with {_sizes_in_words(experiment.sizes)} per arm, at p < {level:g},"
    model = effect_in_words(trajectories, metadata, bench, pair, arms)
    if relation != NO_DIFFERENCE:
        chance = right / total
        verdict = "agrees" if chance >= POWER else COMPATIBLE if chance >= 0.5 else "disagrees"
        return model, verdict, chance, f"{percent(chance)} of {who} would find it"
    chance, reason = none / total, f"{percent((right + wrong) / total)} of {who} would find a difference"
    if chance < 0.5 or experiment.sizes[0] >= LARGE_GROUP:
        return model, "agrees" if chance >= 0.5 else "disagrees", chance, reason
    large = Bench(bench.protocol, question, replace(experiment, sizes=(LARGE_GROUP, LARGE_GROUP)))
    right, none, wrong = large.findings(pair).counts(level)
    found = (right + wrong) / (right + none + wrong)
    return (
        model,
        COMPATIBLE if found >= 0.5 else "agrees",
        chance,
        f"{reason}, {percent(found)} with {LARGE_GROUP} per arm",
    )


def _value(
    trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], experiment: Experiment
) -> tuple[str, str, float, str]:
    if row.get("arm") is None:
        raise NotTestableError("the outcome names no arm")
    found = group_number(trajectories, metadata, row, experiment)
    published = published_value(row, found.unit)
    if not math.isfinite(published):
        raise NotTestableError(f"the published value {row.get('value')!r} is not a number")
    if found.unit == "fraction" and not 0 <= published <= 1:
        raise NotTestableError(f"{published:g} is not a fraction between 0 and 1; write the unit %")
    low, high = (float(v) for v in np.quantile(found.measured, [0.025, 0.975], method="inverted_cdf"))
    show = _SHOWN[found.unit]
    least, most = accuracy.reaches(found.measured, published), ~accuracy.above(found.measured, published)
    tail = min(float(np.mean(most)), float(np.mean(least)))
    span = f"{show(low)} to {show(high)}" if low < high else f"about {show(low)}"
    who = f"{_sizes_in_words(experiment.sizes)} {noun_of(metadata).many}"
    reason = f"95 % of experiments with {who} would measure {span}"
    inside = accuracy.reaches(np.array(published), low) and not accuracy.above(np.array(published), high)
    wide = high - low > WIDE_SHARE if found.unit == "fraction" else high > WIDE_RATIO * low
    verdict = "disagrees" if not inside else COMPATIBLE if wide else "agrees"
    return show(found.whole), verdict, min(1.0, 2 * tail), reason


_SHOWN: Mapping[str, Callable[[float], str]] = {
    "fraction": percent,
    "days": lambda value: f"{day(value)} days" if math.isfinite(value) else day(value),
    "mm3": lambda value: f"{number(value)} mm³",
}
