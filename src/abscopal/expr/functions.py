"""Functions that work alike on expressions, numbers and arrays, so that a formula is written once.

`exp(x)` builds a node if x is an expression and calls NumPy otherwise. All formulas of `abscopal.radiation` use these.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any, overload

import numpy as np

from abscopal.expr import graph
from abscopal.expr.graph import Expr, ExprLike, add, const, mul

# Either kind of value: an expression, a float or an array.
Value = Any


def _symbolic(*values: Value) -> bool:
    return any(isinstance(v, Expr) for v in values)


@overload
def exp(x: Expr) -> Expr: ...
@overload
def exp(x: Value) -> Value: ...
def exp(x: Value) -> Value:
    """e to the x."""
    return graph.exp(x) if _symbolic(x) else np.exp(x)


def log(x: Value) -> Value:
    """Natural logarithm."""
    return graph.log(x) if _symbolic(x) else np.log(x)


def sqrt(x: Value) -> Value:
    """Square root."""
    return graph.sqrt(x) if _symbolic(x) else np.sqrt(x)


def minimum(a: Value, b: Value) -> Value:
    """The smaller of two values, element by element."""
    return graph.minimum(a, b) if _symbolic(a, b) else np.minimum(a, b)


def maximum(a: Value, b: Value) -> Value:
    """The larger of two values, element by element."""
    return graph.maximum(a, b) if _symbolic(a, b) else np.maximum(a, b)


def where(condition: Value, a: Value, b: Value) -> Value:
    """a where the condition holds, else b. Both branches are evaluated, so keep both finite."""
    return graph.where(condition, a, b) if _symbolic(condition, a, b) else np.where(condition, a, b)


@overload
def saturation(x: Expr, half: ExprLike) -> Expr: ...
@overload
def saturation(x: Value, half: Value) -> Value: ...
def saturation(x: Value, half: Value) -> Value:
    """Michaelis–Menten saturation x/(half + x), for x >= 0: 0 at 0, one half at `half`, towards 1."""
    return x / (half + x)


def hill(x: Value, half: Value, exponent: Value) -> Value:
    """Hill function x^n/(half^n + x^n), for x >= 0; written so that x = 0 gives 0."""
    ratio = (x / half) ** exponent
    return ratio / (1.0 + ratio)


def sum_of(terms: Iterable[ExprLike]) -> Expr:
    """Sum of expressions; 0 where there is none."""
    return reduce(add, terms, const(0.0))


def product_of(factors: Iterable[ExprLike]) -> Expr:
    """Product of expressions; 1 where there is none."""
    return reduce(mul, factors, const(1.0))
