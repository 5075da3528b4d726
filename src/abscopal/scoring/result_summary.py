"""Summaries of measured results: log score, CRPS and coverage of the model, and its gain over each baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.scoring.declarations import declared
from abscopal.scoring.empirical import RADIATION, UNTREATED
from abscopal.scoring.metrics import Gain, gain
from abscopal.scoring.result_scores import RESULT_BASELINES, ResultScore
from abscopal.statistics.predictive import Foretold

COVERED_SHARE = 0.8
ARMS: Mapping[str, Callable[[str], bool]] = {
    "all arms": lambda treatment: True,
    "radiotherapy": lambda treatment: RADIATION in treatment.split(" + "),
    "drugs and cells": lambda treatment: treatment != UNTREATED and RADIATION not in treatment.split(" + "),
    "untreated": lambda treatment: treatment == UNTREATED,
}


@dataclass(frozen=True)
class Compared:
    """The model beside one baseline, on the results of which both have an answer.

    Attributes
    ----------
    n : how many results.
    model_log, log, model_crps, crps : means over results, of the model and of the baseline.
    gain, gain_crps : log score gained, and CRPS saved, per study, studies weighing equally.
    """

    n: int
    model_log: float
    log: float
    model_crps: float
    crps: float
    gain: Gain
    gain_crps: Gain


@dataclass(frozen=True)
class ResultGroup:
    """Scores of one kind of measured results in some arms.

    Attributes
    ----------
    kind : of the results, see `ResultScore`; their unit is that of the CRPS.
    results, covered, studies : verified results of the group, of them covered, and their studies.
    coverage : share of results inside the central 80 % interval.
    """

    kind: str
    arms: str
    unit: str
    results: int
    covered: int
    studies: int
    log: float
    crps: float
    coverage: float
    baselines: Mapping[str, Compared]


def result_groups(results: Sequence[ResultScore], seed: int) -> tuple[ResultGroup, ...]:
    """Every kind of result in every kind of arm that has a verified one."""
    verified = [result for result in results if result.verified]
    found = []
    for kind in dict.fromkeys(result.kind for result in verified):
        for arms, belongs in ARMS.items():
            group = [result for result in verified if result.kind == kind and belongs(result.treatment)]
            if group:
                found.append(_group(kind, arms, group, seed))
    return tuple(found)


def _group(kind: str, arms: str, group: Sequence[ResultScore], seed: int) -> ResultGroup:
    told = [(result, result.foretold) for result in group if result.foretold is not None]
    baselines = {name: compared(told, name, seed) for name in RESULT_BASELINES}
    return ResultGroup(
        kind=kind,
        arms=arms,
        unit=next((result.crps_unit for result, _ in told), group[0].crps_unit),
        results=len(group),
        covered=len(told),
        studies=len({result.study for result, _ in told}),
        log=_mean(foretold.log_score for _, foretold in told),
        crps=_mean(foretold.crps for _, foretold in told),
        coverage=_mean(foretold.inside(COVERED_SHARE) for _, foretold in told),
        baselines={name: found for name, found in baselines.items() if found is not None},
    )


def compared(told: Sequence[tuple[ResultScore, Foretold]], name: str, seed: int) -> Compared | None:
    """The model beside one baseline; None where the baseline has no answer to any result."""
    pairs = [(result.study, ours, result.baselines[name]) for result, ours in told if name in result.baselines]
    if not pairs:
        return None

    def gained(of: Callable[[Foretold], float]) -> Gain:
        ours = _by_study((study, of(model)) for study, model, _ in pairs)
        theirs = _by_study((study, of(other)) for study, _, other in pairs)
        return gain(ours, theirs, int(declared()["bootstrap"]["value"]), seed)

    return Compared(
        n=len(pairs),
        model_log=_mean(model.log_score for _, model, _ in pairs),
        log=_mean(other.log_score for _, _, other in pairs),
        model_crps=_mean(model.crps for _, model, _ in pairs),
        crps=_mean(other.crps for _, _, other in pairs),
        gain=gained(lambda foretold: foretold.log_score),
        gain_crps=gained(lambda foretold: -foretold.crps),
    )


def _by_study(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for study, value in values:
        found.setdefault(study, []).append(value)
    return {study: _mean(several) for study, several in found.items()}


def _mean(values: Iterable[float]) -> float:
    there = list(values)
    return float(np.mean(there)) if there else math.nan
