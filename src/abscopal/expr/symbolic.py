"""Expressions as SymPy, for people: LaTeX and text of equations. SymPy is imported only here and only when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from abscopal.expr.graph import Expr, topological


def to_sympy(output: Expr, names: Mapping[Expr, Any] | None = None) -> Any:
    """The expression as a SymPy object.

    Parameters
    ----------
    output : the expression.
    names : SymPy symbols for some of its symbols; the others take their own name.
    """
    import sympy

    known: dict[Expr, Any] = {}
    operations = _operations()
    for node in topological([output]):
        if names is not None and node in names:
            known[node] = names[node]
        elif node.op == "const":
            whole = int(node.value) == node.value if abs(node.value) < 1e15 else False
            known[node] = sympy.Integer(int(node.value)) if whole else sympy.Float(node.value)
        elif node.op == "symbol":
            known[node] = sympy.Symbol(node.name)
        else:
            known[node] = operations[node.op](*(known[a] for a in node.args))
    return known[output]


def _operations() -> dict[str, Callable[..., Any]]:
    import sympy

    def condition(value: Any) -> Any:
        return (
            value
            if getattr(value, "is_Relational", False) or value in (sympy.true, sympy.false)
            else sympy.Ne(value, 0)
        )

    return {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "neg": lambda a: -a,
        "pow": lambda a, b: a**b,
        "exp": sympy.exp,
        "log": sympy.log,
        "sqrt": sympy.sqrt,
        "floor": sympy.floor,
        "min": sympy.Min,
        "max": sympy.Max,
        "lt": sympy.Lt,
        "le": sympy.Le,
        "where": lambda c, a, b: sympy.Piecewise((a, condition(c)), (b, True)),
    }
