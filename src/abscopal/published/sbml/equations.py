"""Rates, first values, readouts and events of an imported model, before conditions on time become states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from abscopal import expr
from abscopal.expr import Expr
from abscopal.published.model import ModelEvent
from abscopal.published.sbml.assembling import Assembly, divided_by_size
from abscopal.published.sbml.event_reading import read_event
from abscopal.published.sbml.rates import reaction_rate


@dataclass(frozen=True)
class Equations:
    """The model before conditions on time become states of their own."""

    states: tuple[Expr, ...]
    rates: tuple[Expr, ...]
    initial: tuple[Expr, ...]
    outputs: tuple[tuple[str, Expr], ...]
    events: tuple[ModelEvent, ...]
    constants: tuple[tuple[str, Expr], ...] = ()

    def roots(self) -> list[Expr]:
        """Every expression of the model."""
        found = [*self.rates, *self.initial, *(e for _, e in (*self.outputs, *self.constants))]
        for event in self.events:
            found += [event.trigger, *(e for e in (event.delay, event.priority) if e is not None)]
            found += [e for _, e in (*event.updates, *event.factors)]
        return found

    def changed(self, rewrite: Callable[[list[Expr]], list[Expr]]) -> Equations:
        """The model with its expressions rewritten, those of the start aside."""

        def named(pairs: tuple[tuple[Any, Expr], ...]) -> tuple[tuple[Any, Expr], ...]:
            return tuple(zip([n for n, _ in pairs], rewrite([e for _, e in pairs]), strict=True))

        def one(e: Expr | None) -> Expr | None:
            return None if e is None else rewrite([e])[0]

        events = tuple(
            replace(
                e,
                trigger=rewrite([e.trigger])[0],
                delay=one(e.delay),
                priority=one(e.priority),
                updates=named(e.updates),
                factors=named(e.factors),
            )
            for e in self.events
        )
        return replace(
            self,
            rates=tuple(rewrite(list(self.rates))),
            outputs=named(self.outputs),
            events=events,
            constants=named(self.constants),
        )


def read_equations(assembly: Assembly) -> Equations:
    """The equations of a document; problems go to its contents."""
    contents, now = assembly.contents, assembly.now
    states = tuple(expr.symbol(s) for s in assembly.states)
    rates, initial = [], []
    for name in assembly.states:
        item = contents.declared[name]
        if name in contents.rates:
            rule = contents.rates[name]
            rates.append(assembly.attempt(rule, partial(now.read, rule, rule.getMath())))
        else:
            rates.append(_reaction_rate(assembly, name))
        start = assembly.start.known.get(name, expr.const(0.0))
        if item.kind == "species" and assembly.state_is_amount(item) and not item.only_amount:
            start = start * assembly.start.known.get(item.compartment, expr.const(1.0))
        initial.append(start)
    outputs, constants = _shown(assembly)
    events = tuple(read_event(assembly, i, e) for i, e in enumerate(assembly.events))
    found = tuple(e for e in events if e is not None)
    return Equations(states, tuple(rates), tuple(initial), outputs, found, constants)


_Named = tuple[tuple[str, Expr], ...]


def _shown(assembly: Assembly) -> tuple[_Named, _Named]:
    """What a run shows over time (species, what rules and events change, rates of reactions), and what is constant."""
    contents, known = assembly.contents, assembly.now.known
    others = [d for d in contents.declared.values() if d.kind not in ("species", "reaction")]
    over_time = [d.id for d in contents.kinds("species")]
    over_time += [d.id for d in others if _changes(assembly, d.id)]
    over_time += [d.id for d in contents.kinds("reaction")]
    still = [d.id for d in others if not _changes(assembly, d.id)]
    outputs, constants = (tuple((n, known[n]) for n in names if n in known) for names in (over_time, still))
    return outputs, constants


def _changes(assembly: Assembly, name: str) -> bool:
    return name in assembly.states or name in assembly.contents.assigned


def _reaction_rate(assembly: Assembly, name: str) -> Expr:
    """What reactions change in the species' state: an amount, or a concentration."""
    item = assembly.contents.declared[name]
    total = reaction_rate(assembly, assembly.now, name)
    if name not in assembly.moved_by or assembly.state_is_amount(item):
        return total
    return assembly.attempt(item.element, lambda: divided_by_size(total, assembly.now[item.compartment]))
