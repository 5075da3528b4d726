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
    np.testing.assert_allclose(radiation.mass_stopping_power(ENERGIES, "proton", convention="icru49"), power, rtol=2e-3)
    np.testing.assert_allclose(radiation.csda_range(ENERGIES, "proton", convention="icru49"), reach, rtol=4e-3)


def test_default_convention_stays_within_one_per_cent_of_pstar_and_astar() -> None:
    protons = star.ProtonSTARCalculator(star.ProtonMaterials.WATER_LIQUID).calculate_csda_ranges(ENERGIES)
    np.testing.assert_allclose(radiation.csda_range(ENERGIES, "proton"), protons, rtol=0.011)
    alphas = star.AlphaSTARCalculator(star.AlphaMaterials.WATER_LIQUID).calculate_csda_ranges(4.0 * ENERGIES)
    np.testing.assert_allclose(radiation.csda_range(ENERGIES, "helium"), alphas, rtol=0.011)
