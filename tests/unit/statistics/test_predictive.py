"""Predictive distributions are proper: chances sum to one, densities integrate to one, intervals hold what they say."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from abscopal.statistics.predictive import Durations, Logarithms, Shares, joint_correlation, pooled_masses, weighted


def test_chances_of_a_share_are_the_mean_of_its_worlds() -> None:
    both, one, other = (Shares(np.array(means), 0.1).chances(8) for means in ([0.2, 0.9], [0.2], [0.9]))
    assert both.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(both, (one + other) / 2.0)
    assert float(one @ np.arange(9)) == pytest.approx(8 * 0.2)


def test_animals_of_one_study_are_alike() -> None:
    """Variance of a count: n p (1 - p) (1 + (n - 1) rho)."""
    chances, k = Shares(np.array([0.3]), 0.2).chances(10), np.arange(11)
    variance = float(chances @ k**2) - float(chances @ k) ** 2
    assert variance == pytest.approx(10 * 0.3 * 0.7 * (1 + 9 * 0.2))
    assert joint_correlation(0.2, 1e9) == pytest.approx(0.2)
    assert joint_correlation(0.2, 10) > 0.2


def test_the_80_percent_interval_holds_80_percent_also_of_few_animals() -> None:
    shares = Shares(np.array([0.05, 0.3]), 0.1)
    chances = shares.chances(6)
    held = sum(c * shares.foretold(k / 6, [6]).inside(0.8) for k, c in enumerate(chances))
    assert held == pytest.approx(0.8)


def test_a_share_never_seen_in_a_world_keeps_a_chance() -> None:
    assert math.isfinite(Shares(np.array([0.0]), 0.1).foretold(1.0, [10]).log_score)


def test_crps_is_that_of_its_definition() -> None:
    random = np.random.default_rng(1)
    x, w = random.normal(size=40), random.random(40)
    w /= w.sum()
    _, crps, below, at = weighted(x, w, 0.4)
    by_hand = w @ np.abs(x - 0.4) - 0.5 * np.abs(x[:, None] - x[None, :]).ravel() @ np.outer(w, w).ravel()
    assert crps == pytest.approx(by_hand)
    assert (below, at) == (pytest.approx(float(w[x < 0.4].sum())), 0.0)


def test_the_density_of_a_volume_integrates_to_one_above_its_floor_and_the_chance_below() -> None:
    told = Logarithms(np.log([20.0, 400.0]), 0.5, 4.0, 5.0)
    logs = np.linspace(math.log(5.0) + 1e-9, math.log(1e9), 20001)
    above = np.trapezoid([math.exp(told.foretold(math.exp(v)).log_score) for v in logs[::10]], logs[::10])
    below = told.foretold(0.0)
    assert below.is_chance
    assert not told.foretold(30.0).is_chance
    assert above + math.exp(below.log_score) == pytest.approx(1.0, abs=1e-3)
    assert told.foretold(400.0).crps < told.foretold(4000.0).crps


def test_days_of_animals_have_chances_that_sum_to_one() -> None:
    """Every way in which three animals fall into three intervals or stay."""
    worlds = np.array([[0.5, 0.2, 0.1, 0.2], [0.1, 0.1, 0.1, 0.7]])
    told = Durations(np.array([0.0, 7.0, 14.0, 21.0]), worlds, 0.2)
    days = (5.0, 10.0, 20.0, 21.0)
    total = 0.0
    for place in itertools.combinations_with_replacement(range(4), 3):
        seen = np.array([p < 3 for p in place])
        total += math.exp(told.log_chance(np.array([days[p] for p in place]), seen))
    assert total == pytest.approx(1.0)


def test_an_animal_lost_early_tells_only_of_the_days_before() -> None:
    told = Durations(np.array([0.0, 7.0, 14.0]), np.array([[0.5, 0.3, 0.2]]), 0.2)
    assert told.log_chance(np.array([3.0]), np.array([False])) == pytest.approx(0.0)
    assert told.log_chance(np.array([10.0]), np.array([False])) == pytest.approx(math.log(0.5))


def test_days_and_share_alive_are_one_distribution() -> None:
    """Whether one animal is there on the last day has the same chance by both."""
    masses = np.array([[0.5, 0.3, 0.2]])
    days = Durations(np.array([0.0, 7.0, 14.0]), masses, 0.2)
    share = Shares(days.alive(14.0), 0.2)
    stays = days.log_chance(np.array([14.0, 14.0]), np.array([False, False]))
    assert stays == pytest.approx(share.foretold(1.0, [2]).log_score)


def test_a_world_of_few_animals_leans_on_the_others() -> None:
    masses = pooled_masses(np.array([[4.0, 0.0], [0.0, 0.0]]))
    np.testing.assert_allclose(masses.sum(axis=1), 1.0)
    assert masses[1, 0] > 0.8
