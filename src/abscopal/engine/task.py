"""The arguments of `solve`, checked and in the form the solvers use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.expr import Schedule, System

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """What to solve.

    Attributes
    ----------
    parameters : array (subjects, parameters).
    initial : array (subjects, states), or None for the system's own initial state.
    times : array (times,), increasing; the last one is the end.
    event_times, event_maps, event_arguments : the events from `start` to the end, in order.
    selected : positions of the wanted outputs in the system's outputs.
    absolute : array (states,), absolute tolerance per state.
    """

    system: System
    parameters: FloatArray
    initial: FloatArray | None
    start: float
    times: FloatArray
    event_times: FloatArray
    event_maps: NDArray[np.int64]
    event_arguments: FloatArray
    selected: NDArray[np.int64]
    rtol: float
    absolute: FloatArray
    max_steps: int

    @property
    def end(self) -> float:
        if len(self.times):
            return float(self.times[-1])
        return float(self.event_times[-1]) if len(self.event_times) else self.start

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.system.outputs[i][0] for i in self.selected)


def make_task(
    system: System,
    schedule: Schedule,
    parameters: ArrayLike,
    times: ArrayLike,
    *,
    start: float,
    initial: ArrayLike | None,
    rtol: float,
    atol: float,
    outputs: Sequence[str] | None,
    max_steps: int,
) -> Task:
    """Checks everything the caller gave.

    Raises
    ------
    InputError
        With every problem found.
    """
    problems: list[Problem] = []
    n_parameters, n_states = len(system.parameters), len(system.states)
    p = _matrix("parameters", parameters, n_parameters, problems)
    y0 = None if initial is None else _matrix("initial", initial, n_states, problems, rows=len(p))
    t = _times(times, start, problems)
    _check_tolerances(rtol, atol, max_steps, problems)
    _check_schedule(system, schedule, start, problems)
    selected = _select(system, outputs, problems)
    if problems:
        raise InputError(problems)
    width = max([1, schedule.arguments.shape[1] if schedule.arguments.ndim == 2 else 0])
    arguments = np.zeros((len(schedule.times), max([width, *(len(m.arguments) for m in system.maps)])))
    if arguments.size and schedule.arguments.size:
        arguments[:, : schedule.arguments.shape[1]] = schedule.arguments
    reached = slice(None) if len(t) == 0 else schedule.times <= t[-1]
    return Task(
        system=system,
        parameters=p,
        initial=y0,
        start=float(start),
        times=t,
        event_times=np.ascontiguousarray(schedule.times[reached], dtype=float),
        event_maps=np.ascontiguousarray(schedule.maps[reached], dtype=np.int64),
        event_arguments=np.ascontiguousarray(arguments[reached]),
        selected=selected,
        rtol=float(rtol),
        absolute=atol * np.asarray(system.scales, dtype=float),
        max_steps=int(max_steps),
    )


def _matrix(key: str, given: ArrayLike, columns: int, problems: list[Problem], rows: int | None = None) -> FloatArray:
    array = np.ascontiguousarray(given, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != columns or (rows is not None and array.shape[0] != rows):
        wanted = f"({'subjects' if rows is None else rows}, {columns})"
        problems.append(Problem(f"shape {array.shape}", key=key, allowed=f"an array of shape {wanted}"))
        return np.zeros((0, columns))
    return array


def _times(times: ArrayLike, start: float, problems: list[Problem]) -> FloatArray:
    t = np.ascontiguousarray(times, dtype=np.float64)
    if not np.isfinite(start):
        problems.append(Problem(f"{start} is not a finite number", key="start"))
    elif t.ndim != 1 or not np.all(np.isfinite(t)) or np.any(np.diff(t) <= 0):
        problems.append(Problem("not increasing", key="times", allowed="finite numbers, each larger than the last"))
    elif len(t) and t[0] < start:
        problems.append(Problem(f"{t[0]:g} is before the start at {start:g}", key="times", advice="move start back"))
    return t


def _check_tolerances(rtol: float, atol: float, max_steps: int, problems: list[Problem]) -> None:
    for key, value in (("rtol", rtol), ("atol", atol)):
        if not 0.0 < value < 1.0:
            problems.append(Problem(f"{value} cannot be a tolerance", key=key, allowed="a number between 0 and 1"))
    if max_steps < 1:
        problems.append(Problem(f"{max_steps} steps", key="max_steps", allowed="at least 1"))


def _check_schedule(system: System, schedule: Schedule, start: float, problems: list[Problem]) -> None:
    early = np.flatnonzero(schedule.times < start)
    if len(early):
        first = float(schedule.times[early[0]])
        problems.append(
            Problem(
                f"{len(early)} events are before the start at {start:g}, the first at {first:g}",
                key="schedule",
                advice="move start back",
            )
        )
    unknown = sorted({int(m) for m in schedule.maps if not 0 <= m < len(system.maps)})
    if unknown:
        problems.append(Problem(f"no event map {unknown}", key="schedule", allowed=f"0 to {len(system.maps) - 1}"))


def _select(system: System, outputs: Sequence[str] | None, problems: list[Problem]) -> NDArray[np.int64]:
    positions = {name: i for i, (name, _) in enumerate(system.outputs)}
    if outputs is None:
        return np.arange(len(positions), dtype=np.int64)
    problems += [unknown_name("output", name, positions, key="outputs") for name in outputs if name not in positions]
    return np.array([positions[name] for name in outputs if name in positions], dtype=np.int64)
