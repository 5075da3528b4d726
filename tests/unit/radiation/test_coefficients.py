from __future__ import annotations

import pytest

from abscopal.radiation import coefficients

KINDS = {"measured", "fitted", "derived", "borrowed", "assumed"}
LAWS = {"none": set(), "normal": {"sd"}, "lognormal": {"cv"}, "uniform": {"low", "high"}}
ROWS = [row for name in coefficients.TABLES for row in coefficients.table(name).values()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_number_has_unit_spread_and_source(row: coefficients.Coefficient) -> None:
    assert row.meaning
    assert row.unit
    law = row.spread["law"]
    assert set(row.spread) == {"law", "between"} | LAWS[law]
    if law == "uniform":
        assert row.spread["low"] <= row.value <= row.spread["high"]
    assert set(row.source) == {"kind", "cite", "where", "note"}
    assert row.source["kind"] in KINDS
    if row.source["kind"] == "assumed":
        assert len(row.source["note"].split()) >= 5
    else:
        assert row.source["cite"] or row.source["where"]


def test_public_names_all_load_and_are_documented() -> None:
    from abscopal import radiation

    for name in radiation.__all__:
        thing = getattr(radiation, name)
        assert thing.__doc__
    with pytest.raises(AttributeError, match="surviving_fractions"):
        _ = radiation.surviving_fractions
