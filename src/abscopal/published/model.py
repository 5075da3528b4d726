"""A model of others, ready to be run: a system, its values, and its own events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.expr import Expr, System, evaluate
from abscopal.published.clock_states import TimeFunctions

FloatArray = NDArray[np.float64]
# Names of event maps: a dose to a state, a state that follows the clock is set, an event of the model itself.
# The parameter that holds the time at the start, for initial values and clocks that need it.
START = "initial(time:)"
DOSE_PREFIX, SET_PREFIX, EVENT_PREFIX = "dose:", "set:", "event:"


@dataclass(frozen=True)
class Item:
    """What a name of the model stands for.

    Attributes
    ----------
    compartment : of a species: what it is in; else "".
    is_amount : of a species: whether its name means an amount, else a concentration in its compartment.
    """

    name: str
    meaning: str
    unit: str
    compartment: str = ""
    is_amount: bool = True


@dataclass(frozen=True)
class ModelEvent:
    """An event of the model itself, as SBML means it.

    Attributes
    ----------
    trigger : acts when this turns from false to true; conditions on time alone are auxiliary states in it.
    delay, priority : expressions or None.
    persistent : whether it still acts if the trigger is false again before the delay is over.
    initially : value the trigger is taken to have before the start.
    at_trigger : whether new values are computed when triggered instead of when acting.
    updates : (state index, new value).
    factors : (state index, expression read when the event acts) that the new value is multiplied by, whatever
        `at_trigger` says: the size of the compartment, where a concentration is set and the state is an amount.
    line : where it stands in its file.
    """

    name: str
    trigger: Expr
    delay: Expr | None
    priority: Expr | None
    persistent: bool
    initially: bool
    at_trigger: bool
    updates: tuple[tuple[int, Expr], ...]
    factors: tuple[tuple[int, Expr], ...] = ()
    line: int | None = None

    def whole_updates(self) -> tuple[tuple[int, Expr], ...]:
        """(state index, new value with its factor), for an event that acts as soon as it is triggered."""
        factors = dict(self.factors)
        return tuple((i, e * factors[i] if i in factors else e) for i, e in self.updates)


@dataclass(frozen=True)
class Given:
    """Something done to the model from outside: the event map `key` of its system, at a time."""

    time: float
    key: str
    arguments: tuple[float, ...]


@dataclass(frozen=True)
class PublishedModel:
    """A published model, imported or re-implemented.

    Attributes
    ----------
    name, title, source : short name; what it is; the publication, or the file it was read from.
    defects : known defects, of the paper or of the file.
    time_unit : unit of time; the equations are solved in it as it is.
    system : equations; its maps hold one `dose:STATE` map per state, and the events of the model.
    values : value of every parameter of the system.
    items : meaning and unit of the names of states, outputs and parameters.
    events : events of the model itself, beyond the maps.
    clock : states that follow the clock.
    discrete : states that only events change, in a way that can be foreseen without solving.
    unforeseen : why events cannot be put on a schedule before solving, or "".
    duration : a sensible length of a run, in `time_unit`.
    warnings : what a user should know before trusting a run.
    protocols : treatments of the publication, by name.
    spread : standard deviation of the logarithm of parameters that differ between subjects, as published.
    constants : what each name that never changes stands for, in terms of parameters.
    derived : parameters that follow from others unless a value is given for them; each needs only those before it.
    """

    name: str
    title: str
    source: str
    system: System
    values: Mapping[str, float]
    items: Mapping[str, Item]
    time_unit: str = "day"
    defects: tuple[str, ...] = ()
    events: tuple[ModelEvent, ...] = ()
    clock: TimeFunctions = field(default_factory=lambda: TimeFunctions(()))
    discrete: frozenset[Expr] = frozenset()
    unforeseen: str = ""
    duration: float = 100.0
    warnings: tuple[str, ...] = ()
    protocols: Mapping[str, tuple[Given, ...]] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    constants: tuple[tuple[str, Expr], ...] = ()
    derived: tuple[tuple[str, Expr], ...] = ()

    def parameter_matrix(self, changes: Mapping[str, Any] | None = None, start: float = 0.0) -> FloatArray:
        """Parameter vectors, array (subjects, parameters); `changes` gives a number or one value per subject by name.

        The name of a state or of a quantity with an initial assignment means its value at the start, in the quantity in
        which the file gives it; what follows from changed values by initial assignments follows.

        Parameters
        ----------
        start : time at the start, for initial values that depend on it.

        Raises
        ------
        InputError
            A name is not a parameter, lengths differ, or a value is not finite.
        """
        names = [p.name for p in self.system.parameters]
        base = np.array([self.values[n] for n in names], dtype=float)
        wanted = {n if n in names else start_name(n): (n, v) for n, v in (changes or {}).items()}
        problems = [self._not_settable(n) for key, (n, _) in wanted.items() if key not in names]
        problems += [
            Problem(f"it is given twice, as {n!r} too", key=start_name(n))
            for n in changes or {}
            if n not in names and start_name(n) in (changes or {})
        ]
        columns = {n: np.atleast_1d(np.asarray(v, dtype=float)) for n, (_, v) in wanted.items() if n in names}
        problems += [Problem("not a finite number", key=n) for n, v in columns.items() if not np.isfinite(v).all()]
        sizes = {len(v) for v in columns.values() if len(v) != 1}
        if len(sizes) > 1:
            problems.append(Problem(f"parameters have different numbers of subjects: {sorted(sizes)}"))
        if problems:
            raise InputError(problems, self.name)
        matrix = np.tile(base, (sizes.pop() if sizes else 1, 1))
        for name, column in columns.items():
            matrix[:, names.index(name)] = column
        if START in names and START not in columns:
            matrix[:, names.index(START)] = start
        self._derive(matrix, columns)
        return matrix

    def _derive(self, matrix: FloatArray, given: Collection[str]) -> None:
        """Fills in the parameters that follow from others and are not given."""
        if not self.derived:
            return
        env = {p: matrix[:, i] for i, p in enumerate(self.system.parameters)}
        position = {p.name: i for i, p in enumerate(self.system.parameters)}
        for name, formula in self.derived:
            if name not in given:
                with np.errstate(all="ignore"):
                    matrix[:, position[name]] = evaluate([formula], env)[0]

    def _not_settable(self, name: str) -> Problem:
        """Why a name has no value that could be given."""
        allowed = [p.name for p in self.system.parameters if p.name != START]
        if name in self.items and (name in dict(self.system.outputs) or name in dict(self.constants)):
            return Problem(f"{name!r} is computed by the model", key=name, advice="set what it is computed from")
        return unknown_name("parameter", name, allowed)

    def constant_values(self, p: FloatArray) -> dict[str, FloatArray]:
        """What never changes, by name, each array (subjects,); `p` is a parameter matrix."""
        env = dict(zip(self.system.parameters, p.T, strict=True))
        with np.errstate(all="ignore"):
            found = evaluate([e for _, e in self.constants], env)
        return {n: np.broadcast_to(v, len(p)) for (n, _), v in zip(self.constants, found, strict=True)}

    def dose(self, state: str, amount: float, times: Iterable[float]) -> tuple[Given, ...]:
        """`amount` added to a state at each time; of a substance given as a concentration, the amount is spread.

        Raises
        ------
        InputError
            The model has no such state, the amount is negative or not finite, or a time is not finite.
        """
        when = [float(t) for t in times]
        problems = [] if state in self.dosed() else [unknown_name("state", state, self.dosed(), key="dose")]
        if not 0.0 <= amount < float("inf"):
            problems.append(Problem(f"{amount:g} is no amount", key="dose", allowed="a finite number, not negative"))
        problems += [Problem(f"{t:g} is no time", key="dose") for t in when if not np.isfinite(t)]
        if problems:
            raise InputError(problems, self.name)
        return tuple(Given(t, DOSE_PREFIX + state, (float(amount),)) for t in when)

    def dosed(self) -> tuple[str, ...]:
        """The states that a dose can be given to."""
        keys = [m.name for m in self.system.maps]
        return tuple(k.removeprefix(DOSE_PREFIX) for k in keys if k.startswith(DOSE_PREFIX))

    def __repr__(self) -> str:
        size = f"{len(self.system.states)} states, {len(self.values)} parameters, {len(self.events)} events"
        return f"PublishedModel({self.name!r}: {size}; time in {self.time_unit})"

    def map_index(self, key: str) -> int:
        """Position of an event map of the system. Raises InputError if there is none of this name."""
        keys = [m.name for m in self.system.maps]
        if key not in keys:
            raise InputError(unknown_name("event", key, keys), self.name)
        return keys.index(key)


def start_name(name: str) -> str:
    """The parameter that holds what a state starts from."""
    return f"initial({name})"


def ordered(given: Sequence[Given]) -> list[Given]:
    """By time; equal times keep the order given."""
    return sorted(given, key=lambda g: g.time)
