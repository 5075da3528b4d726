"""Trajectories that reach zero with a rate that grows without bound there: beyond, there is no solution.

x' = -1/sqrt(x) arrives at zero in a finite time. A solver whose steps are as wide as its tolerance may rest there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from abscopal.engine.solution import Solution
from abscopal.engine.status import Status, finished
from abscopal.engine.task import Task
from abscopal.expr import Expr, evaluate

FloatArray = NDArray[np.float64]

# At rest: nearer to zero than this many tolerances.
_AT_REST = 10.0
_TINY = 1e-150


def without_solution(task: Task, solution: Solution, solve: Callable[[Task], Solution]) -> Solution:
    """The solution, in which trajectories that rest where a rate has no bound have failed from there on."""
    for row, stuck in _stuck(task, solution).items():
        one = slice(row, row + 1)
        initial = None if task.initial is None else task.initial[one]
        states = tuple((f"state:{i}", s) for i, s in enumerate(task.system.states))
        shown = replace(
            task,
            system=replace(task.system, outputs=states),
            parameters=task.parameters[one],
            initial=initial,
            selected=np.arange(len(states)),
        )
        path = solve(shown).outputs[0]
        moving = np.flatnonzero((np.abs(path[:, stuck]) > _AT_REST * task.absolute[stuck]).all(axis=1))
        solution.outputs[row, int(moving[-1]) + 1 if len(moving) else 0 :] = np.nan
        solution.final_states[row] = np.nan
        solution.status[row] = Status.NON_FINITE
    return solution


def _stuck(task: Task, solution: Solution) -> dict[int, list[int]]:
    """By rows that finished, the states at rest at zero that their rate, infinite there, would carry below at once."""
    final = solution.final_states
    near = finished(solution.status)[:, None] & (np.abs(final) <= _AT_REST * task.absolute)
    rows = np.flatnonzero(near.any(axis=1))
    if not len(rows):
        return {}
    at_zero = _rates(task, np.where(near[rows], 0.0, final[rows]), task.parameters[rows])
    suspects = rows[(near[rows] & ~np.isfinite(at_zero)).any(axis=1)]
    found: dict[int, list[int]] = {}
    for i in np.flatnonzero(near[suspects].any(axis=0)):
        there, close = (_rate_at(task, final[suspects], suspects, int(i), value) for value in (0.0, _TINY))
        carried = close * (task.end - task.start) < -_AT_REST * task.absolute[i]
        for row in suspects[near[suspects, i] & (there == -np.inf) & carried]:
            found.setdefault(int(row), []).append(int(i))
    return found


def _rate_at(task: Task, final: FloatArray, rows: NDArray[np.int64], state: int, value: float) -> FloatArray:
    """The rate of one state where it has a value, array (rows,)."""
    beside = final.copy()
    beside[:, state] = value
    return _rates(task, beside, task.parameters[rows])[:, state]


def _rates(task: Task, states: FloatArray, parameters: FloatArray) -> FloatArray:
    """Rates of several trajectories, array (subjects, states)."""
    env: dict[Expr, object] = dict(zip(task.system.states, states.T, strict=True))
    env |= dict(zip(task.system.parameters, parameters.T, strict=True))
    with np.errstate(all="ignore"):
        found = evaluate(task.system.rates, env)
    return np.stack([np.broadcast_to(np.asarray(f, dtype=float), len(states)) for f in found], axis=1)
