"""Trajectories that the fast solver gives up, and starts that are very fast."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import engine
from abscopal.engine import Status
from abscopal.expr import Schedule, const, exp, log, symbol, where

TIMES = np.linspace(0.0, 10.0, 41)
x, z, k = symbol("x"), symbol("z"), symbol("k")

FAST_STARTS = {
    "two bind": ([-k * x * z, -k * x * z], [1.0, 0.5], [0.5, 0.0]),
    "to a balance": ([k * (2.0 - x * x), const(0.0)], [1.0, 0.0], [np.sqrt(2.0), 0.0]),
    "of the second order": ([-k * x * x, const(0.0)], [1e10, 0.0], [0.0, 0.0]),
    "over at once": ([-k * x * exp(-z * k), const(1.0)], [1.0, 0.0], [np.exp(-1.0), 10.0]),
}


@pytest.mark.parametrize("kind", FAST_STARTS)
def test_rates_of_1e20_at_the_start(make, kind):
    rates, start, end = FAST_STARTS[kind]
    solution = engine.solve(make([x, z], [k], rates, start), Schedule(), [[1e20]], TIMES, rtol=1e-6, atol=1e-9)
    assert solution.finished.all()
    np.testing.assert_allclose(solution.outputs[0, -1], end, rtol=1e-4, atol=1e-6)


def test_the_reference_finishes_what_the_fast_solver_gives_up_and_the_status_says_so(make):
    """The second subject's rate jumps at zero; the others never come there."""
    system = make([x], [k], [where(x > 0.0, -k, 0.0)], [1.0])
    rates = np.array([[0.01], [1.0], [0.02]])
    solution = engine.solve(system, Schedule(), rates, TIMES, rtol=1e-6, atol=1e-12)
    assert solution.status.tolist() == [Status.FINISHED, Status.FINISHED_BY_REFERENCE, Status.FINISHED]
    assert solution.finished.all()
    np.testing.assert_allclose(solution.output("x"), np.maximum(0.0, 1.0 - rates * TIMES), atol=1e-5)
    np.testing.assert_allclose(solution.final_states[1], 0.0, atol=1e-9)
    (told,) = solution.messages()
    assert "1 of 3" in told
    assert "reference solver" in told


def test_a_power_and_a_logarithm_of_what_vanishes(make):
    """x' = -x ln(1 + 1/x): the logarithm grows without bound as x falls to zero, their product does not."""
    system = make([x], [k], [-k * x * log(1.0 + 1.0 / x)], [1.0])
    solution = engine.solve(system, Schedule(), [[1.0]], TIMES, rtol=1e-6, atol=1e-9)
    assert solution.finished.all()
    assert solution.outputs.min() >= 0.0
    assert solution.outputs[0, -1, 0] < 1e-6


def test_what_no_solver_can_do_keeps_its_status_and_ends_soon(make):
    """A blow-up at a finite time; of forty such the reference solver tries twenty."""
    system = make([x], [k], [k * x * x], [1.0])
    solution = engine.solve(system, Schedule(), np.ones((40, 1)), TIMES)
    assert not solution.finished.any()
    assert np.isnan(solution.outputs[:, -1]).all()
    assert len(set(solution.status.tolist())) == 1


@pytest.mark.parametrize("rate", [-1.0 / x, log(x) - 1.0, -(x ** const(-0.5))])
def test_what_has_no_solution_beyond_zero_has_none(make, rate):
    """Each falls to zero in a finite time, with a rate that grows without bound."""
    for solver in ("fast", "reference"):
        solution = engine.solve(make([x], [k], [rate], [1.0]), Schedule(), [[1.0]], TIMES, rtol=1e-6, solver=solver)
        assert not solution.finished[0]
        assert np.isnan(solution.outputs[0, -1, 0])


@pytest.mark.parametrize("solver", ["fast", "reference"])
def test_what_rests_at_zero_after_its_last_moment_is_shown_until_then(make, solver):
    """x' = -1/sqrt(x) is (1 - 3t/2)^(2/3) until t = 2/3, and nothing afterwards."""
    times = np.linspace(0.0, 2.0, 21)
    system = make([x], [k], [-k * x ** const(-0.5)], [1.0])
    solution = engine.solve(system, Schedule(), [[1.0]], times, rtol=1e-8, atol=1e-10, solver=solver)
    assert not solution.finished[0]
    np.testing.assert_allclose(solution.outputs[0, :7, 0], (1.0 - 1.5 * times[:7]) ** (2.0 / 3.0), rtol=1e-5)
    assert np.isnan(solution.outputs[0, 7:]).all()
    assert "infinite" in solution.messages()[0]


@pytest.mark.parametrize("rate", [-(x ** const(0.5)), -x * log(1.0 + 1.0 / x), -k * x / (1e-12 + x)])
def test_what_may_rest_at_zero_does(make, rate):
    for solver in ("fast", "reference"):
        solution = engine.solve(make([x], [k], [rate], [1.0]), Schedule(), [[1.0]], TIMES, rtol=1e-6, solver=solver)
        assert solution.finished[0]
        assert abs(solution.outputs[0, -1, 0]) < 1e-2


def test_a_given_initial_state_is_kept_by_the_fallback(make):
    system = make([x], [k], [where(x > 0.0, -k, 0.0)], [3.0])
    solution = engine.solve(system, Schedule(), [[1.0]], [0.0, 0.5, 5.0], initial=[[1.0]], rtol=1e-6, atol=1e-12)
    assert solution.status[0] == Status.FINISHED_BY_REFERENCE
    np.testing.assert_allclose(solution.output("x")[0], [1.0, 0.5, 0.0], atol=1e-6)
