"""Events that depend on the state: one trajectory, solved piece by piece between them on the reference solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from abscopal import engine, expr
from abscopal.expr import Expr, Schedule, System
from abscopal.published.clock_states import TIME
from abscopal.published.event_order import Captured, EventOrder, Pending
from abscopal.published.model import FloatArray, Given, ModelEvent, PublishedModel

# Points at which a stretch is searched for a trigger, and at each finer look at the stretch that holds one.
_SEARCH_POINTS = 400
_REFINED = 17
_LEVELS = 14
# Steps at first; a path that needs more is tried by the other method before.
_FEW_STEPS = 20_000
# A comparison that turns more often than this in a stretch is one of round-off.
_MOST_FLIPS = 20


class _Failed(Exception):  # noqa: N818 - leaves the loop, never the module
    pass


class Follower(EventOrder):
    """Runs the events of a model along its trajectory.

    A trigger is looked for at 400 points of every stretch between known instants, and wherever one of its comparisons
    turns; a comparison that turns and turns back between two points is missed. The crossing itself is found to the last
    digits of time.
    """

    most_acts = 10_000  # each costs a solve
    pace_acts = 100

    def __init__(
        self,
        model: PublishedModel,
        parameters: Sequence[float],
        times: FloatArray,
        given: Sequence[Given],
        *,
        start: float,
        rtol: float,
        atol: float,
        max_steps: int,
    ) -> None:
        super().__init__(model, parameters, start, float(times[-1]), given, times)
        self.parameters = np.asarray(parameters, dtype=float)[None, :]
        self.times = times
        self.tolerances = {"rtol": rtol, "atol": atol}
        self.max_steps = max_steps
        self.path = np.full((len(times), len(self.system.states)), np.nan)
        self.status = engine.Status.FINISHED
        self.steps = 0
        self.y = np.zeros(len(self.system.states))
        shown = tuple((f"state:{i}", s) for i, s in enumerate(self.system.states))
        self._observed = _observed(self.system, shown)
        # Those that share a trigger with another; alone, a comparison turns with its trigger.
        inside = [[n for n in expr.topological([e.trigger]) if n.op in ("lt", "le")] for e in model.events]
        self._comparisons = list(dict.fromkeys(n for nodes in inside if len(nodes) > 1 for n in nodes))

    def outputs(self) -> FloatArray:
        """Outputs at the times asked for, array (times, outputs); NaN after a failure."""
        env: dict[Expr, object] = dict(zip(self.system.parameters, self.parameters[0], strict=True))
        env |= dict(zip(self.system.states, self.path.T, strict=True))
        with np.errstate(all="ignore"):
            columns = expr.evaluate([e for _, e in self.system.outputs], env)
        gone = np.where(np.isnan(self.path).any(axis=1), np.nan, 0.0)
        return np.stack([np.asarray(c, dtype=float) + gone for c in columns], axis=1)

    def follow(self) -> None:
        """Runs to the end, or to the failure of the solver."""
        try:
            with np.errstate(all="ignore"):
                self.run()
            self._show_now()
        except _Failed:
            pass

    def begin(self) -> None:
        self.y = np.array([float(v) for v in expr.evaluate(self.system.initial, self.known)])
        self._publish()

    def step(self) -> None:
        before = self.t
        super().step()
        self.path[(self.times > before) & (self.times <= self.t)] = self.y

    def give(self, dose: Given) -> set[Expr]:
        index = self.model.map_index(dose.key)
        found = self.outcome(index, dose.arguments, set(self.system.states))
        self._change(found)
        return set(found)

    def set_held(self, symbol: Expr, value: float) -> None:
        self.held[symbol] = value
        self.touch({symbol})
        if symbol in self.position:
            self._change({symbol: value})

    def capture(self, event: ModelEvent, delayed: bool) -> Captured:
        values = expr.evaluate([e for _, e in event.updates], self.environment())
        states = [self.system.states[i] for i, _ in event.updates]
        return Captured({}, {s: float(v) for s, v in zip(states, values, strict=True)})

    def act(self, chosen: Pending) -> set[Expr]:
        event = self.model.events[chosen.event]
        captured = chosen.captured or self.capture(event, False)
        self._change(self.multiplied(event, captured.numbers))
        return set(captured.numbers)

    def flush(self) -> None:
        self._show_now()

    def advance(self, until: float) -> bool:
        if until <= self.t:
            return False
        inside = self.times[(self.times > self.t) & (self.times < until)]
        grid = np.unique(np.concatenate([[self.t], inside, np.linspace(self.t, until, _SEARCH_POINTS)[1:], [until]]))
        path, first, failure = self._searched(grid)
        self._show(grid[1:first], path[1:first])
        if first == len(path):
            self._arrive(float(grid[first - 1]), path[-1])
            if failure is None:
                return False
            self.status = failure
            raise _Failed
        low, high = (float(grid[first - 1]), path[first - 1]), (float(grid[first]), path[first])
        low, high = self._closer(low, high)
        self._arrive(*high)
        return True

    def _searched(self, grid: FloatArray) -> tuple[FloatArray, int, engine.Status | None]:
        """The path as far as it could be solved, the row of its first change, and what stopped it before.

        Beyond an event, which would have turned it, a path may end anywhere or cost any number of steps: it is first
        tried with few, and only what fails before the event has failed.
        """
        tries: tuple[tuple[Literal["reference", "fast"], int], ...] = (
            ("reference", min(_FEW_STEPS, self.max_steps)),
            # A rate that jumps where a state crosses the clock can stop LSODA, but not the other method.
            ("fast", self.max_steps),
            ("reference", self.max_steps),
        )
        best: tuple[FloatArray, int, engine.Status | None] | None = None
        for solver, most in tries:
            path, failure = self._solve(grid, solver, most)
            first = self._first_change(grid, path)
            if best is None or len(path) > len(best[0]):
                best = path, first, failure
            if failure is None or first < len(path):
                return path, first, failure
        assert best is not None
        return best

    def _closer(
        self, low: tuple[float, FloatArray], high: tuple[float, FloatArray]
    ) -> tuple[tuple[float, FloatArray], tuple[float, FloatArray]]:
        """Narrows the stretch in which a trigger changes."""
        for _ in range(_LEVELS):
            if high[0] - low[0] <= 1e-13 * max(1.0, abs(high[0])):
                break
            self.t, self.y = low
            grid = np.unique(np.linspace(low[0], high[0], _REFINED))
            path, first, _ = self._searched(grid)
            if first >= len(path):
                break
            low, high = (float(grid[first - 1]), path[first - 1]), (float(grid[first]), path[first])
        return low, high

    def _first_change(self, grid: FloatArray, path: FloatArray) -> int:
        """Index of the first row at which a trigger differs from what it is now, else the length."""
        env: dict[Expr, object] = dict(zip(self.system.parameters, self.parameters[0], strict=True))
        env |= {**self.held, **dict(zip(self.system.states, path.T, strict=True)), TIME: grid[: len(path)]}
        first = len(path)
        for was, event in zip(self.was, self.model.events, strict=True):
            holds = np.broadcast_to(np.asarray(expr.evaluate([event.trigger], env)[0]) != 0.0, len(path))
            changed = np.flatnonzero(holds[1:] != was)
            if len(changed):
                first = min(first, int(changed[0]) + 1)
        return min(first, self._first_flip(env, len(path)))

    def _first_flip(self, env: Mapping[Expr, object], length: int) -> int:
        """Index of the first row at which a comparison in a trigger turns; the length if none does, or too many do.

        Two comparisons may turn, and a trigger hold, between two rows.
        """
        if not self._comparisons:
            return length
        found = expr.evaluate(self._comparisons, env)
        turned = np.array([np.broadcast_to(np.asarray(f) != 0.0, length) for f in found])
        if np.sum(turned[:, 1:] != turned[:, :-1]) > _MOST_FLIPS:
            return length
        rows = np.flatnonzero((turned != turned[:, :1]).any(axis=0))
        return int(rows[0]) if len(rows) else length

    def _solve(
        self, grid: FloatArray, solver: Literal["fast", "reference"], most: int
    ) -> tuple[FloatArray, engine.Status | None]:
        """States at the grid's times as far as they could be reached, and what stopped them."""
        solution = self._solution(grid, solver, most)
        self.steps += int(solution.steps[0])
        path = solution.outputs[0]
        path[0] = self.y  # as it is, also where the solver shows a tiny negative value as zero
        if solution.finished[0]:
            return path, None
        lost = np.isnan(path).any(axis=1)
        return path[: max(1, int(np.argmax(lost)))], engine.Status(int(solution.status[0]))

    def _solution(self, grid: FloatArray, solver: Literal["fast", "reference"], most: int) -> engine.Solution:
        return engine.solve(
            self._observed,
            Schedule(),
            self.parameters,
            grid,
            start=float(grid[0]),
            solver=solver,
            initial=self.y[None, :],
            rtol=self.tolerances["rtol"],
            atol=self.tolerances["atol"],
            max_steps=most,
        )

    def _arrive(self, t: float, y: FloatArray) -> None:
        self.stale = None
        self.t, self.y = t, y.copy()
        self._publish()

    def _change(self, values: dict[Expr, float]) -> None:
        for state, value in values.items():
            self.y[self.position[state]] = value
        self._publish()

    def _publish(self) -> None:
        self.known.update(zip(self.system.states, self.y.tolist(), strict=True))
        self.held.update({s: self.known[s] for s in self.held if s in self.position})

    def _show(self, at: FloatArray, path: FloatArray) -> None:
        rows = np.searchsorted(self.times, at)
        for row, t, y in zip(rows, at, path, strict=True):
            if row < len(self.times) and self.times[row] == t:
                self.path[row] = y

    def _show_now(self) -> None:
        self._show(np.array([self.t]), self.y[None, :])


def _observed(system: System, shown: tuple[tuple[str, Expr], ...]) -> System:
    return replace(system, outputs=shown, maps=())
