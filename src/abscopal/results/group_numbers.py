"""A number that an experiment measures on one group: a share of animals, a median survival, a mean volume."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from abscopal.results.bench import CALLIPER, Bench, Pair
from abscopal.results.claims import NotTestableError, bench_of, day_of, sites_of
from abscopal.results.endpoints import responses
from abscopal.results.metadata import Metadata
from abscopal.results.published_words import FRACTIONS
from abscopal.results.questions import Question
from abscopal.results.trajectories import Trajectories
from abscopal.statistics import conventions
from abscopal.statistics.accuracy import Booleans, Floats
from abscopal.statistics.experiments import Experiment

# Worst and best class of response that count.
_RESPONSES = {"complete_response": (0, 0), "partial_response": (1, 1), "objective_response": (0, 1)}
_KNOWN = "complete_response, partial_response, objective_response, survival_rate, median_survival, volume"


@dataclass(frozen=True)
class GroupNumber:
    """What an experiment measures on a group.

    Attributes
    ----------
    unit : fraction, days or mm3.
    measured : what it is in each simulated experiment (experiments,).
    whole : what it is among all simulated animals, read without error.
    """

    unit: str
    measured: Floats
    whole: float


def group_number(
    trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], experiment: Experiment
) -> GroupNumber:
    """The number that experiments on one arm would measure for a published value.

    Raises
    ------
    NotTestableError
        The study does not hold what was measured.
    """
    metric, arm = str(row.get("metric") or ""), str(row["arm"])
    if metric not in (*FRACTIONS, "median_survival", "volume"):
        raise NotTestableError(f"{metric!r} is not a number the model reports; known are {_KNOWN}")
    sites = sites_of(metadata, row.get("site")) if metric in ("volume", *_RESPONSES) else ()
    names = tuple(metadata.sites[s].name for s in sites) or trajectories.sites
    question = Question("volume", names, day=day_of(trajectories, row))
    bench, pair = bench_of(trajectories, metadata, (arm, arm), question, experiment)
    groups = experiment.groups(bench.enrolled(pair))
    index, taken = groups.first, groups.taken
    everyone = np.flatnonzero(pair.first.solved.ravel())[None, :]
    all_of_them = np.ones_like(everyone, dtype=bool)
    if metric == "volume":
        values = bench.volumes_on(pair.first, bench.comparison_days(pair))
        instrument = conventions.instrument(CALLIPER)
        (logs,) = experiment.read([values[index]], instrument, CALLIPER)
        return GroupNumber("mm3", _mean(np.exp(logs), taken), float(_mean(values[everyone], all_of_them)[0]))
    values, true = _of_animals(trajectories, metadata, row, bench, pair)
    statistic: Callable[[Floats, Booleans], Floats] = _median if metric == "median_survival" else _mean
    unit = "days" if metric == "median_survival" else "fraction"
    return GroupNumber(unit, statistic(values[index], taken), float(statistic(true[everyone], all_of_them)[0]))


def _of_animals(
    trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], bench: Bench, pair: Pair
) -> tuple[Floats, Floats]:
    """Value of each animal as an author reads it, and as it is."""
    metric = str(row["metric"])
    if metric in _RESPONSES:
        done = np.tile(_responders(trajectories, metadata, row, bench.question), len(pair.first.solved))
        return done, done
    if metadata.survival is None:
        raise NotTestableError("the study declares no volume limit for survival")
    read = _ends(*bench.deaths(pair.first, bench.experiment.stream("calliper of survival")))
    true = _ends(*bench.true_deaths(pair.first))
    if metric == "median_survival":
        return read, true
    day = bench.question.day
    when = float(trajectories.time_days[-1]) if day is None else day
    return np.asarray(read > when, float), np.asarray(true > when, float)


def _ends(days: Floats, seen: Booleans) -> Floats:
    return np.where(seen, days, np.inf)


def _responders(trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], question: Question) -> Floats:
    """1 for each animal of the arm whose sites all respond so, 0 for the others, by the study's own rule."""
    if metadata.response is None:
        raise NotTestableError("the study declares no response definition")
    rule = metadata.response if question.day is None else replace(metadata.response, day=question.day)
    best, worst = _RESPONSES[str(row["metric"])]
    sites = [trajectories.sites.index(name) for name in question.sites]
    volume = trajectories.values("volume")[trajectories.arms.index(str(row["arm"]))][:, sites]
    classes = responses(trajectories.time_days, volume, rule).max(axis=1)
    return np.asarray((classes >= best) & (classes <= worst), float)


def _mean(values: Floats, taken: Booleans) -> Floats:
    return np.asarray(np.where(taken, values, 0.0).sum(axis=1) / taken.sum(axis=1), float)


def _median(values: Floats, taken: Booleans) -> Floats:
    """Median of times in which animals never reaching the event count as infinite: the lower of two middle ones."""
    ordered = np.sort(np.where(taken, values, np.nan), axis=1)  # NaN stands behind infinity
    middle = (taken.sum(axis=1) + 1) // 2 - 1
    return np.asarray(np.take_along_axis(ordered, middle[:, None], axis=1)[:, 0], float)
