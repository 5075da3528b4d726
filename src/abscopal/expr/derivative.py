"""Sparse exact derivatives of expressions, as expressions."""

from __future__ import annotations

from collections.abc import Sequence

from abscopal.expr import graph
from abscopal.expr.graph import Expr

Gradient = dict[Expr, Expr]


def jacobian(outputs: Sequence[Expr], inputs: Sequence[Expr]) -> dict[tuple[int, int], Expr]:
    """The structurally non-zero entries {(row, column): d outputs[row] / d inputs[column]}, sorted."""
    wanted = {x: column for column, x in enumerate(inputs)}
    gradients: dict[Expr, Gradient] = {}
    for node in graph.topological(outputs):
        gradients[node] = _gradient(node, wanted, gradients)
    entries: dict[tuple[int, int], Expr] = {}
    for row, output in enumerate(outputs):
        for x in sorted(gradients[output], key=wanted.__getitem__):
            entry = gradients[output][x]
            if not graph.is_const(entry, 0.0):
                entries[row, wanted[x]] = entry
    return entries


def derivative(output: Expr, x: Expr) -> Expr:
    """d output / d x."""
    return jacobian([output], [x]).get((0, 0), graph.const(0.0))


def _gradient(node: Expr, wanted: dict[Expr, int], known: dict[Expr, Gradient]) -> Gradient:
    if node.op == "symbol":
        return {node: graph.const(1.0)} if node in wanted else {}
    if node.op in ("const", "lt", "le", "floor"):
        return {}
    if node.op == "where":
        return _choice(node.args[0], known[node.args[1]], known[node.args[2]])
    if node.op in ("min", "max"):
        a, b = node.args
        if_less, otherwise = (a, b) if node.op == "min" else (b, a)
        return _choice(a < b, known[if_less], known[otherwise])
    total: Gradient = {}
    for position, argument in enumerate(node.args):
        inner = known[argument]
        if not inner:
            continue
        factor = partial(node, position)
        for x, slope in inner.items():
            term = graph.mul(factor, slope)
            total[x] = graph.add(total[x], term) if x in total else term
    return total


def _choice(condition: Expr, chosen: Gradient, otherwise: Gradient) -> Gradient:
    """Gradient of a choice; selected, not weighted by 0 or 1, so that an infinite slope not taken is ignored."""
    zero = graph.const(0.0)
    return {x: graph.where(condition, chosen.get(x, zero), otherwise.get(x, zero)) for x in {**chosen, **otherwise}}


def partial(node: Expr, position: int) -> Expr:
    """Derivative of one operation with respect to one of its arguments."""
    a = node.args[0]
    b = node.args[1] if len(node.args) > 1 else a
    one = graph.const(1.0)
    match node.op, position:
        case ("add", _) | ("sub", 0):
            return one
        case ("sub", 1) | ("neg", 0):
            return graph.const(-1.0)
        case ("mul", 0):
            return b
        case ("mul", 1):
            return a
        case ("div", 0):
            return graph.div(1.0, b)
        case ("div", 1):
            return graph.neg(graph.div(node, b))
        case ("pow", 0):
            return graph.mul(b, graph.power(a, graph.sub(b, 1.0)))
        case ("pow", 1):
            return graph.mul(node, graph.log(a))
        case ("exp", 0):
            return node
        case ("log", 0):
            return graph.div(1.0, a)
        case ("floor", 0):
            return graph.const(0.0)
        case ("sqrt", 0):
            return graph.div(0.5, node)
    raise AssertionError(f"no derivative for {node.op}")
