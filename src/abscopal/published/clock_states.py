"""What expressions cannot hold: conditions on time, floor, sine and cosine, kept as states that follow the clock.

A condition such as `time <= 7` becomes a state that is 1 or 0 and is set at day 7 exactly, so that no solver steps
across the jump. The sine of a function of time becomes two states that turn around each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from abscopal import expr
from abscopal.errors import InputError, Problem
from abscopal.expr import Expr, graph
from abscopal.published.time_roots import Range, TooManyRoots, first_root, range_of, wave_range
from abscopal.published.wave_roots import next_crossing

# The clock; no SBML id holds a colon.
TIME = expr.symbol("time:")
_SAME_INSTANT = 1e-12
_LAST_DIGITS = 8.0

_WAVES = ("sine", "cosine")

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
        self._single_wave = {a.symbol: self._wave_of(a) for a in self.all if self._linear.get(a.symbol, 0) is None}

    @property
    def jumping(self) -> tuple[Auxiliary, ...]:
        """Those that are constant between their jumps."""
        return tuple(a for a in self.all if a.symbol in self._linear)

    def searched(self, a: Auxiliary) -> bool:
        """Whether its jumps are searched for, as no formula gives them."""
        return self._linear.get(a.symbol, 0) is None and self._single_wave[a.symbol] is None

    def depends_on(self, roots: Iterable[Expr]) -> set[Expr]:
        """The symbols behind expressions, auxiliary states resolved into theirs."""
        found: set[Expr] = set()
        todo = list(roots)
        seen: set[Expr] = set()
        while todo:
            roots, todo = todo, []
            for s in expr.symbols_of(roots):
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

    def at_instant(
        self,
        a: Auxiliary,
        t: float,
        known: Mapping[Expr, float],
        held: Mapping[Expr, float],
        *,
        at_root: bool,
    ) -> float:
        """The value at the very instant t of a jump, of its own (`at_root`) or of a floor in it.

        Where its root lies within the digits of the clock, round-off does not decide.
        """
        if a.kind == "condition" and at_root:
            return self._at_equality(a)
        env = {**known, **held, TIME: t}
        env |= {b.symbol: float(_apply(b.kind, evaluate_one(b.argument, env))) for b in self.all if b.kind in _WAVES}
        margin = evaluate_one(_margin(a), env)
        if a.kind == "floor":
            near = float(round(margin)) if math.isfinite(margin) else margin
            return near if at_root or abs(margin - near) <= self._blur(a, t, env) else math.floor(margin)
        if abs(margin) <= self._blur(a, t, env):
            return self._at_equality(a)
        return float(_apply(a.kind, evaluate_one(a.argument, env)))

    @staticmethod
    def _at_equality(a: Auxiliary) -> float:
        return 1.0 if a.argument.op == "le" else 0.0

    def _blur(self, a: Auxiliary, t: float, env: Mapping[Expr, Any]) -> float:
        """How much the argument of a floor or the margin of a condition changes within the last digits of the clock."""
        digits = _LAST_DIGITS * float(np.spacing(max(1.0, abs(t))))
        here, *beside = (evaluate_one(_margin(a), {**env, TIME: t + s * digits}) for s in (0.0, -1.0, 1.0))
        changes = [abs(b - here) for b in beside if math.isfinite(b - here)]
        return max([*changes, 4.0 * sum(_sizes(_margin(a), env)) * float(np.finfo(float).eps)])

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
            found = self._wave_crossing(a, t, env)
            return self._scan(a, t, horizon, known, held) if found is None else found
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
        kinked = any(n.op in ("min", "max", "where", "lt", "le") for n in expr.topological([margin]))
        return None if self._wavy(a) or kinked or TIME in expr.symbols_of([slope]) else slope

    def _wavy(self, a: Auxiliary) -> bool:
        return any(self._of[s].kind in _WAVES for s in expr.symbols_of([_margin(a)]) if s in self._of)

    def _wave_crossing(self, a: Auxiliary, t: float, env: Mapping[Expr, Any]) -> float | None:
        """The next jump of `A sin(b + c t) < B` and the like, or None if it is not of that kind."""
        wave = self._single_wave[a.symbol]
        if wave is None:
            return None
        symbol, size, speed, cosine = wave
        margin = _margin(a)
        factor, rate = evaluate_one(size, env), evaluate_one(speed, env)
        if factor == 0.0 or rate == 0.0 or not math.isfinite(rate):
            return math.inf if math.isfinite(rate) else None
        level = -evaluate_one(margin, {**env, symbol: 0.0}) / factor
        angle = evaluate_one(self._of[symbol].argument, {**env, TIME: t})
        later = next_crossing(level, angle, rate, 2.0 * _same(t), cosine=cosine)
        return None if later is None else t + later

    def _wave_of(self, a: Auxiliary) -> tuple[Expr, Expr, Expr, bool] | None:
        """The one wave in a condition, its factor and the speed of its argument, if all else is constant."""
        margin = _margin(a)
        symbols = expr.symbols_of([margin])
        waves = [s for s in symbols if s in self._of and self._of[s].kind in _WAVES]
        if a.kind != "condition" or len(waves) != 1 or TIME in symbols:
            return None
        factor = expr.derivative(margin, waves[0])
        argument = self._of[waves[0]].argument
        speed = expr.derivative(argument, TIME)
        kinked = any(n.op in ("min", "max", "where", "lt", "le") for n in expr.topological([margin, argument]))
        if kinked or waves[0] in expr.symbols_of([factor]) or TIME in expr.symbols_of([speed]):
            return None
        return waves[0], factor, speed, self._of[waves[0]].kind == "cosine"

    def _scan(
        self, a: Auxiliary, t: float, horizon: float, known: Mapping[Expr, float], held: Mapping[Expr, float]
    ) -> float:
        """The first jump of what is not linear in time, up to the horizon; at the next whole number for a floor."""
        env: dict[Expr, Any] = {**known, **held}
        waves = [b for b in self.all if b.kind in _WAVES]

        def at(when: float) -> dict[Expr, Any]:
            now = {**env, TIME: when}
            for b in waves:
                now[b.symbol] = float(_apply(b.kind, evaluate_one(b.argument, now)))
            return now

        low = t + 2.0 * _same(t)
        if horizon <= low:
            return math.inf
        before = float(_apply(a.kind, evaluate_one(a.argument, at(low))))
        edges = [_margin(a)] if a.kind == "condition" else [_margin(a) - before, _margin(a) - (before + 1.0)]

        def changed(when: float) -> bool:
            now = at(when)
            if float(_apply(a.kind, evaluate_one(a.argument, now))) != before:
                return True
            return a.kind == "condition" and abs(evaluate_one(_margin(a), now)) <= self._blur(a, when, now)

        ranges = {b.symbol: self._range_of_wave(b, env) for b in waves}
        slope = self._whole_slope(_margin(a))
        try:
            roots = [
                first_root(
                    edge,
                    slope,
                    TIME,
                    env,
                    ranges,
                    low,
                    horizon,
                    _resolved,
                    changed,
                    lambda x, e=edge: evaluate_one(e, at(x)),  # type: ignore[misc]
                )
                for edge in edges
            ]
        except TooManyRoots:
            key, line = a.origin
            message = f"a {a.kind} on time comes close to a change more often than can be followed"
            raise InputError(Problem(message, key=key, line=line, advice="shorten the run")) from None
        return min((r for r in roots if r is not None), default=math.inf)

    def _whole_slope(self, margin: Expr) -> Expr:
        """d margin / d time, by way of the sines and cosines in it too."""
        slope = expr.derivative(margin, TIME)
        for b in self.all:
            if b.kind in _WAVES and b.symbol in expr.symbols_of([margin]):
                partner = next(c for c in self.all if c.argument is b.argument and c.kind in _WAVES and c is not b)
                turn = partner.symbol if b.kind == "sine" else -partner.symbol
                slope = slope + expr.derivative(margin, b.symbol) * turn * expr.derivative(b.argument, TIME)
        return slope

    @staticmethod
    def _range_of_wave(b: Auxiliary, env: Mapping[Expr, Any]) -> Callable[[Range], Range]:
        """The range of a sine or cosine over a stretch of time; waves do not hold waves."""
        return lambda stretch: wave_range(range_of(b.argument, TIME, stretch, env, {}), cosine=b.kind == "cosine")


def _resolved(t: float) -> float:
    return 8.0 * float(np.spacing(max(abs(t), 1e-6)))


def evaluate_one(root: Expr, env: Mapping[Expr, Any]) -> float:
    """The value of one expression."""
    return float(expr.evaluate([root], env)[0])


def _sizes(margin: Expr, env: Mapping[Expr, Any]) -> list[float]:
    """Sizes of the two sides of a difference, whose last digits are the round-off of their difference."""
    sides = margin.args if margin.op in ("add", "sub") else (margin,)
    return [abs(evaluate_one(x, env)) for x in sides]


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


def same_instant(a: float, b: float) -> bool:
    """Whether two times are the same as far as the clock resolves; what is due before counts as due."""
    return a <= b + _same(b)


def _same(t: float) -> float:
    return _SAME_INSTANT * max(1.0, abs(t))
