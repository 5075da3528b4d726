"""Where a function of time first changes, found with bounds: no window is too narrow to be seen.

The range of an expression over a stretch of time is bounded by interval arithmetic. A stretch whose range leaves out
zero holds no root; one whose range holds zero is cut into smaller ones, the earliest first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.expr import Expr, topological

FloatArray = NDArray[np.float64]
Range = tuple[Any, Any]
_PIECES = 64
_MOST_LOOKS = 4_000
_WIDEN = 4.0 * float(np.finfo(float).eps)
_HALF_PI = 0.5 * math.pi


class TooManyRoots(Exception):  # noqa: N818 - becomes words of the caller, who knows the element
    """The function comes close to zero so often that looking at every place would take for ever."""


def first_root(
    margin: Expr,
    slope: Expr | None,
    clock: Expr,
    known: Mapping[Expr, float],
    ranges: Mapping[Expr, Callable[[Range], Range]],
    low: float,
    high: float,
    resolution: Callable[[float], float],
    changed: Callable[[float], bool],
    value: Callable[[float], float],
) -> float | None:
    """The first instant in [low, high] around which `margin` reaches zero and `changed` agrees, or None.

    Parameters
    ----------
    slope : its derivative by time, or None if that is not known.
    clock : the symbol of time.
    known : values of all other symbols but those of `ranges`.
    ranges : symbols that are functions of time themselves: their range over a stretch of time.
    resolution : width below which a stretch is an instant.
    changed : whether something happens at an instant.
    value : the function at an instant.

    Raises
    ------
    TooManyRoots
        More than a few thousand places had to be looked at.
    """
    looks = 0
    stack: list[tuple[float, float]] = [(low, high)]
    while stack:
        left, right = stack.pop()
        if right - left <= resolution(right):
            if changed(right):
                return right
            continue
        looks += 1
        if looks > _MOST_LOOKS:
            raise TooManyRoots
        cuts = np.unique(np.linspace(left, right, _PIECES + 1))
        without, monotone = _looked_at(margin, slope, clock, cuts, known, ranges)
        places = np.flatnonzero(~without)
        if len(places) and monotone[places[0]]:
            # There the one root is where the sign changes.
            i = places[0]
            root = _sign_change(value, float(cuts[i]), float(cuts[i + 1]), resolution)
            if root is not None and changed(root):
                return root
            places = places[1:]
        stack += [(float(cuts[i]), float(cuts[i + 1])) for i in places[::-1]]
    return None


def _sign_change(
    value: Callable[[float], float], low: float, high: float, resolution: Callable[[float], float]
) -> float | None:
    """The end of the stretch, as small as the resolution, in which a monotone function changes sign, or None."""
    sign = value(low) > 0.0
    if (value(high) > 0.0) == sign and value(high) != 0.0 and value(low) != 0.0:
        return None
    while high - low > resolution(high):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if (value(middle) > 0.0) == sign else (low, middle)
    return high


def _looked_at(
    margin: Expr,
    slope: Expr | None,
    clock: Expr,
    cuts: FloatArray,
    known: Mapping[Expr, float],
    ranges: Mapping[Expr, Callable[[Range], Range]],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which stretches between the cuts surely hold no root or are constant, and in which the function is monotone."""
    stretch = cuts[:-1], cuts[1:]
    lows, highs = range_of(margin, clock, stretch, known, ranges)
    # A range that is NaN is not known, so it is looked at.
    out = (lows > 0.0) | (highs < 0.0) | ((lows == 0.0) & (highs == 0.0))
    if slope is None or out.all():
        return out, np.zeros(len(out), dtype=bool)
    # Where every choice in it is made, it moves no further from its value at the left end than its slope allows.
    decided = ~_undecided(margin, clock, stretch, known, ranges)
    least, most = range_of(slope, clock, stretch, known, ranges)
    bottom, top = range_of(margin, clock, (cuts[:-1], cuts[:-1]), known, ranges)
    width = np.diff(cuts)
    with np.errstate(all="ignore"):
        low = bottom + np.minimum(least, 0.0) * width
        high = top + np.maximum(most, 0.0) * width
    out = out | (decided & ((low > 0.0) | (high < 0.0) | ((least == 0.0) & (most == 0.0))))
    return out, decided & ((least > 0.0) | (most < 0.0))


def _undecided(
    root: Expr,
    clock: Expr,
    stretch: Range,
    known: Mapping[Expr, float],
    ranges: Mapping[Expr, Callable[[Range], Range]],
) -> NDArray[np.bool_]:
    """Where a comparison or a floor inside an expression takes more than one value."""
    found = np.zeros(np.shape(stretch[0]), dtype=bool)
    for node in topological([root]):
        if node.op in ("lt", "le", "floor"):
            low, high = range_of(node, clock, stretch, known, ranges)
            found |= low != high
    return found


def range_of(
    root: Expr,
    clock: Expr,
    stretch: Range,
    known: Mapping[Expr, float],
    ranges: Mapping[Expr, Callable[[Range], Range]],
) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest value of an expression over each stretch of time, arrays (stretches,), never too narrow."""
    found: dict[Expr, Range] = {}
    with np.errstate(all="ignore"):
        for node in topological([root]):
            if node.op == "const":
                found[node] = (node.value, node.value)
            elif node is clock:
                found[node] = stretch
            elif node.op == "symbol":
                found[node] = ranges[node](stretch) if node in ranges else (known[node], known[node])
            else:
                found[node] = _widened(node, _applied(node, [found[a] for a in node.args]))
    lows, highs = found[root]
    shape = np.shape(stretch[0])
    return np.broadcast_to(np.asarray(lows, float), shape), np.broadcast_to(np.asarray(highs, float), shape)


def wave_range(stretch: Range, *, cosine: bool) -> Range:
    """Range of the sine or cosine of a range."""
    low, high = (np.asarray(x, float) + (_HALF_PI if cosine else 0.0) for x in stretch)
    ends = np.sin(low), np.sin(high)
    tops = np.floor((high - _HALF_PI) / (2.0 * math.pi)) > np.floor((low - _HALF_PI) / (2.0 * math.pi))
    bottoms = np.floor((high + _HALF_PI) / (2.0 * math.pi)) > np.floor((low + _HALF_PI) / (2.0 * math.pi))
    return np.where(bottoms, -1.0, np.minimum(*ends)), np.where(tops, 1.0, np.maximum(*ends))


def _widened(node: Expr, found: Range) -> Range:
    """The range with its round-off."""
    if node.op in ("lt", "le", "min", "max", "neg", "where", "floor"):
        return found
    low, high = found
    return low - _WIDEN * np.abs(low), high + _WIDEN * np.abs(high)


def _applied(node: Expr, inner: Sequence[Range]) -> Range:
    a = inner[0]
    b = inner[1] if len(inner) > 1 else a
    match node.op:
        case "add":
            return a[0] + b[0], a[1] + b[1]
        case "sub":
            return a[0] - b[1], a[1] - b[0]
        case "neg":
            return -a[1], -a[0]
        case "mul":
            return _square(a) if node.args[0] is node.args[1] else _products(a, b)
        case "div":
            over_zero = (np.asarray(b[0]) <= 0.0) & (np.asarray(b[1]) >= 0.0)
            low, high = _products(a, (1.0 / np.asarray(b[1], float), 1.0 / np.asarray(b[0], float)))
            return np.where(over_zero, -math.inf, low), np.where(over_zero, math.inf, high)
        case "exp":
            return np.exp(a[0]), np.exp(a[1])
        case "log":
            return np.log(np.maximum(a[0], 0.0)), np.log(np.maximum(a[1], 0.0))
        case "sqrt":
            return np.sqrt(np.maximum(a[0], 0.0)), np.sqrt(np.maximum(a[1], 0.0))
        case "pow":
            logs = np.log(np.maximum(a[0], 0.0)), np.log(np.maximum(a[1], 0.0))
            low, high = _products(logs, b)
            return np.exp(low), np.exp(high)
        case "floor":
            return np.floor(a[0]), np.floor(a[1])
        case "min":
            return np.minimum(a[0], b[0]), np.minimum(a[1], b[1])
        case "max":
            return np.maximum(a[0], b[0]), np.maximum(a[1], b[1])
        case "lt" | "le":
            surely = np.asarray(a[1]) < np.asarray(b[0])
            never = np.asarray(a[0]) > np.asarray(b[1])
            return np.where(surely, 1.0, 0.0), np.where(never, 0.0, 1.0)
        case "where":
            return _chosen(a, b, inner[2])
    return -math.inf, math.inf


def _chosen(condition: Range, a: Range, b: Range) -> Range:
    low, high = (np.asarray(x) for x in condition)
    always = (low > 0.0) | (high < 0.0)
    never = (low == 0.0) & (high == 0.0)
    lows = np.where(always, a[0], np.where(never, b[0], np.minimum(a[0], b[0])))
    highs = np.where(always, a[1], np.where(never, b[1], np.maximum(a[1], b[1])))
    return lows, highs


def _square(a: Range) -> Range:
    low, high = (np.asarray(x, float) for x in a)
    ends = low * low, high * high
    return np.where((low <= 0.0) & (high >= 0.0), 0.0, np.minimum(*ends)), np.maximum(*ends)


def _products(a: Range, b: Range) -> Range:
    corners = [_product(x, y) for x in a for y in b]
    low, high = corners[0], corners[0]
    for c in corners[1:]:
        low, high = np.minimum(low, c), np.maximum(high, c)
    return low, high


def _product(x: Any, y: Any) -> Any:
    """x y, where nought times infinity is nought."""
    return np.where((np.asarray(x) == 0.0) | (np.asarray(y) == 0.0), 0.0, np.asarray(x, float) * np.asarray(y, float))
