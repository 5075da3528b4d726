"""Indices of the solved cases, and what follows from several of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sensitivity_indices as indices
from numpy.typing import NDArray
from sensitivity_bench import Bench, Sampled
from sensitivity_cases import PATIENTS

Floats = NDArray[np.float64]

DRAWS = 200
TOP = 20


@dataclass(frozen=True)
class Effort:
    """How many samples; bases around which every parameter, and those that show, are redrawn; seed."""

    samples: int
    screening: int
    bases: int
    seed: int


@dataclass(frozen=True)
class Analysed:
    """A case with its indices: arrays (parameters, main), intervals (2, parameters, main), `explained` (main,)."""

    bench: Bench
    sampled: Sampled
    local: Floats
    total: Floats
    total_interval: Floats
    first: Floats
    first_interval: Floats
    rank: Floats
    explained: Floats
    tenths: Floats

    @cached_property
    def names(self) -> list[str]:
        """The varying parameters."""
        return [self.bench.names[i] for i in self.bench.varying]

    @property
    def volumes(self) -> NDArray[np.bool_]:
        """Which measured columns are volumes."""
        return np.array([readout.label.startswith("volume@") for _, readout, _ in self.bench.columns])

    @cached_property
    def row(self) -> dict[str, int]:
        """Row of each varying parameter."""
        return {name: row for row, name in enumerate(self.names)}

    def at(self, values: Floats, name: str, main: int) -> float:
        """One entry of an array (parameters, main)."""
        return float(values[self.row[name], main])


def analysed(bench: Bench, sampled: Sampled, local: Floats, effort: Effort) -> Analysed:
    """All indices of a solved case."""
    variance = sampled.y.var(axis=0)
    total, interval = indices.total(sampled.screened, variance, DRAWS, effort.seed)
    finer, finer_interval = indices.total(sampled.refined, variance, DRAWS, effort.seed)
    total[sampled.chosen], interval[:, sampled.chosen] = finer, finer_interval
    first, first_interval = indices.first_order(sampled.x, sampled.y, DRAWS // 4, effort.seed)
    rank, explained = indices.rank_regression(sampled.x, sampled.y)
    tenths = indices.tenths(sampled.x, sampled.y)
    return Analysed(bench, sampled, local, total, interval, first, first_interval, rank, explained, tenths)


def mice(cases: Sequence[Analysed]) -> list[Analysed]:
    return [case for case in cases if case.bench.name != PATIENTS]


def patients(cases: Sequence[Analysed]) -> Analysed:
    return next(case for case in cases if case.bench.name == PATIENTS)


def leading(cases: Sequence[Analysed], main: int) -> list[str]:
    """The parameters of largest total index, averaged over the cases with the variance of each as its weight."""
    names = cases[0].names
    weights = [case.sampled.y[:, main].var() for case in cases]
    totals = [[case.at(case.total, name, main) for name in names] for case in cases]
    mean = np.average(totals, axis=0, weights=weights)
    return [names[i] for i in np.argsort(-mean)[:TOP]]


def invisible(
    cases: Sequence[Analysed], columns: Callable[[Analysed], NDArray[np.bool_]]
) -> list[tuple[str, float, str]]:
    """Parameters whose redrawing shows in no such column of any case: name, largest signal over noise, and where."""
    best: dict[str, tuple[float, str]] = {}
    for case in cases:
        chosen = np.flatnonzero(columns(case))
        signal = case.sampled.signal[:, chosen]
        for row, name in enumerate(case.names):
            where = chosen[int(signal[row].argmax())]
            arm, readout, day = case.bench.columns[where]
            when = "peak" if day == "peak" else f"day {day}"
            found = (float(signal[row].max()), f"{readout.label}, {when}, {arm}, {case.bench.name}")
            best[name] = max(best.get(name, (-1.0, "")), found)
    return sorted(((n, s, w) for n, (s, w) in best.items() if s < 1.0), key=lambda row: row[1])
