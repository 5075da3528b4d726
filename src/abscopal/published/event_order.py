"""What acts when in a model with events, in SBML's order, whether or not the trajectory is known."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from abscopal import expr
from abscopal.errors import InputError, Problem
from abscopal.expr import Expr
from abscopal.published.clock_states import TIME, Auxiliary, just_after, same_instant
from abscopal.published.model import FloatArray, Given, ModelEvent, PublishedModel, ordered

_MAX_AT_ONE_INSTANT = 2_000
_TIES = 14
# A run that would need this many times as many acts as are allowed, by its pace of some looks, is given up early.
_HOPELESS = 10.0
_PACES = 3
# After a share of what is allowed, the run's mean pace must not need more than this many times as many.
_TENTH, _TOO_FAST = 0.1, 1.5


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


class EventOrder(ABC):
    """Runs through time from jump to jump and from event to event.

    Who knows the trajectory and who does not differ in how they move on and in what an event does to them.
    """

    most_acts = 200_000
    pace_acts = 1_000  # acts between two looks at how fast the run gets on
    most_searches = 10_000  # jumps that no formula gives; each costs as much as hundreds of acts

    def __init__(
        self,
        model: PublishedModel,
        parameters: Sequence[float],
        start: float,
        end: float,
        given: Sequence[Given],
        marks: FloatArray | None = None,
    ) -> None:
        """`marks` are times shown: what is due at one of them, but for the last digits, is due exactly then."""
        self.marks = np.empty(0) if marks is None else marks
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
        self._acts = self._searches = 0
        self._paces: list[float] = [start]
        self._chance = np.random.Generator(np.random.Philox(key=_TIES))  # the same in every run
        self._triggers = [set(expr.symbols_of([e.trigger])) for e in model.events]
        self.stale: set[Expr] | None = None  # symbols that changed since triggers were read; None for all
        self._inner = {a.symbol: set(expr.symbols_of([a.argument])) for a in model.clock.all}

    @abstractmethod
    def begin(self) -> None:
        """Values of the states at the start, as far as they can be known."""

    @abstractmethod
    def advance(self, until: float) -> bool:
        """Moves to `until`, or to a state-triggered event before it; says whether there was one."""

    @abstractmethod
    def give(self, dose: Given) -> set[Expr]:
        """Something done from outside; the states it changed, as far as they can be known."""

    @abstractmethod
    def set_held(self, symbol: Expr, value: float) -> None:
        """A state that follows the clock jumps."""

    @abstractmethod
    def capture(self, event: ModelEvent, delayed: bool) -> Captured:
        """New values, in terms of the state before this instant's events."""

    @abstractmethod
    def act(self, chosen: Pending) -> set[Expr]:
        """Carries an event out; the states it changed."""

    @abstractmethod
    def flush(self) -> None:
        """Ends an instant."""

    def step(self) -> None:
        """Moves on to what `time > t` sets off."""
        self.t = just_after(self.t)

    def touch(self, symbols: set[Expr]) -> None:
        """Notes that these have new values."""
        if self.stale is not None:
            self.stale |= symbols

    def outcome(self, index: int, arguments: Sequence[float], states: Collection[Expr]) -> dict[Expr, float]:
        """The new values an event map gives to some of the states."""
        chosen = self.system.maps[index]
        env = {**self.environment(), **dict(zip(chosen.arguments, arguments, strict=False))}
        updates = [(self.system.states[i], e) for i, e in chosen.updates if self.system.states[i] in states]
        return {s: float(expr.evaluate([e], env)[0]) for s, e in updates}

    def multiplied(self, event: ModelEvent, numbers: Mapping[Expr, float]) -> dict[Expr, float]:
        """New values with the factors that are read when an event acts."""
        found = dict(numbers)
        for i, factor in event.factors:
            state = self.system.states[i]
            if state in found:
                found[state] *= float(expr.evaluate([factor], self.environment())[0])
        return found

    def run(self) -> None:
        """From the start to the end."""
        self.begin()
        due = self._give_due()
        self.held = {}
        for symbol, value in self.model.clock.values(self.t, self.known).items():
            self.set_held(symbol, float(value))
        self._end_instant()
        self.step()
        self._refresh(None)
        self._end_instant()
        while True:
            self._count(0)
            stop = min([math.inf, *self.next_jump.values(), *(p.time for p in self.pending), *self._next_given(due)])
            stop = self._on_mark(stop)
            if self.advance(min(stop, self.end)):
                self._end_instant()
                continue
            if stop > self.end:
                return
            due = self._give_due(due)
            self._jump()

    def _on_mark(self, stop: float) -> float:
        for i in np.searchsorted(self.marks, stop) + np.array([-1, 0]):
            mark = float(self.marks[i]) if 0 <= i < len(self.marks) else -math.inf
            if self.t < mark and same_instant(stop, mark) and same_instant(mark, stop):
                return mark
        return stop

    def _end_instant(self) -> None:
        self._settle()
        self.flush()

    def _next_given(self, due: int) -> list[float]:
        return [self.given[due].time] if due < len(self.given) else []

    def _give_due(self, due: int = 0) -> int:
        while due < len(self.given) and same_instant(self.given[due].time, self.t):
            changed = self.give(self.given[due])
            self.touch(changed)
            if self.held:
                self._refresh(changed)
            due += 1
        return due

    def _jump(self) -> None:
        """Auxiliary states due now take their value of this very instant, then the one that follows.

        What contains a floor that jumps is read anew at the same instant, so that `t - 7*floor(t/7) == 0` holds there.
        """
        clock = self.model.clock
        at_once = {s for s, when in self.next_jump.items() if same_instant(when, self.t)}
        moved = set(at_once)
        for a in clock.jumping:
            if a.symbol not in at_once and not self._inner[a.symbol] & moved:
                continue
            moved.add(a.symbol)
            value = clock.at_instant(a, self.t, self.known, self.held, at_root=a.symbol in at_once)
            if value != self.held[a.symbol]:
                self.set_held(a.symbol, value)
                self._level()
        self._end_instant()
        if at_once:
            self.step()
            self._refresh(moved)
            self._end_instant()

    def _level(self) -> None:
        """Brings the levels up to date."""
        for a in self.model.clock.all:
            if a.kind == "level":
                value = float(expr.evaluate([a.argument], self.held)[0])
                if value != self.held[a.symbol]:
                    self.set_held(a.symbol, value)

    def environment(self) -> dict[Expr, Any]:
        """Values of everything that is known now."""
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
        if clock.searched(a):
            self._searches += 1
            if self._too_many(self._searches, self.most_searches):
                self._give_up(0, f"jumps that no formula gives are searched for {self._searches} times")
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
            ready = [p for p in self.pending if same_instant(p.time, self.t)]
            if not ready:
                return
            chosen = self._most_urgent(ready)
            self.pending.remove(chosen)
            self._count(chosen.event)
            changed = self.act(chosen)
            self.touch(changed)
            self._refresh(changed)
        raise self._problem(0, f"events set each other off without end at time {self.t:g}")

    def _most_urgent(self, ready: Sequence[Pending]) -> Pending:
        """The event with the highest priority; of equal ones a random one, as SBML has it.

        Those without a priority act last, in the order of the file.
        """
        urgency = [self._priority(p) for p in ready]
        first = [p for p, u in zip(ready, urgency, strict=True) if u == max(urgency)]
        if len(first) == 1 or max(urgency) == -math.inf:
            return min(first, key=lambda p: p.event)
        return first[int(self._chance.integers(len(first)))]

    def _read_triggers(self) -> None:
        env = self.environment()
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
        if self._acts % self.pace_acts == 0:
            self._paces.append(self.t)
        hopeless = len(self._paces) > _PACES and self._needs() > _HOPELESS * self.most_acts
        if self._too_many(self._acts, self.most_acts) or hopeless:
            self._give_up(event, f"events and jumps act more than {self._acts - 1} times")

    def _give_up(self, event: int, what: str) -> NoReturn:
        message = f"{what} before time {self.t:.9g}, and the run goes to {self.end:g}"
        raise self._problem(event, message, "make it act less often, or shorten the run")

    def _too_many(self, count: int, most: int) -> bool:
        """Whether more are needed than are allowed, or will be by the mean pace of the run."""
        passed = self.t - self.start
        expected = count * (self.end - self.start)
        return count > most or (count >= _TENTH * most and expected > _TOO_FAST * most * passed)

    def _needs(self) -> float:
        """How often events and jumps would act until the end at the pace of the last few hundred."""
        passed = self.t - self._paces[-1 - _PACES]
        acts = self._acts - self.pace_acts * (len(self._paces) - _PACES)
        return math.inf if passed <= 0.0 else acts * (self.end - self.t) / passed

    def _priority(self, waiting: Pending) -> float:
        priority = self.model.events[waiting.event].priority
        return -math.inf if priority is None else float(expr.evaluate([priority], self.environment())[0])

    def _problem(self, event: int, message: str, advice: str = "") -> InputError:
        where = self.model.events[event : event + 1]
        key, line = (where[0].name, where[0].line) if where else ("", None)
        return InputError(Problem(message, key=key, line=line, advice=advice), self.model.name)
