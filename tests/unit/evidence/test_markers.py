"""The table of markers: every readout is provided by a mechanism; names are split into known parts, or not covered."""

from __future__ import annotations

import pytest

from abscopal import evidence
from abscopal.evidence.curation import culture
from abscopal.evidence.curation.markers import dish_readout_of, readout_of, turned
from abscopal.evidence.curation.names import NotCovered
from abscopal.evidence.curation.readouts import missing_variables, parts_of
from abscopal.evidence.tables import table
from abscopal.results.questions import SURVIVING_SHARE

# Readouts that need cells or antigens which the generic model has not; a study with such cells provides them.
OF_PRODUCTS = {
    "car_t",
    "car_t_exhausted",
    "car_kill_per_cell",
    "car_nk",
    "blood_car_t",
    "killed_by_trail",
    "trail_sensitivity",
}
OF_PRODUCTS |= {"antigen_negative_share", "blood_crs_severity", "blood_icans_severity", "blood_il6"}


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
    evidence.curation.markers._rows.cache_clear()
    try:
        claim = evidence.convert(record(("primary_tumour", "'marker:unheard'")))[0].claims[0]
    finally:
        evidence.curation.markers._rows.cache_clear()
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
    ("surviving_fraction", SURVIVING_SHARE),
    ("MHC_I_PDL1", "mhc_class_i & pdl1"),
]


@pytest.mark.parametrize(("marker", "expression"), DISH)
def test_markers_of_a_dish(marker, expression):
    assert dish_readout_of(marker).expression == expression


@pytest.mark.parametrize("marker", ["CD8", "chromosome_shattering", "IL2_secretion", "TGFb", "CRT_XYZ", "cells"])
def test_markers_that_a_dish_lacks(marker):
    with pytest.raises(NotCovered, match="dish"):
        dish_readout_of(marker)


def test_sums_and_ratios_are_read_as_written():
    assert parts_of("(a+b)/(c+d) & e & 1/f") == ((("a", "b"), ("c", "d")), (("e",), ()), ((), ("f",)))


# What papers of the field call these things; every one must have a readout, and the right one.
SPELLED = {
    "cd8_density": [
        "CD8_TIL",
        "CD8+_TIL",
        "tumor_specific_CD8",
        "tetramer_CD8",
        "CD8_infiltration_day7",
        "SIINFEKL_tetramer",
    ],
    "cd8_density & cd4/volume": ["TIL", "T_cell_infiltration", "CD3_tumour", "CD8_CD4_TIL"],
    "functional_cd8/volume": [
        "IFNg_CD8",
        "IFN-γ+ CD8",
        "GzmB+ CD8+ T cells",
        "GzmB_CD8",
        "activated_CD8",
        "CD8_granzyme_B",
    ],
    "(functional_cd8+nk_active)/volume": ["granzyme_B", "GzmB", "perforin"],
    "cd8_exhausted/(cd8+cd8_exhausted)": ["exhausted_CD8", "Tim3", "PD1_TIM3_CD8", "T_exhaustion"],
    "pd1": ["PD1_CD8", "PD-1", "PD1_TIL"],
    "cd8/treg": ["CD8_Treg_ratio", "CD8_to_Treg", "CD8/Treg ratio", "CD8_Treg_ratio_d10"],
    "cd4/cd8": ["CD4_CD8_ratio"],
    "treg/volume": ["Treg", "Foxp3_tumour", "CD4+CD25+Foxp3+", "Tregs_day14"],
    "treg/(cd4+treg)": ["Treg_share", "Treg_of_CD4"],
    "volume/treg": ["Treg_reduction", "loss_of_Treg", "reduced_Tregs", "Treg_depletion"],
    "1/hif1": ["hypoxia_reduction", "reduced_hypoxia", "reoxygenation"],
    "hif1": ["HIF1a", "HIF-1α", "HIF_1_alpha", "pimonidazole", "hypoxic_fraction"],
    "dendritic/volume": ["DC_maturation", "CD103_DC", "cDC1", "DC_CD86", "Batf3_DC"],
    "m1/m2": ["M1_M2_ratio", "M1/M2_ratio"],
    "m2/m1": ["M2_M1_ratio"],
    "m2/volume": ["CD206", "M2_macrophages", "Arg1"],
    "m1/volume": ["iNOS", "M1_TAM"],
    "mdsc/volume": ["MDSC", "Gr1", "PMN_MDSC", "CD11b+Gr1+"],
    "neutrophils/volume": ["neutrophils", "Ly6G"],
    "nk_density": ["NK", "NKp46", "NK1.1", "NK_infiltration"],
    "nk_active/volume": ["activated_NK", "NK_GzmB"],
    "nk_activation": ["NK_cytotoxicity", "NK_degranulation", "NK_CD107a"],
    "nkg2d_receptor": ["NKG2D", "Klrk1"],
    "nkg2d_ligands": ["MICA", "MICA/B", "ULBP1", "Rae1", "NKG2DL", "MICA_B_ULBP1_2"],
    "mhc_class_i": ["MHC_I", "H2Kb", "H-2Kb", "HLA_ABC", "MHC class I", "HLA-A/B/C"],
    "pdl1": ["PDL1", "PD_L1", "PD-L1_mRNA", "B7-H1"],
    "danger": ["calreticulin", "ecto-CRT", "HMGB1_release", "ATP", "DAMPs"],
    "interferon": [
        "IFNb",
        "IFN-β",
        "IFN_beta",
        "IFN_I",
        "ISG",
        "cGAS",
        "pSTING",
        "p-TBK1",
        "pIRF3",
        "type_I_interferon",
    ],
    "interferon_gamma": ["IFNg", "IFN-gamma", "IFNg_tumour", "IFNg_mRNA"],
    "cxcl10": ["CXCL9", "CXCL10", "CXCL9_CXCL10", "CCL5"],
    "cxcl16": ["CXCL16", "IL-8", "CXCL8"],
    "ccl2": ["CCL2", "MCP-1"],
    "cytosolic_dna/(tumour+moribund)": ["micronuclei", "cytosolic_dsDNA", "cytosolic DNA", "mtDNA"],
    "trex1": ["TREX1", "Trex1_mRNA"],
    "residual_damage": ["gH2AX", "γH2AX_24h", "53BP1", "DSB", "gH2AX_foci"],
    "arrested_share": ["G2M_arrest", "G2/M arrest", "G2M"],
    "senescent/(tumour+moribund+senescent)": ["senescence", "SA-bGal", "SA_b_gal"],
    "moribund/(tumour+moribund)": ["apoptosis", "annexin_V", "cleaved_caspase_3", "TUNEL", "mitotic_catastrophe"],
    "tgf_beta": ["TGFb", "TGF-beta1", "TGF-β"],
    "suppressors": ["IL10", "IDO", "adenosine"],
    "vegf": ["VEGF", "VEGF-A"],
    "functional_vessels": ["CD31", "vessel density", "MVD"],
    "perfusion": ["perfusion", "Hoechst"],
    "permeability": ["E-selectin", "vessel_permeability"],
    "tumour_icam1": ["ICAM1", "ICAM-1_tumour", "CD54"],
    "vcam1_endothelium": ["VCAM1"],
    "cd8_lysis": ["CTL_lysis", "CD8_cytotoxicity"],
    "car_kill_per_cell": ["CAR_cytotoxicity", "CAR_T_killing"],
    "blood_lymphocytes": ["ALC", "blood_lymphocytes", "circulating_lymphocytes", "lymphocyte_blood_d7"],
    "1/blood_lymphocytes": ["lymphopenia"],
    "blood_nlr": ["NLR", "neutrophil_to_lymphocyte_ratio"],
    "blood_cd8": ["ELISPOT", "IFNg_ELISPOT_spleen", "tetramer_spleen", "CD8_blood", "OVA_specific_blood"],
    "node_cd8": ["T_priming_DLN", "CD8_dLN", "tetramer_TDLN", "cross-priming"],
    "node_cd8_memory": ["central_memory", "effector_memory", "CD44_CD62L_memory", "memory_CD8"],
    "blood_crs_severity": ["CRS"],
    "blood_il6": ["IL6_serum", "serum IL-6"],
    "control without CD8 depletion": ["CD8_mediated_control", "CD8_dependence"],
    "control without NK depletion": ["NK_mediated_control"],
}


@pytest.mark.parametrize(("expression", "names"), SPELLED.items())
def test_names_that_papers_use_have_the_readout_of_what_they_mean(expression, names):
    assert {name: readout_of(name).expression for name in names} == dict.fromkeys(names, expression)


ABSENT = {
    "CD44": "CD44",
    "Ki67": "Ki67",
    "Ki67_CD8": "Ki67",
    "CD8_proliferation": "proliferation",
    "CD69_CD8": "CD69",
    "MHC_II": "II",
    "TNFa": "TNFa",
    "IL2": "IL2",
    "IL12_serum": "IL12",
    "IFNg_serum": "in blood",
    "ferroptosis": "ferroptosis",
    "necroptosis": "necroptosis",
    "p21": "p21",
    "CD47": "CD47",
    "TCF1_CD8": "TCF1",
    "CTLA4_Treg": "CTLA4",
    "body_weight": "body_weight",
    "toxicity": "toxicity",
    "CD8_NK_ratio": "ratio",
    "NK_Treg_ratio": "ratio",
    "CD8_ratio": "ratio",
    "Treg_suppressive_capacity": "suppressive, capacity",
    "TCR_diversity": "TCR, diversity",
    "CD86": "CD86",
    "B_cells": "B",
}


@pytest.mark.parametrize(("marker", "missing"), ABSENT.items())
def test_markers_without_a_readout_name_what_is_missing(marker, missing):
    with pytest.raises(NotCovered, match=missing):
        readout_of(marker)


def test_sites_of_markers():
    assert readout_of("CD8_unirradiated").site == readout_of("GzmB_CD8_abscopal").site == "distant"
    assert readout_of("CD8_contralateral").site == "distant"
    assert readout_of("CD8_primary").site == "primary"
    assert readout_of("lymphopenia").site is None


def test_no_spelling_stands_for_two_rows():
    from abscopal.evidence.curation.markers import _key

    for section in ("whole", "analytes", "dish"):
        seen: dict[str, str] = {}
        for name, row in table("markers.yaml")[section].items():
            for spelling in (name, *row.get("also", ())):
                assert seen.setdefault(_key(spelling), name) == name, spelling


def test_a_turned_readout_is_high_where_the_other_is_low():
    assert turned("treg/volume") == "volume/treg"
    assert turned(turned("hif1")) == "hif1"
    assert turned("(a+b)/c") == "c/(a+b)"
    assert parts_of(turned("(a+b)/c")) == ((("c",), ("a", "b")),)


MORE_OF_A_DISH = [
    ("G2M_arrest_duration", "arrested_share"),
    ("residual_damage_after_24h", "residual_damage"),
    ("γH2AX foci 24h", "residual_damage"),
    ("senescence", "senescent/(tumour+moribund+senescent)"),
    ("NK_migration", "cxcl16"),
    ("HLA_ABC", "mhc_class_i"),
    ("calreticulin_exposure_48h", "danger/(tumour+moribund)"),
    ("SF2", SURVIVING_SHARE),
]


@pytest.mark.parametrize(("marker", "expression"), MORE_OF_A_DISH)
def test_more_markers_of_a_dish(marker, expression):
    assert dish_readout_of(marker).expression == expression
