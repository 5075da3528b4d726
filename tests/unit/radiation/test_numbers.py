"""The declarations behind the formulas, and the one argument that replaces them."""

from __future__ import annotations

import pytest

from abscopal import parameters, radiation
from abscopal.errors import InputError

# What only the calculator uses; the rest are parameters, which have their own tests.
CALCULATOR = [row for name, row in radiation.constants().items() if name not in parameters.shared()]


@pytest.mark.parametrize("row", CALCULATOR, ids=lambda row: row.name)
def test_every_number_has_unit_spread_and_source(row: parameters.Parameter) -> None:
    assert row.meaning
    assert row.unit
    assert row.bounds[0] <= row.value <= row.bounds[1]
    uncertainty = row.spread.uncertainty
    assert not row.spread.between_subjects.varies(row.value)
    if uncertainty.family == "uniform":
        assert uncertainty.low <= row.value <= uncertainty.high
    assert row.source.kind in parameters.SOURCE_KINDS
    if row.source.kind == "assumed":
        assert len(row.source.note.split()) >= 5
    else:
        assert row.source.cite in parameters.citations()
        assert row.source.where


def test_a_number_of_the_model_is_its_parameter() -> None:
    shared = parameters.shared()
    for name in ("immunogenic_death_high", "misrepair_base", "complex_dsb_high", "trex1_threshold", "seed_half_life"):
        assert radiation.constant(name) is shared[name]


def test_numbers_are_replaced_by_name_and_by_no_other() -> None:
    usual = radiation.dsb_yield(2.0)
    assert radiation.dsb_yield(2.0, numbers=radiation.numbers_with(dsb_per_gy=70.0)) == pytest.approx(2.0 * usual)
    assert radiation.dsb_yield(2.0, numbers=radiation.numbers_with(misrepair_base=0.5)) == usual
    with pytest.raises(InputError, match="dsb_per_gy"):
        radiation.numbers_with(dsb_per_gay=1.0)


# Worked by hand with the declared numbers.
@pytest.mark.parametrize(
    ("dose_gy", "let_kev_um", "share"),
    [
        # w = 8 (1 + 2/40) = 8.4; 0.1 + 0.5 * 8.4/18.4
        (8.0, 2.0, 0.328261),
        # w = 4 (1 + 60/40) = 10: half way between 0.1 and 0.6
        (4.0, 60.0, 0.35),
        (0.0, 60.0, 0.1),
    ],
)
def test_immunogenic_share_of_deaths_by_hand(dose_gy: float, let_kev_um: float, share: float) -> None:
    assert radiation.immunogenic_death_fraction(let_kev_um, dose_gy) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("dose_gy", "let_kev_um", "probability"),
    [
        # exponent 0.031 + 0.0039 * 2 + 0.0098 * 8 = 0.1172
        (8.0, 2.0, 0.110593),
        # exponent 0.031 + 0.0039 * 60 + 0.0098 * 4 = 0.3042
        (4.0, 60.0, 0.262287),
    ],
)
def test_misrepair_probability_by_hand(dose_gy: float, let_kev_um: float, probability: float) -> None:
    assert radiation.misrepair_probability(dose_gy, let_kev_um) == pytest.approx(probability, abs=1e-6)


def test_public_names_all_load_and_are_documented() -> None:
    for name in radiation.__all__:
        thing = getattr(radiation, name)
        assert thing.__doc__
    with pytest.raises(AttributeError, match="surviving_fractions"):
        _ = radiation.surviving_fractions
