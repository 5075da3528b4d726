"""Distributions: places and quantiles, limits, and what happens when the declared value changes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from abscopal.parameters import FIXED, Distribution, Source, declare
from abscopal.parameters.distribution import AROUND, FAMILIES

VALUE = 0.3
ALL = {
    "fixed": FIXED,
    "lognormal": Distribution("lognormal", 0.4),
    "normal": Distribution("normal", 0.1),
    "logit": Distribution("logit", 0.7),
    "uniform": Distribution("uniform", low=0.2, high=0.9),
    "loguniform": Distribution("loguniform", low=0.2, high=0.9),
    "integer": Distribution("integer", low=7.0, high=10.0),
    "choice": Distribution("choice", values=(1.0, 4.0, 9.0)),
}


def test_every_family_is_tested() -> None:
    assert set(ALL) == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_place_and_its_quantile_give_the_same_number(family: str) -> None:
    places = np.linspace(-3.0, 3.0, 41)
    there = ALL[family].at(VALUE, places)
    assert there == pytest.approx(ALL[family].at_quantile(VALUE, stats.norm.cdf(places)))
    assert there.shape == places.shape
    assert np.all(np.diff(there) >= 0.0)


QUANTILES = np.array([0.01, 0.2, 0.5, 0.9])


@pytest.mark.parametrize(
    ("family", "judge"),
    [
        ("lognormal", stats.lognorm(np.sqrt(np.log(1.16)), scale=0.3)),
        ("normal", stats.norm(0.3, 0.03)),
        ("uniform", stats.uniform(0.2, 0.7)),
        ("loguniform", stats.loguniform(0.2, 0.9)),
    ],
)
def test_quantiles_are_those_of_scipy(family: str, judge) -> None:
    assert ALL[family].at_quantile(VALUE, QUANTILES) == pytest.approx(judge.ppf(QUANTILES))


def test_numbers_that_are_counted() -> None:
    assert ALL["integer"].at_quantile(8.0, [0.0001, 0.2499, 0.2501, 0.9999]).tolist() == [7.0, 7.0, 8.0, 10.0]
    assert ALL["choice"].at_quantile(4.0, [0.0001, 0.34, 0.9999]).tolist() == [1.0, 4.0, 9.0]
    assert FIXED.at_quantile(4.0, [0.1, 0.9]).tolist() == [4.0, 4.0]


def test_the_middle_is_the_declared_value_where_a_distribution_lies_around_it() -> None:
    for family in AROUND:
        assert float(ALL[family].at(VALUE, 0.0)) == pytest.approx(VALUE)


def test_what_does_not_vary() -> None:
    assert not FIXED.varies(1.0)
    assert not Distribution("lognormal").varies(1.0)
    assert not ALL["normal"].varies(0.0)
    assert ALL["uniform"].varies(0.0)


def test_limits_go_with_the_declared_value() -> None:
    """A range is as wide, relative to a value that the user sets, as around the declared one."""
    source = {"kind": "assumed", "note": "for the test"}
    spread = {"uncertainty": {"distribution": "uniform", "low": 0.3, "high": 0.9}}
    item = declare("k", {"value": 0.6, "unit": "1", "spread": spread, "source": source})
    moved = item.with_value(0.2, Source("assumed", note="set")).spread.uncertainty
    assert moved.ends() == pytest.approx((0.1, 0.3))
    assert ALL["lognormal"].moved(1.0, 2.0) is ALL["lognormal"]


def test_variation_is_the_width_or_the_coefficient_of_variation() -> None:
    assert ALL["logit"].variation(VALUE) == 0.7
    assert ALL["uniform"].variation(0.5) == pytest.approx(0.7 / np.sqrt(12.0) / 0.5, rel=1e-3)
    assert FIXED.variation(VALUE) == 0.0


def test_words() -> None:
    assert ALL["integer"].words == "7 to 10"
    assert ALL["choice"].words == "one of 1, 4, 9"
    assert FIXED.words == Distribution("lognormal").words == "fixed"
