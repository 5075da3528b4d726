"""Ion coefficients from photon coefficients and LET, and photon doses of equal effect.

Every model has the same call shape: LET and the photon (alpha, beta) in, the ion's (alpha, beta) out.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.errors import InputError, unknown_name
from abscopal.expr.functions import Value
from abscopal.radiation.domains import GENERIC_CARBON_LET, HELIUM_LET, PROTON_LET
from abscopal.radiation.numbers import Numbers, declared
from abscopal.radiation.survival import linear_quadratic_effect, linear_quadratic_linear_effect
from abscopal.radiation.validity import check_dose, check_let, warn_outside

PROTON_MODELS = ("wedenberg", "mcnamara", "carabe", "constant")


def generic_carbon_coefficients(
    let_kev_um: Value,
    alpha_x: Value,
    beta_x: Value,
    *,
    numbers: Numbers = declared,
) -> tuple[Value, Value]:
    """Carbon (alpha, beta) of a cell line known only by its photon coefficients [1/Gy, 1/Gy2].

    Parameters
    ----------
    let_kev_um : dose-averaged LET in water [keV/um]
    alpha_x, beta_x : photon coefficients [1/Gy, 1/Gy2]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    alpha = alpha_x [1 + (p0 + p1 beta_x/alpha_x) L exp(-(L/L0)^m)], beta = beta_x.
    *Valid for* 10 to 150 keV/um; a left-out publication is predicted with an rms of 0.26 in ln RBE at 10 % survival.

    Raises
    ------
    InputError
        The LET is not positive.

    References
    ----------
    Own fit to the carbon experiments catalogued in PIDE (Friedrich 2013, J Radiat Res 54:494).

    Examples
    --------
    >>> [round(float(c), 3) for c in generic_carbon_coefficients(50.0, 0.2, 0.05)]
    [0.755, 0.05]
    """
    check_let(let_kev_um)
    warn_outside("generic carbon fit", "LET", let_kev_um, *GENERIC_CARBON_LET, "keV/um")
    p0, p1, scale, power = (numbers(f"carbon_rbe_{name}") for name in ("p0", "p1", "let_scale", "exponent"))
    shape = let_kev_um * expr.exp(-((let_kev_um / scale) ** power))
    return alpha_x + (p0 * alpha_x + p1 * beta_x) * shape, beta_x


def helium_coefficients(
    let_kev_um: Value, alpha_x: Value, beta_x: Value, *, numbers: Numbers = declared
) -> tuple[Value, Value]:
    """Helium (alpha, beta) from the photon coefficients [1/Gy, 1/Gy2].

    Parameters
    ----------
    let_kev_um : dose-averaged LET in water [keV/um]
    alpha_x, beta_x : photon coefficients [1/Gy, 1/Gy2]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    alpha = alpha_x [1 + (q0 + beta_x/alpha_x) q1 L^2 exp(-q2 L)], beta = beta_x. *Valid for* up to 130 keV/um.

    Raises
    ------
    InputError
        The LET is not positive.

    References
    ----------
    Mairani 2016, Phys Med Biol 61:888.

    Examples
    --------
    >>> [round(float(c), 3) for c in helium_coefficients(10.0, 0.2, 0.05)]
    [0.265, 0.05]
    """
    check_let(let_kev_um)
    warn_outside("helium model", "LET", let_kev_um, *HELIUM_LET, "keV/um")
    q0, q1, q2 = (numbers(f"helium_rbe_{name}") for name in ("q0", "q1", "q2"))
    shape = q1 * let_kev_um * let_kev_um * expr.exp(-q2 * let_kev_um)
    return alpha_x + (q0 * alpha_x + beta_x) * shape, beta_x


def proton_coefficients(
    let_kev_um: Value, alpha_x: Value, beta_x: Value, *, model: str = "wedenberg", numbers: Numbers = declared
) -> tuple[Value, Value]:
    """Proton (alpha, beta) from the photon coefficients [1/Gy, 1/Gy2].

    Parameters
    ----------
    let_kev_um : dose-averaged LET in water [keV/um]
    alpha_x, beta_x : photon coefficients [1/Gy, 1/Gy2]
    model : "wedenberg" (default), "mcnamara", "carabe" or "constant" (the clinical 1.1)
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    alpha = alpha_x RBE_max, beta = beta_x RBE_min^2, with RBE_max = m0 + m1 L beta_x/alpha_x and RBE_min = n0 + n1 L
    (Wedenberg, Carabe: n1 over alpha/beta) or n0 + n1 sqrt(alpha_x/beta_x) L (McNamara), never below zero.
    *Valid for* up to 20 keV/um.

    Raises
    ------
    InputError
        The LET is not positive or the model unknown.

    References
    ----------
    Wedenberg 2013, Acta Oncol 52:580; McNamara 2015, Phys Med Biol 60:8399; Carabe 2012, Phys Med Biol 57:1159.

    Examples
    --------
    >>> [round(float(c), 4) for c in proton_coefficients(2.5, 0.2, 0.02)]
    [0.2217, 0.02]
    """
    check_let(let_kev_um)
    if model not in PROTON_MODELS:
        raise InputError(unknown_name("proton model", model, PROTON_MODELS))
    if model == "constant":
        constant = numbers("proton_rbe_constant")
        return constant * alpha_x, constant * constant * beta_x
    warn_outside(f"proton model {model}", "LET", let_kev_um, *PROTON_LET, "keV/um")
    # The default model is the one of studies, whose constants are parameters.
    prefix = "proton_rbe" if model == PROTON_MODELS[0] else f"proton_rbe_{model}"
    max0, max1, min0, min1 = (numbers(f"{prefix}_{name}") for name in ("max0", "max1", "min0", "min1"))
    alpha = max0 * alpha_x + max1 * let_kev_um * beta_x
    root = expr.sqrt(beta_x)
    if model == "mcnamara":  # sqrt(beta) RBE_min, written so that beta_x = 0 stays finite
        root_ion = min0 * root + min1 * expr.sqrt(alpha_x) * let_kev_um
    else:
        root_ion = root * (min0 + min1 * let_kev_um * beta_x / alpha_x)
    root_ion = expr.maximum(root_ion, 0.0)
    return alpha, root_ion * root_ion


def dose_of_effect(
    effect: Value, alpha_per_gy: Value, beta_per_gy2: Value, transition_dose_gy: Value | None = None
) -> Value:
    """Acute dose with the given effect, the inverse of the survival curve [Gy].

    Parameters
    ----------
    effect : minus the logarithm of the surviving fraction, >= 0
    alpha_per_gy, beta_per_gy2 : coefficients [1/Gy, 1/Gy2]; alpha > 0, beta >= 0
    transition_dose_gy : start of the straight tail [Gy] or None

    Notes
    -----
    D = 2 E / (alpha + sqrt(alpha^2 + 4 beta E)), exact also for beta = 0; beyond the effect E_T of the transition dose
    D = D_T + (E - E_T)/(alpha + 2 beta D_T).

    Examples
    --------
    >>> round(float(dose_of_effect(0.6, 0.2, 0.05)), 6)
    2.0
    """
    if transition_dose_gy is None:
        return 2.0 * effect / (alpha_per_gy + expr.sqrt(alpha_per_gy * alpha_per_gy + 4.0 * beta_per_gy2 * effect))
    at_transition = linear_quadratic_effect(transition_dose_gy, alpha_per_gy, beta_per_gy2)
    bent = expr.minimum(effect, at_transition)
    slope = alpha_per_gy + 2.0 * beta_per_gy2 * transition_dose_gy
    return dose_of_effect(bent, alpha_per_gy, beta_per_gy2) + (effect - bent) / slope


def ion_transition_dose(
    transition_dose_gy: Value, alpha_ion: Value, beta_ion: Value, alpha_x: Value, beta_x: Value
) -> Value:
    """Ion dose with the effect of the photon transition dose: where the ion's straight tail begins [Gy].

    Examples
    --------
    >>> round(float(ion_transition_dose(6.0, 0.4, 0.2, 0.2, 0.05)), 6)  # every lesion counts twice: half the dose
    3.0
    """
    return dose_of_effect(linear_quadratic_effect(transition_dose_gy, alpha_x, beta_x), alpha_ion, beta_ion)


def photon_equivalent_dose(
    dose_gy: Value,
    alpha_ion: Value,
    beta_ion: Value,
    alpha_x: Value,
    beta_x: Value,
    transition_dose_gy: Value | None = None,
) -> Value:
    """Single photon dose that kills as much as one ion dose [Gy].

    Parameters
    ----------
    dose_gy : physical ion dose of one fraction [Gy]
    alpha_ion, beta_ion, alpha_x, beta_x : coefficients of the ion and of photons [1/Gy, 1/Gy2]
    transition_dose_gy : photon dose where the straight tail begins [Gy]; None is plain linear-quadratic

    Notes
    -----
    The photon curve inverted at the ion's effect; both curves turn straight at the same effect. *Valid for* the doses
    of the survival curves behind the coefficients; beta = 0 is allowed.

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy.

    References
    ----------
    Dale & Jones 1999, Int J Radiat Oncol Biol Phys 43:639 (RBE between its limits at low and high dose).

    Examples
    --------
    >>> float(photon_equivalent_dose(2.0, 0.4, 0.0, 0.4, 0.0))
    2.0
    """
    check_dose(dose_gy)
    if transition_dose_gy is None:
        effect = linear_quadratic_effect(dose_gy, alpha_ion, beta_ion)
    else:
        bend = ion_transition_dose(transition_dose_gy, alpha_ion, beta_ion, alpha_x, beta_x)
        effect = linear_quadratic_linear_effect(dose_gy, alpha_ion, beta_ion, bend)
    return dose_of_effect(effect, alpha_x, beta_x, transition_dose_gy)


def relative_biological_effectiveness(
    dose_gy: Value,
    alpha_ion: Value,
    beta_ion: Value,
    alpha_x: Value,
    beta_x: Value,
    transition_dose_gy: Value | None = None,
) -> Value:
    """RBE for cell kill: photon dose of equal effect over ion dose; alpha_ion/alpha_x at zero dose.

    Parameters
    ----------
    dose_gy : physical ion dose of one fraction [Gy]
    alpha_ion, beta_ion, alpha_x, beta_x : coefficients of the ion and of photons [1/Gy, 1/Gy2]
    transition_dose_gy : photon dose where the straight tail begins [Gy] or None

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy.

    References
    ----------
    Wedenberg 2013, Acta Oncol 52:580 (the example).

    Examples
    --------
    >>> alpha, beta = proton_coefficients(2.5, 0.2, 0.02)
    >>> round(float(relative_biological_effectiveness(2.0, alpha, beta, 0.2, 0.02)), 4)
    1.0767
    """
    safe = expr.maximum(dose_gy, 1e-9)
    return photon_equivalent_dose(safe, alpha_ion, beta_ion, alpha_x, beta_x, transition_dose_gy) / safe
