from __future__ import annotations

import numpy as np
import pytest

from abscopal import radiation
from abscopal.errors import InputError
from abscopal.radiation.mkm import GRAY_UM2_PER_KEV_UM, dose_mean_specific_energy, track_radii


@pytest.mark.parametrize("particle", ["proton", "helium", "carbon"])
def test_range_and_energy_are_inverse(particle: str) -> None:
    energy = np.array([5.0, 60.0, 200.0])
    reach = radiation.csda_range(energy, particle)
    np.testing.assert_allclose(radiation.energy_of_range(reach, particle), energy, rtol=1e-4)
    let = radiation.linear_energy_transfer(energy, particle)
    np.testing.assert_allclose(radiation.energy_of_let(let, particle), energy, rtol=1e-4)


@pytest.mark.parametrize("particle", ["proton", "helium", "carbon"])
def test_range_is_the_integral_of_inverse_stopping_power(particle: str) -> None:
    energy = np.linspace(50.0, 200.0, 4001)
    nucleons = radiation.particle_of(particle).nucleons
    path = np.trapezoid(nucleons / radiation.mass_stopping_power(energy, particle), energy)
    reach = radiation.csda_range(np.array([50.0, 200.0]), particle)
    assert reach[1] - reach[0] == pytest.approx(path, rel=1e-5)


@pytest.mark.parametrize("particle", ["proton", "helium", "carbon"])
def test_beam_peaks_where_it_should_with_high_let_behind(particle: str) -> None:
    energy = {"proton": 150.0, "helium": 150.0, "carbon": 290.0}[particle]
    depth = np.linspace(0.0, 250.0, 5001)
    dose = radiation.depth_dose(energy, depth, particle)
    let = radiation.let_at_depth(energy, depth, particle)
    peak = depth[dose.argmax()]
    assert peak == pytest.approx(float(radiation.bragg_peak_depth(energy, particle)), abs=0.6)
    assert dose.max() == pytest.approx(1.0, abs=0.02)
    assert 0.95 < peak / (10 * radiation.csda_range(energy, particle)) < 1.0
    before = depth < peak
    assert np.all(np.diff(let[before & (depth > 20)]) > -0.05)
    assert let[dose.argmax()] > 4 * let[0]


def test_range_shifter_moves_the_peak() -> None:
    depth = np.linspace(0.0, 200.0, 4001)
    dose = radiation.depth_dose(290.0, depth, "carbon", range_shifter_mm=30.0)
    assert depth[dose.argmax()] == pytest.approx(float(radiation.bragg_peak_depth(290.0, "carbon")) - 30.0, abs=0.2)


@pytest.mark.parametrize(("particle", "flatness"), [("proton", 0.02), ("helium", 0.02), ("carbon", 0.02)])
def test_spread_out_peak_is_flat_and_let_rises_through_it(particle: str, flatness: float) -> None:
    peak = radiation.spread_out_bragg_peak(95.0, 155.0, particle)
    inside = np.arange(97.0, 152.0, 0.5)
    assert np.ptp(peak.dose(inside)) < flatness
    assert peak.dose(np.array([0.0]))[0] < 0.75
    assert np.all(np.diff(peak.let(inside[inside > 107.0])) > 0)
    assert np.all(peak.weights >= 0)


def test_carbon_let_in_the_spread_out_peak_near_the_published_beam() -> None:
    found = radiation.spread_out_bragg_peak(95.0, 155.0, "carbon").let([0.0, 95.0, 125.0, 140.0, 150.0, 154.0])
    np.testing.assert_allclose(found, [13.6, 34.0, 39.2, 61.0, 81.0, 112.0], rtol=0.2)


def test_track_holds_the_energy_of_its_let() -> None:
    for energy in (3.0, 30.0, 300.0):
        core, penumbra, constant = track_radii(energy, "carbon")
        let = float(radiation.linear_energy_transfer(energy, "carbon"))
        halo = 2 * np.pi * constant * np.log(penumbra / core)
        assert 0.2 < halo / (GRAY_UM2_PER_KEV_UM * let) < 0.8


def test_specific_energy_of_a_domain_falls_with_energy_and_by_saturation() -> None:
    energies = (3.0, 10.0, 50.0, 290.0)
    plain = [dose_mean_specific_energy(e, "carbon", 0.32) for e in energies]
    cut = [dose_mean_specific_energy(e, "carbon", 0.32, 48.98) for e in energies]
    assert plain == sorted(plain, reverse=True)
    assert all(c < p for c, p in zip(cut, plain, strict=True))
    assert cut[0] / plain[0] < 0.3 < 0.9 < cut[-1] / plain[-1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: radiation.csda_range(5000.0, "proton"), r"5000 MeV/u is outside the tables"),
        (lambda: radiation.csda_range(0.01, "carbon"), "0.1 to 1000 MeV/u"),
        (lambda: radiation.csda_range(-1.0, "carbon"), "outside the tables"),
        (lambda: radiation.csda_range(np.nan, "carbon"), "outside the tables"),
        (lambda: radiation.mass_stopping_power(100.0, "neon"), "unknown particle 'neon'"),
        (lambda: radiation.mass_stopping_power(100.0, "protn"), "did you mean 'proton'"),
        (lambda: radiation.mass_stopping_power(100.0, "proton", convention="icru37"), "icru49"),
        (lambda: radiation.energy_of_let(5000.0, "carbon"), "no carbon energy"),
        (lambda: radiation.energy_of_let(-1.0, "carbon"), "above 0 keV/um"),
        (lambda: radiation.let_at_depth(900.0, 10.0, "carbon"), "outside the tabulated beams"),
        (lambda: radiation.let_at_depth(290.0, -10.0, "carbon"), "depth_mm"),
        (lambda: radiation.spread_out_bragg_peak(155.0, 95.0), "cannot be made"),
        (lambda: radiation.spread_out_bragg_peak(5.0, 95.0, "carbon"), "30 <= proximal"),
        (lambda: radiation.radiation_quality("carbon"), "needs one of LET, energy and flat part"),
        (lambda: radiation.radiation_quality("carbon", let_kev_um=50.0, energy_mev_u=290.0), "LET, energy"),
        (lambda: radiation.radiation_quality("carbn", let_kev_um=50.0), "carbon"),
        (lambda: radiation.radiation_quality("co-61"), "co-60"),
        (lambda: radiation.spatially_fractionated_field(2.0, 20.0, 0.3), "above the peak dose"),
        (lambda: radiation.DoseHistogram(np.array([1.0]), np.array([0.4])), "a sum of 1"),
        (lambda: radiation.blood_dose_histogram(2.0, 1.0, 1.0), "below 1"),
    ],
)
def test_bad_input_is_named_with_what_is_allowed(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_quality_from_let_energy_and_spread_out_peak() -> None:
    assert radiation.radiation_quality("C", energy_mev_u=290.0).let_kev_um == pytest.approx(12.7, abs=0.5)
    mid = radiation.radiation_quality("carbon", flat_part_mm=(95.0, 155.0))
    assert mid.let_kev_um == pytest.approx(39.2, rel=0.2)
    for name in ("6 MV", "15MeV", "photon", "Co-60", "137Cs"):
        assert radiation.radiation_quality(name).alpha_ratio == 1.0
    assert radiation.radiation_quality("220 kVp").alpha_ratio > 1.0
    seeds = radiation.radiation_quality("I-125")
    assert seeds.halflife_days == pytest.approx(59.4)
    assert mid.relative_dsb_yield > 1.5


def test_isoeffective_dose_always_has_an_interval() -> None:
    carbon = radiation.radiation_quality("carbon", let_kev_um=50.0)
    there = radiation.isoeffective_dose([1.0, 2.0, 8.0], carbon, "Co-60", alpha_x=0.2, beta_x=0.03)
    assert np.all(there.low_gy < there.median_gy)
    assert np.all(there.high_gy > there.median_gy)
    # one standard deviation is 0.25 in ln RBE of an unseen line, with a little for the photons
    assert np.log(there.high_gy / there.median_gy) == pytest.approx(0.26, abs=0.01)
    back = radiation.isoeffective_dose(there.median_gy, "Co-60", carbon, alpha_x=0.2, beta_x=0.03)
    np.testing.assert_allclose(back.median_gy, [1.0, 2.0, 8.0], rtol=1e-9)
    wide = radiation.isoeffective_dose(2.0, carbon, "Co-60", alpha_x=0.2, beta_x=0.03, level=0.95)
    assert wide.high_gy > there.high_gy[1]
    pair = radiation.MeasuredPair(50.0, 0.634, 0.0374)
    known = radiation.isoeffective_dose(2.0, carbon, "Co-60", alpha_x=0.18, beta_x=0.0406, measured=[pair])
    assert known.ln_sd < 0.6 * there.ln_sd
    same = radiation.isoeffective_dose(2.0, "6 MV", "Co-60", alpha_x=0.2, beta_x=0.03)
    assert same.median_gy == pytest.approx(2.0)
    assert same.high_gy > 2.0


def test_orthovoltage_reference_does_not_count_its_rbe_twice() -> None:
    same = radiation.isoeffective_dose(5.0, "220 kVp", "220 kVp", alpha_x=0.2, beta_x=0.03, reference="220 kVp")
    assert same.median_gy == pytest.approx(5.0)
    more = radiation.isoeffective_dose(5.0, "220 kVp", "Co-60", alpha_x=0.2, beta_x=0.03)
    assert more.median_gy > 5.0


def test_orthovoltage_coefficients_are_carried_over_to_cobalt() -> None:
    found = radiation.isoeffective_dose(5.0, "220 kVp", "Co-60", alpha_x=0.23, beta_x=0.03, reference="220 kVp")
    ratio = radiation.radiation_quality("220 kVp").alpha_ratio
    effect = 0.23 * 5.0 + 0.03 * 25.0
    assert found.median_gy == pytest.approx(radiation.dose_of_effect(effect, 0.23 / ratio, 0.03))


def test_two_lets_of_one_particle_share_their_error() -> None:
    low, high = (radiation.radiation_quality("carbon", let_kev_um=let) for let in (13.0, 75.0))
    between = radiation.isoeffective_dose(2.0, low, high, alpha_x=0.2, beta_x=0.03)
    assert between.ln_sd == pytest.approx(0.25 * np.sqrt(2.0 - 2.0 * 0.7))


@pytest.mark.parametrize(("energy", "lower"), [(60.0, 0.0053), (150.0, 0.0048), (250.0, 0.0045)])
def test_icru_90_lowers_the_stopping_power_by_the_ratio_of_bethe_logarithms(energy: float, lower: float) -> None:
    old, new = (radiation.mass_stopping_power(energy, "proton", convention=c) for c in ("icru49", "icru90"))
    assert 1.0 - new / old == pytest.approx(lower, abs=1e-4)


def test_isoeffective_level_must_be_a_probability() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        radiation.isoeffective_dose(2.0, "6 MV", "Co-60", alpha_x=0.2, beta_x=0.03, level=68.0)


def test_valleys_decide_what_survives_a_grid_field() -> None:
    field = radiation.spatially_fractionated_field(20.0, 2.0, 0.3)
    expected = 0.7 * radiation.surviving_fraction(2.0, 0.3, 0.03)
    assert field.surviving_fraction(0.3, 0.03) == pytest.approx(expected, rel=1e-3)
    assert 2.0 < field.equivalent_uniform_dose(0.3, 0.03) < field.mean_gy
    edges = radiation.spatially_fractionated_field(20.0, 2.0, 0.2, edge_share=0.2)
    assert edges.shares.sum() == pytest.approx(1.0)
    assert radiation.uniform_field(4.0).equivalent_uniform_dose(0.3, 0.03, 6.0) == pytest.approx(4.0)


def test_blood_histogram_keeps_the_mean_dose_and_hits_more_blood_with_time() -> None:
    short, long = (radiation.blood_dose_histogram(2.0, 0.05, n) for n in (0.0, 5.0))
    assert short.mean_gy == pytest.approx(0.1)
    assert long.mean_gy == pytest.approx(0.1)
    assert long.shares[0] > 3 * short.shares[0]


def test_implant_delivers_its_dose() -> None:
    time_days = np.linspace(0.0, 1500.0, 300001)
    rate = radiation.implant_dose_rate(time_days, 145.0 * np.log(2.0) / 59.4, 59.4)
    assert np.trapezoid(rate, time_days) == pytest.approx(145.0, rel=1e-5)
    assert radiation.implant_dose_rate(-1.0, 1.0, 59.4) == 0.0
