from __future__ import annotations

import math

import pytest

from abscopal.results.wording import day, number, p_value, percent, unit_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1.00"),
        (0.0456789, "0.0457"),
        (999.6, "1,000"),
        (0.9996, "1.00"),
        (123456.0, "123,000"),
        (4070000.0, "4.07×10⁶"),
        (1.2345e9, "1.23×10⁹"),
        (4.2e-7, "4.20×10⁻⁷"),
        (-12.345, "−12.3"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (None, "–"),
    ],
)
def test_numbers_have_three_significant_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (1, "100 %"), (0.64, "64 %"), (0.083, "8.3 %"), (0.0003, "0.030 %"), (math.nan, "–")],
)
def test_percentages(value, text):
    assert percent(value) == text


def test_p_values_days_and_units():
    assert p_value(0.0004) == "p < 0.001"
    assert p_value(0.0392) == "p = 0.039"
    assert p_value(math.nan) == "p not defined"
    assert [day(v) for v in (12.0, 12.34, math.inf, -9.0)] == ["12", "12.3", "not reached", "−9"]
    assert unit_text("cells/mm3") == "cells/mm³"
