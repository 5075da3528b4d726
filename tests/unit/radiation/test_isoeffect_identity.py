"""A dose of a quality is isoeffective to itself, with certainty; to another quality it is not certain."""

from __future__ import annotations

import pytest

from abscopal import radiation


@pytest.mark.parametrize("name", ["Co-60", "6 MV"])
def test_the_same_quality_has_no_interval(name):
    found = radiation.isoeffective_dose(8.0, name, name, alpha_x=0.2, beta_x=0.03)
    assert float(found.median_gy) == pytest.approx(8.0)
    assert float(found.low_gy) == float(found.high_gy) == float(found.median_gy)


def test_another_quality_has_an_interval():
    carbon = radiation.radiation_quality("carbon", let_kev_um=50.0)
    found = radiation.isoeffective_dose(3.0, carbon, "Co-60", alpha_x=0.2, beta_x=0.03)
    assert float(found.low_gy) < 0.9 * float(found.median_gy) < float(found.high_gy)
