"""Rates, events, outputs and jumps of an imported model, from what its ids stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from abscopal import expr
from abscopal.expr import EventMap, Expr, System, substitute_all
from abscopal.published.clock_states import TIME, Auxiliaries, Auxiliary, TimeFunctions
from abscopal.published.event_order import EVENT_PREFIX, SET_PREFIX
from abscopal.published.model import DOSE_PREFIX, Item, ModelEvent, PublishedModel
from abscopal.published.sbml.elements import time_unit_of
from abscopal.published.sbml.mathematics import Unsupported

if TYPE_CHECKING:
    from abscopal.published.sbml.assembling import Assembly

_AMOUNT = expr.symbol("amount:")
_NEW = expr.symbol("new:")
_SCALE = 1.0
MOST_JUMPING = 100
# Machine code for a thousand states takes 20 s to make, and the time grows with their square.
MOST_STATES = 1_000


@dataclass(frozen=True)
class _Parts:
    """The model before conditions on time become states."""

    states: tuple[Expr, ...]
    rates: tuple[Expr, ...]
    initial: tuple[Expr, ...]
    outputs: tuple[tuple[str, Expr], ...]
    events: tuple[ModelEvent, ...]

    def roots(self) -> list[Expr]:
        found = [*self.rates, *self.initial, *(e for _, e in self.outputs)]
        for event in self.events:
            found += [event.trigger, *(e for e in (event.delay, event.priority) if e is not None)]
            found += [e for _, e in (*event.updates, *event.factors)]
        return found


def finish(assembly: Assembly, name: str, source: str) -> PublishedModel | None:
    """The model, or None if there were problems."""
    contents = assembly.contents
    if not assembly.states and not contents.assigned:
        contents.complain(contents.model, "nothing in the model changes with time", "is this the right file?")
        return None
    if len(assembly.states) > MOST_STATES:
        contents.complain(contents.model, f"{len(assembly.states)} states are too many", f"use at most {MOST_STATES}")
        return None
    parts = _parts(assembly)
    if contents.problems:
        return None
    discrete = _discrete(parts, TimeFunctions(assembly.auxiliaries.made.values()))
    parts, clock = _follow_clock(assembly, parts, discrete)
    if contents.problems:
        return None
    system = _system(assembly, parts, clock)
    if not system.states and not contents.problems:
        contents.complain(contents.model, "nothing in the model changes with time", "is this the right file?")
    if contents.problems:
        return None
    return PublishedModel(
        name=name,
        title=contents.model.getName() or contents.model.getId() or name,
        source=source,
        system=system,
        values={p.name: assembly.numbers[p.name] for p in system.parameters},
        items=_items(assembly, system),
        time_unit=time_unit_of(contents.model),
        events=parts.events,
        clock=clock,
        discrete=discrete,
        unforeseen=_unforeseen(parts, clock, discrete),
        warnings=tuple(contents.warnings),
    )


def _parts(assembly: Assembly) -> _Parts:
    contents, now = assembly.contents, assembly.now
    states = tuple(expr.symbol(s) for s in assembly.states)
    rates, initial = [], []
    for name in assembly.states:
        item = contents.declared[name]
        if name in contents.rates:
            rule = contents.rates[name]
            rates.append(assembly.attempt(rule, lambda r=rule: now.read(r, r.getMath())))  # type: ignore[misc]
        else:
            rates.append(_reaction_rate(assembly, name))
        start = assembly.start.known.get(name, expr.const(0.0))
        if item.kind == "species" and assembly.state_is_amount(item) and not item.only_amount:
            start = start * assembly.start.known.get(item.compartment, expr.const(1.0))
        initial.append(start)
    shown = [d.id for d in contents.kinds("species")]
    shown += [d.id for d in contents.declared.values() if d.kind != "species" and _changes(assembly, d.id)]
    outputs = tuple((n, now.known[n]) for n in shown if n in now.known)
    events = tuple(_event(assembly, i, e) for i, e in enumerate(assembly.events))
    return _Parts(states, tuple(rates), tuple(initial), outputs, tuple(e for e in events if e is not None))


def _changes(assembly: Assembly, name: str) -> bool:
    return name in assembly.states or name in assembly.contents.assigned


def _reaction_rate(assembly: Assembly, name: str) -> Expr:
    """Sum over reactions of stoichiometry times rate, as change of the species' state."""
    contents, now = assembly.contents, assembly.now
    item = contents.declared[name]
    total = expr.const(0.0)
    for reaction, reference in assembly.moved_by.get(name, ()):
        number = assembly.attempt(reaction, lambda r=reference: _stoichiometry(assembly, r))  # type: ignore[misc]
        sign = -1.0 if reference.getParentSBMLObject().getElementName() == "listOfReactants" else 1.0
        total = total + sign * number * now.known.get(reaction.getId(), expr.const(0.0))
    if item.kind != "species" or name not in assembly.moved_by:
        return total
    factor = item.element.getConversionFactor() or contents.model.getConversionFactor()
    if factor:
        total = total * assembly.attempt(item.element, lambda: now[factor])
    if assembly.state_is_amount(item):
        return total
    return assembly.attempt(item.element, lambda: _per(total, now[item.compartment]))


def _per(total: Expr, size: Expr) -> Expr:
    try:
        return total / size
    except ZeroDivisionError:
        raise Unsupported("its compartment has size zero") from None


def _stoichiometry(assembly: Assembly, reference: Any) -> Expr:
    if reference.isSetStoichiometryMath():
        return assembly.now.read(reference, reference.getStoichiometryMath().getMath())
    if reference.isSetId() and reference.getId() in assembly.now.known:
        return assembly.now[reference.getId()]
    value = reference.getStoichiometry()
    if value != value:
        raise Unsupported(f"the stoichiometry of {reference.getSpecies()!r} has no value", "give it, for example 1")
    return expr.const(value / (reference.getDenominator() or 1))


def _event(assembly: Assembly, index: int, event: Any) -> ModelEvent | None:
    trigger = event.getTrigger()
    name = event.getIdAttribute() or f"event{index + 1}"
    if trigger is None or trigger.getMath() is None:
        assembly.contents.complain(event, "the event has no trigger")
        return None
    priority = event.getPriority()
    modern = event.getLevel() > 2
    updates, factors = _updates(assembly, event)
    return ModelEvent(
        name=name,
        trigger=_formula(assembly, event, trigger),
        delay=_formula(assembly, event, event.getDelay()) if event.isSetDelay() else None,
        priority=_formula(assembly, event, priority) if priority is not None else None,
        persistent=trigger.getPersistent() if modern else True,
        initially=trigger.getInitialValue() if modern else True,
        at_trigger=event.getUseValuesFromTriggerTime(),
        updates=updates,
        factors=factors,
        line=event.getLine() or None,
    )


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
            assembly.contents.complain(event, f"it has no formula for {name!r}")
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
            found[item.id] = assembly.attempt(event, lambda c=item.compartment: _per(expr.const(1.0), found[c]))  # type: ignore[misc]
            factors[item.id] = expr.symbol(item.id) * assembly.now.known[item.compartment]
    return _by_index(assembly, found), _by_index(assembly, factors)


def _by_index(assembly: Assembly, found: dict[str, Expr]) -> tuple[tuple[int, Expr], ...]:
    return tuple((assembly.states.index(name), e) for name, e in found.items())


def _discrete(parts: _Parts, clock: TimeFunctions) -> frozenset[Expr]:
    """States that events alone change, to values that need no trajectory."""
    still = {
        s for s, r in zip(parts.states, parts.rates, strict=True) if expr.as_expr(r).op == "const" and r.value == 0.0
    }
    parameters = _parameters(parts, clock)
    while True:
        allowed = parameters | still | {TIME}
        bad = {
            parts.states[i]
            for event in parts.events
            for i, e in event.whole_updates()
            if parts.states[i] in still and not clock.depends_on([e]) <= allowed
        }
        # A value that another event delays on the trajectory is not foreseen either.
        if not bad:
            return frozenset(still)
        still -= bad


def _parameters(parts: _Parts, clock: TimeFunctions) -> set[Expr]:
    return clock.depends_on(parts.roots()) - set(parts.states) - {TIME}


def _follow_clock(assembly: Assembly, parts: _Parts, discrete: frozenset[Expr]) -> tuple[_Parts, TimeFunctions]:
    """Conditions on time become states of their own, in rates, readouts and triggers."""
    auxiliaries = assembly.auxiliaries
    foreseen = _parameters(parts, TimeFunctions(auxiliaries.made.values())) | discrete | {TIME}

    def replaced(roots: Iterable[Expr]) -> list[Expr]:
        wanted = list(roots)
        clock = TimeFunctions(auxiliaries.made.values())
        auxiliaries.origin = ("", None)
        held = {}
        for node in expr.topological(wanted):
            if node.op in ("lt", "le"):
                needs = clock.depends_on([node])
                if TIME in needs and needs <= foreseen:
                    held[node] = auxiliaries.state("condition", node)
        return substitute_all(wanted, held)

    seen = _levelled([*replaced(parts.rates), *replaced(e for _, e in parts.outputs)], auxiliaries)
    rates = tuple(seen[: len(parts.rates)])
    shown = tuple(zip([n for n, _ in parts.outputs], seen[len(rates) :], strict=True))
    triggers = replaced(e.trigger for e in parts.events)
    events = tuple(replace(e, trigger=t) for e, t in zip(parts.events, triggers, strict=True))
    parts = replace(parts, rates=rates, outputs=shown, events=events)
    used = _reached(parts.roots(), list(auxiliaries.made.values()))
    clock = TimeFunctions(used)
    for a in used:
        if not clock.depends_on([a.argument]) <= foreseen:
            _complain_of(assembly, a, "of something that is not a function of time alone")
        if a.kind in ("sine", "cosine") and any(b.symbol in expr.symbols_of([a.argument]) for b in _waves(used)):
            _complain_of(assembly, a, "of a sine or cosine")
    own = {a.symbol for a in used}
    for e in parts.initial:
        if own & set(expr.symbols_of([e])):
            assembly.contents.complain(assembly.contents.model, "an initial value uses floor, sine or cosine")
    return parts, clock


def _levelled(roots: Sequence[Expr], auxiliaries: Auxiliaries) -> list[Expr]:
    """The expressions with what combines several conditions on time, such as a hundred windows, as one state each."""
    jumping = {a.symbol for a in auxiliaries.made.values() if a.kind in ("condition", "floor")}
    order = list(expr.topological(roots))
    # Which conditions a node combines, if it is made of nothing but them and constants; else None.
    made_of: dict[Expr, frozenset[Expr] | None] = {}
    for node in order:
        if node.op == "symbol":
            made_of[node] = frozenset([node]) if node in jumping else None
        else:
            parts = [made_of[a] for a in node.args]
            made_of[node] = None if None in parts else frozenset().union(*(p for p in parts if p is not None))
    outer = set(roots)
    for node in order:
        if made_of[node] is None:
            outer.update(node.args)
    chosen = {n: auxiliaries.state("level", n) for n in order if n in outer and len(made_of[n] or ()) > 1}
    return substitute_all(roots, chosen)


def _complain_of(assembly: Assembly, a: Auxiliary, what: str) -> None:
    from abscopal.errors import Problem

    key, line = a.origin
    message = f"the {a.kind} {what} is not supported"
    assembly.contents.problems.append(Problem(message, key=key, line=line))


def _waves(used: Iterable[Auxiliary]) -> list[Auxiliary]:
    return [a for a in used if a.kind in ("sine", "cosine")]


def _reached(roots: Sequence[Expr], made: Sequence[Auxiliary]) -> list[Auxiliary]:
    """The auxiliary states that the roots need, inner ones first; sine and cosine come together."""
    wanted = set(expr.symbols_of(roots))
    for a in reversed(made):
        partner = any(b.symbol in wanted for b in made if b.argument is a.argument and b.kind != a.kind)
        if a.symbol in wanted or (a.kind in ("sine", "cosine") and partner):
            wanted.add(a.symbol)
            wanted |= set(expr.symbols_of([a.argument]))
    return [a for a in made if a.symbol in wanted]


def _unforeseen(parts: _Parts, clock: TimeFunctions, discrete: frozenset[Expr]) -> str:
    for event in parts.events:
        decides = [event.trigger, *(e for e in (event.delay, event.priority) if e is not None)]
        if event.at_trigger and event.delay is not None:
            decides += [e for _, e in event.updates]
        found = clock.depends_on(decides) & (set(parts.states) - discrete)
        if found:
            names = ", ".join(sorted(s.name for s in found))
            return f"event {event.name!r} depends on {names}, so when or how it acts is known only along a trajectory"
    return ""


def _system(assembly: Assembly, parts: _Parts, clock: TimeFunctions) -> System:
    states, rates, initial = list(parts.states), list(parts.rates), list(parts.initial)
    kept = _kept(parts, clock)
    for a in kept:
        states.append(a.symbol)
        rates.append(_wave_rate(a, clock) if a.kind in ("sine", "cosine") else expr.const(0.0))
        initial.append(expr.const(0.0))
    if len(kept) > MOST_JUMPING:
        message = f"{len(kept)} separate conditions on time, floors or waves"
        assembly.contents.complain(assembly.contents.model, message, f"use at most {MOST_JUMPING}")
    needs_time = TIME in expr.symbols_of([*rates, *(e for _, e in parts.outputs)])
    if needs_time:
        states.append(TIME)
        rates.append(expr.const(1.0))
        initial.append(expr.const(0.0))
    maps = [_setter(len(parts.states) + i, a) for i, a in enumerate(kept)]
    maps += [_dose(assembly, i, s) for i, s in enumerate(parts.states)]
    arguments = () if needs_time else (TIME,)
    maps += [EventMap(EVENT_PREFIX + e.name, arguments, e.whole_updates()) for e in parts.events]
    roots = [*parts.roots(), *rates, *(a.argument for a in clock.all), *(e for m in maps for _, e in m.updates)]
    used = {s.name for s in expr.symbols_of(roots)}
    return System(
        states=tuple(states),
        parameters=tuple(expr.symbol(n) for n in assembly.numbers if n in used),
        rates=tuple(rates),
        initial=tuple(initial),
        outputs=parts.outputs,
        maps=tuple(maps),
        scales=(_SCALE,) * len(states),
        extinct_below=(0.0,) * len(states),
    )


def _kept(parts: _Parts, clock: TimeFunctions) -> list[Auxiliary]:
    """The auxiliary states that rates, readouts and event assignments use; the others only time these."""
    used = set(
        expr.symbols_of(
            [*parts.rates, *(e for _, e in parts.outputs), *(e for v in parts.events for _, e in v.whole_updates())]
        )
    )
    for a in reversed(_waves(clock.all)):
        if any(b.symbol in used for b in _waves(clock.all) if b.argument is a.argument):
            used |= {a.symbol, *expr.symbols_of([_wave_rate(a, clock)])}
    return [a for a in clock.all if a.symbol in used]


def _wave_rate(a: Auxiliary, clock: TimeFunctions) -> Expr:
    speed = expr.derivative(a.argument, TIME)
    partner = next(b for b in _waves(clock.all) if b.argument is a.argument and b.kind != a.kind)
    return partner.symbol * speed if a.kind == "sine" else -(partner.symbol * speed)


def _setter(index: int, a: Auxiliary) -> EventMap:
    return EventMap(SET_PREFIX + a.symbol.name, (_NEW,), ((index, _NEW),))


def _dose(assembly: Assembly, index: int, state: Expr) -> EventMap:
    """An amount added; where the state is a concentration, divided by the size of its compartment."""
    item = assembly.contents.declared[state.name]
    added = _AMOUNT
    if item.kind == "species" and not assembly.state_is_amount(item):
        added = _AMOUNT / assembly.now.known.get(item.compartment, expr.const(1.0))
    return EventMap(DOSE_PREFIX + state.name, (_AMOUNT,), ((index, state + added),))


def _items(assembly: Assembly, system: System) -> dict[str, Item]:
    found = {d.id: Item(d.id, d.name, d.unit) for d in assembly.contents.declared.values()}
    for p in system.parameters:
        base = p.name.removeprefix("initial(").removesuffix(")")
        if p.name not in found and base in found:
            found[p.name] = Item(p.name, f"{found[base].meaning} at the start", found[base].unit)
        elif p.name not in found:
            found[p.name] = Item(p.name, f"{base.rpartition('.')[2]} of {base.partition('.')[0]}", "")
    return found
