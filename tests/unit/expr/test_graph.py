"""The algebra of the graph: folding, sharing, and the same numbers as plain arithmetic, slopes included."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings

from abscopal import expr
from abscopal.expr import Expr, const, derivative, evaluate, jacobian, symbol, symbols_of, topological

X, Y, Z = symbol("x"), symbol("y"), symbol("z")
# An expression with the same formula in plain Python, so that neither is made from the other.
Pair = tuple[Expr, Callable[..., Any]]


def _leaf(draw: Any) -> Pair:
    kind = draw(st.integers(0, 3))
    if kind < 3:
        return (X, Y, Z)[kind], lambda v, k=kind: v[k]
    number = draw(st.sampled_from([-2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]))
    return const(number), lambda v: mpmath.mpf(number)


UNARY: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "neg": (lambda a: -a, lambda a: -a),
    "exp": (lambda a: expr.exp(-a * a), lambda a: mpmath.exp(-a * a)),
    "log": (lambda a: expr.log(1.0 + a * a), lambda a: mpmath.log(1 + a * a)),
    "sqrt": (lambda a: expr.sqrt(1.0 + a * a), lambda a: mpmath.sqrt(1 + a * a)),
    "square root as a power": (lambda a: (1.0 + a * a) ** 0.5, lambda a: mpmath.sqrt(1 + a * a)),
    "power 0": (lambda a: a**0, lambda a: mpmath.mpf(1)),
    "power 3": (lambda a: a**3, lambda a: a**3),
    "power -2": (lambda a: (2.0 + a * a) ** -2, lambda a: (2 + a * a) ** -2),
    "real power": (lambda a: (1.0 + a * a) ** 1.7, lambda a: (1 + a * a) ** mpmath.mpf(1.7)),
}
BINARY: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "sub": (lambda a, b: a - b, lambda a, b: a - b),
    "mul": (lambda a, b: a * b, lambda a, b: a * b),
    "div": (lambda a, b: a / (1.5 + b * b), lambda a, b: a / (mpmath.mpf(1.5) + b * b)),
    "power": (lambda a, b: (1.5 + a * a) ** b, lambda a, b: (mpmath.mpf(1.5) + a * a) ** b),
    "min": (expr.minimum, min),
    "max": (expr.maximum, max),
    "where <": (lambda a, b: expr.where(expr.as_expr(a) < b, a * a, b - 1.0), lambda a, b: a * a if a < b else b - 1),
    "where >=": (lambda a, b: expr.where(expr.as_expr(a) >= b, b, 2.0 * a), lambda a, b: b if a >= b else 2 * a),
}


@st.composite
def pairs(draw: Any, depth: int = 4) -> Pair:
    kind = draw(st.integers(0, 5)) if depth else 0
    if kind == 0:
        return _leaf(draw)
    if kind <= 2:
        ours, plain = UNARY[draw(st.sampled_from(sorted(UNARY)))]
        a, f = draw(pairs(depth=depth - 1))
        return expr.as_expr(ours(a)), lambda v: plain(f(v))
    ours2, plain2 = BINARY[draw(st.sampled_from(sorted(BINARY)))]
    (a, f), (b, g) = draw(pairs(depth=depth - 1)), draw(pairs(depth=depth - 1))
    return expr.as_expr(ours2(a, b)), lambda v: plain2(f(v), g(v))


# Odd digits, so that no two branches of a minimum meet.
points = st.tuples(*[st.integers(-997, 997).map(lambda n, k=k: n / 499 + k * 1.37e-4 + 3.1e-5) for k in (1, 2, 3)])
random_law = settings(max_examples=150, deadline=None, derandomize=True)


def _size(roots: list[Expr], values: dict[Expr, Any]) -> float:
    """Largest number met on the way: what rounding is relative to."""
    nodes = list(topological(roots))
    return max(1.0, *(abs(float(v)) for v in evaluate(nodes, values)))


@random_law
@given(pairs(), points)
def test_value_is_that_of_plain_arithmetic(pair: Pair, at: tuple[float, float, float]) -> None:
    node, plain = pair
    values = dict(zip((X, Y, Z), at, strict=True))
    with np.errstate(all="ignore"):
        size = _size([node], values)
        (found,) = evaluate([node], values)
    if size < 1e12:
        assert float(found) == pytest.approx(float(plain([mpmath.mpf(v) for v in at])), abs=1e-11 * size, rel=1e-11)


@random_law
@given(pairs(), points)
def test_slopes_are_those_of_central_differences(pair: Pair, at: tuple[float, float, float]) -> None:
    node, plain = pair
    values = dict(zip((X, Y, Z), at, strict=True))
    slopes = [derivative(node, s) for s in (X, Y, Z)]
    with np.errstate(all="ignore"):
        size = _size(slopes, values)
        found = evaluate(slopes, values)
    if not size < 1e12:
        return
    with mpmath.workdps(60):
        step = mpmath.mpf(10) ** -25
        for k in range(3):
            up, down = [mpmath.mpf(v) for v in at], [mpmath.mpf(v) for v in at]
            up[k] += step
            down[k] -= step
            wanted = (plain(up) - plain(down)) / (2 * step)
            assert float(found[k]) == pytest.approx(float(wanted), abs=1e-10 * size, rel=1e-9)


def test_equal_expressions_are_one_node() -> None:
    assert expr.exp(X * Y) + Z is expr.exp(X * Y) + Z
    assert (X + Y) is not (Y + X)
    assert const(0.0) is not const(-0.0)
    assert const(2) is const(2.0)


@pytest.mark.slow
def test_nodes_that_nobody_holds_are_forgotten_and_rebuilt() -> None:
    for n in range(2000):
        made = expr.exp(X * float(n)) + float(n)
        (value,) = evaluate([made], {X: 0.0})
        assert value == 1.0 + n
        if n % 500 == 0:
            gc.collect()


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (lambda: X + 0, X),
        (lambda: 0 + X, X),
        (lambda: X - 0, X),
        (lambda: X - X, const(0.0)),
        (lambda: 0 - X, -X),
        (lambda: X * 1, X),
        (lambda: X * 0, const(0.0)),
        (lambda: X * -1, -X),
        (lambda: X / 1, X),
        (lambda: 0 / X, const(0.0)),
        (lambda: expr.graph.neg(-X), X),
        (lambda: -(X - Y), Y - X),
        (lambda: X + -Y, X - Y),
        (lambda: X - -Y, X + Y),
        (lambda: X**1, X),
        (lambda: X**0, const(1.0)),
        (lambda: X**2, X * X),
        (lambda: X**0.5, expr.sqrt(X)),
        (lambda: const(2) ** 10, const(1024.0)),
        (lambda: expr.minimum(X, X), X),
        (lambda: expr.maximum(const(1), 2), const(2.0)),
        (lambda: expr.where(const(1), X, Y), X),
        (lambda: expr.where(const(0), X, Y), Y),
        (lambda: expr.where(X < Y, Z, Z), Z),
        (lambda: const(1) < 2, const(1.0)),
        (lambda: const(2) <= 1, const(0.0)),
        (lambda: const(2) >= 1, const(1.0)),
        (lambda: expr.exp(const(0)), const(1.0)),
        (lambda: expr.log(const(math.e)), const(1.0)),
        (lambda: +X, X),
        (lambda: 2 ** const(3), const(8.0)),
    ],
)
def test_folding(made: Callable[[], Expr], wanted: Expr) -> None:
    assert made() is wanted


def test_whole_powers_are_exact_where_logarithms_are_not() -> None:
    negative = np.array([-2.0, 0.0, 3.0])
    for n in range(1, 9):
        assert np.array_equal(evaluate([X**n], {X: negative})[0], negative**n)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_constant_is_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        const(bad)
    with pytest.raises(ValueError, match="finite"):
        _ = X + bad


def test_division_by_the_constant_zero_is_refused() -> None:
    with pytest.raises(ZeroDivisionError):
        _ = X / 0


def test_an_expression_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="where"):
        bool(X < Y)
    with pytest.raises(TypeError, match="where"):
        _ = 1 if X else 2


def test_arrays_hand_arithmetic_over() -> None:
    with pytest.raises(TypeError):
        _ = np.array([1.0, 2.0]) * X
    assert np.float64(2.0) * X is const(2.0) * X


def test_where_and_extremes_have_the_slope_of_the_branch_taken() -> None:
    chosen = expr.where(X < Y, X * X, 3.0 * X)
    slope = derivative(chosen, X)
    assert evaluate([slope], {X: 2.0, Y: 5.0})[0] == 4.0
    assert evaluate([slope], {X: 2.0, Y: 1.0})[0] == 3.0
    low, high = derivative(expr.minimum(X * 2.0, Y), X), derivative(expr.maximum(X * 2.0, Y), X)
    for x, y in ((1.0, 5.0), (5.0, 1.0)):
        assert evaluate([low], {X: x, Y: y})[0] == (2.0 if 2 * x < y else 0.0)
        assert evaluate([high], {X: x, Y: y})[0] == (0.0 if 2 * x < y else 2.0)
    # Where both are equal exactly one branch counts, so that the slopes of both sides still add up.
    tie = [derivative(expr.minimum(X, Y), s) for s in (X, Y)]
    assert sum(evaluate(tie, {X: 1.0, Y: 1.0})) == 1.0


def test_an_infinite_slope_of_the_branch_not_taken_is_ignored() -> None:
    for chosen in (
        expr.where(X > 0.5, expr.sqrt(X), 2.0 * X),
        expr.maximum(expr.sqrt(X), 2.0 * X + 1.0),
        expr.minimum(expr.sqrt(X) + 1.0, 2.0 * X),
    ):
        assert evaluate([derivative(chosen, X)], {X: np.float64(1e-300)})[0] == 2.0
        with np.errstate(divide="ignore"):
            assert evaluate([derivative(chosen, X)], {X: np.float64(0.0)})[0] == 2.0


def test_the_jacobian_holds_only_what_is_not_zero() -> None:
    entries = jacobian([X * Y, Z + 1.0, expr.exp(X), X - X], [X, Y, Z])
    assert list(entries) == [(0, 0), (0, 1), (1, 2), (2, 0)]
    assert entries[0, 0] is Y
    assert entries[1, 2] is const(1.0)
    assert derivative(Z, X) is const(0.0)
    # A condition has no slope, and cancelling slopes leave no entry.
    assert jacobian([expr.where(X < Y, const(1), const(2)), X + Y - X], [X]) == {}


def test_order_of_nodes_and_symbols() -> None:
    root = (X + Y) * expr.exp(X + Y)
    order = list(topological([root]))
    position = {node: i for i, node in enumerate(order)}
    assert len(order) == len(set(order))
    assert all(position[a] < position[node] for node in order for a in node.args)
    assert order == list(topological([root]))
    assert symbols_of([root, Z * 0.5]) == (X, Y, Z)


def test_deep_graphs_need_no_recursion() -> None:
    node = X
    for _ in range(5000):
        node = node * 1.0001 + Y
    (slope,) = evaluate([derivative(node, X)], {X: 1.0, Y: 0.0})
    assert slope == pytest.approx(1.0001**5000)


def test_a_symbol_without_value_is_named() -> None:
    with pytest.raises(KeyError, match="y"):
        evaluate([X + Y], {X: 1.0})


def test_functions_are_the_same_on_numbers_arrays_and_expressions() -> None:
    data = np.array([0.0, 0.3, 2.0, 40.0])
    for function in (
        lambda v: expr.saturation(v, 2.0),
        lambda v: expr.hill(v, 2.0, 3.0),
        lambda v: expr.hill(v, 2.0, 2.5),
        lambda v: expr.where(v < 1.0, v, v * v),
        lambda v: expr.maximum(expr.minimum(v, 3.0), 0.5),
        lambda v: expr.exp(-v) + expr.sqrt(v) + expr.log(1.0 + v),
    ):
        on_arrays = function(data)
        assert np.allclose(evaluate([function(X)], {X: data})[0], on_arrays, rtol=1e-15)
        assert [float(function(v)) for v in data] == pytest.approx(on_arrays.tolist(), rel=1e-15)
    assert expr.hill(0.0, 2.0, 6.0) == 0.0
    assert expr.hill(2.0, 2.0, 6.0) == 0.5


def test_text_of_an_expression() -> None:
    assert repr((X + 1) * expr.exp(-Y)) == "((x + 1.0)*exp((-y)))"
    assert repr(expr.where(X < Y, X, 2)) == "where((x < y), x, 2.0)"


def test_substitution_replaces_all_at_once_and_nothing_else() -> None:
    root = expr.exp(X * Y) + X / (Z + 1.0)
    # Swapped, not one after the other.
    swapped = expr.substitute(root, {X: Y, Y: X})
    assert swapped == expr.exp(Y * X) + Y / (Z + 1.0)
    values = {X: 0.3, Y: 1.7, Z: 2.0}
    (wanted,) = evaluate([root], {**values, X: 2.0})
    assert evaluate([expr.substitute(root, {X: 2.0})], values) == [wanted]
    assert expr.substitute(root, {}) is root
    assert expr.substitute(X * Y, {X: 0.0}) == const(0.0)


def test_substitution_keeps_what_does_not_change_and_is_shared_by_several_roots() -> None:
    whole = expr.where(X < Y, expr.exp(X) * Y, expr.sqrt(Y) ** 1.5)
    changed, also = expr.substitute_all([whole, expr.exp(X)], {X: Y + 1.0})
    assert expr.symbols_of([changed]) == (Y,)
    assert also is expr.exp(Y + 1.0)
    assert expr.substitute_all([whole], {})[0] is whole
