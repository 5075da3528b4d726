"""Events of a document → events of the model, with what they set in terms of its states."""

from __future__ import annotations

from functools import partial
from typing import Any

from abscopal import expr
from abscopal.expr import Expr
from abscopal.published.model import ModelEvent
from abscopal.published.sbml.assembling import Assembly, divided_by_size


def read_event(assembly: Assembly, index: int, event: Any) -> ModelEvent | None:
    """An event of the document, or None if it has no trigger: then it never acts."""
    trigger = event.getTrigger()
    name = event.getIdAttribute() or f"event{index + 1}"
    if trigger is None or trigger.getMath() is None:
        assembly.contents.warn(event, "the event has no trigger, so it never acts")
        return None
    delay, priority = (_with_formula(part) for part in (event.getDelay(), event.getPriority()))
    modern = event.getLevel() > 2
    updates, factors = _updates(assembly, event)
    return ModelEvent(
        name=name,
        trigger=_formula(assembly, event, trigger),
        delay=_formula(assembly, event, delay) if delay is not None else None,
        priority=_formula(assembly, event, priority) if priority is not None else None,
        persistent=trigger.getPersistent() if modern else True,
        initially=trigger.getInitialValue() if modern else True,
        at_trigger=event.getUseValuesFromTriggerTime(),
        updates=updates,
        factors=factors,
        line=event.getLine() or None,
    )


def _with_formula(part: Any) -> Any:
    """A delay or priority, or None if it is not there or holds nothing."""
    return part if part is not None and part.getMath() is not None else None


def _formula(assembly: Assembly, event: Any, part: Any) -> Expr:
    return assembly.attempt(event, lambda: assembly.now.read(event, part.getMath()))


def _updates(assembly: Assembly, event: Any) -> tuple[tuple[tuple[int, Expr], ...], tuple[tuple[int, Expr], ...]]:
    """New values of states as they are assigned, and what they are multiplied by when the event acts.

    A concentration becomes the amount that is its state. Where the size of a compartment is set, amounts in it stay:
    a state that is a concentration (one with a rate rule) becomes `state * old size / new size`.
    """
    found: dict[str, Expr] = {}
    for assignment in event.getListOfEventAssignments():
        name = assignment.getVariable()
        if name in found:
            assembly.contents.complain(event, f"it sets {name!r} twice")
        if assignment.getMath() is None:
            assembly.contents.warn(event, f"it has no formula for {name!r}, which it leaves as it is")
        elif name in assembly.states:
            found[name] = _formula(assembly, event, assignment)
    factors: dict[str, Expr] = {}
    touched = {expr.symbol(name) for name in found}
    for name in list(found):
        item = assembly.contents.declared[name]
        if item.kind == "species" and not item.only_amount:
            size = assembly.now.known.get(item.compartment, expr.const(1.0))
            if touched & set(expr.symbols_of([size])):
                assembly.contents.complain(event, f"it sets {name!r} and the size of its compartment at once")
            elif assembly.state_is_amount(item):
                factors[name] = size
    for item in assembly.contents.kinds("species"):
        moved = item.id in assembly.states and not item.only_amount and not assembly.state_is_amount(item)
        if moved and item.compartment in found and item.id not in found:
            found[item.id] = assembly.attempt(event, partial(divided_by_size, expr.const(1.0), found[item.compartment]))
            factors[item.id] = expr.symbol(item.id) * assembly.now.known[item.compartment]
    return _by_index(assembly, found), _by_index(assembly, factors)


def _by_index(assembly: Assembly, found: dict[str, Expr]) -> tuple[tuple[int, Expr], ...]:
    return tuple((assembly.states.index(name), e) for name, e in found.items())
