"""Lines with an intercept and a slope for every subject: they find what made the data, and foretell new subjects."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.statistics.mixed_lines import fit_mixed_lines, normal_crps

DAYS = np.arange(0.0, 21.0, 3.0)


def herd(rng, subjects, intercept=4.0, slope=0.15, a=0.3, b=0.02, error=0.1):
    lines = intercept + a * rng.standard_normal((subjects, 1)) + (slope + b * rng.standard_normal((subjects, 1))) * DAYS
    values = lines + error * rng.standard_normal(lines.shape)
    names = np.repeat([f"m{i}" for i in range(subjects)], DAYS.size)
    return np.tile(DAYS, subjects), values.ravel(), list(names)


def test_it_finds_the_lines_that_made_the_data():
    found = fit_mixed_lines(*herd(np.random.default_rng(1), 60))
    assert found.slope == pytest.approx(0.15, abs=0.008)
    assert found.mean([0.0])[0] == pytest.approx(4.0, abs=0.12)
    assert found.error == pytest.approx(0.1, rel=0.1)
    assert np.sqrt(found.between[1, 1]) == pytest.approx(0.02, rel=0.3)


def test_its_80_per_cent_bands_hold_four_of_five_values_of_new_subjects():
    rng = np.random.default_rng(2)
    found = fit_mixed_lines(*herd(rng, 30))
    days, values, _ = herd(rng, 200)
    off = np.abs(values - found.mean(days)) / found.sd(days)
    assert 0.74 < (off < 1.2816).mean() < 0.86


def test_the_score_is_the_mean_distance_of_samples():
    rng = np.random.default_rng(3)
    draws = rng.normal(1.0, 2.0, 4000)
    expected = np.abs(draws - 2.5).mean() - 0.5 * np.abs(draws[:, None] - draws[None, :]).mean()
    assert float(normal_crps(1.0, 2.0, 2.5)) == pytest.approx(expected, rel=0.05)


def test_one_subject_or_identical_lines_are_no_failure():
    one = fit_mixed_lines(DAYS, 4.0 + 0.1 * DAYS, ["m1"] * DAYS.size)
    assert one.slope == pytest.approx(0.1, abs=1e-6)
    assert np.isfinite(one.sd(DAYS)).all()


def test_too_few_values_make_no_line():
    with pytest.raises(ValueError, match="make no line"):
        fit_mixed_lines([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], ["a", "b", "c"])
