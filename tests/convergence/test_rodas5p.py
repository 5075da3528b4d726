"""Order of the method: the coefficients' order conditions, and the order seen on a problem with a known solution."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.engine.ensemble.fast import solve_fast
from abscopal.engine.integration.tableau import GAMMA, STAGES, A, C, H
from abscopal.engine.task import make_task
from abscopal.expr import Schedule, System, const, symbol


@pytest.fixture(scope="module")
def classical():
    """The coefficients b, alpha and beta = alpha + gamma of the form with matrix products."""
    a, c = np.zeros((STAGES, STAGES)), np.zeros((STAGES, STAGES))
    for i in range(STAGES):
        a[i, :i], c[i, :i] = A[i], C[i]
    gamma = np.linalg.inv(np.eye(STAGES) / GAMMA - c)
    weights = np.array([*A[-1], 1.0])
    alpha = a @ gamma
    return weights @ gamma, alpha, alpha + gamma, gamma


def test_order_conditions_up_to_four(classical):
    b, alpha, beta, _ = classical
    one = np.ones(STAGES)
    a, be = alpha @ one, beta @ one
    conditions = {
        "t": (b @ one, 1),
        "t t": (b @ be, 1 / 2),
        "bush 3": (b @ a**2, 1 / 3),
        "tall 3": (b @ (beta @ be), 1 / 6),
        "bush 4": (b @ a**3, 1 / 4),
        "fork 4": (b @ (a * (alpha @ be)), 1 / 8),
        "stem 4": (b @ (beta @ a**2), 1 / 12),
        "tall 4": (b @ (beta @ beta @ be), 1 / 24),
        "tall 5": (b @ (beta @ beta @ beta @ be), 1 / 120),
        "bush 5": (b @ a**4, 1 / 5),
    }
    for name, (found, wanted) in conditions.items():
        assert found == pytest.approx(wanted, abs=2e-12), name


def test_the_embedded_solution_is_of_order_four(classical):
    _, alpha, beta, gamma = classical
    b = np.array([*A[-1], 0.0]) @ gamma  # without the last stage, which is the error estimate
    one = np.ones(STAGES)
    a, be = alpha @ one, beta @ one
    found = [b @ one, b @ be, b @ a**2, b @ beta @ be, b @ a**3, b @ (a * (alpha @ be)), b @ beta @ a**2]
    np.testing.assert_allclose([*found, b @ beta @ beta @ be], 1 / np.array([1, 2, 3, 6, 4, 8, 12, 24]), atol=2e-12)


def test_stiff_components_die_out(classical):
    b, _, beta, _ = classical
    # Stability function 1 + z b (I - z beta)^-1 1 at minus infinity: stiffly accurate methods reach 0.
    z = -1e9
    assert abs(1 + z * b @ np.linalg.solve(np.eye(STAGES) - z * beta, np.ones(STAGES))) < 1e-6
    for y in np.logspace(-2, 3, 60):
        value = 1 + 1j * y * b @ np.linalg.solve(np.eye(STAGES) - 1j * y * beta, np.ones(STAGES))
        assert abs(value) <= 1 + 1e-6


def test_the_interpolant_meets_both_ends_and_their_slopes(classical):
    _, _, _, gamma = classical
    # At the start the slope of y(s) is that of the solution: y' = sum of the coefficients of order one.
    weights = np.array([*A[-1], 1.0])
    start = (weights + np.array(H[0])) @ gamma @ np.ones(STAGES)
    assert start == pytest.approx(1.0, abs=1e-10)


def fixed_steps(n: int, times: np.ndarray) -> np.ndarray:
    """A nonlinear system with solution x = cos t exp(-t/5), y = sin t exp(-t/5) + x^2, in n equal steps to t = 2."""
    x, y = symbol("x"), symbol("y")
    swirl = y - x * x
    dx = -0.2 * x - swirl
    system = System(
        states=(x, y),
        parameters=(),
        rates=(dx, -0.2 * swirl + x + 2.0 * x * dx),
        initial=(const(1.0), const(1.0)),
        outputs=(("x", x), ("y", y)),
        maps=(),
        scales=(1.0, 1.0),
        extinct_below=(0.0, 0.0),
    )
    task = make_task(
        system,
        Schedule(),
        np.zeros((1, 0)),
        times,
        start=0.0,
        initial=None,
        rtol=1e-13,
        atol=1e-13,
        outputs=None,
        max_steps=10**6,
    )
    steps = np.full((1, n + 1), 2.0 / n)
    steps[0, n - 1] *= -1.0  # the last one lands on the end
    got = solve_fast(task, replay=steps, replay_rows=np.zeros(1, dtype=np.int64), capacity=n + 1)
    assert got.steps[0] == n
    return got.outputs[0]


def exact(t: np.ndarray) -> np.ndarray:
    x = np.cos(t) * np.exp(-t / 5)
    return np.column_stack([x, np.sin(t) * np.exp(-t / 5) + x**2])


def test_observed_order_is_five():
    end = np.array([2.0])
    errors = np.array([np.abs(fixed_steps(n, end) - exact(end)).max() for n in (16, 32, 64, 128)])
    orders = np.log2(errors[:-1] / errors[1:])
    assert orders.min() > 4.8
    assert errors[-1] < 1e-8


def test_observed_order_between_the_steps_is_four():
    times = np.append(np.linspace(0.013, 1.987, 97), 2.0)
    errors = np.array([np.abs(fixed_steps(n, times) - exact(times)).max() for n in (8, 16, 32, 64)])
    orders = np.log2(errors[:-1] / errors[1:])
    assert orders.min() > 3.8
