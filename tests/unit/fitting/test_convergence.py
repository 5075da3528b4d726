"""R-hat, effective draws and Pareto k on draws whose answers are known."""

from __future__ import annotations

import numpy as np

from abscopal.fitting.convergence import effective_draws, smoothed_weights, split_r_hat

RANDOM = np.random.default_rng(0)


def test_chains_that_agree_and_chains_that_do_not() -> None:
    same = RANDOM.standard_normal((4, 500))
    assert 0.99 < split_r_hat(same) < 1.02
    assert split_r_hat(same + np.array([[0.0], [0.0], [0.0], [1.0]])) > 1.05
    drifting = same + np.linspace(0.0, 2.0, 500)
    assert split_r_hat(drifting) > 1.1
    assert split_r_hat(same * np.array([[1.0], [1.0], [1.0], [3.0]])) > 1.1


def test_effective_draws_of_particles_that_move_slowly() -> None:
    rho, particles, times = 0.8, 400, 60
    moved = np.empty((particles, times))
    moved[:, 0] = RANDOM.standard_normal(particles)
    for t in range(1, times):
        moved[:, t] = rho * moved[:, t - 1] + np.sqrt(1.0 - rho**2) * RANDOM.standard_normal(particles)
    exact = particles * times * (1.0 - rho) / (1.0 + rho)
    assert 0.8 * exact < effective_draws(moved) < 1.25 * exact
    standing = np.repeat(moved[:, :1], times, axis=1)
    assert 0.8 * particles < effective_draws(standing) < 1.3 * particles


def test_pareto_k_is_the_shape_of_the_tail() -> None:
    for shape in (0.2, 0.5, 0.9):
        found = [smoothed_weights(np.log(RANDOM.pareto(1.0 / shape, 4000) + 1.0))[1] for _ in range(20)]
        assert abs(np.mean(found) - shape) < 0.1


def test_smoothed_weights_sum_to_one_and_equal_ones_stay_equal() -> None:
    weights, k = smoothed_weights(np.zeros(500))
    assert np.allclose(weights, -np.log(500))
    assert k <= 0.0
    weights, _ = smoothed_weights(RANDOM.standard_normal(500))
    assert np.isclose(np.exp(weights).sum(), 1.0)
