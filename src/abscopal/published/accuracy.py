"""How far an answer depends on the tolerance: some subjects are solved again at a hundredth of it, and compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from abscopal.engine.accuracy import FINER, Change, largest_change
from abscopal.published.model import FloatArray

Solved = tuple[FloatArray, NDArray[np.int8]]
# Solves the first subjects at a relative tolerance.
Solve = Callable[[int, float], Solved]

DEFAULT_RTOL = 1e-6
# Subjects solved a second time, and the finest tolerance tried.
SAMPLE = 3
_FINEST = 0.99e-12
# Answers that change by less are taken; by more than the second, a reader is told.
_SETTLED, _TOLD = 1e-3, 1e-2


def solve_checked(
    solve: Solve, subjects: int, names: Sequence[str], rtol: float | None, check: bool
) -> tuple[Solved, tuple[str, ...]]:
    """Values and status of all subjects, and what a reader should know of their accuracy.

    Without a tolerance it starts at 1e-6 and is made a hundred times finer until the first subjects change by less than
    0.1 %; with one it stays, and a change above 1 % is told. The second run of the first subjects is the cost.
    """
    used = DEFAULT_RTOL if rtol is None else rtol
    solved = solve(subjects, used)
    if not check:
        return solved, ()
    few = min(SAMPLE, subjects)
    before: Solved = (solved[0][:few], solved[1][:few])
    first = last = Change(0.0, "")
    while FINER * used >= _FINEST:
        finer = solve(few, FINER * used)
        last = largest_change(*before, *finer, names)
        first = first if first.output else last
        if last.size <= _SETTLED or rtol is not None:
            break
        used, before = FINER * used, finer
    if rtol is None and used < DEFAULT_RTOL:
        solved = before if few == subjects else solve(subjects, used)
    return solved, _told(first, last, used, given=rtol is not None)


def _told(first: Change, last: Change, used: float, *, given: bool) -> tuple[str, ...]:
    text = ""
    if given and last.size > _TOLD:
        text = (
            f"ill-conditioned: at a hundredth of the tolerance ({FINER * used:.0e}) {last}; "
            "use a smaller --rtol, or leave it out to have one chosen"
        )
    elif not given and last.size > _SETTLED:
        text = (
            f"ill-conditioned: even from a relative tolerance of {used / FINER:.0e} to {used:.0e} {last}; "
            "take such numbers as some of many that are possible"
        )
    elif not given and first.size > _TOLD:
        text = (
            f"ill-conditioned: from the usual tolerance ({DEFAULT_RTOL:.0e}) to a hundredth of it {first}; "
            f"solved with --rtol {used:.0e} instead"
        )
    return (text,) if text else ()
