"""Probabilities of measured values: they add up to one, and censoring counts what it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import lognorm, norm

from abscopal.fitting.error_law import ErrorLaw
from abscopal.fitting.rows import FitRow
from abscopal.measurements import Observation

CV = 0.3
SCALE = np.sqrt(np.log1p(CV**2))
LIMIT = 1000.0


def _law(*rows: FitRow, law: Any = "lognormal", floor: float = 0.0, alike: bool = False) -> ErrorLaw:
    return ErrorLaw.of(rows, law, LIMIT, np.full(len(rows), floor), [alike] * len(rows))


def _row(role: str, value: float = 100.0, **more: Any) -> FitRow:
    return FitRow(Observation("a", "1", "p", 5.0, "volume", value, **more), role, "")


def _log(law: ErrorLaw, *features: tuple[float, float], cv: float = CV) -> Any:
    found = np.array(features)[None]
    return law.log_likelihood(found, np.full(found.shape[:2], np.log(cv)))[0]


@pytest.mark.parametrize("kind", ["lognormal", "student"])
def test_below_a_value_above_it_and_in_an_interval_make_one(kind: Any) -> None:
    law = _law(_row("below", 80.0), _row("interval", 130.0, lower=80.0), _row("above", 130.0), law=kind)
    assert np.isclose(np.exp(_log(law, *[(np.log(100.0), 0.0)] * 3)).sum(), 1.0)


@pytest.mark.parametrize("kind", ["lognormal", "student"])
def test_a_density_integrates_to_the_probability_of_its_interval(kind: Any) -> None:
    values = np.exp(np.linspace(np.log(80.0), np.log(130.0), 401))
    law = _law(*(_row("exact", v) for v in values), law=kind)
    density = np.exp(_log(law, *[(np.log(100.0), 0.0)] * len(values)))
    whole = np.trapezoid(density, np.log(values))
    interval = np.exp(_log(_law(_row("interval", 130.0, lower=80.0), law=kind), (np.log(100.0), 0.0)))
    assert np.isclose(whole, interval[0], rtol=1e-4)


def test_values_are_lognormal_around_the_model() -> None:
    found = _log(_law(_row("exact", 130.0)), (np.log(100.0), 0.0))
    assert np.isclose(found[0], lognorm(SCALE, scale=100.0).logpdf(130.0) + np.log(130.0))


def test_far_tails_stay_finite() -> None:
    law = _law(_row("below", 1e-3), _row("above", 1e9), _row("interval", 1e9, lower=1e8), _row("death"))
    assert np.isfinite(_log(law, *[(0.0, 0.0)] * 4)).all()


def test_a_cured_tumour_is_below_what_is_seen_and_not_a_large_value() -> None:
    law = _law(_row("below", 5.0), _row("exact", 500.0), floor=5.0 / 3.0)
    below, large = _log(law, *[(np.log(1e-3), 0.0)] * 2)
    assert np.exp(below) > 0.95
    assert large < -6.0


def test_a_removal_is_the_passing_of_the_limit_within_the_gap() -> None:
    before, now = np.log(0.9 * LIMIT), np.log(1.3 * LIMIT)
    found = np.exp(_log(_law(_row("death"), _row("alive", 0.0)), (now, before), (now, before)))
    exact = norm.cdf(np.log(1 / 0.9) / SCALE) - norm.cdf(np.log(1 / 1.3) / SCALE)
    assert np.isclose(found[0], 0.01 + 0.99 * exact)
    assert np.isclose(found[1], norm.cdf(np.log(1 / 1.3) / SCALE))


def test_a_mean_of_more_animals_tells_more() -> None:
    few, many = (_row("mean", 140.0, statistic="mean", sd=70.0, n=n) for n in (4, 40))
    wide, sharp = _log(_law(few, many, alike=True), *[(np.log(100.0), 0.0)] * 2, cv=0.05)
    # A median animal of 100 with a spread of 50 % has a mean of 112.
    nearest = _log(_law(few, many, alike=True), *[(np.log(140.0 / np.sqrt(1.25)), 0.0)] * 2, cv=0.05)
    assert sharp < wide
    assert nearest[1] > nearest[0]


def test_the_law_of_a_mean_is_that_of_simulated_means() -> None:
    random, n, spread = np.random.default_rng(0), 8, np.sqrt(np.log1p(0.5**2))
    means = (100.0 * np.exp(spread * random.standard_normal((100_000, n)))).mean(axis=1)
    law = _law(_row("mean", 100.0 * np.sqrt(1.25), statistic="mean", sd=0.5 * 100.0 * np.sqrt(1.25), n=n), alike=True)
    centre, scale = law.centre_and_scale(np.array([[[np.log(100.0), 0.0]]]), np.array([[np.log(1e-3)]]))
    assert abs(np.exp(centre[0, 0]) / means.mean() - 1.0) < 0.01
    assert abs(scale[0, 0] / np.log(means).std() - 1.0) < 0.05


def test_the_curvature_is_the_derivative_of_the_gradient() -> None:
    law = _law(_row("exact", 130.0), _row("below", 80.0), _row("mean", 90.0, statistic="mean", n=6), floor=1.0)
    x = np.tile([np.log(100.0), 0.2], (1, 3, 1))
    log_cv = np.full((1, 3), np.log(CV))
    value, gradient, positive = law.curvature(x, log_cv)
    moved = law.curvature(x + np.array([1e-4, 0.0]), log_cv)
    assert np.allclose((moved[0] - value) / 1e-4, gradient[..., 0], atol=1e-2)
    assert np.allclose(-(moved[1] - gradient)[0, 0, 0] / 1e-4, 1.0 / SCALE**2, rtol=0.02)
    assert (np.linalg.eigvalsh(positive) > -1e-6).all()


def test_replicates_follow_the_law() -> None:
    law = _law(_row("exact"), _row("death"))
    uniforms = (np.arange(2000) + 0.5)[:, None].repeat(2, axis=1) / 2000
    features = np.tile([[np.log(1300.0), np.log(900.0)]], (2000, 2, 1))
    found = law.replicated(features, np.full((2000, 2), np.log(CV)), uniforms)
    assert np.isclose(np.median(found[:, 0]), 1300.0, rtol=1e-3)
    assert np.isclose(np.log(found[:, 0]).std(), SCALE, rtol=1e-2)
    assert np.isclose(found[:, 1].mean(), np.exp(_log(law, *[(np.log(1300.0), np.log(900.0))] * 2))[1], atol=1e-3)
