from __future__ import annotations

import time

import numpy as np
import pytest

from abscopal import radiation
from abscopal.errors import InputError

ALPHA, BETA, BEND = 0.2, 0.05, 6.0


def test_survival_by_hand() -> None:
    assert radiation.surviving_fraction(2.0, 0.3, 0.03) == pytest.approx(np.exp(-0.72))
    # beyond the bend the slope is alpha + 2 beta D_T
    six, eight = (radiation.linear_quadratic_linear_effect(d, ALPHA, BETA, BEND) for d in (6.0, 8.0))
    assert six == pytest.approx(0.2 * 6 + 0.05 * 36)
    assert (eight - six) / 2 == pytest.approx(0.2 + 2 * 0.05 * 6)


def test_transition_is_smooth_and_below_linear_quadratic() -> None:
    dose = np.linspace(0.0, 20.0, 2001)
    bent = radiation.linear_quadratic_linear_effect(dose, ALPHA, BETA, BEND)
    slope = np.diff(bent) / np.diff(dose)
    assert np.max(np.abs(np.diff(slope))) < 2.1 * BETA * 0.01
    plain = radiation.linear_quadratic_effect(dose, ALPHA, BETA)
    assert np.all(bent <= plain + 1e-12)
    np.testing.assert_allclose(bent[dose <= BEND], plain[dose <= BEND])


@pytest.mark.parametrize("bend", [None, BEND])
@pytest.mark.parametrize("parts", [(4.0, 4.0), (1.0, 2.0, 5.0), (7.0, 1.0)])
def test_dose_in_parts_without_repair_has_the_effect_of_the_whole(bend: float | None, parts: tuple[float, ...]) -> None:
    unrepaired, effect = 0.0, 0.0
    for dose in parts:
        effect += radiation.incomplete_repair_effect(dose, unrepaired, ALPHA, BETA, bend)
        unrepaired += dose
    whole = radiation.incomplete_repair_effect(sum(parts), 0.0, ALPHA, BETA, bend)
    assert effect == pytest.approx(whole, rel=1e-12)


def test_unrepaired_lesions_give_the_lea_catcheside_factor_of_a_schedule() -> None:
    doses, times, halftime = np.array([2.0, 3.0, 1.5]), np.array([0.0, 0.1, 0.16]), 1.5 / 24
    unrepaired, effect, last = 0.0, 0.0, 0.0
    for dose, t in zip(doses, times, strict=True):
        unrepaired *= np.exp(-radiation.repair_rate_per_day(halftime) * (t - last))
        effect += radiation.incomplete_repair_effect(dose, unrepaired, ALPHA, BETA)
        unrepaired, last = unrepaired + dose, t
    factor = radiation.fractionated_protraction_factor(doses, times, halftime)
    total = doses.sum()
    assert effect == pytest.approx(ALPHA * total + factor * BETA * total**2, rel=1e-12)


def test_continuous_irradiation_gives_the_lea_catcheside_factor() -> None:
    halftime, duration, dose = 0.05, 0.3, 6.0
    time_days = np.linspace(0.0, duration, 200001)
    rate = radiation.repair_rate_per_day(halftime)
    unrepaired = dose / duration / rate * (1 - np.exp(-rate * time_days))
    effect = np.trapezoid(radiation.incomplete_repair_effect_rate(dose / duration, unrepaired, ALPHA, BETA), time_days)
    factor = radiation.dose_protraction_factor(duration, halftime)
    assert effect == pytest.approx(ALPHA * dose + factor * BETA * dose**2, rel=1e-6)


def test_decaying_source_factor_of_a_finite_time_tends_to_that_of_full_decay() -> None:
    whole = radiation.decaying_source_protraction_factor(59.4, 0.0625)
    assert radiation.decaying_source_protraction_factor(59.4, 0.0625, 1500.0) == pytest.approx(whole, rel=1e-6)
    # a short time is an acute dose
    assert radiation.decaying_source_protraction_factor(59.4, 0.0625, 1e-3) == pytest.approx(
        radiation.dose_protraction_factor(1e-3, 0.0625), rel=1e-4
    )


def test_protraction_factor_has_no_seam_between_series_and_closed_form() -> None:
    x = np.array([0.999e-3, 1.001e-3]) / radiation.repair_rate_per_day(0.0625)
    low, high = radiation.dose_protraction_factor(x, 0.0625)
    assert low - high == pytest.approx(0.002e-3 / 3, rel=0.05)


def test_biologically_effective_dose_of_standard_schedules() -> None:
    assert radiation.biologically_effective_dose(2.0, 30, 10.0) == pytest.approx(72.0)
    assert radiation.biologically_effective_dose(20.0, 3, 10.0) == pytest.approx(180.0)
    assert radiation.eqd2(radiation.biologically_effective_dose(3.0, 15, 3.0), 3.0) == pytest.approx(54.0)


def test_two_equal_radiations_mix_to_themselves() -> None:
    alpha, beta = radiation.mixed_field_coefficients([1.0, 2.5], [0.3, 0.3], [0.04, 0.04])
    assert (alpha, beta) == (pytest.approx(0.3), pytest.approx(0.04))


@pytest.mark.parametrize("dose", [-0.1, 1000.1, np.nan, np.inf])
def test_absurd_dose_is_refused_with_advice(dose: float) -> None:
    with pytest.raises(InputError, match=r"dose_gy.*\n.*0 to 1000 Gy"):
        radiation.surviving_fraction(np.array([1.0, dose]), ALPHA, BETA)


def test_a_million_survival_values_take_well_under_a_tenth_of_a_second() -> None:
    dose = np.linspace(0.0, 20.0, 1_000_000)
    radiation.surviving_fraction(dose[:10], ALPHA, BETA, BEND)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        radiation.surviving_fraction(dose, ALPHA, BETA, BEND)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.05
