"""Places of sites in the model: every name has one of its own, and none is that of anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abscopal import parameters, regimen, study
from abscopal.regimen import in_words, site_place
from abscopal.regimen.keys import drug_key, fraction_key

OTHERS = ("blood", "node", "whole body", "whole_body", "ip", "iv", "it", *parameters.agents(), *parameters.antigens())


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_never_share_a_place(first: str, second: str) -> None:
    names = [n for n in (first, second) if all(not 0xD800 <= ord(c) <= 0xDFFF for c in n)]
    assert len({site_place(name) for name in names}) == len(set(names))
    for name in names:
        assert in_words(f"volume@{site_place(name)}") == f"volume@{name}"
        assert not set("@+ ,:") & set(site_place(name).removeprefix("site:"))


@pytest.mark.parametrize("name", OTHERS)
def test_no_site_lies_where_something_else_is(name: str) -> None:
    assert site_place(name) != name


def test_a_common_name_is_its_own_place() -> None:
    assert all(site_place(name) == name for name in ("primary", "distant", "AAA", "left_flank", "B16-left", "s0"))


TEXT = """
abscopal: 1
study: fields
tumour: CT26
sites:
  A: {{inoculum: 5e5 cells, inoculated: -9 d}}
  A+node: {{inoculum: 5e5 cells, inoculated: -9 d}}
arms:
  control: {{}}
  one: {{radiation: [{{{0}, days: 0 d}}]}}
  two: {{radiation: [{{{1}, days: 0 d}}]}}
control: control
follow_up: 40 d
"""
CARBON = "quality: carbon, let: 50 keV/um, dose_per_fraction: 1 Gy, target: A, isoeffective_photon_dose: {}"
X = "quality: X-rays, dose_per_fraction: 8 Gy, "


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        (X + "target: A, node_in_field: true", X + "target: A+node", False),
        (X + "target: [A, A+node]", X + "target: [A+node, A]", True),
        (X + "target: whole_body", X + "target: whole_body, node_in_field: true", True),
        (X + "target: whole_body", X + "target: [A, A+node]", False),
        (X + "target: A, irradiated_share: 100 %", X + "target: A", True),
        (X + "target: A, irradiated_share: 40 %", X + "target: A, irradiated_share: 40.0000001 %", False),
        (CARBON.format("3 Gy"), CARBON.format("3.000001 Gy"), False),
        (CARBON.format("3 Gy"), CARBON.format("3.00000000001 Gy"), False),
        (CARBON.format("3 Gy"), CARBON.format("3.0 Gy"), True),
    ],
)
def test_a_field_is_the_same_exactly_if_all_of_it_is(one: str, two: str, same: bool) -> None:
    chosen = study.parse(TEXT.format(one, two))
    fields = [regimen.timeline(chosen, arm).of_kind("fraction")[0].field for arm in ("one", "two")]
    assert all(field is not None for field in fields)
    assert (fields[0] == fields[1]) is same
    assert (fraction_key(fields[0]) == fraction_key(fields[1])) is same  # type: ignore[arg-type]


def test_a_route_and_a_site_of_its_name_are_two_ways_of_giving_a_drug() -> None:
    assert drug_key("anti-PD-1", "it", site_place("ip")) != drug_key("anti-PD-1", "ip")
