"""Cells in a dish: which arms and claims they are, what the study holds, how doses are filled, what is left out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abscopal import evidence, parameters, pipeline
from abscopal.evidence.curation import culture
from abscopal.model.generic import generic_model
from abscopal.model.mechanisms import MECHANISMS
from abscopal.results.questions import SURVIVING_SHARE
from abscopal.simulation import Settings

CELLS = (
    ("kind: in_vivo", "kind: in_vitro"),
    ("  drugs:\n  - {drug: anti-PD-L1, dose: null, route: null, days: null}\n", ""),
    ("- id: RT+PDL1\n", "- id: RT+PDL1\n  host_modification: hypoxia\n"),
)
X_RAYS = "quality: photon_xray, dose_per_fraction_gy: 8, fractions: 3, let_kev_um: null"


def course(arm: str, quality: str, dose: str, let: object, relation: str) -> str:
    """One fraction of an arm, whose dose may be stated by its effect, as a record writes it."""
    numbers = f"dose_per_fraction_gy: {dose}, fractions: 1, let_kev_um: {let}, dose_relation: {relation}"
    return f"- id: {arm}\n  rt:\n  - {{quality: {quality}, {numbers}"


def one(record):
    (conversion,) = evidence.convert(record)
    return conversion


def final(study, name: str) -> dict[str, float]:
    """A variable of the dish at the end, by arm, for cells without differences.

    Without the arrest of damaged cells: colonies are plated at once, and are counted when it is long over.
    """
    prepared = pipeline.prepare(study, (*culture.left_out(study), "repair"))
    values = np.array([[item.value for item in prepared.declared.values()]])
    found = pipeline.run(
        study.with_cohort(size=1),
        without=prepared.without,
        draws={arm.name: values for arm in study.arms},
        settings=Settings(rtol=1e-6),
    )
    return {arm.name: float(found.data[name].sel(arm=arm.name).values.ravel()[-1]) for arm in study.arms}


@pytest.fixture
def dishes(record):
    return one(record(*CELLS))


def test_a_dish_is_one_site_without_animal_drugs_or_end_points(dishes):
    study = dishes.study
    assert dishes.setting == culture.DISH
    assert [site.name for site in study.sites] == [culture.site()]
    assert culture.is_dish(study)
    assert study.host_changes("ctrl") == ("SCID", culture.change())
    assert study.arm("RT").radiation[0].target == (culture.site(),)
    assert study.arm("RT+PDL1").host_changes == (culture.change(), "hypoxic culture")
    assert dishes.claims[0].readout == SURVIVING_SHARE
    assert dishes.group_size == 3


def test_only_mechanisms_of_cells_are_kept(dishes, record):
    without = culture.left_out(dishes.study)
    kept = set(MECHANISMS) - set(without)
    assert {"growth", "cell_kill", "repair", "damage_sensing", "danger", "checkpoints"} <= kept
    assert not kept & {"dendritic", "priming", "effectors", "treg", "lymphocytes", "vessels", "myeloid", "car_t"}
    assert culture.left_out(one(record()).study) == ()
    for name in kept - {"growth"}:  # each of them assembles in a dish
        assert name in MECHANISMS
    assert generic_model(without).species


def test_cells_in_a_dish_die_as_survival_curves_say(dishes):
    """Surviving share = exp(-n (alpha D + beta D^2)) in air, straight beyond the transition dose; more in hypoxia."""
    line = parameters.shared().overriding(parameters.values_of("lines", "CT26"), "CT26")
    alpha, beta, bend = (line[name].value for name in ("alpha_photon", "beta_photon", "transition_dose"))
    dose = 8.0
    effect = alpha * dose + beta * dose**2
    if dose > bend:
        effect = alpha * dose + beta * bend**2 + 2.0 * beta * bend * (dose - bend)
    living = final(dishes.study, "tumour")
    assert math.log(living["ctrl"] / living["RT"]) == pytest.approx(3.0 * effect, rel=0.03)
    assert living["RT+PDL1"] > 10.0 * living["RT"]


def test_nothing_slows_growth_and_hypoxia_changes_it_not(record, dishes):
    """Six days at the fastest rate of the model."""
    rate = parameters.shared()["maximum_growth_rate"].value
    start = dishes.study.sites[0].inoculum_cells
    days = dishes.study.follow_up_days - dishes.study.sites[0].inoculated_day
    grown = final(dishes.study, "tumour")["ctrl"] / start
    assert math.log(grown) == pytest.approx(rate * days, rel=0.02)


IN_DISH = (
    (("- id: RT+PDL1\n", "- id: RT+PDL1\n  host_modification: co-culture\n"), "anti-PD-L1 in a dish is not modelled"),
    (("metric: primary_tumour", "metric: abscopal"), "abscopal has no meaning in a dish"),
    (("metric: primary_tumour", "metric: survival"), "survival has no meaning in a dish"),
    (("metric: primary_tumour", "metric: 'marker:CD8_infiltration'"), "is not a readout of cells in a dish"),
    (("metric: primary_tumour", "metric: 'marker:IL2_secretion'"), "is not a readout of cells in a dish"),
    (
        ("  host_modification: hypoxia\n", "  host_modification: nude\n"),
        "change of the cells 'nude' is not in the model",
    ),
    (("tumour: CT26", "tumour: RAW 264.7 macrophages"), "not in the model"),
)


@pytest.mark.parametrize(("change", "reason"), IN_DISH, ids=[reason[:30] for _, reason in IN_DISH])
def test_what_a_dish_cannot_show_is_not_covered(record, change, reason):
    conversion = one(record(*(CELLS[:1] if "co-culture" in change[1] else CELLS), change))
    assert not conversion.claims[0].covered
    assert reason in conversion.claims[0].reason


def test_other_cells_in_the_medium_are_not_covered(record):
    change = ("- id: RT+PDL1\n", "- id: RT+PDL1\n  cells: [{kind: OT-I, number: null, route: null, days: null}]\n")
    conversion = one(record(*CELLS[:2], change))
    assert "co-cultures are not modelled" in conversion.claims[0].reason


def test_a_record_of_both_has_a_study_of_each(record):
    """An arm that says `in vitro` is a dish, and so is the arm that a claim sets beside it."""
    arm = f"- id: RT si\n  host_modification: 'TREX1 silenced (siRNA), in vitro'\n  rt:\n  - {{{X_RAYS}, days: null}}\n"
    asked = "- {id: c2, metric: 'marker:IFNb', better_arm: RT si, worse_arm: RT, relation: '>', basis: abs}\n"
    silenced = ("claims:\n", arm + "claims:\n" + asked)
    animals, dish = evidence.convert(record(silenced))
    assert (animals.setting, dish.setting) == (culture.ANIMALS, culture.DISH)
    assert animals.line == "CT26" != dish.line
    assert set(animals.arms) == {"ctrl", "RT", "RT+PDL1"}
    assert set(dish.arms) == {"RT", "RT si"}
    assert dish.study.arm("RT si").host_changes == (culture.change(), "TREX1 knockdown")
    assert [c.covered for c in animals.claims] == [False, True]
    assert [c.covered for c in dish.claims] == [True, False]
    assert dish.claims[0].readout == "interferon"
    assert "other study" in animals.claims[0].reason


def test_isoeffective_ions_get_the_dose_of_equal_survival(record):
    """Carbon ions without a dose beside 4 Gy of photons: both kill the same share of cells."""
    pair = (
        *CELLS,
        (
            f"RT+PDL1\n  host_modification: hypoxia\n  rt:\n  - {{{X_RAYS}",
            course("RT+PDL1", "carbon", "null", 70, "isoeffective").removeprefix("- id: "),
        ),
        (
            f"- id: RT\n  rt:\n  - {{{X_RAYS}",
            course("RT", "photon_xray", "4", "null", "isoeffective"),
        ),
    )
    conversion = one(record(*pair))
    dose = conversion.study.arm("RT+PDL1").radiation[0].dose_per_fraction_gy
    assert 1.0 < dose < 4.0
    living = final(conversion.study, "tumour")
    assert living["RT+PDL1"] == pytest.approx(living["RT"], rel=0.1)
    why = {key: text for key, _, text in conversion.filled}["arms.RT+PDL1.radiation[0].dose_per_fraction"]
    assert why.startswith("isoeffective with 4 Gy of photons")


def test_the_dose_of_ten_percent_survival_is_stated_or_computed(record):
    d10 = (
        *CELLS,
        (
            f"- id: RT\n  rt:\n  - {{{X_RAYS}",
            course("RT", "photon_xray", "null", 2, "D10"),
        ),
    )
    computed = one(record(*d10))
    living = final(computed.study, "tumour")
    assert living["RT"] / living["ctrl"] == pytest.approx(0.1, rel=0.1)
    stated = one(record(*d10, ("claims:\n", "data_points: [{name: D10_Gy, values: {CT26: {'2': 3.3}}}]\nclaims:\n")))
    assert stated.study.arm("RT").radiation[0].dose_per_fraction_gy == 3.3
