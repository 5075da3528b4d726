"""The equations of an assembled model for people: one row per flow, quantity and event, as text or LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from abscopal.expr import Expr
from abscopal.expr.graph import topological
from abscopal.expr.symbolic import to_sympy
from abscopal.model.language import ARGUMENT_PREFIX, PARAMETER_PREFIX, AssembledModel
from abscopal.model.latex_symbols import LatexSymbols


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
    """Every flow [per day], algebraic quantity and event of a model; named quantities stand for themselves.

    As LaTeX, flow number n is J_n and what a state is after event number n has the index E_n: no two have one symbol.
    """
    symbols = LatexSymbols(model)
    named = {
        q.expression: f"{q.name}@{q.where}" for q in model.quantities if q.expression.op not in ("const", "symbol")
    }
    for number, flow in enumerate(model.flows, 1):
        source = flow.source.name if flow.source is not None else "outside"
        target = flow.target.name if flow.target is not None else "outside"
        about = (flow.mechanism, "flow", f"{flow.name}: {source} → {target}", "rate")
        yield _equation(about, symbols.flow(number), flow.rate, named, symbols)
    for quantity in model.quantities:
        left = f"{quantity.name}@{quantity.where}"
        others = {e: n for e, n in named.items() if n != left}
        about = (quantity.mechanism, "quantity", quantity.meaning, left)
        yield _equation(about, symbols.of(left), quantity.expression, others, symbols)
    for number, event in enumerate(model.system.maps, 1):
        for index, update in event.updates:
            state = model.system.states[index].name
            about = ("", "event", event.name, f"{state} after")
            yield _equation(about, symbols.after(state, number), update, named, symbols)


def _printable(value: Any) -> Any:
    """An expression with `max` and `min` as names to print: SymPy would try them at impossible values."""
    import sympy

    for kind in (sympy.Max, sympy.Min):
        value = value.replace(kind, sympy.Function(kind.__name__.lower()))
    return value


def _equation(
    about: tuple[str, str, str, str], latex_left: str, right: Expr, named: dict[Expr, str], symbols: LatexSymbols
) -> Equation:
    import sympy

    plain, pretty = _names(right, named, None), _names(right, named, symbols)
    latex = sympy.latex(_printable(to_sympy(right, pretty)))
    return Equation(*about, str(to_sympy(right, plain)), f"{latex_left} = {latex}")


def _names(right: Expr, named: dict[Expr, str], symbols: LatexSymbols | None) -> dict[Expr, Any]:
    import sympy

    found = {}
    for node in topological([right]):
        name = named.get(node, node.name if node.op == "symbol" else "")
        if not name or (node is right and node.op != "symbol"):
            continue
        found[node] = sympy.Symbol(symbols.of(name) if symbols is not None else _without_prefix(name))
    return found


def _without_prefix(name: str) -> str:
    return name.removeprefix(PARAMETER_PREFIX).removeprefix(ARGUMENT_PREFIX)
