"""The equations of an assembled model for people: one row per flow, quantity and event, as text or LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from abscopal import parameters
from abscopal.expr import Expr
from abscopal.expr.graph import topological
from abscopal.expr.symbolic import to_sympy
from abscopal.model.language import ARGUMENT_PREFIX, PARAMETER_PREFIX, AssembledModel


@dataclass(frozen=True)
class Equation:
    """One equation.

    Attributes
    ----------
    mechanism : where it comes from.
    kind : flow, quantity or event.
    name : what it is.
    left, right : the two sides as text.
    latex : the whole equation as LaTeX.
    """

    mechanism: str
    kind: str
    name: str
    left: str
    right: str
    latex: str


def equations(model: AssembledModel) -> Iterator[Equation]:
    """Every flow [per day], algebraic quantity and event of a model; named quantities stand for themselves."""
    named = {
        q.expression: f"{q.name}@{q.where}" for q in model.quantities if q.expression.op not in ("const", "symbol")
    }
    for flow in model.flows:
        source = flow.source.name if flow.source is not None else "outside"
        target = flow.target.name if flow.target is not None else "outside"
        yield _equation(model, flow.mechanism, "flow", f"{flow.name}: {source} → {target}", "rate", flow.rate, named)
    for quantity in model.quantities:
        left = f"{quantity.name}@{quantity.where}"
        others = {e: n for e, n in named.items() if n != left}
        yield _equation(model, quantity.mechanism, "quantity", quantity.meaning, left, quantity.expression, others)
    for event in model.system.maps:
        for index, update in event.updates:
            state = model.system.states[index].name
            yield _equation(model, "", "event", event.name, f"{state} after", update, named)


def _printable(value: Any) -> Any:
    """An expression with `max` and `min` as names to print: SymPy would try them at impossible values."""
    import sympy

    for kind in (sympy.Max, sympy.Min):
        value = value.replace(kind, sympy.Function(kind.__name__.lower()))
    return value


def _equation(
    model: AssembledModel, mechanism: str, kind: str, name: str, left: str, right: Expr, named: dict[Expr, str]
) -> Equation:
    import sympy

    plain, pretty = _names(right, named, latex=False), _names(right, named, latex=True)
    latex = sympy.latex(_printable(to_sympy(right, pretty)))
    return Equation(mechanism, kind, name, left, str(to_sympy(right, plain)), rf"{_latex_name(left)} = {latex}")


def _names(right: Expr, named: dict[Expr, str], latex: bool) -> dict[Expr, Any]:
    import sympy

    found = {}
    for node in topological([right]):
        name = named.get(node, node.name if node.op == "symbol" else "")
        if not name or (node is right and node.op != "symbol"):
            continue
        found[node] = sympy.Symbol(_latex_name(name) if latex else _without_prefix(name))
    return found


def _without_prefix(name: str) -> str:
    return name.removeprefix(PARAMETER_PREFIX).removeprefix(ARGUMENT_PREFIX)


def _latex_name(name: str) -> str:
    """A name as LaTeX: the declared symbol of a parameter, upright words for the rest, the place as an index."""
    base, _, place = _without_prefix(name).partition("@")
    if name.startswith(PARAMETER_PREFIX):
        base, _, index = parameters.shared()[base].symbol.partition("_")
    else:
        base, index = rf"\mathrm{{{_escaped(base)}}}", ""
    indices = ",".join(part for part in (_escaped(index), _escaped(place)) if part)
    return rf"{base}_{{\mathrm{{{indices}}}}}" if indices else base


def _escaped(text: str) -> str:
    return re.sub(r"([_%&#$])", r"\\\1", text).replace(" ", r"\ ")
