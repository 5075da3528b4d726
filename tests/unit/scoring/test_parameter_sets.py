"""Plausible parameter sets: uncertainty, laboratory factor, animals, class prior."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import parameters, pipeline
from abscopal.scoring.declarations import Effort
from abscopal.scoring.parameter_sets import animals_of, at_class_prior, plausible_medians, scaled


@pytest.fixture(scope="module")
def declared(lab):
    return pipeline.prepare(lab.study("B16-F10", {"X": lab.x_rays(8)})).declared


def column(declared, name: str) -> int:
    return list(declared).index(name)


def test_sets_spread_as_the_uncertainty_says(declared) -> None:
    values = plausible_medians(declared, range(3000), "lab", 1)
    item = declared["moribund_death_rate"]
    logs = np.log(values[:, column(declared, "moribund_death_rate")])
    assert np.median(logs) == pytest.approx(np.log(item.value), abs=0.02)
    assert np.std(logs) == pytest.approx(np.sqrt(np.log1p(item.spread.uncertainty.width**2)), rel=0.05)


def test_the_laboratory_adds_its_spread_and_is_one_per_study(declared) -> None:
    at = column(declared, "alpha_photon")
    one, other = (plausible_medians(declared, range(3000), key, 1)[:, at] for key in ("one", "other"))
    uncertainty = declared["alpha_photon"].spread.uncertainty.width
    expected = np.sqrt(np.log1p(uncertainty**2) + np.log1p(0.1**2))
    assert np.std(np.log(one)) == pytest.approx(expected, rel=0.05)
    assert np.std(np.log(one / other)) == pytest.approx(np.sqrt(2 * np.log1p(0.1**2)), rel=0.05)


def test_a_set_is_the_same_in_any_company(declared) -> None:
    alone = plausible_medians(declared, [7], "lab", 1)
    assert np.array_equal(alone[0], plausible_medians(declared, [2, 7, 9], "lab", 1)[1])


def test_animals_spread_around_the_median_of_their_set(declared) -> None:
    sets = range(40)
    medians = plausible_medians(declared, sets, "lab", 1)
    animals = animals_of(declared, medians, sets, Effort(40, 200, 1, 1))
    at, item = column(declared, "moribund_death_rate"), declared["moribund_death_rate"]
    logs = np.log(animals[:, :, at] / medians[:, None, at])
    assert np.std(logs) == pytest.approx(np.sqrt(np.log1p(item.spread.between_subjects.width**2)), rel=0.05)
    assert np.array_equal(animals[3], animals_of(declared, medians[3:4], [3], Effort(40, 200, 1, 1))[0])


def test_class_prior_forgets_the_line_and_keeps_the_rest(declared) -> None:
    prior = at_class_prior(declared, "B16-F10")
    assert prior["alpha_photon"].value == 0.15 != declared["alpha_photon"].value
    of_class = parameters.values_of("classes", "cold")["antigenicity"].value
    assert prior["antigenicity"].value == of_class != declared["antigenicity"].value
    assert prior["repair_half_time"] is declared["repair_half_time"]


def test_factors_reach_every_place_of_a_parameter() -> None:
    found = scaled(np.ones((2, 3)), ["kill_rate", "inoculum_take@primary", "x"], {"inoculum_take": 0.5, "gone": 0.0})
    assert found.tolist() == [[1.0, 0.5, 1.0]] * 2
