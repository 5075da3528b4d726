"""What `solve` returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.engine.status import Status, finished

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """Trajectories of an ensemble, and how each one ended.

    Attributes
    ----------
    times : array (times,) [d]
    outputs : array (subjects, times, outputs); NaN after a trajectory failed.
    names : names of the outputs.
    final_states : array (subjects, states), after the last event or output, or where the trajectory failed.
    status : array (subjects,), values of `Status`.
    steps : array (subjects,), accepted and rejected steps taken.
    sensitivities : array (subjects, times, outputs, wrt) or None; d output / d parameter.
    wrt : names of the parameters the sensitivities refer to.
    """

    times: FloatArray
    outputs: FloatArray
    names: tuple[str, ...]
    final_states: FloatArray
    status: NDArray[np.int8]
    steps: NDArray[np.int64]
    sensitivities: FloatArray | None = None
    wrt: tuple[str, ...] = ()

    @property
    def finished(self) -> NDArray[np.bool_]:
        """Whether each trajectory reached the end."""
        return finished(self.status)

    def output(self, name: str) -> FloatArray:
        """One output of all trajectories, array (subjects, times). Raises KeyError if there is no such output."""
        if name not in self.names:
            raise KeyError(name)
        return self.outputs[:, :, self.names.index(name)]

    def messages(self) -> list[str]:
        """One line per kind of end that is no plain finish: how many trajectories, which ones, and what to do."""
        lines = []
        for status in Status:
            who = np.flatnonzero(self.status == status)
            if status is Status.FINISHED or len(who) == 0:
                continue
            shown = ", ".join(str(i) for i in who[:5]) + (", ..." if len(who) > 5 else "")
            lines.append(f"{len(who)} of {len(self.status)} trajectories ({shown}): {status.advice}")
        return lines
