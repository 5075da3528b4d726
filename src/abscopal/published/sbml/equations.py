"""Rates, first values, readouts and events of an imported model, before conditions on time become states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from abscopal import expr
from abscopal.expr import Expr
from abscopal.published.model import ModelEvent
from abscopal.published.sbml.assembling import Assembly, divided_by_size
from abscopal.published.sbml.event_reading import read_event
from abscopal.published.sbml.mathematics import Unsupported


@dataclass(frozen=True)
class Equations:
    """The model before conditions on time become states of their own."""

    states: tuple[Expr, ...]
    rates: tuple[Expr, ...]
    initial: tuple[Expr, ...]
    outputs: tuple[tuple[str, Expr], ...]
    events: tuple[ModelEvent, ...]

    def roots(self) -> list[Expr]:
        """Every expression of the model."""
        found = [*self.rates, *self.initial, *(e for _, e in self.outputs)]
        for event in self.events:
            found += [event.trigger, *(e for e in (event.delay, event.priority) if e is not None)]
            found += [e for _, e in (*event.updates, *event.factors)]
        return found


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
    shown = [d.id for d in contents.kinds("species")]
    shown += [d.id for d in contents.declared.values() if d.kind != "species" and _changes(assembly, d.id)]
    outputs = tuple((n, now.known[n]) for n in shown if n in now.known)
    events = tuple(read_event(assembly, i, e) for i, e in enumerate(assembly.events))
    return Equations(states, tuple(rates), tuple(initial), outputs, tuple(e for e in events if e is not None))


def _changes(assembly: Assembly, name: str) -> bool:
    return name in assembly.states or name in assembly.contents.assigned


def _reaction_rate(assembly: Assembly, name: str) -> Expr:
    """Sum over reactions of stoichiometry times rate, as change of the species' state."""
    contents, now = assembly.contents, assembly.now
    item = contents.declared[name]
    total = expr.const(0.0)
    for reaction, reference in assembly.moved_by.get(name, ()):
        number = assembly.attempt(reaction, partial(_stoichiometry, assembly, reference))
        sign = -1.0 if reference.getParentSBMLObject().getElementName() == "listOfReactants" else 1.0
        total = total + sign * number * now.known.get(reaction.getId(), expr.const(0.0))
    if item.kind != "species" or name not in assembly.moved_by:
        return total
    factor = item.element.getConversionFactor() or contents.model.getConversionFactor()
    if factor:
        total = total * assembly.attempt(item.element, lambda: now[factor])
    if assembly.state_is_amount(item):
        return total
    return assembly.attempt(item.element, lambda: divided_by_size(total, now[item.compartment]))


def _stoichiometry(assembly: Assembly, reference: Any) -> Expr:
    if reference.isSetStoichiometryMath():
        return assembly.now.read(reference, reference.getStoichiometryMath().getMath())
    if reference.isSetId() and reference.getId() in assembly.now.known:
        return assembly.now[reference.getId()]
    value = reference.getStoichiometry()
    if value != value:
        raise Unsupported(f"the stoichiometry of {reference.getSpecies()!r} has no value", "give it, for example 1")
    return expr.const(value / (reference.getDenominator() or 1))
