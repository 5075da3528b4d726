"""Trajectories that the fast solver gave up, tried once more by the reference solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from abscopal.engine.solution import Solution
from abscopal.engine.status import Status
from abscopal.engine.task import Task

_TRIED = (Status.STEP_LIMIT, Status.NON_FINITE, Status.STIFF)
# The reference solver is less exact at the same tolerance, and slow: what it cannot do in so many steps is left.
_TOLERANCE_SHARE = 0.1
_MOST_STEPS = 10_000
# After so many in a row that it cannot finish either, the others are left as they are.
_VAIN = 20


def finished_by_reference(task: Task, solution: Solution) -> Solution:
    """The same solution, with every trajectory that the fast solver gave up and the reference solver can finish."""
    rows = np.flatnonzero(np.isin(solution.status, _TRIED))
    if not len(rows):
        return solution
    from abscopal.engine.reference import solve_reference

    again = replace(
        task,
        rtol=task.rtol * _TOLERANCE_SHARE,
        absolute=task.absolute * _TOLERANCE_SHARE,
        max_steps=min(task.max_steps, _MOST_STEPS),
    )
    vain = 0
    for row in rows:
        one = slice(row, row + 1)
        initial = None if task.initial is None else task.initial[one]
        found = solve_reference(replace(again, parameters=task.parameters[one], initial=initial))
        vain = 0 if found.status[0] == Status.FINISHED else vain + 1
        if vain == _VAIN:
            break
        if not vain:
            solution.outputs[row], solution.final_states[row] = found.outputs[0], found.final_states[0]
            solution.steps[row] += found.steps[0]
            solution.status[row] = Status.FINISHED_BY_REFERENCE
    return solution
