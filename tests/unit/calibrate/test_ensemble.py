"""The ensemble smoother against posteriors that are known."""

import numpy as np

from abscopal.calibrate.ensemble import moved


def test_a_linear_gaussian_problem_ends_at_its_posterior() -> None:
    random = np.random.default_rng(1)
    design = np.array([[1.0, 0.0], [0.5, 1.0], [0.0, 2.0]])
    observed = np.array([1.0, 1.5, 1.0])
    precision = np.eye(2) + design.T @ design
    mean, covariance = np.linalg.solve(precision, design.T @ observed), np.linalg.inv(precision)
    places = random.standard_normal((4000, 2))
    for turn in range(4):
        predicted = places @ design.T
        places = moved(places, observed - predicted, predicted, 4.0, np.ones((2, 3)), turn)
    np.testing.assert_allclose(places.mean(axis=0), mean, atol=0.04)
    np.testing.assert_allclose(np.cov(places.T), covariance, atol=0.04)


def test_a_masked_parameter_keeps_its_prior() -> None:
    places = np.random.default_rng(2).standard_normal((300, 2))
    predicted = places[:, :1] + places[:, 1:]
    after = moved(places, 3.0 - predicted, predicted, 1.0, np.array([[1.0], [0.0]]), 0)
    assert (after[:, 1] == places[:, 1]).all()
    assert after[:, 0].mean() > 0.5


def test_chance_correlations_move_nothing() -> None:
    random = np.random.default_rng(3)
    places, unrelated = random.standard_normal((60, 40)), random.standard_normal((60, 1))
    after = moved(places, 5.0 - unrelated, unrelated, 1.0, np.ones((40, 1)), 0)
    untapered = np.abs(places.T @ (unrelated - unrelated.mean())) / 59
    assert np.mean((after == places).all(axis=0)) > 0.5
    assert untapered.max() > 0.1
