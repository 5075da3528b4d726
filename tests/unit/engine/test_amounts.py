"""Amounts stay zero or more unless their own rate or an event carries them below; both solvers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from abscopal import engine
from abscopal.expr import EventMap, Schedule, const, maximum, sqrt, symbol, where

SOLVERS = ("fast", "reference")
END = 40.0
TIMES = np.linspace(0.0, END, 81)
x, z, k = symbol("x"), symbol("z"), symbol("k")


def _kills(count: int, seed: int) -> np.ndarray:
    """growth, killing, half-saturation, loss of effectors, tumour, effectors, exponent; spread over decades."""
    rng = np.random.default_rng(seed)
    low = [0.05, -1.0, -8.0, 0.02, 3.0, 2.0]
    high = [0.5, 1.5, 4.0, 1.5, 7.0, 6.0]
    drawn = rng.uniform(low, high, (count, 6))
    drawn[:, [1, 2, 4, 5]] = 10.0 ** drawn[:, [1, 2, 4, 5]]
    return np.column_stack([drawn, rng.choice([1.0, 2.0, 3.0], count)])


def _oracle(row: np.ndarray) -> np.ndarray:
    """The tumour by SciPy at a tight tolerance in its logarithm, which cannot be negative."""
    growth, killing, half, loss, tumour, effectors, n = row

    def rate(t: float, u: np.ndarray) -> list[float]:
        denominator = np.logaddexp(n * np.log(half), n * u[0])
        return [growth - np.exp(np.log(killing * effectors) - loss * t + (n - 1.0) * u[0] - denominator)]

    with np.errstate(all="ignore"):
        found = solve_ivp(rate, (0.0, END), [np.log(tumour)], method="LSODA", rtol=1e-9, atol=1e-9, t_eval=TIMES)
        return np.exp(found.y[0]) if found.success else np.full(len(TIMES), np.nan)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("seed", [0, 1])
def test_saturated_killing_ends_where_the_logarithm_of_the_tumour_does(make, solver, seed):
    tumour, effectors = symbol("tumour"), symbol("effectors")
    growth, killing, half, loss, t0, e0, n = (symbol(s) for s in ("g", "kill", "half", "loss", "t0", "e0", "n"))
    killed = killing * effectors * tumour**n / (half**n + tumour**n)
    rates = [growth * tumour - killed, -loss * effectors]
    system = make([tumour, effectors], [growth, killing, half, loss, t0, e0, n], rates, [t0, e0])
    drawn = _kills(25, seed)
    solution = engine.solve(system, Schedule(), drawn, TIMES, rtol=1e-6, atol=1e-6, solver=solver)
    assert solution.finished.all()
    assert solution.output("tumour").min() >= 0.0
    for row, found in zip(drawn, solution.output("tumour"), strict=True):
        known = _oracle(row)
        np.testing.assert_allclose(found, np.where(np.isnan(known), found, known), rtol=0.02, atol=1.0)


STOPS = {
    "saturated, tiny half-saturation": -8e5 * x / (1e-9 + x),
    "hill": -1e4 * x**2.0 / (1e-12 + x**2.0),
    "root": -k * sqrt(x),
    "small power": -k * x**0.1,
    "while there is some": where(x > 0.0, -k, 0.0),
    "while there is some or none": where(x >= 0.0, -k, 0.0),
    "constant down to a little": -k * x / maximum(x, 1e-9),
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", STOPS)
def test_a_loss_that_stops_when_its_source_is_empty_leaves_zero(make, kind, solver):
    system = make([x, z], [k], [STOPS[kind], -STOPS[kind]], [10.0, 0.0])
    solution = engine.solve(system, Schedule(), [[1.0]], TIMES, rtol=1e-6, atol=1e-9, solver=solver)
    if solver == "reference" and kind.startswith("while") and not solution.finished[0]:
        assert solution.status[0] == engine.Status.STEP_LIMIT  # it may stay at the jump for ever, and says so
        return
    assert solution.finished.all()
    assert solution.outputs.min() >= -1e-8
    np.testing.assert_allclose(solution.outputs[0, -1], [0.0, 10.0], atol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
def test_two_amounts_that_use_each_other_up(make, solver):
    met = 5.0 * x / (1e-6 + x) * z / (1e-8 + z)
    system = make([x, z], [k], [-2.0 * met, -k * met], [10.0, 1.0])
    solution = engine.solve(system, Schedule(), [[1.0], [0.1]], TIMES, rtol=1e-6, solver=solver)
    assert solution.finished.all()
    assert solution.outputs.min() >= 0.0
    np.testing.assert_allclose(solution.outputs[:, -1], [[8.0, 0.0], [0.0, 0.5]], atol=1e-3)


BELOW = {
    "constant outflow": ([-k, const(0.0)], [1.0, 0.0], lambda t: 1.0 - t),
    "rate of another": ([-z, -0.1 * z], [1.0, 1.0], lambda t: 1.0 - 10.0 * (1.0 - np.exp(-0.1 * t))),
    "oscillation": ([z, -x], [1.0, 0.0], np.cos),
    "negative clearance": ([0.1 * x - k, const(0.0)], [1.0, 0.0], lambda t: 10.0 - 9.0 * np.exp(0.1 * t)),
    "from zero": ([-k * z, const(1.0)], [0.0, 0.0], lambda t: -0.5 * t**2),
    "negative from the start": ([-x, const(0.0)], [-1.0, 0.0], lambda t: -np.exp(-t)),
    "to a negative level": ([-65.0 - x, const(0.0)], [20.0, 0.0], lambda t: -65.0 + 85.0 * np.exp(-t)),
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", BELOW)
def test_what_its_own_rate_carries_below_zero_goes_there(make, kind, solver):
    rates, start, known = BELOW[kind]
    system = make([x, z], [k], rates, start)
    solution = engine.solve(system, Schedule(), [[1.0]], TIMES, rtol=1e-8, atol=1e-9, solver=solver)
    assert solution.finished.all()
    np.testing.assert_allclose(solution.output("x")[0], known(TIMES), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
def test_an_event_may_take_more_than_there_is(make, solver):
    take = EventMap("take", (), ((0, x - 5.0),))
    system = make([x], [k], [-k * x], [3.0], maps=[take])
    solution = engine.solve(system, Schedule.of([(1.0, 0, ())]), [[0.1]], [0.0, 1.0, 3.0], rtol=1e-8, solver=solver)
    after = 3.0 * np.exp(-0.1) - 5.0
    np.testing.assert_allclose(solution.output("x")[0], [3.0, after, after * np.exp(-0.2)], rtol=1e-4)


def test_neighbours_of_a_step_taken_back_are_the_same_to_the_last_bit(make):
    system = make([x], [k], [0.2 * x - k * x / (1.0 + x)], [1e4])
    rows = np.array([[1e5], [0.0], [1.0], [3e5]])
    together = engine.solve(system, Schedule(), rows, TIMES)
    for i, row in enumerate(rows):
        alone = engine.solve(system, Schedule(), row[None], TIMES)
        np.testing.assert_array_equal(alone.outputs[0], together.outputs[i])
