"""The expression graph: hash-consed nodes with overloaded operators.

Every distinct expression exists once, so shared subexpressions cost nothing and equality is identity.
The graph knows no biology; it is differentiated (`derivative`), evaluated (`evaluate`), printed and compiled elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Union
from weakref import WeakValueDictionary

Number = int | float
ExprLike = Union["Expr", int, float]

_interned: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()


class Expr:
    """One node of the graph. Build it with `symbol`, `const`, operators and the functions of `abscopal.expr`."""

    __slots__ = ("__weakref__", "args", "name", "op", "value")
    __array_ufunc__ = None  # numpy must hand arithmetic over to us, not loop over it

    op: str
    args: tuple[Expr, ...]
    name: str
    value: float

    def __add__(self, other: ExprLike) -> Expr:
        return add(self, other)

    def __radd__(self, other: ExprLike) -> Expr:
        return add(other, self)

    def __sub__(self, other: ExprLike) -> Expr:
        return sub(self, other)

    def __rsub__(self, other: ExprLike) -> Expr:
        return sub(other, self)

    def __mul__(self, other: ExprLike) -> Expr:
        return mul(self, other)

    def __rmul__(self, other: ExprLike) -> Expr:
        return mul(other, self)

    def __truediv__(self, other: ExprLike) -> Expr:
        return div(self, other)

    def __rtruediv__(self, other: ExprLike) -> Expr:
        return div(other, self)

    def __pow__(self, other: ExprLike) -> Expr:
        return power(self, other)

    def __rpow__(self, other: ExprLike) -> Expr:
        return power(other, self)

    def __neg__(self) -> Expr:
        return neg(self)

    def __pos__(self) -> Expr:
        return self

    def __lt__(self, other: ExprLike) -> Expr:
        return _compare("lt", self, other)

    def __le__(self, other: ExprLike) -> Expr:
        return _compare("le", self, other)

    def __gt__(self, other: ExprLike) -> Expr:
        return _compare("lt", other, self)

    def __ge__(self, other: ExprLike) -> Expr:
        return _compare("le", other, self)

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value before it is solved; use expr.where(condition, a, b)")

    def __repr__(self) -> str:
        return format_expr(self)


def _node(op: str, args: tuple[Expr, ...] = (), name: str = "", value: float = 0.0) -> Expr:
    key = (op, tuple(id(a) for a in args), name, math.copysign(1.0, value), value)
    found = _interned.get(key)
    if found is not None:
        return found
    made = object.__new__(Expr)
    made.op, made.args, made.name, made.value = op, args, name, value
    _interned[key] = made
    return made


def const(value: Number) -> Expr:
    """A number as a node. Raises ValueError if it is not finite."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"a constant must be finite, not {number}")
    return _node("const", value=number)


def symbol(name: str) -> Expr:
    """A named unknown: a state, a parameter or the argument of an event."""
    return _node("symbol", name=name)


def as_expr(value: ExprLike) -> Expr:
    """A number or an expression, as an expression."""
    return value if isinstance(value, Expr) else const(value)


def _both_const(a: Expr, b: Expr) -> bool:
    return a.op == "const" and b.op == "const"


def is_const(node: Expr, value: float) -> bool:
    """Whether the node is exactly this number."""
    return node.op == "const" and node.value == value


def add(a: ExprLike, b: ExprLike) -> Expr:
    """a + b, constants folded."""
    a, b = as_expr(a), as_expr(b)
    if _both_const(a, b):
        return const(a.value + b.value)
    if is_const(a, 0.0):
        return b
    if is_const(b, 0.0):
        return a
    if b.op == "neg":
        return sub(a, b.args[0])
    return _node("add", (a, b))


def sub(a: ExprLike, b: ExprLike) -> Expr:
    """a - b, constants folded."""
    a, b = as_expr(a), as_expr(b)
    if _both_const(a, b):
        return const(a.value - b.value)
    if is_const(b, 0.0):
        return a
    if is_const(a, 0.0):
        return neg(b)
    if a is b:
        return const(0.0)
    if b.op == "neg":
        return add(a, b.args[0])
    return _node("sub", (a, b))


def mul(a: ExprLike, b: ExprLike) -> Expr:
    """a b, constants folded; anything times zero is zero."""
    a, b = as_expr(a), as_expr(b)
    if _both_const(a, b):
        return const(a.value * b.value)
    if is_const(a, 0.0) or is_const(b, 0.0):
        return const(0.0)
    if is_const(a, 1.0):
        return b
    if is_const(b, 1.0):
        return a
    if is_const(a, -1.0):
        return neg(b)
    if is_const(b, -1.0):
        return neg(a)
    return _node("mul", (a, b))


def div(a: ExprLike, b: ExprLike) -> Expr:
    """a/b. Raises ZeroDivisionError if b is the constant zero."""
    a, b = as_expr(a), as_expr(b)
    if is_const(b, 0.0):
        raise ZeroDivisionError("an expression is divided by the constant zero")
    if _both_const(a, b):
        return const(a.value / b.value)
    if is_const(a, 0.0):
        return const(0.0)
    if is_const(b, 1.0):
        return a
    return _node("div", (a, b))


def neg(a: ExprLike) -> Expr:
    """-a."""
    a = as_expr(a)
    if a.op == "const":
        return const(-a.value)
    if a.op == "neg":
        return a.args[0]
    if a.op == "sub":
        return sub(a.args[1], a.args[0])
    return _node("neg", (a,))


def power(a: ExprLike, b: ExprLike) -> Expr:
    """a**b; integer powers up to 8 become products, so that they stay exact at zero and for negative a."""
    a, b = as_expr(a), as_expr(b)
    if b.op == "const":
        if _both_const(a, b):
            return const(a.value**b.value)
        if b.value == 0.5:
            return sqrt(a)
        if b.value == int(b.value) and abs(b.value) <= 8:
            whole = _integer_power(a, abs(int(b.value)))
            return whole if b.value >= 0 else div(1.0, whole)
    return _node("pow", (a, b))


def _integer_power(a: Expr, n: int) -> Expr:
    if n == 0:
        return const(1.0)
    half = _integer_power(a, n // 2)
    squared = half if n == 1 else mul(half, half)
    return mul(squared, a) if n % 2 else squared


def exp(a: ExprLike) -> Expr:
    """e to the a."""
    a = as_expr(a)
    return const(math.exp(a.value)) if a.op == "const" else _node("exp", (a,))


def log(a: ExprLike) -> Expr:
    """Natural logarithm of a."""
    a = as_expr(a)
    return const(math.log(a.value)) if a.op == "const" else _node("log", (a,))


def sqrt(a: ExprLike) -> Expr:
    """Square root of a."""
    a = as_expr(a)
    return const(math.sqrt(a.value)) if a.op == "const" else _node("sqrt", (a,))


def floor(a: ExprLike) -> Expr:
    """The largest whole number not above a; its derivative counts as zero."""
    a = as_expr(a)
    return const(math.floor(a.value)) if a.op == "const" else _node("floor", (a,))


def minimum(a: ExprLike, b: ExprLike) -> Expr:
    """The smaller of a and b."""
    a, b = as_expr(a), as_expr(b)
    if a is b:
        return a
    return const(min(a.value, b.value)) if _both_const(a, b) else _node("min", (a, b))


def maximum(a: ExprLike, b: ExprLike) -> Expr:
    """The larger of a and b."""
    a, b = as_expr(a), as_expr(b)
    if a is b:
        return a
    return const(max(a.value, b.value)) if _both_const(a, b) else _node("max", (a, b))


def _compare(op: str, a: ExprLike, b: ExprLike) -> Expr:
    a, b = as_expr(a), as_expr(b)
    if _both_const(a, b):
        return const(float(a.value < b.value if op == "lt" else a.value <= b.value))
    return _node(op, (a, b))


def where(condition: ExprLike, a: ExprLike, b: ExprLike) -> Expr:
    """a where the condition holds (is not zero), else b. Both branches are evaluated."""
    condition, a, b = as_expr(condition), as_expr(a), as_expr(b)
    if condition.op == "const":
        return a if condition.value else b
    if a is b:
        return a
    return _node("where", (condition, a, b))


_BUILD: dict[str, Callable[..., Expr]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
    "neg": neg,
    "pow": power,
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
    "floor": floor,
    "min": minimum,
    "max": maximum,
    "lt": partial(_compare, "lt"),
    "le": partial(_compare, "le"),
    "where": where,
}


def build(op: str, *arguments: ExprLike) -> Expr:
    """The node of an operation, simplified as the operators do it: for code that rewrites expressions.

    Raises
    ------
    KeyError
        There is no such operation, or it is a leaf.
    """
    return _BUILD[op](*arguments)


def topological(roots: Iterable[Expr]) -> Iterator[Expr]:
    """Every node that the roots need, arguments before users, each once, in an order fixed by the roots."""
    seen: set[Expr] = set()
    for root in roots:
        stack: list[tuple[Expr, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in seen:
                continue
            if ready:
                seen.add(node)
                yield node
            else:
                stack.append((node, True))
                stack.extend((a, False) for a in reversed(node.args) if a not in seen)


def symbols_of(roots: Iterable[Expr]) -> tuple[Expr, ...]:
    """The symbols that the roots depend on, sorted by name."""
    return tuple(sorted((n for n in topological(roots) if n.op == "symbol"), key=lambda n: n.name))


_INFIX = {"add": " + ", "sub": " - ", "mul": "*", "div": "/", "pow": "**", "lt": " < ", "le": " <= "}


def format_expr(node: Expr) -> str:
    """The expression as text, fully bracketed where it matters; for people and for fingerprints of small graphs."""
    if node.op == "const":
        return repr(node.value)
    if node.op == "symbol":
        return node.name
    parts = [format_expr(a) for a in node.args]
    if node.op in _INFIX:
        return f"({parts[0]}{_INFIX[node.op]}{parts[1]})"
    if node.op == "neg":
        return f"(-{parts[0]})"
    return f"{node.op}({', '.join(parts)})"
