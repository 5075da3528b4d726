"""Cell kill: linear-quadratic effect with a linear high-dose tail, incomplete repair, regrowth, mixed fields.

An *effect* is minus the logarithm of the surviving fraction. Every function takes floats, arrays or expressions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from abscopal import expr
from abscopal.expr.functions import Value
from abscopal.radiation.numbers import default
from abscopal.radiation.validity import check_dose, check_not_negative, check_positive


def linear_quadratic_effect(dose_gy: Value, alpha_per_gy: Value, beta_per_gy2: Value) -> Value:
    """Effect (-ln of the surviving fraction) of one acute dose, linear-quadratic.

    Parameters
    ----------
    dose_gy : float, array or expression [Gy]
    alpha_per_gy, beta_per_gy2 : coefficients of the cell line for this radiation [1/Gy, 1/Gy2]

    Notes
    -----
    E = alpha D + beta D^2. *Valid for* 1 Gy to the transition dose (about 6 Gy); it over-predicts kill above.

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy.

    References
    ----------
    Fowler 1989, Br J Radiol 62:679 (equation 1).

    Examples
    --------
    >>> round(float(linear_quadratic_effect(2.0, 0.2, 0.05)), 3)
    0.6
    """
    check_dose(dose_gy)
    return dose_gy * (alpha_per_gy + beta_per_gy2 * dose_gy)


def linear_quadratic_linear_effect(
    dose_gy: Value, alpha_per_gy: Value, beta_per_gy2: Value, transition_dose_gy: Value | None = None
) -> Value:
    """Effect of one acute dose, linear-quadratic up to a transition dose and straight (same slope) beyond it.

    Parameters
    ----------
    dose_gy : float, array or expression [Gy]
    alpha_per_gy, beta_per_gy2 : coefficients [1/Gy, 1/Gy2]
    transition_dose_gy : dose where the straight tail begins [Gy]; by default the declared one

    Notes
    -----
    E = alpha D + beta m (2 D - m) with m = min(D, D_T). *Valid for* acute doses to about 30 Gy.

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy.

    References
    ----------
    Astrahan 2008, Med Phys 35:4161.

    Examples
    --------
    >>> float(linear_quadratic_linear_effect(8.0, 0.2, 0.05, 6.0))
    4.6
    """
    check_dose(dose_gy)
    transition = default(transition_dose_gy, "transition_dose")
    return alpha_per_gy * dose_gy + beta_per_gy2 * _quadratic_dose(dose_gy, transition)


def _quadratic_dose(dose_gy: Value, transition_dose_gy: Value | None) -> Value:
    """D^2 below the transition dose, its tangent above it [Gy2]."""
    if transition_dose_gy is None:
        return dose_gy * dose_gy
    bent = expr.minimum(dose_gy, transition_dose_gy)
    return bent * (2.0 * dose_gy - bent)


def surviving_fraction(
    dose_gy: Value,
    alpha_per_gy: Value,
    beta_per_gy2: Value,
    transition_dose_gy: Value | None = None,
    protraction_factor: Value = 1.0,
) -> Value:
    """Fraction of clonogenic cells that survive one dose.

    Parameters
    ----------
    dose_gy : float, array or expression [Gy]
    alpha_per_gy, beta_per_gy2 : coefficients [1/Gy, 1/Gy2]
    transition_dose_gy : start of the straight tail [Gy]; None is plain linear-quadratic
    protraction_factor : Lea-Catcheside factor on the quadratic term, 1 for an acute dose

    Notes
    -----
    S = exp(-alpha D - G beta q(D)), q(D) = m (2 D - m), m = min(D, D_T); plain LQ has m = D.
    *Valid for* 1 to about 8 Gy without, to about 30 Gy with a transition dose.

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy.

    References
    ----------
    Fowler 1989, Br J Radiol 62:679; Astrahan 2008, Med Phys 35:4161.

    Examples
    --------
    >>> round(float(surviving_fraction(2.0, 0.2, 0.05)), 4)
    0.5488
    """
    check_dose(dose_gy)
    quadratic = protraction_factor * beta_per_gy2 * _quadratic_dose(dose_gy, transition_dose_gy)
    return expr.exp(-(alpha_per_gy * dose_gy + quadratic))


def incomplete_repair_effect(
    dose_gy: Value,
    unrepaired_gy: Value,
    alpha_per_gy: Value,
    beta_per_gy2: Value,
    transition_dose_gy: Value | None = None,
) -> Value:
    """Effect of an acute dose that meets still unrepaired damage of earlier dose.

    Parameters
    ----------
    dose_gy : the dose given now [Gy]
    unrepaired_gy : earlier dose whose sublethal damage is still unrepaired [Gy]: after each fraction it grows by the
        dose, between fractions it decays with the repair rate
    alpha_per_gy, beta_per_gy2 : coefficients [1/Gy, 1/Gy2]
    transition_dose_gy : start of the straight tail [Gy]; None is plain linear-quadratic

    Notes
    -----
    E = alpha D + beta [q(U + D) - q(U)], which without a tail is alpha D + beta (D^2 + 2 D U). Doses given at once in
    any number of parts have the effect of their sum. For a mixed schedule add sqrt(beta_i/beta_x) D_i to U.

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy.

    References
    ----------
    Thames 1985, Int J Radiat Biol 47:319 (incomplete repair).

    Examples
    --------
    >>> float(incomplete_repair_effect(2.0, 1.0, 0.2, 0.05))
    0.8
    """
    check_dose(dose_gy)
    check_dose(unrepaired_gy, "unrepaired_gy")
    before = _quadratic_dose(unrepaired_gy, transition_dose_gy)
    after = _quadratic_dose(unrepaired_gy + dose_gy, transition_dose_gy)
    return alpha_per_gy * dose_gy + beta_per_gy2 * (after - before)


def incomplete_repair_effect_rate(
    dose_rate_gy_per_day: Value,
    unrepaired_gy: Value,
    alpha_per_gy: Value,
    beta_per_gy2: Value,
    transition_dose_gy: Value | None = None,
) -> Value:
    """Rate at which effect accumulates under continuous irradiation [1/day].

    Parameters
    ----------
    dose_rate_gy_per_day : dose rate now [Gy/day]
    unrepaired_gy : unrepaired dose, the solution of dU/dt = rate - U ln2 / halftime [Gy]
    alpha_per_gy, beta_per_gy2 : coefficients [1/Gy, 1/Gy2]
    transition_dose_gy : start of the straight tail [Gy] or None

    Notes
    -----
    dE/dt = R (alpha + 2 beta min(U, D_T)); its time integral is alpha D + G beta D^2 with the Lea-Catcheside G.

    Raises
    ------
    InputError
        The dose rate is negative.

    References
    ----------
    Lea & Catcheside 1942, J Genet 44:216.

    Examples
    --------
    >>> float(incomplete_repair_effect_rate(1.0, 2.0, 0.2, 0.05))
    0.4
    """
    check_not_negative(dose_rate_gy_per_day, "dose_rate_gy_per_day")
    bent = unrepaired_gy if transition_dose_gy is None else expr.minimum(unrepaired_gy, transition_dose_gy)
    return dose_rate_gy_per_day * (alpha_per_gy + 2.0 * beta_per_gy2 * bent)


def repair_rate_per_day(repair_halftime_days: Value | None = None) -> Value:
    """First-order rate of sublethal damage repair, ln 2 / half-time [1/day].

    Examples
    --------
    >>> round(float(repair_rate_per_day(1.5 / 24)), 2)
    11.09
    """
    halftime = default(repair_halftime_days, "repair_half_time")
    check_positive(halftime, "repair_halftime_days")
    return math.log(2.0) / halftime


def repopulation(elapsed_days: Value, doubling_time_days: Value, kick_off_days: Value = 0.0) -> Value:
    """Logarithm of the factor by which surviving clonogens have regrown; subtract it from the effect.

    Parameters
    ----------
    elapsed_days : time since the first fraction [day]
    doubling_time_days : clonogen doubling time during treatment [day]
    kick_off_days : time before regrowth begins [day]

    Notes
    -----
    ln 2 max(0, T - T_k) / T_d.

    Raises
    ------
    InputError
        The doubling time is not positive.

    References
    ----------
    Fowler 1989, Br J Radiol 62:679.

    Examples
    --------
    >>> round(float(repopulation(31.0, 3.0, 28.0)), 4)
    0.6931
    """
    check_positive(doubling_time_days, "doubling_time_days")
    return math.log(2.0) * expr.maximum(elapsed_days - kick_off_days, 0.0) / doubling_time_days


def biologically_effective_dose(
    dose_per_fraction_gy: Value,
    fractions: Value,
    alpha_beta_gy: Value,
    *,
    rbe_max: Value = 1.0,
    rbe_min: Value = 1.0,
    protraction_factor: Value = 1.0,
    transition_dose_gy: Value | None = None,
) -> Value:
    """Biologically effective dose of equal fractions with full repair between them [Gy].

    Parameters
    ----------
    dose_per_fraction_gy, fractions : physical dose of a fraction [Gy] and their number
    alpha_beta_gy : alpha/beta of the tissue for photons [Gy]
    rbe_max, rbe_min : alpha_ion/alpha_x and sqrt(beta_ion/beta_x), 1 for photons
    protraction_factor : Lea-Catcheside factor of one fraction
    transition_dose_gy : start of the straight tail [Gy] or None

    Notes
    -----
    BED = n [RBE_max d + RBE_min^2 G q(d) / (alpha/beta)]; q(d) = d^2 without a tail.

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy, or alpha/beta is not positive.

    References
    ----------
    Fowler 1989, Br J Radiol 62:679; Dale & Jones 1999, Int J Radiat Oncol Biol Phys 43:639 (high LET).

    Examples
    --------
    >>> float(biologically_effective_dose(2.0, 30, 10.0))
    72.0
    """
    check_dose(dose_per_fraction_gy, "dose_per_fraction_gy")
    check_positive(alpha_beta_gy, "alpha_beta_gy")
    quadratic = rbe_min * rbe_min * protraction_factor * _quadratic_dose(dose_per_fraction_gy, transition_dose_gy)
    return fractions * (rbe_max * dose_per_fraction_gy + quadratic / alpha_beta_gy)


def eqd2(bed_gy: Value, alpha_beta_gy: Value) -> Value:
    """Total photon dose in 2 Gy fractions with the given biologically effective dose [Gy].

    Parameters
    ----------
    bed_gy : biologically effective dose [Gy]
    alpha_beta_gy : alpha/beta of the tissue for photons [Gy]

    Notes
    -----
    EQD2 = BED / (1 + 2/(alpha/beta)).

    Raises
    ------
    InputError
        alpha/beta is not positive.

    References
    ----------
    Withers 1983, Radiother Oncol 1:187 (isoeffect formula).

    Examples
    --------
    >>> float(eqd2(72.0, 10.0))
    60.0
    """
    check_positive(alpha_beta_gy, "alpha_beta_gy")
    return bed_gy / (1.0 + 2.0 / alpha_beta_gy)


def mixed_field_coefficients(
    doses_gy: Sequence[Value], alphas_per_gy: Sequence[Value], betas_per_gy2: Sequence[Value]
) -> tuple[Value, Value]:
    """Coefficients (alpha, beta) of several radiations given together.

    Parameters
    ----------
    doses_gy, alphas_per_gy, betas_per_gy2 : one entry per radiation (the first axis of an array) [Gy, 1/Gy, 1/Gy2]

    Notes
    -----
    alpha = sum(d_i alpha_i)/D, sqrt(beta) = sum(d_i sqrt(beta_i))/D, D = sum(d_i).

    Raises
    ------
    InputError
        A dose is negative.

    References
    ----------
    Zaider & Rossi 1980, Radiat Res 83:732.

    Examples
    --------
    >>> [round(float(c), 4) for c in mixed_field_coefficients([1.0, 3.0], [0.6, 0.2], [0.04, 0.01])]
    [0.3, 0.0156]
    """
    for dose_gy in doses_gy:
        check_dose(dose_gy, "doses_gy")
    total = sum(doses_gy)
    alpha = sum(d * a for d, a in zip(doses_gy, alphas_per_gy, strict=True)) / total
    root = sum(d * expr.sqrt(b) for d, b in zip(doses_gy, betas_per_gy2, strict=True)) / total
    return alpha, root * root
