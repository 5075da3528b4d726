"""The model language: stocks, flows, algebraic quantities and events, on the expression graph.

A mechanism declares its species, then connects them. Whatever leaves one stock enters another unless a flow says
otherwise, so cells are conserved by construction. `Model.build` turns the whole into an `expr.System` for the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from abscopal import expr
from abscopal.expr import EventMap, Expr, ExprLike, System
from abscopal.model.susceptibility import Depletion, Radiosensitivity

# What a readout is about; results and report group their panels by it.
Group = Literal[
    "tumour",
    "damage",
    "antigen",
    "dendritic",
    "effector",
    "regulatory",
    "checkpoint",
    "blood",
    "harm",
    "drug",
    "internal",
]


# Marks the symbols of parameters and of event arguments, so that they never meet a species of the same name.
PARAMETER_PREFIX, ARGUMENT_PREFIX = "p:", "e:"


class ModelError(Exception):
    """A mechanism asks for something the model does not have: a fault of assembly, not of the user's study."""


@dataclass(frozen=True)
class Species:
    """A stock: cells or a signal at one place.

    Attributes
    ----------
    symbol : its expression; the name is `name@where`.
    scale : an amount that counts as small; sets the absolute tolerance.
    extinct : whether less than one cell means none (tumour clones and transferred cells, never signals).
    neutral : its value where a model leaves it out.
    radiosensitivity : how its cells survive a dose; None is not said.
    depleted_by : what removes its cells; None is not said.
    single_doses_only : whether it answers to a single low dose and says nothing on a dose rate.
    """

    name: str
    where: str
    unit: str
    meaning: str
    group: Group
    scale: float
    extinct: bool
    mechanism: str
    symbol: Expr
    neutral: float = 0.0
    radiosensitivity: Radiosensitivity | None = None
    depleted_by: tuple[Depletion, ...] | None = None
    single_doses_only: bool = False


@dataclass(frozen=True)
class Flow:
    """Movement of `rate` [source unit/day] out of a stock; `gain` times as much arrives in the target."""

    name: str
    source: Expr | None
    target: Expr | None
    rate: Expr
    gain: Expr
    mechanism: str


@dataclass(frozen=True)
class Quantity:
    """An algebraic readout at one place; `neutral` is its value where a model leaves it out."""

    name: str
    where: str
    unit: str
    meaning: str
    group: Group
    mechanism: str
    expression: Expr
    neutral: float = 0.0


@dataclass
class Jump:
    """An instantaneous change of the state under construction: moves between stocks, all read before the event."""

    key: str
    arguments: dict[str, Expr]
    changes: dict[Expr, Expr] = field(default_factory=dict)

    def move(self, source: Expr | None, target: Expr | None, amount: ExprLike, gain: ExprLike = 1.0) -> None:
        """Take `amount` from one stock and put `gain` times as much into another; None is outside."""
        amount = expr.as_expr(amount)
        if source is not None:
            self.changes[source] = self.changes.get(source, expr.const(0.0)) - amount
        if target is not None:
            self.changes[target] = self.changes.get(target, expr.const(0.0)) + amount * gain

    def argument(self, name: str) -> Expr:
        """An argument of the event, such as `dose_gy`."""
        return self.arguments[name]


@dataclass(frozen=True)
class AssembledModel:
    """A whole model, ready to be solved and to be read by people."""

    system: System
    species: tuple[Species, ...]
    quantities: tuple[Quantity, ...]
    flows: tuple[Flow, ...]
    mechanisms: tuple[str, ...]
    sites: tuple[str, ...]
    event_keys: tuple[str, ...]

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters in the order of the parameter vector; `name@place` where one differs by place."""
        return tuple(p.name.removeprefix(PARAMETER_PREFIX) for p in self.system.parameters)

    def neutral(self, output: str) -> float | None:
        """Value of an output `name@place` at a place where this model leaves it out; None if it nowhere has it."""
        name = output.partition("@")[0]
        items: tuple[Species | Quantity, ...] = (*self.species, *self.quantities)
        return next((item.neutral for item in items if item.name == name), None)


@dataclass(frozen=True)
class _Definition:
    """A quantity whose expression is made when it is first needed."""

    value: Callable[[], ExprLike]
    unit: str
    meaning: str
    group: Group
    mechanism: str
    neutral: float


class Model:
    """A model under construction, for a given list of tumour sites.

    Parameters
    ----------
    sites : names of the tumour sites.
    mechanisms : names of all mechanisms that take part, known before any of them declares something.
    """

    def __init__(self, sites: Iterable[str], mechanisms: Iterable[str] = ()) -> None:
        self.sites = tuple(sites)
        self.active = frozenset(mechanisms)
        self.mechanism = ""
        self._species: dict[tuple[str, str], Species] = {}
        self._flows: list[Flow] = []
        self._definitions: dict[tuple[str, str], _Definition] = {}
        self._values: dict[tuple[str, str], Expr] = {}
        self._evaluating: list[tuple[str, str]] = []
        self._events: dict[str, Jump] = {}
        self._initial: dict[Expr, Expr] = {}
        self._mechanisms: list[str] = []

    def enter(self, mechanism: str) -> None:
        """Everything declared from here on belongs to this mechanism."""
        self.mechanism = mechanism
        if mechanism not in self._mechanisms:
            self._mechanisms.append(mechanism)

    def species(
        self,
        name: str,
        where: str,
        meaning: str,
        *,
        unit: str = "cells",
        group: Group = "internal",
        scale: float = 1.0,
        extinct: bool = False,
        initial: ExprLike = 0.0,
        neutral: float = 0.0,
        radiosensitivity: Radiosensitivity | None = None,
        depleted_by: tuple[Depletion, ...] | None = None,
        single_doses_only: bool = False,
    ) -> Expr:
        """Declare a stock and return its symbol; one of cells says what radiation and drugs do to it."""
        if (name, where) in self._species or (name, where) in self._definitions:
            raise ModelError(f"{name} at {where} is declared twice")
        symbol = expr.symbol(f"{name}@{where}")
        self._species[name, where] = Species(
            name=name,
            where=where,
            unit=unit,
            meaning=meaning,
            group=group,
            scale=scale,
            extinct=extinct,
            mechanism=self.mechanism,
            symbol=symbol,
            neutral=neutral,
            radiosensitivity=radiosensitivity,
            depleted_by=depleted_by,
            single_doses_only=single_doses_only,
        )
        self._initial[symbol] = expr.as_expr(initial)
        return symbol

    def define(
        self,
        name: str,
        where: str,
        meaning: str,
        value: Callable[[], ExprLike],
        *,
        unit: str = "1",
        group: Group = "internal",
        neutral: float = 0.0,
    ) -> None:
        """Declare an algebraic quantity; `value` is called when first needed, so order does not matter."""
        if (name, where) in self._species or (name, where) in self._definitions:
            raise ModelError(f"{name} at {where} is declared twice")
        self._definitions[name, where] = _Definition(value, unit, meaning, group, self.mechanism, neutral)

    def value(self, name: str, where: str, without: ExprLike | None = None) -> Expr:
        """The stock or quantity of this name, or `without` if no mechanism provides it.

        Raises
        ------
        ModelError
            Nothing provides it and no substitute is given, or quantities depend on each other in a circle.
        """
        key = (name, where)
        if key in self._species:
            return self._species[key].symbol
        if key in self._values:
            return self._values[key]
        if key not in self._definitions:
            if without is None:
                raise ModelError(
                    f"mechanism {self.mechanism!r} needs {name!r} at {where!r}, which no active mechanism provides"
                )
            return expr.as_expr(without)
        if key in self._evaluating:
            circle = " → ".join(f"{n}@{w}" for n, w in [*self._evaluating, key])
            raise ModelError(f"quantities depend on each other in a circle: {circle}")
        self._evaluating.append(key)
        try:
            self._values[key] = expr.as_expr(self._definitions[key].value())
        finally:
            self._evaluating.pop()
        return self._values[key]

    def has(self, name: str, where: str) -> bool:
        """Whether any active mechanism provides this stock or quantity."""
        return (name, where) in self._species or (name, where) in self._definitions

    def stocks(self, name: str, where: str) -> tuple[Expr, ...]:
        """The stocks of this name at a place, and those that add a word to it: `cells` and `cells of a kind`."""
        return tuple(
            s.symbol for s in self._species.values() if s.where == where and f"{s.name} ".startswith(f"{name} ")
        )

    @property
    def species_so_far(self) -> tuple[Species, ...]:
        """All stocks declared so far, in the order of their declaration."""
        return tuple(self._species.values())

    def depleted_by(self, cause: Depletion) -> tuple[Species, ...]:
        """The stocks that declare to be depleted by this."""
        return tuple(s for s in self._species.values() if cause in (s.depleted_by or ()))

    def parameter(self, name: str, place: str = "") -> Expr:
        """A parameter of the catalogue; with `place`, its own value for that site, field or agent."""
        return expr.symbol(PARAMETER_PREFIX + (f"{name}@{place}" if place else name))

    def flow(self, name: str, source: Expr | None, target: Expr | None, rate: ExprLike, gain: ExprLike = 1.0) -> None:
        """Declare a flow of `rate` per day; `gain` times as much reaches the target (1 = conserved)."""
        self._flows.append(Flow(name, source, target, expr.as_expr(rate), expr.as_expr(gain), self.mechanism))

    def event(self, key: str, *arguments: str) -> Jump:
        """The event of this key, made on first use with these argument names."""
        if key not in self._events:
            symbols = {name: expr.symbol(ARGUMENT_PREFIX + name) for name in arguments}
            self._events[key] = Jump(key, symbols)
        return self._events[key]

    def withdraw(self, event: Jump) -> None:
        """Take an event out of the model: it never happens as such."""
        del self._events[event.key]

    def events(self, prefix: str) -> list[Jump]:
        """All events whose key starts with this."""
        return [event for key, event in self._events.items() if key.startswith(prefix)]

    def build(self) -> AssembledModel:
        """The finished model. Raises ModelError if something refers to what does not exist."""
        quantities = tuple(
            Quantity(name, where, d.unit, d.meaning, d.group, d.mechanism, self.value(name, where), d.neutral)
            for (name, where), d in self._definitions.items()
        )
        species = tuple(self._species.values())
        system = self._system(species, quantities)
        return AssembledModel(
            system=system,
            species=species,
            quantities=quantities,
            flows=tuple(self._flows),
            mechanisms=tuple(self._mechanisms),
            sites=self.sites,
            event_keys=tuple(self._events),
        )

    def _system(self, species: tuple[Species, ...], quantities: tuple[Quantity, ...]) -> System:
        position = {s.symbol: i for i, s in enumerate(species)}
        rates = [expr.const(0.0)] * len(species)
        for flow in self._flows:
            if flow.source is not None:
                rates[position[flow.source]] = rates[position[flow.source]] - flow.rate
            if flow.target is not None:
                rates[position[flow.target]] = rates[position[flow.target]] + flow.rate * flow.gain
        maps = tuple(
            EventMap(
                event.key,
                tuple(event.arguments.values()),
                tuple((position[s], s + change) for s, change in event.changes.items()),
            )
            for event in self._events.values()
        )
        outputs = [(f"{s.name}@{s.where}", s.symbol) for s in species if s.group != "internal"]
        outputs += [(f"{q.name}@{q.where}", q.expression) for q in quantities if q.group != "internal"]
        initial = tuple(self._initial[s.symbol] for s in species)
        roots = [*rates, *initial, *(e for _, e in outputs), *(e for m in maps for _, e in m.updates)]
        parameters = tuple(expr.symbol(s.name) for s in expr.symbols_of(roots) if s.name.startswith(PARAMETER_PREFIX))
        return System(
            states=tuple(s.symbol for s in species),
            parameters=parameters,
            rates=tuple(rates),
            initial=initial,
            outputs=tuple(outputs),
            maps=maps,
            scales=tuple(s.scale for s in species),
            extinct_below=tuple(1.0 if s.extinct else 0.0 for s in species),
        )
