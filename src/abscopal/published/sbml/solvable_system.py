"""The system of an imported model that the engine solves: states that follow the clock, event maps, doses."""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import EventMap, Expr, System
from abscopal.published.clock_states import TIME, Auxiliary, TimeFunctions
from abscopal.published.model import DOSE_PREFIX, EVENT_PREFIX, SET_PREFIX, START
from abscopal.published.sbml.assembling import Assembly
from abscopal.published.sbml.equations import Equations
from abscopal.published.sbml.time_dependence import waves_of

_AMOUNT = expr.symbol("amount:")
_NEW = expr.symbol("new:")
_SCALE = 1.0
MOST_JUMPING = 100


def solvable_system(assembly: Assembly, parts: Equations, clock: TimeFunctions) -> System:
    """The system with everything that events, the clock and doses do to it."""
    states, rates, initial = list(parts.states), list(parts.rates), list(parts.initial)
    kept = _kept(parts, clock)
    for a in kept:
        states.append(a.symbol)
        rates.append(_wave_rate(a, clock) if a.kind in ("sine", "cosine") else expr.const(0.0))
        initial.append(expr.const(0.0))
    if len(kept) > MOST_JUMPING:
        message = f"{len(kept)} separate conditions on time, floors or waves"
        assembly.contents.complain(assembly.contents.model, message, f"use at most {MOST_JUMPING}")
    # A model in which nothing moves by itself still has its clock.
    needs_time = TIME in expr.symbols_of([*rates, *(e for _, e in parts.outputs)]) or not states
    if needs_time:
        states.append(TIME)
        rates.append(expr.const(1.0))
        initial.append(expr.symbol(START))
    maps = [_setter(len(parts.states) + i, a) for i, a in enumerate(kept)]
    maps += [_dose(assembly, i, s) for i, s in enumerate(parts.states)]
    arguments = () if needs_time else (TIME,)
    maps += [EventMap(EVENT_PREFIX + e.name, arguments, e.whole_updates()) for e in parts.events]
    roots = [
        *parts.roots(),
        *rates,
        *initial,
        *(a.argument for a in clock.all),
        *(e for m in maps for _, e in m.updates),
    ]
    used = {s.name for s in expr.symbols_of(roots)}
    for name, formula in reversed(assembly.derived.items()):
        used |= {s.name for s in expr.symbols_of([formula])} if name in used else set()
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


def _kept(parts: Equations, clock: TimeFunctions) -> list[Auxiliary]:
    """The auxiliary states that rates, readouts and event assignments use; the others only time these."""
    used = set(
        expr.symbols_of(
            [*parts.rates, *(e for _, e in parts.outputs), *(e for v in parts.events for _, e in v.whole_updates())]
        )
    )
    for a in reversed(waves_of(clock.all)):
        if any(b.symbol in used for b in waves_of(clock.all) if b.argument is a.argument):
            used |= {a.symbol, *expr.symbols_of([_wave_rate(a, clock)])}
    return [a for a in clock.all if a.symbol in used]


def _wave_rate(a: Auxiliary, clock: TimeFunctions) -> Expr:
    speed = expr.derivative(a.argument, TIME)
    partner = next(b for b in waves_of(clock.all) if b.argument is a.argument and b.kind != a.kind)
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
