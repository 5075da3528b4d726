"""Rewriting of a system's expressions for speed, and its Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from abscopal.engine.lowering.linearisation import linearise
from abscopal.expr import EventMap, Expr, System, graph, symbol, topological


@dataclass(frozen=True)
class Program:
    """The expressions of a system in the form in which they are compiled.

    Attributes
    ----------
    system : what was lowered.
    hoisted : {symbol: expression of parameters}, computed once per trajectory; all below may use these symbols.
    rates, outputs, maps : as in `System`.
    jacobian : {(row, column): d rate[row] / d state[column]}, structurally non-zero entries only; rows and columns
        after those of the states are auxiliary (see `linearisation`).
    auxiliaries : how many auxiliary rows there are.
    initial : as in `System`; uses parameters only, no hoisted symbols.
    """

    system: System
    hoisted: dict[Expr, Expr]
    rates: tuple[Expr, ...]
    jacobian: dict[tuple[int, int], Expr]
    auxiliaries: int
    initial: tuple[Expr, ...]
    outputs: tuple[Expr, ...]
    maps: tuple[EventMap, ...]


def lower(system: System, *, auxiliaries: bool = True) -> Program:
    """The system with shared reciprocals, hoisted parameter-only parts and its Jacobian, with auxiliary rows or not."""
    plain = _Plain()
    rates = rewrite(system.rates, plain)
    entries, count = linearise(rates, system.states, auxiliaries=auxiliaries)
    slopes = rewrite(list(entries.values()), plain)
    outputs = rewrite([e for _, e in system.outputs], plain)
    updates = [rewrite([e for _, e in m.updates], plain) for m in system.maps]
    groups = [rates, slopes, outputs, *updates]
    hoisted, groups = _hoist(groups, set(system.parameters))
    rates, slopes, outputs, *updates = groups
    maps = tuple(
        EventMap(m.name, m.arguments, tuple((i, e) for (i, _), e in zip(m.updates, u, strict=True)))
        for m, u in zip(system.maps, updates, strict=True)
    )
    return Program(
        system=system,
        hoisted=hoisted,
        rates=tuple(rates),
        jacobian=dict(zip(entries, slopes, strict=True)),
        auxiliaries=count,
        initial=system.initial,
        outputs=tuple(outputs),
        maps=maps,
    )


Rule = Callable[[str, tuple[Expr, ...]], Expr | None]


def rewrite(roots: Sequence[Expr], rule: Rule, known: dict[Expr, Expr] | None = None) -> list[Expr]:
    """The roots rebuilt from the leaves up; the rule makes each node, or returns None for the plain one."""
    done: dict[Expr, Expr] = {} if known is None else known
    for node in topological(roots):
        if node in done:
            continue
        arguments = tuple(done[a] for a in node.args)
        made = rule(node.op, arguments)
        if made is None:
            made = node if arguments == node.args else graph.build(node.op, *arguments)
        done[node] = made
    return [done[root] for root in roots]


class _Plain:
    """The rule by which equal values become one expression: a/b is a*(1/b), so that every divisor is divided by once
    and constant divisors not at all; signs move out of products and into sums; of a+b and b+a there is one.
    """

    def __init__(self) -> None:
        self._number: dict[Expr, int] = {}

    def __call__(self, op: str, arguments: tuple[Expr, ...]) -> Expr | None:
        if not arguments:
            return None
        made = self._make(op, *arguments)
        self._rank(made)
        return made

    def _make(self, op: str, a: Expr, *rest: Expr) -> Expr:
        match op, rest:
            case "mul", (b,):
                return self._product(a, b)
            case "add", (b,):
                return self._sum(a, b)
            case "sub", (b,) if a.op == "neg":
                return graph.neg(self._sum(a.args[0], b))
            case "div", (b,) if b.op == "neg":
                return graph.neg(self._make("div", a, b.args[0]))
            case "div", (b,) if not graph.is_const(a, 1.0):
                return self._product(a, graph.div(1.0, b))
        return graph.build(op, a, *rest)

    def _product(self, a: Expr, b: Expr) -> Expr:
        if a.op == "neg":
            return graph.neg(self._product(a.args[0], b))
        if b.op == "neg":
            return graph.neg(self._product(a, b.args[0]))
        return graph.mul(*self._ranked(a, b))

    def _sum(self, a: Expr, b: Expr) -> Expr:
        if a.op == "neg":
            return graph.neg(self._sum(a.args[0], b.args[0])) if b.op == "neg" else graph.sub(b, a.args[0])
        return graph.sub(a, b.args[0]) if b.op == "neg" else graph.add(*self._ranked(a, b))

    def _ranked(self, a: Expr, b: Expr) -> tuple[Expr, Expr]:
        return (b, a) if self._rank(b) < self._rank(a) else (a, b)

    def _rank(self, node: Expr) -> int:
        """Expressions count in the order in which they are first met."""
        return self._number.setdefault(node, len(self._number))


def _hoist(groups: list[list[Expr]], parameters: set[Expr]) -> tuple[dict[Expr, Expr], list[list[Expr]]]:
    """Replaces the largest parameter-only subexpressions by symbols."""
    roots = [e for group in groups for e in group]
    fixed = _depends_only_on(parameters, roots)
    wanted = {r for r in roots if _worth_hoisting(r, fixed)}
    for node in topological(roots):
        if not fixed[node]:
            wanted.update(a for a in node.args if _worth_hoisting(a, fixed))
    ordered = [node for node in topological(roots) if node in wanted]
    symbols: Mapping[Expr, Expr] = {node: symbol(f"hoisted:{i}") for i, node in enumerate(ordered)}
    known = dict(symbols)
    replaced = [rewrite(group, lambda op, arguments: None, known) for group in groups]
    return {s: node for node, s in symbols.items()}, replaced


def _worth_hoisting(node: Expr, fixed: Mapping[Expr, bool]) -> bool:
    return fixed[node] and node.op not in ("const", "symbol")


def _depends_only_on(parameters: set[Expr], roots: Iterable[Expr]) -> dict[Expr, bool]:
    fixed: dict[Expr, bool] = {}
    for node in topological(roots):
        fixed[node] = node in parameters if node.op == "symbol" else all(fixed[a] for a in node.args)
    return fixed
