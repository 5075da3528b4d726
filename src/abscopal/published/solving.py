"""Trajectories of a published model: planned and solved together where possible, followed one by one where not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal import engine
from abscopal.errors import InputError, Problem
from abscopal.expr import Schedule, System
from abscopal.published.accuracy import Solved, solve_checked
from abscopal.published.domains import below_zero, first_negative, watched_bases
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
    notes : what a reader should know of how they were solved.
    constants : what never changes (parameters, sizes, stoichiometries) by name, each array (subjects,).
    """

    times: FloatArray
    names: tuple[str, ...]
    values: FloatArray
    status: NDArray[np.int8]
    time_unit: str
    notes: tuple[str, ...] = ()
    constants: Mapping[str, FloatArray] = field(default_factory=dict)

    def __repr__(self) -> str:
        size = f"{len(self.values)} subjects × {len(self.times)} times × {len(self.names)} outputs"
        return f"PublishedTrajectories({size}; time in {self.time_unit})"

    def __getitem__(self, name: str) -> FloatArray:
        """One output or constant of all subjects, array (subjects, times). Raises KeyError if there is none."""
        if name in self.names:
            return self.values[:, :, self.names.index(name)]
        return np.repeat(self.constants[name][:, None], len(self.times), axis=1)

    def table(self) -> Any:
        """Tidy pandas table: subject, time, name, value."""
        import pandas as pd

        subjects = range(len(self.values))
        index = pd.MultiIndex.from_product([subjects, self.times, self.names], names=["subject", "time", "name"])
        return pd.DataFrame({"value": self.values.reshape(-1)}, index=index).reset_index()

    def constant_table(self) -> Any:
        """What never changes as a tidy pandas table with the columns of `table`."""
        import pandas as pd

        frames = [
            pd.DataFrame({"subject": i, "time": self.times, "name": name, "value": float(value)})
            for name, values in self.constants.items()
            for i, value in enumerate(values)
        ]
        columns = ["subject", "time", "name", "value"]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)

    def messages(self) -> list[str]:
        """One line per kind of failure; empty if all trajectories finished."""
        return [
            f"{int(np.sum(self.status == s))} of {len(self.status)} trajectories: {s.advice}"
            for s in engine.Status
            if not engine.finished(s) and np.any(self.status == s)
        ]


def simulate(
    model: PublishedModel,
    times: ArrayLike,
    parameters: Mapping[str, Any] | None = None,
    given: Sequence[Given] = (),
    *,
    start: float = 0.0,
    solver: Literal["fast", "reference"] = "fast",
    rtol: float | None = None,
    atol: float = 1e-9,
    threads: int | None = None,
    check: bool | None = None,
) -> PublishedTrajectories:
    """Trajectories of a published model, its own events included.

    Parameters
    ----------
    times : array (times,), increasing, in the model's unit of time.
    parameters : values that differ from the model's own, by name: a number, or one value per subject.
    given : what is done to it from outside, see `PublishedModel.dose`.
    solver : "fast" for ensembles; models whose events depend on the state always use the reference solver, one
        subject after the other.
    rtol : relative tolerance; None is 1e-6, or finer if the first subjects' answers depend on it.
    atol : absolute tolerance in millionths of each state's first value (of its largest, if it starts from zero).
    check : whether the first three subjects are solved again at a hundredth of the tolerance and compared, at the
        cost of that; a large difference is among the notes. None does so where no tolerance is given.

    Raises
    ------
    InputError
        A name is not known, a value is not finite, or times do not increase.
    """
    p = model.parameter_matrix(parameters, start)
    t = _checked_times(model, times, given, start)
    bases = watched_bases(model.system, model.values)
    names = tuple(n for n, _ in model.system.outputs)
    watched = tuple((f"base:{i}", b) for i, b in enumerate(bases))
    # One system for the first rough run, which looks at the states, and for all others: one piece of machine code.
    states = () if model.unforeseen else _states_shown(model.system)
    watching = replace(model.system, outputs=(*model.system.outputs, *watched, *states))
    plans = _Plans(replace(model, system=watching), t, given, start)
    scaled = _scaled(plans, p[:1], solver)
    shown = [n for n, _ in watching.outputs[: len(names) + len(watched)]]

    def solve(first: int, tolerance: float) -> Solved:
        if model.unforeseen:
            return _follow(scaled, p[:first], t, given, start, tolerance, atol)
        return _plan_and_solve(plans, scaled, p[:first], solver, tolerance, atol, threads, shown)

    (values, status), notes = solve_checked(solve, len(p), names, rtol, rtol is None if check is None else check)
    _end_where_negative(values, status, len(names))
    values = values[:, :, : len(names)]
    notes = (*_by_reference(status), *notes, *below_zero(model.system, t, values))
    return PublishedTrajectories(t, names, values, status, model.time_unit, notes, model.constant_values(p))


def _end_where_negative(values: FloatArray, status: NDArray[np.int8], outputs: int) -> None:
    """Ends trajectories where what a root is taken of, shown after the outputs, becomes negative."""
    if values.shape[2] == outputs:
        return
    for i, first in enumerate(first_negative(values[:, :, outputs:])):
        if first < values.shape[1]:
            values[i, first:], status[i] = np.nan, engine.Status.NON_FINITE


def _by_reference(status: NDArray[np.int8]) -> tuple[str, ...]:
    """A sentence if the reference solver finished some trajectories."""
    count = int(np.sum(status == engine.Status.FINISHED_BY_REFERENCE))
    advice = engine.Status.FINISHED_BY_REFERENCE.advice
    return (f"{count} of {len(status)} trajectories: {advice}",) if count else ()


def _checked_times(model: PublishedModel, times: ArrayLike, given: Sequence[Given], start: float) -> FloatArray:
    """The times as an array. Raises InputError where they do not increase, or something is before the start."""
    t = np.asarray(times, dtype=float)
    if t.ndim != 1 or not len(t) or not np.isfinite(t).all() or np.any(np.diff(t) <= 0) or t[0] < start:
        raise InputError(Problem("not increasing, or before the start", key="times"), model.name)
    early = [g for g in given if g.time < start]
    if early:
        raise InputError(Problem(f"{len(early)} doses are before the start at {start:g}", key="given"), model.name)
    return t


class _Plans:
    """Systems and schedules of one run, each made once: looking for what acts when may cost more than solving."""

    def __init__(self, model: PublishedModel, times: FloatArray, given: Sequence[Given], start: float) -> None:
        self.model, self.times, self.given, self.start = model, times, given, start
        self._timing = list(timing_parameters(model))
        self._made: dict[bytes, tuple[System, Schedule]] = {}

    def of(self, model: PublishedModel, row: FloatArray) -> tuple[System, Schedule]:
        """Those of a subject, with the scales of `model`, which differs from the run's own in nothing else."""
        key = row[self._timing].tobytes()
        if key not in self._made:
            self._made[key] = plan(self.model, row.tolist(), float(self.times[-1]), self.given, self.start, self.times)
        system, schedule = self._made[key]
        return replace(system, scales=model.system.scales), schedule


def _plan_and_solve(
    plans: _Plans,
    model: PublishedModel,
    p: FloatArray,
    solver: Literal["fast", "reference"],
    rtol: float,
    atol: float,
    threads: int | None,
    shown: Sequence[str],
) -> tuple[FloatArray, NDArray[np.int8]]:
    """Values (subjects, times, outputs shown) and status; subjects with the same timing share a schedule."""
    t = plans.times
    values = np.full((len(p), len(t), len(shown)), np.nan)
    status = np.zeros(len(p), dtype=np.int8)
    for rows in _same_timing(model, p):
        system, schedule = plans.of(model, p[rows[0]])
        solution = _solve(system, schedule, p[rows], t, plans.start, solver, rtol, atol, threads, shown)
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
    threads: int | None,
    shown: Sequence[str],
) -> engine.Solution:
    return engine.solve(
        system,
        schedule,
        p,
        t,
        start=start,
        solver=solver,
        rtol=rtol,
        atol=atol,
        threads=threads,
        outputs=shown,
        max_steps=_MAX_STEPS,
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


def _scaled(plans: _Plans, p: FloatArray, solver: Literal["fast", "reference"]) -> PublishedModel:
    """The model with absolute tolerances that suit its states, found in a first run of one subject."""
    model, t, given, start = plans.model, plans.times, plans.given, plans.start
    rough = replace(model, system=replace(model.system, scales=(1.0,) * len(model.system.states)))
    grid = np.unique(np.concatenate([[start], np.linspace(start, t[-1], 200), t]))
    if model.unforeseen:
        run = Follower(rough, p[0], grid, given, start=start, rtol=_ROUGH, atol=1e-12, max_steps=_MAX_STEPS)
        run.follow()
        path = run.path
    else:
        system, schedule = plans.of(rough, p[0])
        shown = [n for n, _ in _states_shown(model.system)]
        path = _solve(system, schedule, p, grid, start, solver, _ROUGH, 1e-12, None, shown).outputs[0]
    sizes_seen = np.abs(np.where(np.isfinite(path), path, 0.0))
    # What grows by many orders of magnitude must be right while it is small.
    largest = np.where(sizes_seen[0] > 0.0, sizes_seen[0], sizes_seen.max(axis=0))
    # Powers of ten, so that runs that differ little share their machine code.
    sizes = [10.0 ** np.floor(np.log10(x)) if x > 1e-290 else 1.0 for x in largest]
    scales = tuple(float(max(SMALL * x, 1e-290)) for x in sizes)
    return replace(model, system=replace(model.system, scales=scales))


def _states_shown(system: System) -> tuple[tuple[str, Any], ...]:
    return tuple((f"state:{i}", s) for i, s in enumerate(system.states))
