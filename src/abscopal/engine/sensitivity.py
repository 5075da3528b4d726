"""Derivatives of the discrete solution with respect to parameters, by perturbed trajectories on shared steps.

Each subject is solved once and its accepted steps are recorded. Then it is solved again with every parameter changed a
little, on the very same steps and with the same extinctions: the difference quotient is the derivative of one fixed,
smooth map (Bock's internal numerical differentiation), free of the noise of step control. The perturbed trajectories
fill the lanes of a vector. Extinction times are held fixed: their own derivative, of the size of one threshold, is
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.engine.ensemble.fast import solve_fast
from abscopal.engine.solution import Solution
from abscopal.engine.task import Task
from abscopal.errors import InputError, unknown_name

FloatArray = NDArray[np.float64]

_RELATIVE_STEP = 1e-6  # of the parameter, or absolute where it is zero
_BLOCK = 256
_FIRST_CAPACITY = 1024


def solve_with_sensitivities(
    task: Task,
    wrt: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> Solution:
    """Trajectories and their derivatives with respect to the named parameters.

    Raises
    ------
    InputError
        A name is not a parameter of the system.
    """
    names = [p.name for p in task.system.parameters]
    problems = [unknown_name("parameter", name, names, key="wrt") for name in wrt if name not in names]
    if problems:
        raise InputError(problems)
    columns = [names.index(name) for name in wrt]
    n = len(task.parameters)
    blocks = []
    for first in range(0, n, _BLOCK):
        blocks.append(_block(_subjects(task, slice(first, first + _BLOCK)), columns, threads))
        if progress is not None:
            progress(min(n, first + _BLOCK), n)
    if not blocks:
        empty = solve_fast(task, None, threads)
        slopes = np.zeros((0, len(task.times), len(task.selected), len(columns)))
        return replace(empty, sensitivities=slopes, wrt=tuple(wrt))
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(b, name) for b in blocks])
        for name in ("outputs", "final_states", "status", "steps", "sensitivities")
    }
    return replace(blocks[0], wrt=tuple(wrt), **joined)


def _subjects(task: Task, which: slice) -> Task:
    initial = None if task.initial is None else np.ascontiguousarray(task.initial[which])
    return replace(task, parameters=np.ascontiguousarray(task.parameters[which]), initial=initial)


def _block(task: Task, columns: list[int], threads: int | None) -> Solution:
    base, record = _recorded(task, threads)
    n, m = len(task.parameters), len(columns)
    steps = np.where(task.parameters[:, columns] == 0.0, 1.0, np.abs(task.parameters[:, columns])) * _RELATIVE_STEP
    changed = np.repeat(task.parameters[:, None, :], m, axis=1)
    changed[:, np.arange(m), columns] += steps
    # The step that was really taken, after rounding.
    steps = changed[:, np.arange(m), columns] - task.parameters[:, columns]
    rows = np.repeat(np.arange(n), m)
    # Subjects that failed have no complete record to follow.
    changed[~base.finished] = np.nan
    initial = None if task.initial is None else np.repeat(task.initial, m, axis=0)
    perturbed = solve_fast(
        replace(task, parameters=np.ascontiguousarray(changed.reshape(n * m, -1)), initial=initial, max_steps=10**9),
        None,
        threads,
        replay=record,
        replay_rows=rows,
        capacity=record.shape[1],
    )
    shape = (n, m, len(task.times), len(task.selected))
    slopes = (perturbed.outputs.reshape(shape) - base.outputs[:, None]) / steps[:, :, None, None]
    return replace(base, sensitivities=np.ascontiguousarray(np.moveaxis(slopes, 1, 3)))


def _recorded(task: Task, threads: int | None) -> tuple[Solution, FloatArray]:
    """The solution and the steps of every subject, array (subjects, entries), zeros after the last."""
    capacity = _FIRST_CAPACITY
    while True:
        record = np.zeros((len(task.parameters), capacity + 1))
        counts = np.zeros(len(task.parameters), dtype=np.int64)
        base = solve_fast(task, None, threads, record=record, record_counts=counts, capacity=capacity + 1)
        # One entry stays zero, so that a reader always finds the end.
        if counts.max(initial=0) <= capacity:
            return base, record
        capacity = 2 * int(counts.max())
