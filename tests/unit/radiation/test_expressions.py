"""Every formula the model uses gives the same number from floats, arrays and evaluated expressions."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import expr, radiation
from abscopal.expr import evaluate, jacobian, symbol

DOSE, LET = np.array([0.0, 0.5, 2.0, 7.0, 12.0]), np.array([0.3, 2.0, 15.0, 50.0, 120.0])
ALPHA, BETA = 0.2, 0.05

FORMULAS = {
    "lq": lambda d, t: radiation.linear_quadratic_effect(d, ALPHA, BETA),
    "lql": lambda d, t: radiation.linear_quadratic_linear_effect(d, ALPHA, BETA, 6.0),
    "survival": lambda d, t: radiation.surviving_fraction(d, ALPHA, BETA, 6.0),
    "incomplete": lambda d, t: radiation.incomplete_repair_effect(d, 0.5 * d, ALPHA, BETA, 6.0),
    "incomplete_rate": lambda d, t: radiation.incomplete_repair_effect_rate(1.0, d, ALPHA, BETA, 6.0),
    "protraction": lambda d, t: radiation.dose_protraction_factor(d),
    "repopulation": lambda d, t: radiation.repopulation(d, 3.0, 1.0),
    "bed": lambda d, t: radiation.biologically_effective_dose(d, 5, 10.0),
    "eqd2": lambda d, t: radiation.eqd2(d, 10.0),
    "mixed": lambda d, t: radiation.mixed_field_coefficients([d, 1.0], [0.5, 0.2], [0.02, 0.05])[1],
    "carbon": lambda d, t: radiation.generic_carbon_coefficients(t, ALPHA, BETA)[0],
    "helium": lambda d, t: radiation.helium_coefficients(t, ALPHA, BETA)[0],
    "proton": lambda d, t: radiation.proton_coefficients(0.1 * t, ALPHA, BETA, model="mcnamara")[1],
    "equivalent": lambda d, t: radiation.photon_equivalent_dose(d, 0.7, 0.06, ALPHA, BETA, 6.0),
    "equivalent_without_beta": lambda d, t: radiation.photon_equivalent_dose(d, 0.7, 0.06, ALPHA, 0.0),
    "rbe": lambda d, t: radiation.relative_biological_effectiveness(d, 0.7, 0.06, ALPHA, BETA),
    "oer": lambda d, t: radiation.oxygen_enhancement_ratio(d, t),
    "oxygen": lambda d, t: radiation.oxygen_dose_factor(d, t),
    "rbe_dsb": lambda d, t: radiation.rbe_dsb(10.0 * d),
    "rbe_dsb_of_let": lambda d, t: radiation.rbe_dsb_of_let(10.0 + t, "carbon"),
    "dsb": lambda d, t: radiation.dsb_yield(d, 1.5),
    "complex": lambda d, t: radiation.complex_dsb_fraction(t),
    "unrepaired": lambda d, t: radiation.unrepaired_dsb_fraction(d, t),
    "misrepair": lambda d, t: radiation.misrepair_probability(d, t),
    "micronuclei": lambda d, t: radiation.micronuclei(d, t, rbe_dsb_value=1.2, photon_equivalent_dose_gy=1.3 * d),
    "trex1": lambda d, t: radiation.trex1_induction(d, 14.0),
    "cytosolic": lambda d, t: radiation.cytosolic_dna(d, 0.3),
    "immunogenic": lambda d, t: radiation.immunogenic_yield(d, t, 1.3 * d, trex1_threshold_gy=14.0),
    "calreticulin": lambda d, t: radiation.surface_calreticulin(d, t, 10.0 + d),
    "hmgb1": lambda d, t: radiation.hmgb1_release(d, t),
    "atp": lambda d, t: radiation.atp_release(d),
    "death": lambda d, t: radiation.immunogenic_death_fraction(t, d),
    "lymphocytes": lambda d, t: radiation.lymphocyte_survival(d, subset="treg"),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formula_is_the_same_for_floats_arrays_and_expressions(name: str) -> None:
    formula = FORMULAS[name]
    of_arrays = np.broadcast_to(formula(DOSE, LET), DOSE.shape)
    of_floats = [float(formula(float(d), float(t))) for d, t in zip(DOSE, LET, strict=True)]
    d, t = symbol("dose"), symbol("let")
    (of_expressions,) = evaluate([expr.as_expr(formula(d, t))], {d: DOSE, t: LET})
    np.testing.assert_allclose(of_floats, of_arrays, rtol=1e-12)
    np.testing.assert_allclose(np.broadcast_to(of_expressions, DOSE.shape), of_arrays, rtol=1e-12)
    assert np.ptp(of_arrays) > 0


@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives_are_finite_and_agree_with_differences(name: str) -> None:
    d, t = symbol("dose"), symbol("let")
    whole = expr.as_expr(FORMULAS[name](d, t))
    slopes = jacobian([whole], [d, t])
    at, step = {d: DOSE, t: LET}, 1e-6
    for column, x in enumerate((d, t)):
        exact = evaluate([slopes[0, column]], at)[0] if (0, column) in slopes else 0.0
        assert np.all(np.isfinite(exact))
        inner = DOSE > 0
        up, down = (evaluate([whole], {**at, x: at[x] + s})[0] for s in (step, -step))
        difference = np.broadcast_to((up - down) / (2 * step), DOSE.shape)[inner]
        np.testing.assert_allclose(np.broadcast_to(exact, DOSE.shape)[inner], difference, rtol=2e-5, atol=1e-7)


def test_coefficients_may_be_expressions_too() -> None:
    alpha, beta, threshold = symbol("alpha"), symbol("beta"), symbol("threshold")
    ion_alpha, ion_beta = radiation.generic_carbon_coefficients(50.0, alpha, beta)
    equivalent = radiation.photon_equivalent_dose(4.0, ion_alpha, ion_beta, alpha, beta, 6.0)
    signal = radiation.immunogenic_yield(4.0, 50.0, equivalent, trex1_threshold_gy=threshold)
    values = {alpha: ALPHA, beta: BETA, threshold: 14.0}
    ion = radiation.generic_carbon_coefficients(50.0, ALPHA, BETA)
    expected = radiation.photon_equivalent_dose(4.0, *ion, ALPHA, BETA, 6.0)
    assert evaluate([equivalent], values)[0] == pytest.approx(expected, rel=1e-12)
    assert evaluate([signal], values)[0] == pytest.approx(
        radiation.immunogenic_yield(4.0, 50.0, expected, trex1_threshold_gy=14.0), rel=1e-12
    )
