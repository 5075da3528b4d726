"""Roots and powers of what may be negative."""

from __future__ import annotations

import numpy as np

from abscopal import expr
from abscopal.expr import System
from abscopal.published.domains import first_negative, watched_bases


def _system(rate):
    return System((X,), (N,), (rate,), (expr.const(1.0),), (), (), (1.0,), (0.0,))


X, N = expr.symbol("x"), expr.symbol("n")


def test_what_cannot_be_negative_is_not_watched():
    safe = expr.sqrt(expr.exp(X)) + expr.sqrt(X * X) + expr.sqrt(expr.maximum(X, -X)) + (1.0 + X * X) ** 1.5
    assert watched_bases(_system(safe), {"n": 2.5}) == ()


def test_a_state_under_a_root_or_a_broken_power_is_watched():
    assert watched_bases(_system(expr.sqrt(X)), {"n": 2.5}) == (X,)
    assert watched_bases(_system(X**N), {"n": 2.5}) == (X,)
    assert watched_bases(_system(X**N), {"n": 2.0}) == ()


def test_round_off_below_zero_is_not_negative():
    bases = np.array([[[1.0], [0.0], [-1e-9]], [[1.0], [-0.1], [1.0]], [[np.nan]] * 3])
    assert first_negative(bases).tolist() == [3, 1, 3]


def test_the_slope_of_a_choice_ignores_the_branch_not_taken():
    """Else an infinite slope times zero would spoil the Jacobian of a guarded division."""
    guarded = expr.where(X > 0.5, 1.0 / X, 2.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        (slope,) = expr.evaluate([expr.derivative(guarded, X)], {X: np.array(0.0)})
    assert slope == 0.0
