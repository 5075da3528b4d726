"""Events that can be foreseen: one schedule for all trajectories with the same timing, made without solving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from abscopal import expr
from abscopal.errors import InputError, Problem
from abscopal.expr import EventMap, Expr, Schedule, System, substitute_all
from abscopal.published.clock_states import TIME
from abscopal.published.event_order import Captured, EventOrder, Pending
from abscopal.published.merged_events import merged
from abscopal.published.model import EVENT_PREFIX, SET_PREFIX, FloatArray, Given, ModelEvent, PublishedModel

_MOST_MAPS = 40  # more than these are merged into one


def plan(
    model: PublishedModel,
    parameters: Sequence[float],
    end: float,
    given: Sequence[Given] = (),
    start: float = 0.0,
    marks: FloatArray | None = None,
) -> tuple[System, Schedule]:
    """The system and schedule that solve a model for one set of parameters, with everything that acts until `end`.

    Parameters
    ----------
    parameters : array (parameters,); those that decide when something acts must be shared by whoever uses the schedule.
    given : what is done from outside; acts before the model's own events of the same time.
    marks : array (times,), increasing: what is due at one of them, but for the last digits, acts exactly then.

    Raises
    ------
    InputError
        The events depend on the trajectory, so they cannot be foreseen.
    """
    if model.unforeseen:
        raise InputError(Problem(model.unforeseen, advice="simulate it instead of planning it"), model.name)
    work = _SchedulePlanner(model, parameters, start, end, given, marks)
    with np.errstate(all="ignore"):
        work.run()
    # Machine code is made of what acts only: a model of hundreds of states has a map per dose that could be given.
    acting = sorted({m for _, m, _ in work.rows})
    maps = [work.maps[m] for m in acting]
    position = {m: i for i, m in enumerate(acting)}
    if len(maps) > _MOST_MAPS:
        rows = [(t, 0, (float(position[m]), *arguments)) for t, m, arguments in work.rows]
        return replace(model.system, maps=(merged(maps, model.system.states),)), Schedule.of(rows)
    rows = [(t, position[m], tuple(arguments)) for t, m, arguments in work.rows]
    return replace(model.system, maps=tuple(maps)), Schedule.of(rows)


def timing_parameters(model: PublishedModel) -> tuple[int, ...]:
    """Positions of the parameters that decide when something acts."""
    roots: list[Expr] = [a.argument for a in model.clock.all]
    for event in model.events:
        roots += [event.trigger, *(e for e in (event.delay, event.priority) if e is not None)]
        roots += [e for i, e in event.updates if model.system.states[i] in model.discrete]
    initial: Mapping[Expr, Expr] = dict(zip(model.system.states, model.system.initial, strict=True))
    roots += [initial[s] for s in model.discrete]
    found = model.clock.depends_on(roots)
    return tuple(i for i, p in enumerate(model.system.parameters) if p in found)


class _SchedulePlanner(EventOrder):
    """Writes what acts when into the rows of a schedule; of the states it knows those that events alone change."""

    def __init__(
        self,
        model: PublishedModel,
        parameters: Sequence[float],
        start: float,
        end: float,
        given: Sequence[Given],
        marks: FloatArray | None,
    ) -> None:
        super().__init__(model, parameters, start, end, given, marks)
        self.rows: list[tuple[float, int, Sequence[float]]] = []
        self.maps: list[EventMap] = list(self.system.maps)
        self._composites: dict[tuple[tuple[int, Expr], ...], int] = {}
        self._sigma: dict[int, Expr] = {}
        self._executed: list[Pending] = []
        self._index = {m.name: i for i, m in enumerate(self.system.maps)}

    def begin(self) -> None:
        initial = dict(zip(self.system.states, self.system.initial, strict=True))
        for state in self.model.discrete:
            (self.known[state],) = (float(v) for v in expr.evaluate([initial[state]], self.known))

    def advance(self, until: float) -> bool:
        self.t = until
        return False

    def give(self, dose: Given) -> set[Expr]:
        index = self.model.map_index(dose.key)
        self.rows.append((self.t, index, dose.arguments))
        found = self.outcome(index, dose.arguments, self.model.discrete)
        self.known.update(found)
        return set(found)

    def set_held(self, symbol: Expr, value: float) -> None:
        self.held[symbol] = value
        self.touch({symbol})
        if symbol in self.position:
            self.rows.append((self.t, self._index[SET_PREFIX + symbol.name], (value,)))

    def capture(self, event: ModelEvent, delayed: bool) -> Captured:
        now: dict[Expr, Expr] = {self.system.states[i]: e for i, e in self._sigma.items()}
        if delayed:
            now |= {s: expr.const(v) for s, v in self.held.items()}
            now |= {s: expr.const(self.known[s]) for s in self.model.discrete}
            now[TIME] = expr.const(self.t)
        formulas = {i: substitute_all([e], now)[0] for i, e in event.updates}
        numbers = {
            self.system.states[i]: float(expr.evaluate([e], self.environment())[0])
            for i, e in event.updates
            if self.system.states[i] in self.model.discrete
        }
        return Captured(formulas, numbers)

    def act(self, chosen: Pending) -> set[Expr]:
        event = self.model.events[chosen.event]
        captured = chosen.captured or self.capture(event, False)
        now: dict[Expr, Expr] = {self.system.states[i]: e for i, e in self._sigma.items()}
        factors = {i: substitute_all([e], now)[0] for i, e in event.factors}
        self._sigma.update({i: e * factors[i] if i in factors else e for i, e in captured.formulas.items()})
        self._executed.append(chosen)
        self.known.update(self.multiplied(event, captured.numbers))
        return {self.system.states[i] for i in captured.formulas}

    def flush(self) -> None:
        if not self._executed:
            return
        only = self._executed[0]
        if len(self._executed) == 1 and not (only.delayed and only.captured is not None):
            index = self._index[EVENT_PREFIX + self.model.events[only.event].name]
        else:
            key = tuple(sorted(self._sigma.items(), key=lambda item: item[0]))
            if key not in self._composites:
                arguments = () if TIME in self.position else (TIME,)
                self._composites[key] = len(self.maps)
                self.maps.append(EventMap(f"events:{len(self.maps)}", arguments, key))
            index = self._composites[key]
        self.rows.append((self.t, index, () if TIME in self.position else (self.t,)))
        self._sigma, self._executed = {}, []
