"""What expressions cannot hold: conditions on time, floor, sine and cosine, kept as states that follow the clock.

A condition such as `time <= 7` becomes a state that is 1 or 0 and is set at day 7 exactly, so that no solver steps
across the jump. The sine of a function of time becomes two states that turn around each other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from abscopal import expr
from abscopal.expr import Expr, graph

# The clock; no SBML id holds a colon.
TIME = expr.symbol("time:")
_SCAN_POINTS = 2001
_SAME_INSTANT = 1e-12

Kind = Literal["condition", "floor", "sine", "cosine", "level"]


@dataclass(frozen=True)
class Auxiliary:
    """A state that follows the clock.

    Attributes
    ----------
    symbol : the state.
    kind, argument : what it is of: a comparison, or the argument of floor, sine or cosine; a level is a formula of
        other auxiliary states and constants.
    origin : element and line of the formula that first needed it.
    """

    symbol: Expr
    kind: Kind
    argument: Expr
    origin: tuple[str, int | None] = ("", None)


@dataclass
class Auxiliaries:
    """The auxiliary states of one model, made on first use; `origin` is the element being read."""

    origin: tuple[str, int | None] = ("", None)
    made: dict[tuple[Kind, Expr], Auxiliary] = field(default_factory=dict)

    def state(self, kind: Kind, argument: Expr) -> Expr:
        """The state for this function of this argument."""
        key = (kind, argument)
        if key not in self.made:
            self.made[key] = Auxiliary(expr.symbol(f"{kind}:{len(self.made)}"), kind, argument, self.origin)
        return self.made[key].symbol

    def floor(self, a: Expr) -> Expr:
        """The largest whole number not above a."""
        return expr.const(math.floor(a.value)) if a.op == "const" else self.state("floor", a)

    def quotient(self, a: Expr, b: Expr) -> Expr:
        """a/b cut to a whole number, towards zero."""
        ratio = a / b
        if ratio.op == "const":
            return expr.const(math.trunc(ratio.value))
        return graph.where(ratio < 0.0, -self.floor(-ratio), self.floor(ratio))

    def sine(self, a: Expr) -> Expr:
        """The sine of a; its partner is made with it, each being the other's rate."""
        if a.op == "const":
            return expr.const(math.sin(a.value))
        self.state("cosine", a)
        return self.state("sine", a)

    def cosine(self, a: Expr) -> Expr:
        """The cosine of a."""
        if a.op == "const":
            return expr.const(math.cos(a.value))
        self.state("sine", a)
        return self.state("cosine", a)


class TimeFunctions:
    """The auxiliary states as functions of the clock, of parameters and of states that only events change."""

    def __init__(self, auxiliaries: Iterable[Auxiliary]) -> None:
        self.all = tuple(auxiliaries)
        self._of = {a.symbol: a for a in self.all}
        self._linear = {a.symbol: self._slope(a) for a in self.all if a.kind in ("condition", "floor")}

    @property
    def jumping(self) -> tuple[Auxiliary, ...]:
        """Those that are constant between their jumps."""
        return tuple(a for a in self.all if a.symbol in self._linear)

    def depends_on(self, roots: Iterable[Expr]) -> set[Expr]:
        """The symbols behind expressions, auxiliary states resolved into theirs."""
        found: set[Expr] = set()
        todo = list(roots)
        seen: set[Expr] = set()
        while todo:
            for s in expr.symbols_of([todo.pop()]):
                if s in self._of and s not in seen:
                    seen.add(s)
                    todo.append(self._of[s].argument)
                elif s not in self._of:
                    found.add(s)
        return found

    def values(self, at: Any, known: Mapping[Expr, Any], only: Collection[Expr] | None = None) -> dict[Expr, Any]:
        """Auxiliary states at times `at` (a number or an array), exactly as written."""
        env = {**known, TIME: at}
        for a in self.all:
            if only is not None and a.symbol not in only:
                continue
            (x,) = expr.evaluate([a.argument], env)
            env[a.symbol] = _apply(a.kind, x)
        return {a.symbol: env[a.symbol] for a in self.all if a.symbol in env}

    def at_root(self, a: Auxiliary, t: float, known: Mapping[Expr, float], held: Mapping[Expr, float]) -> float:
        """The value at the very instant of a jump, where round-off must not decide."""
        if a.kind == "condition":
            return 1.0 if a.argument.op == "le" else 0.0
        (x,) = expr.evaluate([a.argument], {**known, **held, TIME: t})
        return float(round(float(x)))

    def next_jump(
        self, a: Auxiliary, t: float, horizon: float, known: Mapping[Expr, float], held: Mapping[Expr, float]
    ) -> float:
        """The first instant after t at which it changes (others held), or infinity.

        Where the argument is linear in time that is exact at any distance; else it is looked for up to the horizon.
        """
        margin = _margin(a)
        env = {**known, **held}
        slope = self._linear[a.symbol]
        if slope is None:
            return self._scan(a, t, horizon, known, held)
        rate = float(expr.evaluate([slope], env)[0])
        # Anchored at t, so that the position of the root does not lose digits when t is large.
        here = float(expr.evaluate([margin], {**env, TIME: t})[0])
        if rate == 0.0 or not np.isfinite(rate) or not np.isfinite(here):
            return math.inf
        if a.kind == "condition":
            root = self._polished(margin, t - here / rate, rate, env)
            return root if root > t + _same(t) else math.inf
        level = math.floor(here) + 1.0 if rate > 0.0 else math.ceil(here) - 1.0
        for step in (0.0, 1.0):
            root = t + (level + math.copysign(step, rate) - here) / rate
            if root > t + _same(t):
                return root
        return math.inf

    @staticmethod
    def _polished(margin: Expr, root: float, rate: float, env: Mapping[Expr, float]) -> float:
        (left,) = expr.evaluate([margin], {**env, TIME: root})
        return float(root - left / rate) if np.isfinite(left) else root

    def _slope(self, a: Auxiliary) -> Expr | None:
        """d argument / d time if it does not depend on time, else None."""
        margin = _margin(a)
        slope = expr.derivative(margin, TIME)
        wavy = any(self._of[s].kind in ("sine", "cosine") for s in expr.symbols_of([margin]) if s in self._of)
        kinked = any(n.op in ("min", "max", "where", "lt", "le") for n in expr.topological([margin]))
        return None if wavy or kinked or TIME in expr.symbols_of([slope]) else slope

    def _scan(
        self, a: Auxiliary, t: float, horizon: float, known: Mapping[Expr, float], held: Mapping[Expr, float]
    ) -> float:
        waves = {b.symbol for b in self.all if b.kind in ("sine", "cosine")}

        def value(at: Any) -> Any:
            env = {**known, **held, TIME: at}
            for b in self.all:
                if b.symbol in waves:
                    env[b.symbol] = _apply(b.kind, expr.evaluate([b.argument], env)[0])
            return np.asarray(_apply(a.kind, expr.evaluate([a.argument], env)[0]), dtype=float) + 0.0 * at

        grid = np.linspace(t + 2.0 * _same(t), horizon, _SCAN_POINTS)
        if grid[-1] <= grid[0]:
            return math.inf
        changes = np.flatnonzero(np.diff(value(grid)) != 0.0)
        if len(changes) == 0:
            return math.inf
        low, high = float(grid[changes[0]]), float(grid[changes[0] + 1])
        start = float(value(low))
        while high - low > 4.0 * np.spacing(high):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if float(value(middle)) == start else (low, middle)
        return high


def _margin(a: Auxiliary) -> Expr:
    return a.argument.args[0] - a.argument.args[1] if a.kind == "condition" else a.argument


def _apply(kind: Kind, x: Any) -> Any:
    if kind == "condition":
        return np.where(x, 1.0, 0.0)
    if kind == "level":
        return np.asarray(x, dtype=float)
    return {"floor": np.floor, "sine": np.sin, "cosine": np.cos}[kind](x)


def just_after(t: float) -> float:
    """An instant that follows t, for what `time > t` sets off; closer than any solver resolves."""
    return t + 0.4 * _same(t)


def _same(t: float) -> float:
    return _SAME_INSTANT * max(1.0, abs(t))
