"""How a cohort is solved, and the days that are recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from abscopal.regimen import Timeline
from abscopal.regimen.events import Event
from abscopal.study import Study
from abscopal.vocabulary import INTRAVENOUS

FloatArray = NDArray[np.float64]
# Called with (arm, subjects done, subjects).
Progress = Callable[[str, int, int], None]
# Days of output that a study gets unasked, beside those of its events.
_MOST_DAYS = 366
_MOST_EVENT_DAYS = 400
# The moment before an event, and when a drug that is absorbed is looked at after it [d].
_BEFORE, _LATER = 1e-4, (0.1, 0.3)
# Subjects of an arm that a study's run solves again: they fill one vector, so that it costs as little as one would.
COMPARED = 8
# Absolute tolerance, in units of what is small for each state; it follows a relative one finer than usual.
_ATOL, _ATOL_SHARE = 1e-6, 1e-2


@dataclass(frozen=True)
class Settings:
    """How to solve.

    Attributes
    ----------
    solver : "fast" (Rosenbrock method, many subjects side by side) or "reference" (SciPy LSODA, one by one).
    rtol : relative tolerance.
    step_days : spacing of the output [d]; None takes the study's, see `step_of`.
    threads : threads of the fast solver; None for one per processor.
    compared : so many subjects of each arm are solved again at a hundredth of the tolerance, to see what it changes.
    """

    solver: Literal["fast", "reference"] = "fast"
    rtol: float = 1e-4
    step_days: float | None = None
    threads: int | None = None
    compared: int = 0

    @property
    def of_engine(self) -> dict[str, Any]:
        """What of it the engine is told, in one run or in a stream."""
        absolute = min(_ATOL, _ATOL_SHARE * self.rtol)
        return {"solver": self.solver, "rtol": self.rtol, "atol": absolute, "threads": self.threads}


def step_of(study: Study, settings: Settings) -> float:
    """Spacing of the output [d]: of the settings, else of the study, else a day, more where the follow-up is long."""
    chosen = settings.step_days or study.output_step_days
    if chosen is not None:
        return chosen
    start = min(s.inoculated_day for s in study.sites)
    return float(max(1.0, np.ceil((study.follow_up_days - start) / _MOST_DAYS)))


def output_times(study: Study, settings: Settings) -> FloatArray:
    """Days of output: from the first inoculation to the end of follow-up, day 0 and the response day among them [d]."""
    start = min(s.inoculated_day for s in study.sites)
    step = step_of(study, settings)
    # Whole multiples of the step, so that day 0 is one of them.
    grid = step * np.arange(np.ceil(start / step), np.floor(study.follow_up_days / step + 1e-9) + 1)
    response = study.endpoints.response
    extra = [start, study.follow_up_days, response.day, response.baseline_day]
    wanted = np.concatenate([grid, [day for day in extra if start <= day <= study.follow_up_days]])
    return np.unique(wanted)


def recorded_times(study: Study, timelines: Mapping[str, Timeline], settings: Settings) -> FloatArray:
    """Days of output, with those around each event: peaks, jumps and breaks are on the curves [d].

    Of each event there is the moment before it and the moment after; of a drug that is absorbed, some hours more.
    """
    days = output_times(study, settings)
    events = {(event.day, _LATER if _is_absorbed(event) else ()) for line in timelines.values() for event in line}
    around = {event + later for event, hours in events for later in (-_BEFORE, 0.0, *hours)}
    if len(around) > _MOST_EVENT_DAYS:
        around = {event for event, _ in events}
    around |= {site.start_volume.day for site in study.sites if site.start_volume is not None}
    chosen = np.array(sorted(around))
    if chosen.size > _MOST_EVENT_DAYS:
        chosen = chosen[np.linspace(0, chosen.size - 1, _MOST_EVENT_DAYS).astype(int)]
    return np.unique(np.concatenate([days, chosen[(chosen > days[0]) & (chosen < days[-1])]]))


def _is_absorbed(event: Event) -> bool:
    return event.kind == "drug" and event.where != (INTRAVENOUS,)
