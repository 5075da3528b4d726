"""Trajectories of a published model: planned and solved together where possible, followed one by one where not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal import engine
from abscopal.errors import InputError, Problem
from abscopal.expr import Schedule, System
from abscopal.published.domains import first_negative, watched_bases
from abscopal.published.model import FloatArray, Given, PublishedModel
from abscopal.published.schedule_planning import plan, timing_parameters
from abscopal.published.state_events import Follower

# A state counts as small at this part of its first value, or of its largest in a rough run if it starts from zero.
SMALL = 1e-6
_ROUGH = 1e-4
_MAX_STEPS = 1_000_000


@dataclass(frozen=True)
class PublishedTrajectories:
    """What a run of a published model gives.

    Attributes
    ----------
    times : array (times,), in the model's unit of time.
    names : names of the outputs.
    values : array (subjects, times, outputs); NaN after a trajectory failed.
    status : array (subjects,), values of `engine.Status`.
    time_unit : unit of time.
    """

    times: FloatArray
    names: tuple[str, ...]
    values: FloatArray
    status: NDArray[np.int8]
    time_unit: str

    def __getitem__(self, name: str) -> FloatArray:
        """One output of all subjects, array (subjects, times)."""
        return self.values[:, :, self.names.index(name)]

    def table(self) -> Any:
        """Tidy pandas table: subject, time, name, value."""
        import pandas as pd

        subjects = range(len(self.values))
        index = pd.MultiIndex.from_product([subjects, self.times, self.names], names=["subject", "time", "name"])
        return pd.DataFrame({"value": self.values.reshape(-1)}, index=index).reset_index()

    def messages(self) -> list[str]:
        """One line per kind of failure; empty if all trajectories finished."""
        return [
            f"{int(np.sum(self.status == s))} of {len(self.status)} trajectories: {s.advice}"
            for s in engine.Status
            if s is not engine.Status.FINISHED and np.any(self.status == s)
        ]


def simulate(
    model: PublishedModel,
    times: ArrayLike,
    parameters: Mapping[str, Any] | None = None,
    given: Sequence[Given] = (),
    *,
    start: float = 0.0,
    solver: Literal["fast", "reference"] = "fast",
    rtol: float = 1e-6,
    atol: float = 1e-9,
    threads: int | None = None,
) -> PublishedTrajectories:
    """Trajectories of a published model, its own events included.

    Parameters
    ----------
    times : array (times,), increasing, in the model's unit of time.
    parameters : values that differ from the model's own, by name: a number, or one value per subject.
    given : what is done to it from outside, see `PublishedModel.dose`.
    solver : "fast" for ensembles; models whose events depend on the state always use the reference solver, one
        subject after the other.
    rtol, atol : relative tolerance; absolute tolerance in millionths of each state's first
        value (of its largest, if it starts from zero).

    Raises
    ------
    InputError
        A name is not known, a value is not finite, or times do not increase.
    """
    p = model.parameter_matrix(parameters)
    t = _checked_times(model, times, given, start)
    bases = watched_bases(model.system, model.values)
    names = tuple(n for n, _ in model.system.outputs)
    watching = replace(model.system, outputs=(*model.system.outputs, *((f"base:{i}", b) for i, b in enumerate(bases))))
    scaled = _scaled(replace(model, system=watching), p[:1], t, given, start)
    if model.unforeseen:
        values, status = _follow(scaled, p, t, given, start, rtol, atol)
    else:
        values, status = _plan_and_solve(scaled, p, t, given, start, solver, rtol, atol, threads)
    if bases:
        for i, first in enumerate(first_negative(values[:, :, len(names) :])):
            if first < len(t):
                values[i, first:], status[i] = np.nan, engine.Status.NON_FINITE
    return PublishedTrajectories(t, names, values[:, :, : len(names)], status, model.time_unit)


def _checked_times(model: PublishedModel, times: ArrayLike, given: Sequence[Given], start: float) -> FloatArray:
    """The times as an array. Raises InputError where they do not increase, or something is before the start."""
    t = np.asarray(times, dtype=float)
    if t.ndim != 1 or not len(t) or not np.isfinite(t).all() or np.any(np.diff(t) <= 0) or t[0] < start:
        raise InputError(Problem("not increasing, or before the start", key="times"), model.name)
    early = [g for g in given if g.time < start]
    if early:
        raise InputError(Problem(f"{len(early)} doses are before the start at {start:g}", key="given"), model.name)
    return t


def _plan_and_solve(
    model: PublishedModel,
    p: FloatArray,
    t: FloatArray,
    given: Sequence[Given],
    start: float,
    solver: Literal["fast", "reference"],
    rtol: float,
    atol: float,
    threads: int | None,
) -> tuple[FloatArray, NDArray[np.int8]]:
    """Values (subjects, times, outputs) and status; subjects with the same timing share a schedule."""
    values = np.full((len(p), len(t), len(model.system.outputs)), np.nan)
    status = np.zeros(len(p), dtype=np.int8)
    for rows in _same_timing(model, p):
        system, schedule = plan(model, p[rows[0]], float(t[-1]), given, start)
        solution = _solve(system, schedule, p[rows], t, start, solver, rtol, atol, threads)
        values[rows], status[rows] = solution.outputs, solution.status
    return values, status


def _solve(
    system: System,
    schedule: Schedule,
    p: FloatArray,
    t: FloatArray,
    start: float,
    solver: Literal["fast", "reference"],
    rtol: float,
    atol: float,
    threads: int | None = None,
) -> engine.Solution:
    return engine.solve(
        system, schedule, p, t, start=start, solver=solver, rtol=rtol, atol=atol, threads=threads, max_steps=_MAX_STEPS
    )


def _follow(
    model: PublishedModel,
    p: FloatArray,
    t: FloatArray,
    given: Sequence[Given],
    start: float,
    rtol: float,
    atol: float,
) -> tuple[FloatArray, NDArray[np.int8]]:
    """Values (subjects, times, outputs) and status, one subject after the other."""
    values = np.full((len(p), len(t), len(model.system.outputs)), np.nan)
    status = np.zeros(len(p), dtype=np.int8)
    for i, row in enumerate(p):
        run = Follower(model, row, t, given, start=start, rtol=rtol, atol=atol, max_steps=_MAX_STEPS)
        run.follow()
        values[i], status[i] = run.outputs(), run.status
    return values, status


def _same_timing(model: PublishedModel, p: FloatArray) -> list[NDArray[np.int64]]:
    """Rows of the parameter matrix that share their timing, so that one schedule serves them."""
    columns = list(timing_parameters(model))
    if not columns or len(p) == 1:
        return [np.arange(len(p))]
    _, group = np.unique(p[:, columns], axis=0, return_inverse=True)
    return [np.flatnonzero(group.reshape(-1) == g) for g in range(int(group.max()) + 1)]


def _scaled(
    model: PublishedModel, p: FloatArray, t: FloatArray, given: Sequence[Given], start: float
) -> PublishedModel:
    """The model with absolute tolerances that suit its states, found in a first run of one subject."""
    rough = replace(model, system=replace(model.system, scales=(1.0,) * len(model.system.states)))
    rough = replace(rough, system=replace(rough.system, outputs=_states_shown(model.system)))
    grid = np.unique(np.concatenate([[start], np.linspace(start, t[-1], 200), t]))
    if model.unforeseen:
        run = Follower(rough, p[0], grid, given, start=start, rtol=_ROUGH, atol=1e-12, max_steps=_MAX_STEPS)
        run.follow()
        path = run.path
    else:
        system, schedule = plan(rough, p[0], float(t[-1]), given, start)
        path = _solve(system, schedule, p, grid, start, "reference", _ROUGH, 1e-12).outputs[0]
    sizes_seen = np.abs(np.where(np.isfinite(path), path, 0.0))
    # What grows by many orders of magnitude must be right while it is small.
    largest = np.where(sizes_seen[0] > 0.0, sizes_seen[0], sizes_seen.max(axis=0))
    # Powers of ten, so that runs that differ little share their machine code.
    sizes = [10.0 ** np.floor(np.log10(x)) if x > 1e-290 else 1.0 for x in largest]
    scales = tuple(float(max(SMALL * x, 1e-290)) for x in sizes)
    return replace(model, system=replace(model.system, scales=scales))


def _states_shown(system: System) -> tuple[tuple[str, Any], ...]:
    return tuple((f"state:{i}", s) for i, s in enumerate(system.states))
