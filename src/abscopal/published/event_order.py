"""The discrete part of a model with events: what acts when, in SBML's order, with or without the trajectory known."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from abscopal import expr
from abscopal.errors import InputError, Problem
from abscopal.expr import EventMap, Expr, Schedule, System, substitute_all
from abscopal.published.clock_states import TIME, Auxiliary, just_after
from abscopal.published.merged_events import merged
from abscopal.published.model import Given, ModelEvent, PublishedModel, ordered

SET_PREFIX = "set:"
EVENT_PREFIX = "event:"
_MAX_AT_ONE_INSTANT = 2_000
_MOST_MAPS = 40  # more than these are merged into one


@dataclass(frozen=True)
class Captured:
    """New values of states by index, as formulas; and by symbol as numbers."""

    formulas: dict[int, Expr]
    numbers: dict[Expr, float]


@dataclass(frozen=True, eq=False)
class Pending:
    """An event that has been triggered and waits to act; `captured` are its new values if computed at the trigger."""

    event: int
    time: float
    captured: Captured | None
    delayed: bool


class Clockwork:
    """Runs through time from jump to jump. This class needs no trajectory: it writes a schedule (`plan`)."""

    most_acts = 200_000

    def __init__(
        self, model: PublishedModel, parameters: Sequence[float], start: float, end: float, given: Sequence[Given]
    ) -> None:
        self.model, self.system = model, model.system
        self.start, self.end = start, end
        self.t = start
        self.given = ordered(given)
        self.known: dict[Expr, float] = dict(zip(self.system.parameters, map(float, parameters), strict=True))
        self.held: dict[Expr, float] = {}
        self.position = {s: i for i, s in enumerate(self.system.states)}
        self.next_jump: dict[Expr, float] = {}
        self.was = [e.initially for e in model.events]
        self.pending: list[Pending] = []
        self.rows: list[tuple[float, int, Sequence[float]]] = []
        self.maps: list[EventMap] = list(self.system.maps)
        self._composites: dict[tuple[tuple[int, Expr], ...], int] = {}
        self._sigma: dict[int, Expr] = {}
        self._executed: list[Pending] = []
        self._acts = 0
        self._index = {m.name: i for i, m in enumerate(self.system.maps)}
        clock = model.clock
        self._needs = {a.symbol: clock.depends_on([a.argument]) for a in clock.all}
        self._triggers = [set(expr.symbols_of([e.trigger])) for e in model.events]
        self.stale: set[Expr] | None = None  # symbols that changed since triggers were read; None for all
        self._inner = {a.symbol: set(expr.symbols_of([a.argument])) for a in clock.all}

    # The parts that differ when the trajectory is known.

    def begin(self) -> None:
        """Initial values of the states that events alone change."""
        initial = dict(zip(self.system.states, self.system.initial, strict=True))
        for state in self.model.discrete:
            (self.known[state],) = (float(v) for v in expr.evaluate([initial[state]], self.known))

    def advance(self, until: float) -> bool:
        """Moves to `until`, or to a state-triggered event before it; says whether there was one."""
        self.t = until
        return False

    def touch(self, symbols: set[Expr]) -> None:
        """Notes that these have new values."""
        if self.stale is not None:
            self.stale |= symbols

    def step(self) -> None:
        """Moves on to what `time > t` sets off."""
        self.t = just_after(self.t)

    def give(self, dose: Given) -> set[Expr]:
        """Something done from outside; the states it changed, as far as they can be known."""
        index = self.model.map_index(dose.key)
        self.rows.append((self.t, index, dose.arguments))
        found = self.outcome(index, dose.arguments, self.model.discrete)
        self.known.update(found)
        return set(found)

    def outcome(self, index: int, arguments: Sequence[float], states: Collection[Expr]) -> dict[Expr, float]:
        """The new values an event map gives to some of the states."""
        chosen = self.system.maps[index]
        env = {**self._environment(), **dict(zip(chosen.arguments, arguments, strict=False))}
        updates = [(self.system.states[i], e) for i, e in chosen.updates if self.system.states[i] in states]
        return {s: float(expr.evaluate([e], env)[0]) for s, e in updates}

    def set_held(self, symbol: Expr, value: float) -> None:
        """An auxiliary state jumps; only those that rates and readouts use are states of the system."""
        self.held[symbol] = value
        self.touch({symbol})
        if symbol in self.position:
            self.rows.append((self.t, self._index[SET_PREFIX + symbol.name], (value,)))

    def capture(self, event: ModelEvent, delayed: bool) -> Captured:
        """New values, in terms of the state before this instant's events, and as numbers where they can be known."""
        now: dict[Expr, Expr] = {self.system.states[i]: e for i, e in self._sigma.items()}
        if delayed:
            now |= {s: expr.const(v) for s, v in self.held.items()}
            now |= {s: expr.const(self.known[s]) for s in self.model.discrete}
            now[TIME] = expr.const(self.t)
        formulas = {i: substitute_all([e], now)[0] for i, e in event.updates}
        numbers = {
            self.system.states[i]: float(expr.evaluate([e], self._environment())[0])
            for i, e in event.updates
            if self.system.states[i] in self.model.discrete
        }
        return Captured(formulas, numbers)

    def act(self, chosen: Pending) -> set[Expr]:
        """Carries an event out; the states it changed."""
        event = self.model.events[chosen.event]
        captured = chosen.captured or self.capture(event, False)
        now: dict[Expr, Expr] = {self.system.states[i]: e for i, e in self._sigma.items()}
        factors = {i: substitute_all([e], now)[0] for i, e in event.factors}
        self._sigma.update({i: e * factors[i] if i in factors else e for i, e in captured.formulas.items()})
        self._executed.append(chosen)
        self.known.update(self.multiplied(event, captured.numbers))
        return {self.system.states[i] for i in captured.formulas}

    def multiplied(self, event: ModelEvent, numbers: Mapping[Expr, float]) -> dict[Expr, float]:
        """New values with the factors that are read when an event acts."""
        found = dict(numbers)
        for i, factor in event.factors:
            state = self.system.states[i]
            if state in found:
                found[state] *= float(expr.evaluate([factor], self._environment())[0])
        return found

    def flush(self) -> None:
        """Ends an instant: its events become one row of the schedule."""
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

    # What is common.

    def run(self) -> None:
        """From the start to the end."""
        self.begin()
        due = self._give_due()
        self.held = {}
        for symbol, value in self.model.clock.values(self.t, self.known).items():
            self.set_held(symbol, float(value))
        self._settle()
        self.flush()
        self.step()
        self._refresh(None)
        self._settle()
        self.flush()
        while True:
            self._count(0)
            stop = min([math.inf, *self.next_jump.values(), *(p.time for p in self.pending), *self._next_given(due)])
            if self.advance(min(stop, self.end)):
                self._settle()
                self.flush()
                continue
            if stop > self.end:
                return
            due = self._give_due(due)
            self._jump()

    def _next_given(self, due: int) -> list[float]:
        return [self.given[due].time] if due < len(self.given) else []

    def _give_due(self, due: int = 0) -> int:
        while due < len(self.given) and self.given[due].time <= self.t:
            changed = self.give(self.given[due])
            self.touch(changed)
            if self.held:
                self._refresh(changed)
            due += 1
        return due

    def _jump(self) -> None:
        """Auxiliary states due now take their value of this very instant, then the one that follows."""
        at_once = {s for s, when in self.next_jump.items() if when <= self.t}
        clock = self.model.clock
        for a in clock.jumping:
            if a.symbol in at_once:
                value = clock.at_root(a, self.t, self.known, self.held)
                if value != self.held[a.symbol]:
                    self.set_held(a.symbol, value)
                    self._level()
        self._settle()
        self.flush()
        if at_once:
            self.step()
            self._refresh(at_once)
            self._settle()
            self.flush()

    def _level(self) -> None:
        """Brings the levels up to date."""
        for a in self.model.clock.all:
            if a.kind == "level":
                value = float(expr.evaluate([a.argument], self.held)[0])
                if value != self.held[a.symbol]:
                    self.set_held(a.symbol, value)

    def _environment(self) -> dict[Expr, Any]:
        return {**self.known, **self.held, TIME: self.t}

    def _refresh(self, changed: set[Expr] | None) -> None:
        """Values just after now, and next jumps, of what depends on the symbols that changed (None: of all)."""
        clock = self.model.clock
        moved = set() if changed is None else set(changed)
        for a in clock.all:
            if changed is not None and a.symbol not in changed and not (self._inner[a.symbol] & moved):
                continue
            value = self._just_after(a)
            if value != self.held[a.symbol]:
                self.set_held(a.symbol, value)
                moved.add(a.symbol)

    def _just_after(self, a: Auxiliary) -> float:
        clock = self.model.clock
        if a.kind == "level":
            return float(expr.evaluate([a.argument], self.held)[0])
        if a.kind in ("sine", "cosine"):
            return float(clock.values(self.t, {**self.known, **self.held}, {a.symbol})[a.symbol])
        horizon = max(self.end, self.t + 1.0)
        following = clock.next_jump(a, self.t, horizon, self.known, self.held)
        self.next_jump[a.symbol] = following
        inside = self.t + 0.5 * (min(following, horizon) - self.t)
        waves = {b.symbol for b in clock.all if b.kind in ("sine", "cosine")}
        env = {**self.known, **self.held}
        env |= clock.values(inside, env, waves)
        return float(clock.values(inside, env, {a.symbol})[a.symbol])

    def _settle(self) -> None:
        """All events of this instant, the most urgent first; each may set off others."""
        for _ in range(_MAX_AT_ONE_INSTANT):
            self._read_triggers()
            ready = [p for p in self.pending if p.time <= self.t]
            if not ready:
                return
            chosen = max(ready, key=lambda p: (self._priority(p), -p.event))
            self.pending.remove(chosen)
            self._count(chosen.event)
            changed = self.act(chosen)
            self.touch(changed)
            self._refresh(changed)
        raise self._problem(0, f"events set each other off without end at time {self.t:g}")

    def _read_triggers(self) -> None:
        env = self._environment()
        stale, self.stale = self.stale, set()
        for i, event in enumerate(self.model.events):
            if stale is not None and TIME not in self._triggers[i] and not self._triggers[i] & stale:
                continue
            now = bool(expr.evaluate([event.trigger], env)[0])
            if now and not self.was[i]:
                delay = 0.0 if event.delay is None else float(expr.evaluate([event.delay], env)[0])
                if not delay >= 0.0:
                    raise self._problem(i, f"its delay is {delay:g} at time {self.t:g}")
                captured = self.capture(event, delay > 0.0) if event.at_trigger else None
                self.pending.append(Pending(i, self.t + delay, captured, delay > 0.0))
            elif self.was[i] and not now and not event.persistent:
                self.pending = [p for p in self.pending if p.event != i]
            self.was[i] = now

    def _count(self, event: int) -> None:
        self._acts += 1
        if self._acts > self.most_acts:
            message = f"events and jumps act more than {self.most_acts} times before time {self.end:g}"
            raise self._problem(event, message)

    def _priority(self, waiting: Pending) -> float:
        priority = self.model.events[waiting.event].priority
        return -math.inf if priority is None else float(expr.evaluate([priority], self._environment())[0])

    def _problem(self, event: int, message: str) -> InputError:
        where = self.model.events[event : event + 1]
        key, line = (where[0].name, where[0].line) if where else ("", None)
        return InputError(Problem(message, key=key, line=line), self.model.name)


def plan(
    model: PublishedModel, parameters: Sequence[float], end: float, given: Sequence[Given] = (), start: float = 0.0
) -> tuple[System, Schedule]:
    """The system and schedule that solve a model for one set of parameters, with everything that acts until `end`.

    Parameters
    ----------
    parameters : array (parameters,); those that decide when something acts must be shared by whoever uses the schedule.
    given : what is done from outside; acts before the model's own events of the same time.

    Raises
    ------
    InputError
        The events depend on the trajectory, so they cannot be foreseen.
    """
    if model.unforeseen:
        raise InputError(Problem(model.unforeseen, advice="simulate it instead of planning it"), model.name)
    work = Clockwork(model, parameters, start, end, given)
    with np.errstate(all="ignore"):
        work.run()
    if len(work.maps) > _MOST_MAPS:
        rows = [(t, 0, (float(m), *arguments)) for t, m, arguments in work.rows]
        return replace(model.system, maps=(merged(work.maps, model.system.states),)), Schedule.of(rows)
    return replace(model.system, maps=tuple(work.maps)), Schedule.of(work.rows)


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
