"""How a trajectory ended; the text of each status is advice."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How one trajectory ended. Everything but FINISHED leaves NaN in the outputs after the failure."""

    FINISHED = 0
    STEP_LIMIT = 1
    NON_FINITE = 2
    STIFF = 3
    INVALID_PARAMETERS = 4
    INVALID_INITIAL_STATE = 5
    INTERRUPTED = 6

    @property
    def advice(self) -> str:
        """What happened, and one thing to do."""
        return _ADVICE[self]


_ADVICE = {
    Status.FINISHED: "finished",
    Status.STEP_LIMIT: (
        "the step limit was reached before the end; raise max_steps, loosen rtol, or look for a rate that is too large"
    ),
    Status.NON_FINITE: (
        "a rate became infinite or not a number and smaller steps did not help; "
        "look for a division by zero or a logarithm of zero at this subject's parameters"
    ),
    Status.STIFF: (
        "the step size fell below what the clock resolves; a rate is unbounded or discontinuous here; "
        "check this subject's parameters, and try a smaller rtol"
    ),
    Status.INVALID_PARAMETERS: "a parameter is not a finite number; check the draw of this subject",
    Status.INVALID_INITIAL_STATE: (
        "the initial state is not finite; check the expressions of the initial state at this subject's parameters"
    ),
    Status.INTERRUPTED: "the run was stopped before this trajectory was solved; run it again",
}
