"""Stopping powers and ranges against an independent reader of the NIST tables, where it is installed."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from abscopal import radiation

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    star = pytest.importorskip("star")

pytestmark = pytest.mark.filterwarnings("ignore")
ENERGIES = np.array([0.5, 3.3, 17.0, 77.0, 123.0, 221.0])


def test_proton_stopping_power_and_range_against_pstar() -> None:
    judge = star.ProtonSTARCalculator(star.ProtonMaterials.WATER_LIQUID)
    power = judge.calculate_total_stopping_powers(ENERGIES)
    reach = judge.calculate_csda_ranges(ENERGIES)
    np.testing.assert_allclose(radiation.mass_stopping_power(ENERGIES, "proton"), power, rtol=2e-3)
    np.testing.assert_allclose(radiation.csda_range(ENERGIES, "proton"), reach, rtol=4e-3)


def test_icru_90_convention_stays_within_one_per_cent_of_pstar_and_astar() -> None:
    clinical = ENERGIES[ENERGIES > 10.0]
    protons = star.ProtonSTARCalculator(star.ProtonMaterials.WATER_LIQUID).calculate_csda_ranges(clinical)
    np.testing.assert_allclose(radiation.csda_range(clinical, "proton", convention="icru90"), protons, rtol=0.01)
    alphas = star.AlphaSTARCalculator(star.AlphaMaterials.WATER_LIQUID).calculate_csda_ranges(4.0 * clinical)
    np.testing.assert_allclose(radiation.csda_range(clinical, "helium", convention="icru90"), alphas, rtol=0.01)
