"""Conditions on time, floor and sine as functions of the clock."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abscopal import expr
from abscopal.published.clock_states import TIME, Auxiliaries, TimeFunctions


def _single(kind, argument):
    made = Auxiliaries()
    made.state(kind, argument)
    clock = TimeFunctions(made.made.values())
    return clock, clock.all[0]


def test_a_linear_condition_changes_exactly_where_it_should():
    a = expr.symbol("a")
    clock, condition = _single("condition", a * TIME < 2.1)
    assert clock.next_jump(condition, 0.0, 1.0, {a: 0.3}, {}) == pytest.approx(7.0, abs=1e-14)
    assert clock.next_jump(condition, 7.0, 100.0, {a: 0.3}, {}) == math.inf
    assert clock.next_jump(condition, 0.0, 100.0, {a: 0.0}, {}) == math.inf


def test_a_floor_changes_at_every_whole_number_up_and_down():
    clock, rising = _single("floor", TIME / 2.5)
    jumps, t = [], 0.0
    while t < 9.0:
        t = clock.next_jump(rising, t, 100.0, {}, {})
        jumps.append(t)
    np.testing.assert_allclose(jumps, [2.5, 5.0, 7.5, 10.0], atol=1e-13)
    clock, falling = _single("floor", 1.5 - TIME)
    assert clock.next_jump(falling, 0.0, 100.0, {}, {}) == pytest.approx(0.5)


def test_a_curved_condition_is_found_within_the_horizon():
    clock, condition = _single("condition", TIME * TIME < 10.0)
    assert clock.next_jump(condition, 0.0, 5.0, {}, {}) == pytest.approx(math.sqrt(10.0), rel=1e-14)
    assert clock.next_jump(condition, 0.0, 3.0, {}, {}) == math.inf


def test_values_follow_from_inner_ones():
    made = Auxiliaries()
    made.state("condition", TIME - 2.0 * made.floor(TIME / 2.0) < 0.5)
    values = TimeFunctions(made.made.values()).values(np.array([0.2, 0.7, 2.2, 2.7]), {})
    assert [v.tolist() for v in values.values()] == [[0, 0, 1, 1], [1, 0, 1, 0]]
