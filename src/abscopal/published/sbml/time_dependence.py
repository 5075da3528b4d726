"""What of an imported model depends on time alone: states that follow the clock, and events that can be foreseen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from abscopal import expr
from abscopal.errors import Problem
from abscopal.expr import Expr, graph, substitute_all
from abscopal.published.clock_states import TIME, Auxiliaries, Auxiliary, TimeFunctions
from abscopal.published.sbml.assembling import Assembly
from abscopal.published.sbml.equations import Equations
from abscopal.published.sbml.trigonometry import cosine, sine


def discrete_states(parts: Equations, clock: TimeFunctions) -> frozenset[Expr]:
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


def _parameters(parts: Equations, clock: TimeFunctions) -> set[Expr]:
    return clock.depends_on(parts.roots()) - set(parts.states) - {TIME}


def without_clock(assembly: Assembly, parts: Equations, discrete: frozenset[Expr]) -> Equations:
    """Floor, sine and cosine of what time alone does not decide, computed as they are needed instead of kept."""
    made = assembly.auxiliaries.made
    clock = TimeFunctions(made.values())
    foreseen = _parameters(parts, clock) | discrete | {TIME}
    direct: dict[Expr, Expr] = {}
    waves: set[Expr] = set()
    for a in made.values():
        inner = set(expr.symbols_of([a.argument]))
        wavy = a.kind in ("sine", "cosine") and bool(inner & waves)
        if wavy or inner & direct.keys() or not clock.depends_on([a.argument]) <= foreseen:
            (argument,) = substitute_all([a.argument], direct)
            direct[a.symbol] = {"floor": graph.floor, "sine": sine, "cosine": cosine}[a.kind](argument)
        elif a.kind in ("sine", "cosine"):
            waves.add(a.symbol)
    return parts.changed(lambda roots: substitute_all(roots, direct)) if direct else parts


def follow_clock(assembly: Assembly, parts: Equations, discrete: frozenset[Expr]) -> tuple[Equations, TimeFunctions]:
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
        if a.kind in ("sine", "cosine") and any(b.symbol in expr.symbols_of([a.argument]) for b in waves_of(used)):
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
    key, line = a.origin
    message = f"the {a.kind} {what} is not supported"
    assembly.contents.problems.append(Problem(message, key=key, line=line))


def waves_of(used: Iterable[Auxiliary]) -> list[Auxiliary]:
    """The sines and cosines among auxiliary states."""
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


def why_unforeseen(parts: Equations, clock: TimeFunctions, discrete: frozenset[Expr]) -> str:
    """Why events cannot be put on a schedule before solving, or "" if they can."""
    for event in parts.events:
        decides = [event.trigger, *(e for e in (event.delay, event.priority) if e is not None)]
        if event.at_trigger and event.delay is not None:
            decides += [e for _, e in event.updates]
        found = clock.depends_on(decides) & (set(parts.states) - discrete)
        if found:
            names = ", ".join(sorted(s.name for s in found))
            return f"event {event.name!r} depends on {names}, so when or how it acts is known only along a trajectory"
    return ""


def short_lived(parts: Equations, clock: TimeFunctions, discrete: frozenset[Expr]) -> list[str]:
    """Warnings of triggers that need two numbers of the trajectory to be equal, which they are for an instant only."""
    found = []
    for event in parts.events:
        nodes = [n for n in expr.topological([event.trigger]) if n.op == "le"]
        pairs = {n.args for n in nodes}
        equal = [n for n in nodes if n.args[::-1] in pairs]
        if any(clock.depends_on([n]) & (set(parts.states) - discrete) for n in equal):
            where = f"line {event.line}: " if event.line else ""
            words = "waits until two numbers are equal, which may hold for no more than an instant and then be missed"
            found.append(f"{where}event {event.name} {words}; write >= or <= instead of ==")
    return found
