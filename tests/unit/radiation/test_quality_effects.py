"""RBE, oxygen, DNA damage, immune visibility and lymphocytes: directions and limits of mechanisms.md, rows R01-R08."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from abscopal import radiation
from abscopal.errors import InputError

ALPHA, BETA = 0.2, 0.04
LET = np.linspace(1.0, 500.0, 500)


@pytest.mark.parametrize("model", ["generic", "mkm"])
def test_r01_carbon_rbe_has_its_maximum_between_100_and_230(model: str) -> None:
    let = LET[12:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", radiation.ValidityWarning)
        alpha, beta = radiation.ion_coefficients("carbon", let, ALPHA, BETA, model=model)
    rbe = radiation.relative_biological_effectiveness(2.0, alpha, beta, ALPHA, BETA)
    assert 100.0 <= let[rbe.argmax()] <= 230.0
    assert rbe[-1] < 0.85 * rbe.max()


def test_r01_rbe_runs_between_its_limits() -> None:
    alpha, beta = radiation.generic_carbon_coefficients(50.0, ALPHA, BETA)
    rbe = radiation.relative_biological_effectiveness
    assert rbe(0.0, alpha, beta, ALPHA, BETA) == pytest.approx(alpha / ALPHA, rel=1e-5)
    assert rbe(900.0, alpha, 0.5 * BETA, ALPHA, BETA) == pytest.approx(np.sqrt(0.5), rel=0.02)
    bend = radiation.ion_transition_dose(6.0, alpha, beta, ALPHA, BETA)
    tails = (alpha + 2 * beta * bend) / (ALPHA + 2 * BETA * 6.0)
    assert rbe(900.0, alpha, beta, ALPHA, BETA, 6.0) == pytest.approx(tails, rel=0.01)


def test_equal_coefficients_mean_equal_dose_with_and_without_tail() -> None:
    dose = np.linspace(0.0, 25.0, 26)
    for bend in (None, 6.0):
        same = radiation.photon_equivalent_dose(dose, ALPHA, BETA, ALPHA, BETA, bend)
        np.testing.assert_allclose(same, dose, atol=1e-12)


def test_measured_pairs_override_the_model_and_models_differ() -> None:
    pairs = [radiation.MeasuredPair(14.0, 0.187, 0.0609), radiation.MeasuredPair(75.0, 0.839, 0.0556)]
    alpha, beta = radiation.ion_coefficients("carbon", np.array([14.0, 75.0]), 0.18, 0.0406, measured=pairs)
    np.testing.assert_allclose(alpha, [0.187, 0.839])
    np.testing.assert_allclose(beta, [0.0609, 0.0556])
    found = [
        float(radiation.ion_coefficients("carbon", 50.0, 0.3, 0.06, model=m)[0]) for m in radiation.MODELS["carbon"]
    ]
    assert len({round(x, 3) for x in found}) == len(found)
    assert all(1.2 < x / 0.3 < 5.0 for x in found)


def test_negative_measured_beta_is_clipped_with_a_warning() -> None:
    with pytest.warns(radiation.ValidityWarning, match="negative"):
        pair = radiation.MeasuredPair(46.6, 0.938, -0.0437)
    assert pair.beta_per_gy2 == 0.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: radiation.generic_carbon_coefficients(200.0, ALPHA, BETA), "generic carbon fit"),
        (lambda: radiation.proton_coefficients(30.0, ALPHA, BETA), "proton model wedenberg"),
        (lambda: radiation.rmf_coefficients(150.0, ALPHA, BETA), "repair-misrepair-fixation"),
        (lambda: radiation.lem_coefficients(300.0, ALPHA, BETA), "local effect model"),
        (lambda: radiation.oxygen_enhancement_ratio(5.0, 50.0, model="alper-howard-flanders"), "alper"),
        (lambda: radiation.misrepair_probability(2.0, 300.0), "misrepair"),
    ],
)
def test_outside_its_range_a_model_names_itself_in_a_warning(call, words: str) -> None:
    with pytest.warns(radiation.ValidityWarning, match=words):
        call()


def test_rmf_holds_above_its_limit_instead_of_exploding() -> None:
    at_limit = radiation.rmf_coefficients(100.0, ALPHA, BETA)[0]
    with pytest.warns(radiation.ValidityWarning):
        assert radiation.rmf_coefficients(250.0, ALPHA, BETA)[0] == pytest.approx(at_limit)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: radiation.generic_carbon_coefficients(0.0, ALPHA, BETA), "above 0 keV/um"),
        (lambda: radiation.oxygen_enhancement_ratio(-1.0, 50.0), "1 % O2 = 7.6 mmHg"),
        (lambda: radiation.oxygen_enhancement_ratio(1.0, 50.0, model="scifony"), "scifoni"),
        (lambda: radiation.proton_coefficients(2.0, ALPHA, BETA, model="wedenburg"), "wedenberg"),
        (lambda: radiation.ion_coefficients("carbn", 50.0, ALPHA, BETA), "carbon"),
        (lambda: radiation.ion_coefficients("carbon", 50.0, ALPHA, BETA, model="lemm"), "lem"),
        (lambda: radiation.ion_coefficients("carbon", 50.0, ALPHA, 0.0, model="mkm"), "beta_x above 0"),
        (lambda: radiation.mkm_coefficients(50.0, "hela"), "hsg"),
        (lambda: radiation.lymphocyte_survival(1.0, subset="tregs"), "treg"),
        (lambda: radiation.constant("dsb_per_gray"), "dsb_per_gy"),
        (lambda: radiation.numbers_with(arrest_does=1.0), "arrest_dose"),
    ],
)
def test_bad_input_is_named_with_what_is_allowed(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_r02_oxygen_matters_for_photons_less_at_high_let_and_not_less_at_50() -> None:
    anoxic = radiation.oxygen_enhancement_ratio(0.0, np.array([1.0, 50.0, 100.0, 200.0, 500.0]))
    assert 2.5 < anoxic[0] < 3.0
    assert anoxic[1] == pytest.approx(2.5, abs=0.15)
    assert anoxic[2] == pytest.approx(1.8, abs=0.15)
    assert anoxic[3] == pytest.approx(1.2, abs=0.1)
    assert np.all(np.diff(anoxic) < 0)
    assert anoxic[4] < 1.05
    pressure = np.linspace(0.0, 160.0, 300)
    for model in ("scifoni", "antonovic", "alper-howard-flanders"):
        ratio = radiation.oxygen_enhancement_ratio(pressure, 1.0, model=model)
        assert np.all(np.diff(ratio) < 0)
        assert ratio[-1] == pytest.approx(1.0, abs=0.05)


def test_photon_oxygen_curve_reproduces_the_published_table() -> None:
    pressure = np.array([0.5, 1.0, 2.5, 5.0, 20.0])
    ratio = radiation.oxygen_enhancement_ratio(pressure, 1.0, model="alper-howard-flanders")
    reference = radiation.oxygen_enhancement_ratio(30.0, 1.0, model="alper-howard-flanders")
    np.testing.assert_allclose(ratio / reference, [2.13, 1.84, 1.46, 1.25, 1.03], rtol=0.008)


def test_r03_carbon_breaks_are_more_clustered_and_repaired_more_slowly() -> None:
    relative = radiation.rbe_dsb_of_let(50.0, "carbon")
    assert relative > 1.6
    assert radiation.complex_dsb_yield(2.0, 50.0, relative) > 2.0 * radiation.complex_dsb_yield(2.0, 0.3)
    day = radiation.unrepaired_dsb_fraction(1.0, np.array([0.3, 50.0, 100.0]))
    assert day[0] < 0.03
    assert day[1] > 3 * day[0]
    assert day[2] > day[1]
    assert radiation.misrepair_probability(2.0, 50.0) > 3 * radiation.misrepair_probability(2.0, 0.3)


def test_relative_break_yield_from_let_agrees_with_that_from_energy() -> None:
    for particle, energies in (
        ("proton", [2.0, 10.0, 100.0]),
        ("helium", [5.0, 50.0, 200.0]),
        ("carbon", [10.0, 42.0, 290.0]),
    ):
        energy = np.array(energies)
        exact = radiation.rbe_dsb(radiation.track_parameter(energy, particle))
        let = radiation.linear_energy_transfer(energy, particle)
        np.testing.assert_allclose(radiation.rbe_dsb_of_let(let, particle), exact, rtol=0.03)


def test_relative_break_yield_of_documented_energies() -> None:
    for particle, energy, value in (("proton", 2.0, 1.54), ("carbon", 290.0, 1.22), ("carbon", 12.0, 2.67)):
        assert radiation.rbe_dsb(radiation.track_parameter(energy, particle)) == pytest.approx(value, rel=0.01)


def test_r04_r05_trex1_makes_a_maximum_and_its_loss_takes_its_share_away() -> None:
    dose = np.arange(1.0, 25.0)
    with_threshold = radiation.immunogenic_yield(dose, 0.3, dose, trex1_threshold_gy=14.0)
    silenced = radiation.immunogenic_yield(dose, 0.3, dose, trex1_threshold_gy=14.0, trex1_active=0.0)
    without = radiation.immunogenic_yield(dose, 0.3, dose, trex1_threshold_gy=None)
    assert 5.0 <= dose[with_threshold.argmax()] <= 10.0
    assert with_threshold[19] < 0.5 * with_threshold.max()
    np.testing.assert_allclose(silenced, without)
    assert np.all(np.diff(without) > 0)
    # 8 Gy x 3 beats one dose of 20 Gy
    assert 3 * with_threshold[7] > 3 * with_threshold[19]


def test_r05_carbon_threshold_is_lower_in_physical_dose_and_signal_per_gray_higher() -> None:
    dose = np.linspace(0.5, 24.0, 95)
    alpha, beta = radiation.generic_carbon_coefficients(50.0, ALPHA, BETA)
    equivalent = radiation.photon_equivalent_dose(dose, alpha, beta, ALPHA, BETA, 6.0)
    relative = radiation.rbe_dsb_of_let(50.0, "carbon")
    carbon = radiation.immunogenic_yield(dose, 50.0, equivalent, rbe_dsb_value=relative, trex1_threshold_gy=14.0)
    photons = radiation.immunogenic_yield(dose, 0.3, dose, trex1_threshold_gy=14.0)
    assert dose[carbon.argmax()] < dose[photons.argmax()]
    assert carbon.max() / dose[carbon.argmax()] > photons.max() / dose[photons.argmax()]
    assert carbon[dose == 2.0] > 2 * photons[dose == 2.0]


def test_micronuclei_have_the_limiting_rbe_of_neutrons() -> None:
    low = 0.001
    relative = radiation.rbe_dsb_of_let(70.0, "carbon")
    carbon = radiation.micronuclei(low, 70.0, rbe_dsb_value=relative)
    assert carbon / radiation.micronuclei(low, 0.3) == pytest.approx(12.2, rel=0.05)


def test_i01_calreticulin_of_carbon_peaks_near_4_gy_and_hypoxia_hides_radiation() -> None:
    dose = np.linspace(0.0, 10.0, 101)
    carbon, photons = (radiation.surface_calreticulin(dose, let) for let in (50.0, 0.3))
    protons = radiation.surface_calreticulin(dose, 2.0)
    assert 3.0 <= dose[carbon.argmax()] <= 6.0
    assert np.all(np.diff(photons) > 0)
    for gray, higher in ((2.0, True), (4.0, True), (10.0, False)):
        at = int(np.flatnonzero(np.isclose(dose, gray))[0])
        assert (carbon[at] > protons[at]) is np.bool_(higher) or bool(carbon[at] > protons[at]) is higher
        assert 1.4 < photons[at] < 2.5
    np.testing.assert_allclose(protons, photons, rtol=0.06)
    none, four = radiation.surface_calreticulin(np.array([0.0, 4.0]), 0.3, 0.0)
    assert none == pytest.approx(four)
    assert none > 1.5


def test_i02_hmgb1_at_equal_dose_and_at_equal_effect() -> None:
    alpha, beta = radiation.generic_carbon_coefficients(70.0, ALPHA, BETA)
    equal_dose = radiation.photon_equivalent_dose(3.0, alpha, beta, ALPHA, BETA)
    assert radiation.hmgb1_release(equal_dose, 70.0) > 1.2 * radiation.hmgb1_release(3.0, 0.3)
    assert radiation.hmgb1_release(4.0, 70.0) == pytest.approx(radiation.hmgb1_release(4.0, 0.3), rel=0.15)
    assert radiation.hmgb1_release(4.0, 70.0) > radiation.hmgb1_release(4.0, 13.0)
    assert radiation.immunogenic_death_fraction(70.0, 3.0) > radiation.immunogenic_death_fraction(0.3, 3.0)


def test_r08_order_of_lymphocyte_sensitivity() -> None:
    left = {name: radiation.lymphocyte_survival(1.5, subset=name) for name in radiation.lymphocyte_subsets()}
    assert left["b"] < left["cd8"] < left["nk"] < left["treg"] < left["tissue_resident"]
    assert left["naive_t"] < left["treg"]
    assert radiation.lymphocyte_survival(1.5, rbe=2.0) < radiation.lymphocyte_survival(1.5)


def test_lymphocytes_prefer_a_hit_of_few_to_the_same_mean_dose_to_all() -> None:
    mean = radiation.mean_lymphocyte_survival([0.0, 2.0], [0.5, 0.5])
    assert mean > radiation.lymphocyte_survival(1.0)


def test_dose_factor_is_relative_to_the_declared_oxygenation() -> None:
    in_tissue = radiation.oxygen_dose_factor(2.0, 0.3, reference_po2_mmhg=30.0)
    in_air = radiation.oxygen_dose_factor(2.0, 0.3)
    assert radiation.oxygen_dose_factor(30.0, 0.3, reference_po2_mmhg=30.0) == 1.0
    assert in_tissue / in_air == pytest.approx(radiation.oxygen_enhancement_ratio(30.0, 0.3) / 1.01, rel=0.01)
    assert in_air < in_tissue < 1.0


def test_micronuclei_need_a_mitosis() -> None:
    never_arrested = radiation.micronuclei(20.0, 0.3, numbers=radiation.numbers_with(arrest_dose=1e9))
    numbers = radiation.numbers_with(arrest_dose=25.0)
    assert radiation.micronuclei(20.0, 0.3, numbers=numbers) == pytest.approx(np.exp(-0.8) * never_arrested)
    more_arrested = radiation.micronuclei(20.0, 0.3, photon_equivalent_dose_gy=30.0, numbers=numbers)
    assert more_arrested == pytest.approx(np.exp(-1.2) * never_arrested)


def test_some_breaks_are_never_repaired() -> None:
    failure = radiation.constant("joining_failure").value
    assert radiation.unrepaired_dsb_fraction(1000.0, 0.3) == pytest.approx(failure)


def test_slow_ions_carry_electrons() -> None:
    # 1 MeV/u carbon: velocity 0.0463 c, so 6 (1 - exp(-125 x 0.0463 x 6^(-2/3))) = 4.96
    assert radiation.effective_charge(1.0, "carbon") == pytest.approx(4.96, abs=0.01)
    assert radiation.effective_charge(300.0, "carbon") == pytest.approx(6.0, abs=1e-6)
