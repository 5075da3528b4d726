"""The table of markers: every readout is provided by a mechanism; names are split into known parts, or not covered."""

from __future__ import annotations

import pytest

from abscopal import evidence
from abscopal.evidence import culture
from abscopal.evidence.dish import SURVIVAL
from abscopal.evidence.markers import dish_readout_of, readout_of
from abscopal.evidence.names import NotCovered
from abscopal.evidence.readouts import missing_variables, parts_of
from abscopal.evidence.tables import table

# Readouts that need cells or antigens which the generic model has not; a study with such cells provides them.
OF_PRODUCTS = {"car_t", "killed_by_car_t", "killed_by_trail", "trail_sensitivity", "antigen_negative_share"}


@pytest.fixture
def study(record):
    return evidence.convert(record())[0].study


def test_every_row_is_shown_by_some_mechanism(study):
    missing = {}
    for section in ("whole", "analytes"):
        for name, row in table("markers.yaml")[section].items():
            for place in ("tumour", "node", "blood"):
                lost = set(missing_variables(row[place], study)) - OF_PRODUCTS if place in row else set()
                if lost:
                    missing[name] = lost
    assert missing == {}


def test_every_row_of_a_dish_is_shown_there(record):
    dish = evidence.convert(record(("kind: in_vivo", "kind: in_vitro")))[0].study
    assert culture.is_dish(dish)
    missing = {name: missing_variables(row["cells"], dish) for name, row in table("markers.yaml")["dish"].items()}
    assert {name: lost for name, lost in missing.items() if lost} == {}


def test_a_readout_that_no_mechanism_provides_makes_the_claim_not_covered(record, monkeypatch):
    monkeypatch.setitem(table("markers.yaml")["analytes"], "unheard", {"tumour": "unheard_of/volume"})
    evidence.markers._analytes.cache_clear()
    try:
        claim = evidence.convert(record(("primary_tumour", "'marker:unheard'")))[0].claims[0]
    finally:
        evidence.markers._analytes.cache_clear()
    assert not claim.covered
    assert claim.reason == "the model has no unheard_of yet"


MARKERS = [
    ("MDSC", "mdsc/volume", "primary"),
    ("blood_MDSC", "blood_mdsc", None),
    ("NK_infiltration", "nk_density", "primary"),
    ("MHC_I", "mhc_class_i", "primary"),
    ("ICAM1_endothelium", "icam1_endothelium", "primary"),
    ("ICAM1_tumour", "tumour_icam1", "primary"),
    ("TGFb_secondary", "tgf_beta", "distant"),
    ("CD8_CD4_NK_infiltrate", "cd8_density & cd4/volume & nk_density", "primary"),
    ("M2_polarisation", "m2/(m1+m2)", "primary"),
]


@pytest.mark.parametrize(("marker", "expression", "site"), MARKERS)
def test_markers_are_read_where_their_words_say(marker, expression, site):
    found = readout_of(marker)
    assert (found.expression, found.site) == (expression, site)


DISH = [
    ("ectoCRT", "danger/(tumour+moribund)"),
    ("MICA_B", "nkg2d_ligands"),
    ("cytosolic_dsDNA", "cytosolic_dna/(tumour+moribund)"),
    ("micronuclei_cyto_dsDNA", "cytosolic_dna/(tumour+moribund)"),
    ("PDL1_expression", "pdl1"),
    ("surviving_fraction", SURVIVAL),
    ("MHC_I_PDL1", "mhc_class_i & pdl1"),
]


@pytest.mark.parametrize(("marker", "expression"), DISH)
def test_markers_of_a_dish(marker, expression):
    assert dish_readout_of(marker).expression == expression


@pytest.mark.parametrize("marker", ["CD8", "NK_migration", "G2M_arrest_duration", "CRT_XYZ", "cells"])
def test_markers_that_a_dish_lacks(marker):
    with pytest.raises(NotCovered, match="dish"):
        dish_readout_of(marker)


def test_sums_and_ratios_are_read_as_written():
    assert parts_of("(a+b)/(c+d) & e & 1/f") == ((("a", "b"), ("c", "d")), (("e",), ()), ((), ("f",)))
