"""Predictive distributions of measured results: pools of animals under every plausible set, and groups of their size.

Nothing here knows what was measured, only what was looked at: the arm, the metric, the place, the day, the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.results.bench import ArmPool, Bench
from abscopal.results.questions import OutputRatio, Question
from abscopal.scoring.content_keys import arm_key, study_key
from abscopal.scoring.declarations import Effort
from abscopal.scoring.measurement import bench_of, group_sizes
from abscopal.scoring.pools import MODEL, Pool, simulate_pool
from abscopal.scoring.result_scores import DAYS, between_studies, declared
from abscopal.statistics import accuracy, conventions
from abscopal.statistics.accuracy import Booleans, Floats
from abscopal.statistics.experiments import Experiment, Groups
from abscopal.statistics.predictive import Durations, Logarithms, Shares, joint_correlation, pooled_masses
from abscopal.statistics.survival import log_rank_of_pairs
from abscopal.study import Study
from abscopal.vocabulary import ALIVE, CURED, HAZARD_RATIO, VOLUME

Predictive = Shares | Logarithms | Durations
_SHARES = (ALIVE, CURED, "responded")


@dataclass(frozen=True)
class Wanted:
    """What is looked at.

    Attributes
    ----------
    kind : see `ResultScore`.
    arm, versus : names of arms of the study; "" where nothing is taken relative to another.
    sites : where volumes are read.
    readouts : of a count.
    day : day on the record's clock [d]; None for the end of the follow-up, of a marker for the usual days.
    end : last day of times of animals, on the record's clock [d].
    n : animals of the arm; None for the declared sizes.
    """

    metric: str
    kind: str
    arm: str
    versus: str = ""
    sites: tuple[str, ...] = ()
    readouts: tuple[OutputRatio, ...] = ()
    day: float | None = None
    end: float = 0.0
    n: int | None = None
    statistic: str = "mean"

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that have to be simulated."""
        return tuple(name for name in (self.arm, self.versus) if name)

    @property
    def edges(self) -> Floats:
        """Bounds of the intervals of times, on the record's clock [d]."""
        step = float(declared()["interval_days"]["value"])
        return np.append(np.arange(0.0, self.end - 1e-9, step), self.end)


def sizes_of(n: int | None, effort: Effort) -> tuple[int, int]:
    """Smallest and largest group: the published one, or the declared."""
    return (n, n) if n else group_sizes(False, effort.filled_by)


def predictives(
    studies: Sequence[tuple[Study, float]], wanted: Sequence[Wanted], effort: Effort
) -> list[tuple[Predictive | None, str]]:
    """The predictive distribution of each result, and the unit of a count; None where nothing can be drawn.

    Parameters
    ----------
    studies : the experiment with the shift from the record's clock to its own [d], once per draw of what the record
        leaves open; sets are dealt out to the draws.

    Raises
    ------
    InputError
        The study cannot be modelled.
    """
    heard: list[list[Floats]] = [[] for _ in wanted]
    units = [""] * len(wanted)
    outputs = sorted({output for one in wanted for r in one.readouts for output in r.outputs})
    for draw, (study, shift) in enumerate(studies):
        sets = range(draw, effort.sets, len(studies))
        names = dict.fromkeys(name for one in wanted for name in one.arms)
        pool = simulate_pool(study, [study.arm(name) for name in names], outputs, sets, effort, (MODEL,))
        for i, one in enumerate(wanted):
            reading = _Reading(pool, study, one, shift, effort)
            heard[i].append(reading.found())
            units[i] = reading.unit
    return [(_joined(one, parts, effort), unit) for one, parts, unit in zip(wanted, heard, units, strict=True)]


def _joined(one: Wanted, parts: Sequence[Floats], effort: Effort) -> Predictive | None:
    found = np.concatenate(parts)
    if not len(found):
        return None
    correlation = joint_correlation(between_studies("share"), effort.animals)
    if one.kind == DAYS:
        return Durations(one.edges, pooled_masses(found), correlation)
    if one.kind == "share":
        return Shares(pooled_masses(found)[:, 0], correlation)
    smallest = conventions.instrument("calliper").smallest if one.kind == VOLUME else 1e-6
    return Logarithms(found, between_studies(one.kind), between_studies("freedom"), smallest)


class _Reading:
    """One result read on one pool."""

    def __init__(self, pool: Pool, study: Study, one: Wanted, shift: float, effort: Effort) -> None:
        self.pool, self.study, self.one, self.shift = pool, study, one, shift
        self.keys = [arm_key(study.arm(name)) for name in one.arms]
        self.arms = [pool.arms[MODEL][key] for key in self.keys]
        question = Question("marker" if one.readouts else "volume", one.sites, one.readouts)
        names = f"{study_key(study)}/{'/'.join(self.keys)}/result {one.metric} {one.sites} {one.day}"
        experiment = Experiment(sizes_of(one.n, effort), effort.experiments_per_set, effort.seed, names)
        self.experiment = experiment
        self.bench: Bench = bench_of(pool, (self.keys[0], self.keys[-1]), question, experiment)
        self.shape = self.arms[0].solved.shape

    @property
    def unit(self) -> str:
        """Unit of a count."""
        outputs = self.one.readouts[0].above if self.one.readouts and not self.one.versus else ()
        return self.pool.units.get(outputs[0], "") if outputs and not self.one.readouts[0].below else ""

    def found(self) -> Floats:
        """Counts of animals per set, or logarithms of what groups show."""
        if self.one.kind == DAYS:
            return self._leaving()
        if self.one.kind == "share":
            return self._share()
        if self.one.metric == HAZARD_RATIO:
            return self._hazard_ratio()
        return self._volume() if self.one.metric == VOLUME else self._count()

    def _day(self) -> float:
        last = float(self.pool.time_days[-1])
        return last if self.one.day is None else min(self.one.day + self.shift, last)

    def _deaths(self, arm: ArmPool) -> tuple[Floats, Booleans]:
        """Day of leaving on the study's clock, and whether it is seen, of each animal (sets, animals)."""
        days, seen = self.bench.deaths(arm, self.experiment.stream("calliper of survival"))
        return days.reshape(self.shape), seen.reshape(self.shape)

    def _alive(self, arm: ArmPool, day: float) -> Booleans:
        days, seen = self._deaths(arm)
        return np.asarray(~seen | (days > day))

    def _leaving(self) -> Floats:
        arm, edges = self.arms[0], self.one.edges + self.shift
        days, seen = self._deaths(arm)
        place = np.where(seen & (days <= edges[-1]), np.searchsorted(edges[1:-1], days), len(edges) - 1)
        counts = [((place == j) & arm.solved).sum(axis=1) for j in range(len(edges))]
        found = np.stack(counts, axis=1).astype(float)
        return np.asarray(found[found.sum(axis=1) > 0])

    def _share(self) -> Floats:
        arm = self.arms[0]
        yes = {ALIVE: self._alive, CURED: self._cured}.get(self.one.metric, self._responded)(arm, self._day())
        found = np.stack([(yes & arm.solved).sum(axis=1), (~yes & arm.solved).sum(axis=1)], axis=1).astype(float)
        return np.asarray(found[found.sum(axis=1) > 0])

    def _on(self, arm: ArmPool, day: float) -> Floats:
        return self.bench.volumes_on(arm, np.full(self.shape[0], day)).reshape(self.shape)

    def _cured(self, arm: ArmPool, day: float) -> Booleans:
        gone = accuracy.below(self._on(arm, day), conventions.instrument("calliper").smallest)
        return np.asarray(gone & self._alive(arm, day))

    def _responded(self, arm: ArmPool, day: float) -> Booleans:
        rule = self.study.endpoints.response
        least = rule.partial_below_percent / 100.0 * self._on(arm, rule.baseline_day)
        return np.asarray((self._on(arm, day) <= least) & self._alive(arm, day))

    def _groups(self) -> Groups:
        return self.experiment.groups((self.arms[0].solved, self.arms[-1].solved))

    def _volume(self) -> Floats:
        """Logarithm of what is told of each group: of the animals still there, or of all where none is."""
        groups, arm, day = self._groups(), self.arms[0], self._day()
        (logs,) = self.experiment.read([self._on(arm, day).ravel()[groups.first]], _calliper(), "calliper")
        there = groups.taken & self._alive(arm, day).ravel()[groups.first]
        return _told(logs, np.where(there.any(axis=1, keepdims=True), there, groups.taken), self.one.statistic)

    def _hazard_ratio(self) -> Floats:
        groups = self._groups()
        (days, seen), (other_days, other_seen) = (self._deaths(arm) for arm in self.arms)
        _, log_ratio = log_rank_of_pairs(
            (days.ravel()[groups.first], seen.ravel()[groups.first]),
            (other_days.ravel()[groups.second], other_seen.ravel()[groups.second]),
            groups.taken,
        )
        return np.asarray(log_ratio[np.isfinite(log_ratio)], float)

    def _count(self) -> Floats:
        groups, readout = self._groups(), self.one.readouts[0]
        days = [self._day() - self.bench.first_day] if self.one.day is not None else self.bench.marker_days(readout)
        chosen = self.experiment.stream("marker day").integers(0, len(days), groups.experiments)
        floor = max(self.bench.detection(readout, days), float(np.finfo(float).tiny))
        instrument = conventions.Instrument(conventions.instrument(conventions.assay_of(self.unit)).cv, floor)
        drawn = [
            self.bench.on_days(arm, readout, days)[chosen[:, None], index]
            for arm, index in zip(self.arms, (groups.first, groups.second)[: len(self.arms)], strict=True)
        ]
        told = [_told(v, groups.taken, self.one.statistic) for v in self.experiment.read(drawn, instrument, "assay")]
        return np.asarray(told[0] - told[1] if len(told) > 1 else told[0], float)


def _calliper() -> conventions.Instrument:
    return conventions.instrument("calliper")


def _told(logs: Floats, taken: Booleans, statistic: str) -> Floats:
    """Logarithm of the mean, the median or the geometric mean of each group (experiments,)."""
    inside = np.where(taken, logs, np.nan)
    if statistic == "median":
        return np.asarray(np.nanmedian(inside, axis=1), float)
    if statistic == "geometric_mean":
        return np.asarray(np.nanmean(inside, axis=1), float)
    return np.asarray(np.log(np.nanmean(np.exp(inside), axis=1)), float)
