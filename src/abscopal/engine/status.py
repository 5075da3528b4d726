"""How a trajectory ended; the text of each status is advice."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Status(IntEnum):
    """How one trajectory ended. All but the two that finished leave NaN in the outputs after the failure."""

    FINISHED = 0
    STEP_LIMIT = 1
    NON_FINITE = 2
    STIFF = 3
    INVALID_PARAMETERS = 4
    INVALID_INITIAL_STATE = 5
    INTERRUPTED = 6
    FINISHED_BY_REFERENCE = 7

    @property
    def advice(self) -> str:
        """What happened, and one thing to do."""
        return _ADVICE[self]


def finished(status: ArrayLike) -> NDArray[np.bool_]:
    """Whether trajectories with these codes reached the end, by whichever solver."""
    return np.isin(status, (Status.FINISHED, Status.FINISHED_BY_REFERENCE))


_ADVICE = {
    Status.FINISHED: "finished",
    Status.FINISHED_BY_REFERENCE: "finished by the reference solver, where the fast one gave up; nothing is left out",
    Status.STEP_LIMIT: (
        "the step limit was reached before the end; look for a rate that is too large or that jumps to and fro, "
        "or try a looser rtol (--rtol)"
    ),
    Status.NON_FINITE: (
        "a rate became infinite or not a number and smaller steps did not help; "
        "look for a division by zero or a logarithm of zero at this subject's parameters"
    ),
    Status.STIFF: (
        "the step size fell below what the clock resolves; a rate is unbounded or discontinuous here; "
        "check this subject's parameters, and try a smaller rtol (--rtol)"
    ),
    Status.INVALID_PARAMETERS: "a parameter is not a finite number; check the draw of this subject",
    Status.INVALID_INITIAL_STATE: (
        "the initial state is not finite; check the expressions of the initial state at this subject's parameters"
    ),
    Status.INTERRUPTED: "the run was stopped before this trajectory was solved; run it again",
}
