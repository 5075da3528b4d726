"""How a cohort is solved, and the days that are recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from abscopal.study import Study

FloatArray = NDArray[np.float64]
# Called with (arm, subjects done, subjects).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """How to solve.

    Attributes
    ----------
    solver : "fast" (Rosenbrock method, many subjects side by side) or "reference" (SciPy LSODA, one by one).
    rtol : relative tolerance.
    step_days : spacing of the output [d].
    threads : threads of the fast solver; None for one per processor.
    """

    solver: Literal["fast", "reference"] = "fast"
    rtol: float = 1e-4
    step_days: float = 1.0
    threads: int | None = None

    @property
    def of_engine(self) -> dict[str, Any]:
        """What of it the engine is told, in one run or in a stream."""
        return {"solver": self.solver, "rtol": self.rtol, "threads": self.threads}


def output_times(study: Study, settings: Settings) -> FloatArray:
    """Days of output: from the first inoculation to the end of follow-up, day 0 and the response day among them [d]."""
    start = min(s.inoculated_day for s in study.sites)
    grid = np.arange(np.ceil(start), study.follow_up_days + 1e-9, settings.step_days)
    response = study.endpoints.response
    extra = [start, study.follow_up_days, response.day, response.baseline_day]
    wanted = np.concatenate([grid, [day for day in extra if start <= day <= study.follow_up_days]])
    return np.unique(wanted)
