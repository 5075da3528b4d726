"""Sine, inverse tangent and their relatives of any expression, from what the expression graph has.

Of a function of time alone sine and cosine are states that follow the clock (`clock_states`); these are for the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from abscopal.expr import Expr, as_expr, const, graph

# pi/2 in three parts, the first two with trailing zeros: the whole number times them is exact.
_HALF_PI = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21)
_SINE = [(-1.0) ** i / math.factorial(2 * i + 1) for i in range(9)]
_COSINE = [(-1.0) ** i / math.factorial(2 * i) for i in range(9)]
_ARCTANGENT = [(-1.0) ** i / (2 * i + 1) for i in range(12)]
_TAN_16TH = math.tan(math.pi / 16)


def sine(x: Expr) -> Expr:
    """The sine of x, absolute error below 1e-15 for |x| < 1e5."""
    if x.op == "const":
        return const(math.sin(x.value))
    return _quarter_turns(x, 0.0)


def cosine(x: Expr) -> Expr:
    """The cosine of x, absolute error below 1e-15 for |x| < 1e5."""
    if x.op == "const":
        return const(math.cos(x.value))
    return _quarter_turns(x, 1.0)


def arctangent(x: Expr) -> Expr:
    """The inverse tangent of x, relative error below 1e-15."""
    if x.op == "const":
        return const(math.atan(x.value))
    size = graph.maximum(x, -x)
    # atan(1/u) = pi/2 - atan(u); the divisor that is not taken stays away from zero.
    small = graph.where(size <= 1.0, size, 1.0 / graph.maximum(size, 1.0))
    # atan(u) = n pi/8 + atan((u - tan) / (1 + u tan)), so that what is left is below tan(pi/16).
    angle, rest = const(0.0), small
    for n in (1, 2):
        tangent = math.tan(n * math.pi / 8)
        near = small > math.tan((2 * n - 1) * math.pi / 16)
        angle = graph.where(near, n * math.pi / 8, angle)
        rest = graph.where(near, (small - tangent) / (1.0 + small * tangent), rest)
    inner = angle + _polynomial(rest * rest, _ARCTANGENT) * rest
    whole = graph.where(size <= 1.0, inner, math.pi / 2 - inner)
    return graph.where(x < 0.0, -whole, whole)


def arcsine(x: Expr) -> Expr:
    """The inverse sine of x in [-1, 1]; not a number outside."""
    if x.op == "const":
        return const(math.asin(x.value))
    rest = (1.0 - x) * (1.0 + x)
    half = graph.where(x < 0.0, const(-math.pi / 2), const(math.pi / 2))
    inside = arctangent(x / graph.sqrt(graph.where(rest > 0.0, rest, 1.0)))
    return graph.where(rest > 0.0, inside, graph.where(rest < 0.0, _undefined(x), half))


def arccosine(x: Expr) -> Expr:
    """The inverse cosine of x in [-1, 1]; not a number outside."""
    return math.pi / 2 - arcsine(x)


def hyperbolic_sine(x: Expr) -> Expr:
    """sinh(x), by its series near 0, where the exponentials cancel."""
    series = x * _polynomial(x * x, [1.0 / math.factorial(2 * i + 1) for i in range(8)])
    return graph.where(x * x < 0.25, series, (graph.exp(x) - graph.exp(-x)) / 2.0)


def hyperbolic_cosine(x: Expr) -> Expr:
    """cosh(x)."""
    return (graph.exp(x) + graph.exp(-x)) / 2.0


def hyperbolic_tangent(x: Expr) -> Expr:
    """tanh(x)."""
    large = 1.0 - 2.0 / (graph.exp(2.0 * graph.minimum(x, 300.0)) + 1.0)
    near = graph.maximum(graph.minimum(x, 1.0), -1.0)
    return graph.where(x * x < 0.25, hyperbolic_sine(near) / hyperbolic_cosine(near), large)


def area_sine(x: Expr) -> Expr:
    """The inverse of sinh, odd in x."""
    size = graph.maximum(x, -x)
    found = logarithm_of_more(size + size * size / (1.0 + graph.sqrt(size * size + 1.0)))
    return graph.where(x < 0.0, -found, found)


def area_cosine(x: Expr) -> Expr:
    """The inverse of cosh, for x of at least 1; not a number below."""
    if x.op == "const":
        return const(math.acosh(x.value))
    more = graph.maximum(x - 1.0, 0.0)
    return graph.where(x < 1.0, _undefined(x), logarithm_of_more(more + graph.sqrt(more * (more + 2.0))))


def area_tangent(x: Expr) -> Expr:
    """The inverse of tanh, for x between -1 and 1."""
    if x.op == "const":
        return const(math.atanh(x.value))
    series = x * _polynomial(x * x, [1.0 / (2 * i + 1) for i in range(9)])
    return graph.where(x * x < 0.01, series, graph.log((1.0 + x) / (1.0 - x)) / 2.0)


def logarithm_of_more(y: Expr) -> Expr:
    """log(1 + y) for y of at least 0, right for small y too."""
    whole = 1.0 + y
    if whole.op == "const":
        return const(math.log1p(y.value if y.op == "const" else whole.value - 1.0))
    return graph.where(y < 1e-2, y * _polynomial(y, [(-1.0) ** i / (i + 1) for i in range(9)]), graph.log(whole))


def arccotangent(x: Expr) -> Expr:
    """The inverse tangent of 1/x; pi/2 at 0."""
    return graph.where(x < 0.0, const(-math.pi / 2), const(math.pi / 2)) - arctangent(x)


def inverse(function: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    """x -> function(1/x): arcsec from arccos, arccoth from arctanh."""
    return lambda x: function(1.0 / as_expr(x))


def reciprocal(function: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    """x -> 1/function(x): sec from cos, csch from sinh."""
    return lambda x: 1.0 / function(x)


class Direct:
    """Floor, sine and cosine computed as they are asked for, with the interface of `clock_states.Auxiliaries`."""

    def floor(self, a: Expr) -> Expr:
        """The largest whole number not above a."""
        return graph.floor(a)

    def quotient(self, a: Expr, b: Expr) -> Expr:
        """a/b cut to a whole number, towards zero."""
        ratio = a / b
        return graph.where(ratio < 0.0, -graph.floor(-ratio), graph.floor(ratio))

    def sine(self, a: Expr) -> Expr:
        """The sine of a."""
        return sine(a)

    def cosine(self, a: Expr) -> Expr:
        """The cosine of a."""
        return cosine(a)


def _undefined(x: Expr) -> Expr:
    """Not a number."""
    return graph.log(-1.0 - x * x)


def _quarter_turns(x: Expr, ahead: float) -> Expr:
    turns = graph.floor(x / (math.pi / 2) + 0.5)
    rest = x
    for part in _HALF_PI:
        rest = rest - turns * part
    square = rest * rest
    sin, cos = rest * _polynomial(square, _SINE), _polynomial(square, _COSINE)
    quarter = turns + ahead - 4.0 * graph.floor((turns + ahead) / 4.0)
    odd = graph.where(quarter < 2.0, cos, -cos)
    even = graph.where(quarter < 1.0, sin, -sin)
    is_odd = (quarter - 1.0) * (quarter - 1.0) * (quarter - 3.0) * (quarter - 3.0) < 0.5
    return graph.where(is_odd, odd, even)


def _polynomial(x: Expr, coefficients: list[float]) -> Expr:
    found = const(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        found = found * x + c
    return found
