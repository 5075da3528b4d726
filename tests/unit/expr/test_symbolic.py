"""An expression as SymPy is the same expression."""

from __future__ import annotations

import pytest

from abscopal import expr
from abscopal.expr import Expr, derivative, evaluate, symbol
from abscopal.expr.symbolic import to_sympy

X, Y = symbol("x"), symbol("y")
CASES = {
    "arithmetic": (X + 2.0 * Y) / (1.0 + X * X) - Y,
    "powers": (X**3 + 1.5) ** 0.7 + Y**-2,
    "functions": expr.exp(-X) * expr.log(1.0 + Y) + expr.sqrt(X + Y),
    "choice": expr.where(X < Y, X * 2.0, Y - 1.0) + expr.where(expr.as_expr(X) >= 1.0, X, Y),
    "extremes": expr.minimum(X, Y * 0.5) - expr.maximum(X * X, Y),
    "negative": -(X * -Y),
    "hill": expr.hill(X, Y, 2.5) + expr.saturation(X, 3.0),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("at", [(0.3, 1.7), (2.2, 0.9)])
def test_value_and_slope_agree_with_sympy(case: str, at: tuple[float, float]) -> None:
    import sympy

    node: Expr = CASES[case]
    places = dict(zip(("x", "y"), at, strict=True))
    values = dict(zip((X, Y), at, strict=True))
    whole = to_sympy(node)
    assert float(whole.evalf(subs=places)) == pytest.approx(float(evaluate([node], values)[0]), rel=1e-12)
    slope = sympy.diff(whole, sympy.Symbol("x")).subs(places)
    assert float(slope.evalf()) == pytest.approx(float(evaluate([derivative(node, X)], values)[0]), rel=1e-9, abs=1e-12)


def test_symbols_may_take_other_names() -> None:
    import sympy

    alpha = sympy.Symbol("alpha")
    assert to_sympy(X * 2.0 + Y, {X: alpha}) == 2 * alpha + sympy.Symbol("y")
    # A named part stands for itself.
    assert to_sympy(expr.exp(X + Y) + 1.0, {X + Y: alpha}) == sympy.exp(alpha) + 1
