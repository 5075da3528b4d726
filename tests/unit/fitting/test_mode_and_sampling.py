"""Algorithms on problems whose posterior is a known Gaussian, or has two modes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abscopal.errors import InputError
from abscopal.fitting.arrow import Arrow
from abscopal.fitting.cloud import PathStart
from abscopal.fitting.effort import FitEffort
from abscopal.fitting.likelihood import Expansion
from abscopal.fitting.mode import find_mode
from abscopal.fitting.notes import FitNotes
from abscopal.fitting.sampling import preview, sample

SHARED_ONLY = {"animals": 0, "common": 6}


def _around(mode: Any, factor: float = 1.0, shift: float = 0.0) -> PathStart:
    p = mode.precision
    sd = np.sqrt(np.diag(mode.covariance))
    scaled = Arrow(p.shared * factor, p.cross * factor, p.own * factor)
    return PathStart(mode.theta[0] + shift * sd, mode.eta[0], scaled)


@pytest.mark.parametrize("kind", [{}, SHARED_ONLY])
def test_the_mode_and_its_curvature(linear: Any, kind: dict[str, int]) -> None:
    problem = linear(**kind)
    mean, covariance = problem.exact()
    mode = find_mode(problem, starts=3, iterations=25, seed=1)
    assert mode.found
    assert mode.rival is None
    assert set(mode.number) == {0}
    assert np.allclose(mode.theta, mean[:4], atol=1e-3)
    assert np.allclose(mode.eta[0].ravel(), mean[4:], atol=1e-3)
    assert np.allclose(mode.covariance, covariance[:4, :4])


@pytest.mark.slow
@pytest.mark.parametrize("kind", [{}, SHARED_ONLY])
@pytest.mark.parametrize(("factor", "shift"), [(0.5, 0.5), (2.0, 0.5)])
def test_a_wrong_gaussian_is_carried_to_the_posterior(linear: Any, kind: Any, factor: float, shift: float) -> None:
    problem = linear(**kind)
    mean, covariance = problem.exact()
    sd = np.sqrt(np.diag(covariance))
    mode = find_mode(problem, 2, 25, 1)
    effort = FitEffort.usual(bool(problem.individual))
    draws = sample(problem, _around(mode, factor, shift), effort, seed=3)
    assert draws.worst[0] < 1.05
    assert np.abs((draws.theta.mean((0, 1)) - mean[:4]) / sd[:4]).max() < 0.15
    assert np.abs(draws.theta.std((0, 1)) / sd[:4] - 1.0).max() < 0.12
    if problem.individual:
        own = draws.eta.reshape(-1, problem.animals * problem.individual)
        assert np.abs((own.mean(0) - mean[4:]) / sd[4:]).max() < 0.2
        assert np.abs(own.std(0) / sd[4:] - 1.0).max() < 0.2


def test_without_a_mode_the_way_from_the_prior_leads_there_too(linear: Any) -> None:
    problem = linear(**SHARED_ONLY)
    mean, covariance = problem.exact()
    draws = sample(problem, PathStart.prior(problem), FitEffort(), seed=3)
    assert draws.stages > 5
    assert np.abs((draws.theta.mean((0, 1)) - mean) / np.sqrt(np.diag(covariance))).max() < 0.15


def test_a_preview_is_the_gaussian_around_the_mode(linear: Any) -> None:
    problem = linear()
    mean, covariance = problem.exact()
    draws = preview(problem, _around(find_mode(problem, 2, 25, 1)), FitEffort(), 1)
    assert np.abs(draws.theta.mean((0, 1)) - mean[:4]).max() < 0.25 * np.sqrt(covariance.max())


class KilledError(Exception):
    """A process that ends without a word."""


@pytest.mark.parametrize("kind", [{}, SHARED_ONLY])
def test_after_a_kill_the_draws_are_those_that_would_have_been(linear: Any, kind: Any, tmp_path: Path) -> None:
    problem = linear(**kind)
    reference = _around(find_mode(problem, 2, 25, 1))
    stages = 0 if problem.individual else 3
    effort = FitEffort(particles=64, stages=stages, moves=4, most_sweeps=12)
    whole = sample(problem, reference, effort, 3)
    swept = []

    def kill(_what: str, done: int, _all: int) -> None:
        swept.append(done)
        if done == 7:
            raise KilledError

    with pytest.raises(KilledError):
        sample(problem, reference, effort, 3, FitNotes(tmp_path, "ours", False), kill)
    swept.clear()
    resumed = sample(
        problem, reference, effort, 3, FitNotes(tmp_path, "ours", True), lambda *told: swept.append(told[1])
    )
    assert swept[0] == 7
    assert np.array_equal(whole.theta, resumed.theta)
    assert np.array_equal(whole.eta, resumed.eta)


def test_notes_of_another_fit_are_refused_and_damaged_ones_made_again(tmp_path: Path) -> None:
    FitNotes(tmp_path, "ours", False).keep({"a": np.arange(3)})
    assert FitNotes(tmp_path, "ours", True).held["a"].tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="another model, data, choice, effort or seed"):
        FitNotes(tmp_path, "other", True)
    file = FitNotes(tmp_path, "ours", False).file
    file.write_bytes(file.read_bytes()[:-40])
    assert FitNotes(tmp_path, "ours", True).held == {}


class TwoModes:
    """One measurement of the square of a coordinate: plus and minus are as probable."""

    size, animals, individual = 1, 0, 0

    def groups(self, theta: Any, eta: Any) -> Any:
        return -0.5 * ((theta**2 - 2.0) / 0.2) ** 2

    def expansion(self, theta: Any, eta: Any) -> Expansion:
        slope = 2.0 * theta
        away = (2.0 - theta**2) / 0.04
        curvature = Arrow(
            (slope**2 / 0.04)[..., None], np.zeros((len(theta), 0, 1, 0)), np.zeros((len(theta), 0, 0, 0))
        )
        return Expansion(self.groups(theta, eta)[:, 0], slope * away, np.zeros((len(theta), 0, 0)), curvature)


def test_a_second_mode_is_seen() -> None:
    mode = find_mode(TwoModes(), starts=8, iterations=40, seed=1)
    # The first start is 0 itself, where nothing says which way to go.
    assert np.allclose(np.abs(mode.theta[:-1]), np.sqrt(2.0), atol=0.05)
    assert mode.rival is not None
    assert mode.rival < 0.1
