"""One trajectory at a time, segment by segment between events, with SciPy's LSODA."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.engine.reference.amounts import Amounts
from abscopal.engine.reference.functions import CompiledSystem, compiled
from abscopal.engine.solution import Solution
from abscopal.engine.status import Status
from abscopal.engine.task import Task

FloatArray = NDArray[np.float64]

# Spacing at which a segment is searched for extinction [d], and the most points per segment.
_SEARCH_DAYS = 0.125
_SEARCH_POINTS = 4000
# Beyond a crossing the equations mean nothing and may be arbitrarily stiff; such a stretch is given up early.
_SEARCH_STEPS = 2000
_REFINED = 65  # points at which the interval that holds a crossing is searched again
_TINY = 1e-150  # amounts are read as no less, where a rate has no value at zero
_CLIP = 100.0  # negative values within this many absolute tolerances count as zero


class _Failure(Exception):  # noqa: N818 - a jump out of the trajectory, not an error for the user
    """Carries the status, and the part of the segment that was still good."""

    def __init__(self, status: Status, path: FloatArray | None = None) -> None:
        self.status = status
        self.path = path


def solve_reference(task: Task, progress: Callable[[int, int], None] | None = None) -> Solution:
    """All trajectories of a task, in order."""
    system = task.system
    functions = compiled(system)
    n, n_states = len(task.parameters), len(system.states)
    outputs = np.full((n, len(task.times), len(task.selected)), np.nan)
    final = np.full((n, n_states), np.nan)
    status = np.zeros(n, dtype=np.int8)
    steps = np.zeros(n, dtype=np.int64)
    # LSODA reports trouble both as a state, which we read, and as a warning.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for i in range(n):
            run = _Trajectory(task, functions, i, outputs[i])
            status[i] = run.solve()
            if status[i] in (Status.NON_FINITE, Status.STIFF):
                again = _Trajectory(task, functions, i, np.full_like(outputs[i], np.nan), least=_TINY)
                if again.solve() is Status.FINISHED:
                    run, outputs[i], status[i] = again, again.out, Status.FINISHED
            final[i], steps[i] = run.y, run.steps
            if progress is not None:
                progress(i + 1, n)
    return Solution(task.times, outputs, task.names, final, status, steps)


@dataclass
class _Trajectory:
    """The state of one solve; `out` (times, outputs) is filled as it goes."""

    task: Task
    functions: CompiledSystem
    subject: int
    out: FloatArray
    steps: int = 0
    least: float = 0.0

    def __post_init__(self) -> None:
        self.y = np.full(len(self.task.system.states), np.nan)
        self.t = self.task.start
        self.threshold = np.asarray(self.task.system.extinct_below, dtype=float)
        self.mortal = self.threshold > 0.0
        self.amounts = Amounts(self.functions, self.task.absolute, self.task.rtol, self.least)

    def solve(self) -> Status:
        task = self.task
        parameters = task.parameters[self.subject]
        if not np.all(np.isfinite(parameters)):
            return Status.INVALID_PARAMETERS
        self.functions.use(parameters)
        self.y = self.functions.initial() if task.initial is None else task.initial[self.subject].copy()
        if not np.all(np.isfinite(self.y)):
            return Status.INVALID_INITIAL_STATE
        self.y[self.mortal & (self.y < self.threshold)] = 0.0
        try:
            self._run()
        except _Failure as failure:
            return failure.status
        return Status.FINISHED

    def _run(self) -> None:
        task = self.task
        event = shown = 0
        while True:
            while event < len(task.event_times) and task.event_times[event] <= self.t:
                self._act(event)
                event += 1
            if shown < len(task.times) and task.times[shown] == self.t:
                self._show(shown, self.y)
                shown += 1
            if self.t >= task.end:
                return
            stop = float(task.event_times[event]) if event < len(task.event_times) else task.end
            inside = slice(shown, int(np.searchsorted(task.times, stop)))
            self._segment(stop, range(inside.start, inside.stop))
            shown = inside.stop

    def _act(self, event: int) -> None:
        before = self._clipped(self.y)
        self.y = self.functions.event(int(self.task.event_maps[event]), before, self.task.event_arguments[event])
        if not np.all(np.isfinite(self.y)):
            raise _Failure(Status.NON_FINITE)
        # Whatever the event leaves below its threshold is gone; what it does not touch stays.
        self.y[self.mortal & (self.y < self.threshold) & (self.y != before)] = 0.0

    def _clipped(self, y: FloatArray) -> FloatArray:
        return np.where((y < 0.0) & (y > -_CLIP * self.task.absolute), 0.0, y)

    def _show(self, position: int, y: FloatArray) -> None:
        self.out[position] = self.functions.outputs(self._clipped(y))[self.task.selected]

    def _segment(self, stop: float, shown: range) -> None:
        """Integrates to `stop`, writing the outputs listed; restarts at every extinction."""
        wanted = {float(self.task.times[k]): k for k in shown}
        self.y = self._clipped(self.y)
        self.amounts.begin(self.y)
        while self.t < stop:
            grid = self._grid(stop, [t for t in wanted if t > self.t])
            failure = None
            try:
                path = self._integrate(grid)
            except _Failure as caught:
                failure, path = caught, self.y[None] if caught.path is None else caught.path
            last = self._first_extinction(path)
            for t, y in zip(grid[1:last], path[1:last], strict=False):
                if t in wanted:
                    self._show(wanted[t], self.amounts.kept(y))
            self.t, self.y = float(grid[last - 1]), self.amounts.kept(path[last - 1])
            if last < len(path):
                self._go_extinct(float(grid[last]))
            elif failure is not None:
                raise failure

    def _grid(self, stop: float, wanted: list[float]) -> FloatArray:
        points = [self.t, stop, *wanted]
        if self._searching():
            count = min(_SEARCH_POINTS, int(np.ceil((stop - self.t) / _SEARCH_DAYS)))
            points.extend(np.linspace(self.t, stop, count + 1)[1:-1])
        return np.unique(points)

    def _searching(self) -> bool:
        """Whether any state could still go extinct."""
        return bool(np.any(self.mortal & (self.y > 0.0)))

    def _first_extinction(self, path: FloatArray) -> int:
        """Index of the first row in which a state has fallen through its threshold, else the length."""
        if not np.any(self.mortal):
            return len(path)
        falling = self._falls(path[:-1], path[1:])
        rows = np.flatnonzero(falling.any(axis=1))
        return int(rows[0]) + 1 if len(rows) else len(path)

    def _falls(self, before: FloatArray, after: FloatArray) -> NDArray[np.bool_]:
        """Which states fall through their threshold; what rises from zero without reaching it stays."""
        return np.asarray(self.mortal & (before >= self.threshold) & (after < self.threshold))

    def _go_extinct(self, t_next: float) -> None:
        """Moves on to the crossing before the next grid point, and sets the state to zero there."""
        grid = np.linspace(self.t, t_next, _REFINED)
        path = self._integrate(grid)
        last = min(self._first_extinction(path), len(grid) - 1)
        before, after = path[last - 1], path[last]
        falling = self._falls(before, after)
        above, below, threshold = before[falling], np.maximum(after[falling], 1e-300), self.threshold[falling]
        share = np.log(above / threshold) / np.log(above / below)
        share = np.where(above <= threshold, 0.0, np.clip(share, 0.0, 1.0))
        gone = np.flatnonzero(falling)[share <= share.min(initial=1.0)]
        share_of_grid = last - 1 + float(share.min(initial=1.0))
        crossing = self.t + share_of_grid / (_REFINED - 1) * (t_next - self.t)
        if crossing > self.t:
            self.y = self._integrate(np.array([self.t, crossing]))[-1]
            self.t = crossing
        self.y[gone] = 0.0
        self.steps += 1
        if self.steps > self.task.max_steps:
            raise _Failure(Status.STEP_LIMIT)

    def _integrate(self, grid: FloatArray) -> FloatArray:
        """States at the grid's times, array (times, states); again from where one turns out to be no amount."""
        path, failure = self._stretch(self.y, grid)
        while (row := self.amounts.free_those_below(path, grid)) < len(path):
            if self.least:  # below zero, where its rate has no value
                raise _Failure(Status.NON_FINITE, path[:row])
            rest, failure = self._stretch(self.amounts.kept(path[row - 1]), grid[row - 1 :])
            path = np.concatenate([path[: row - 1], rest])
        if failure is not None:
            raise _Failure(failure, path)
        return path

    def _stretch(self, y: FloatArray, grid: FloatArray) -> tuple[FloatArray, Status | None]:
        """States at the grid's times as far as they could be reached, and what stopped it."""
        from scipy.integrate import odeint

        task = self.task
        if grid[-1] - grid[0] < 1e-12 * max(1.0, abs(grid[-1])):
            rate = self.amounts.rates(y).copy()
            return np.asarray(y + (grid - grid[0])[:, None] * rate), None
        path, report = odeint(
            self.amounts.rates,
            y,
            grid - grid[0],
            Dfun=self.amounts.jacobian,
            rtol=task.rtol,
            atol=task.absolute,
            mxstep=max(1, min(task.max_steps - self.steps, _SEARCH_STEPS if self._searching() else task.max_steps)),
            full_output=True,
        )
        if report["message"] != "Integration successful." or not np.all(np.isfinite(path)):
            good = np.isfinite(path).all(axis=1) & np.r_[True, report["tcur"] >= grid[1:] - grid[0]]
            path = path[: int(np.argmin(np.r_[good, False]))]
            self.steps += int(report["nst"][: len(path) - 1].max(initial=0))  # rows that were not reached are rubbish
            return path, self._diagnose(report["message"], path)
        self.steps += int(report["nst"].max(initial=0))
        return np.asarray(path), Status.STEP_LIMIT if self.steps > task.max_steps else None

    def _diagnose(self, message: str, path: FloatArray) -> Status:
        if not np.all(np.isfinite(self.functions.rates(self.y))) or not np.all(np.isfinite(path)):
            return Status.NON_FINITE
        return Status.STEP_LIMIT if "Excess work" in message else Status.STIFF
