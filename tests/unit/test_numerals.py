"""Numbers of other countries: what they mean, and that none is taken silently for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abscopal import units
from abscopal.numerals import advice_for, is_range, rewritten


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("8,5 Gy", "8.5 Gy"),
        ("-1,5 d", "-1.5 d"),
        (",5 Gy", "0.5 Gy"),
        ("8, Gy", "8 Gy"),
        ("5,5e5 cells", "5.5e5 cells"),
        ("1.234,5 mm3", "1234.5 mm3"),
        ("1,234.5 mm3", "1234.5 mm3"),
        ("1 234,5 mm3", "1234.5 mm3"),
        ("1\u202f234,5 mm3", "1234.5 mm3"),
        ("1'000 mm3", "1000 mm3"),
        ("5 000 cells", "5000 cells"),
        ("5.000.000 cells", "5000000 cells"),
        ("5,000,000 cells", "5000000 cells"),
        ("8·5 Gy", "8.5 Gy"),
        ("8，5 Gy", "8.5 Gy"),
        ("5×10^5 cells", "5e5 cells"),
        ("5,5 x 10⁵ cells", "5.5e5 cells"),
    ],
)
def test_a_foreign_number_is_refused_and_leads_to_what_is_meant(written: str, meant: str) -> None:
    assert rewritten(written)[0] == meant
    unit = meant.partition(" ")[2]
    with pytest.raises(units.QuantityError) as caught:
        units.parse_quantity(written, unit)
    assert repr(meant) in caught.value.advice
    assert units.parse_quantity(meant, unit) == float(meant.partition(" ")[0])


def test_three_digits_after_a_comma_may_be_thousands() -> None:
    assert rewritten("1,234 mm3") == ("1.234 mm3", "1234 mm3")
    assert rewritten("0,234 mm3") == ("0.234 mm3",)


@pytest.mark.parametrize("text", ["8-10 Gy", "8 – 10 Gy", "1,5-2,5 d", "8 to 10 Gy", "8 ± 1 Gy", "8 Gy-10 Gy"])
def test_a_range_is_no_number(text: str) -> None:
    assert is_range(text)
    assert "one number" in advice_for(text)
    with pytest.raises(units.QuantityError, match="range"):
        units.split_quantity(text, "Gy")


@pytest.mark.parametrize("text", ["8.5 Gy", "5e-3 d", "1e5 cells", "0.5 1/d", "64 %", "3 Gy (RBE)", "-9 d", "2 d^-1"])
def test_a_plain_quantity_is_none_of_these(text: str) -> None:
    assert rewritten(text) == ()
    units.split_quantity(text)


@given(st.integers(0, 999), st.integers(0, 99))
def test_a_comma_is_never_read_as_the_end_of_a_number(whole: int, part: int) -> None:
    text = f"{whole},{part:02d} Gy"
    with pytest.raises(units.QuantityError) as caught:
        units.parse_quantity(text, "Gy")
    assert repr(f"{whole}.{part:02d} Gy") in caught.value.advice
