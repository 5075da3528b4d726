"""Exact tangents, start volumes, and threads that change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from abscopal.fitting.likelihood import StudyLikelihood
from abscopal.simulation import Settings

INDIVIDUAL = ("doubling_time", "inoculum_take", "alpha_photon")


def _problem(bench: Any) -> Any:
    return bench.problem(bench.rows(1), INDIVIDUAL, ("doubling_time", "alpha_photon", "spontaneous_death_rate"))


def test_tangents_are_the_slopes_of_the_trajectories(bench: Any) -> None:
    problem, step = _problem(bench), 1e-3
    problem = replace(problem, settings=Settings(threads=1, rtol=1e-7))
    solver, part = problem.solver(), problem.readings[1]
    places = 0.5 * np.random.default_rng(0).standard_normal((2, solver.size))
    found = solver.solve(part.arm, places, part.days, part.outputs, tangents=True)
    assert found.tangents is not None
    for q in range(solver.size):
        away = step * np.eye(solver.size)[q]
        high, low = (solver.solve(part.arm, places + s * away, part.days, part.outputs).outputs for s in (1, -1))
        slope = (high - low) / (2.0 * step)
        assert np.abs(slope - found.tangents[..., q]).max() < 2e-3 * np.abs(found.outputs).max(), q


def test_the_median_animal_has_the_start_volume_and_others_differ_by_their_own_take(bench: Any) -> None:
    solver = _problem(bench).solver()
    places = np.zeros((3, solver.size))
    places[1, 0] = 1.0  # slower growth: a larger inoculum
    places[2, solver.own_from + 1] = 1.0  # its own take
    volumes = solver.solve("control", places, np.array([0.0]), ["volume@primary"]).outputs[:, 0, 0]
    assert np.allclose(volumes[:2], 75.0, rtol=1e-3)
    assert volumes[2] > 80.0


def test_what_cannot_be_solved_is_impossible_and_counted(bench: Any) -> None:
    problem = _problem(bench)
    likelihood = StudyLikelihood(problem)
    theta = np.zeros((2, likelihood.size))
    eta = np.zeros((2, likelihood.animals, likelihood.individual))
    names = bench.prepared.model.parameter_names
    likelihood.solver.baseline[names.index("maximum_growth_rate")] = np.nan
    groups = likelihood.groups(theta, eta)
    assert (groups[:, :-1] == -np.inf).all()
    assert sum(likelihood.solver.failures.values()) == 2 * likelihood.animals


def test_threads_and_company_change_nothing(bench: Any) -> None:
    problem = _problem(bench)
    likelihood = StudyLikelihood(problem)
    random = np.random.default_rng(0)
    theta = 0.5 * random.standard_normal((9, likelihood.size))
    eta = random.standard_normal((9, likelihood.animals, likelihood.individual))
    one = likelihood.rows(theta, eta)
    two = StudyLikelihood(replace(problem, settings=Settings(threads=2))).rows(theta, eta)
    assert np.array_equal(one, two)
    assert np.array_equal(one[3:5], likelihood.rows(theta[3:5], eta[3:5]))
