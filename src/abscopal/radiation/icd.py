"""Immunogenic cell death: surface calreticulin, HMGB1, ATP, and the fraction of deaths that is immunogenic.

Fold changes are relative to unirradiated, well oxygenated cells. Floats, arrays or expressions.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr.functions import Value
from abscopal.radiation.numbers import Numbers, declared
from abscopal.radiation.validity import check_dose, check_let, check_oxygen, warn_outside


def surface_calreticulin(
    dose_gy: Value, let_kev_um: Value, po2_mmhg: Value | None = None, *, numbers: Numbers = declared
) -> Value:
    """Surface calreticulin two days after one fraction, as a multiple of that of unirradiated oxic cells.

    Parameters
    ----------
    dose_gy : physical dose of the fraction [Gy]
    let_kev_um : dose-averaged LET [keV/um]
    po2_mmhg : oxygen partial pressure [mmHg]; None is well oxygenated
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    1 + c u exp(1 - u) with u = D/D_peak and D_peak = D_high + (D_low - D_high) exp(-L/Lc): for photons the maximum lies
    above 10 Gy, for carbon near 4 Gy. In hypoxia the base line is high and radiation adds nothing: the mean of both,
    weighted with p/(p + p_half). *Valid for* single doses of up to 10 Gy.

    Raises
    ------
    InputError
        The dose or pO2 is negative or the LET not positive.

    References
    ----------
    Huang 2019, Ann Transl Med 7:542, figures on iso-dose comparison (1.5 to 2.4 fold; carbon highest at 4 Gy).

    Examples
    --------
    >>> float(surface_calreticulin(10.0, 50.0)) < float(surface_calreticulin(4.0, 50.0))
    True
    """
    check_dose(dose_gy)
    check_let(let_kev_um)
    warn_outside("surface calreticulin", "dose", dose_gy, 0.0, 12.0, "Gy")
    names = ("amplitude", "peak_dose_low_let", "peak_dose_high_let", "let")
    amplitude, low, high, scale = (numbers(f"calreticulin_{name}") for name in names)
    relative = dose_gy / (high + (low - high) * expr.exp(-let_kev_um / scale))
    oxic = 1.0 + amplitude * relative * expr.exp(1.0 - relative)
    if po2_mmhg is None:
        return oxic
    check_oxygen(po2_mmhg)
    oxygenated = expr.saturation(po2_mmhg, numbers("calreticulin_half_pressure"))
    return oxygenated * oxic + (1.0 - oxygenated) * numbers("calreticulin_hypoxic")


def hmgb1_release(photon_equivalent_dose_gy: Value, let_kev_um: Value, *, numbers: Numbers = declared) -> Value:
    """Extracellular HMGB1 three days after one fraction, as a multiple of that of unirradiated cells.

    Parameters
    ----------
    photon_equivalent_dose_gy : photon dose of equal cell kill [Gy]
    let_kev_um : dose-averaged LET [keV/um]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    1 + c D_eq/(D_half + D_eq) [1 + g (1 - exp(-L/Lc))]: about equal at equal effect, somewhat higher for high LET, and
    higher for carbon at equal dose because its D_eq is higher. *Valid for* up to 20 Gy photon-equivalent.

    Raises
    ------
    InputError
        The dose is negative or the LET not positive.

    References
    ----------
    Onishi 2018, J Radiat Res 59:541, PMC6151640 (three human lines at equal survival: 70 releases more than 13 keV/um).

    Examples
    --------
    >>> float(hmgb1_release(4.0, 70.0)) > float(hmgb1_release(4.0, 13.0))
    True
    """
    check_dose(photon_equivalent_dose_gy, "photon_equivalent_dose_gy")
    check_let(let_kev_um)
    names = ("amplitude", "half_dose", "let_gain", "let")
    amplitude, half, gain, scale = (numbers(f"hmgb1_{name}") for name in names)
    quality = 1.0 + gain * (1.0 - expr.exp(-let_kev_um / scale))
    return 1.0 + amplitude * quality * expr.saturation(photon_equivalent_dose_gy, half)


def atp_release(photon_equivalent_dose_gy: Value, *, numbers: Numbers = declared) -> Value:
    """Extracellular ATP one to two days after one fraction, as a multiple of that of unirradiated cells.

    Parameters
    ----------
    photon_equivalent_dose_gy : photon dose of equal cell kill [Gy]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    1 + c D_eq/(D_half + D_eq). Only its rise with photon dose is known; its dependence on LET beyond cell kill is not.
    *Valid for* up to 20 Gy photon-equivalent.

    Raises
    ------
    InputError
        The dose is negative.

    Examples
    --------
    >>> float(atp_release(0.0))
    1.0
    """
    check_dose(photon_equivalent_dose_gy, "photon_equivalent_dose_gy")
    amplitude, half = numbers("atp_amplitude"), numbers("atp_half_dose")
    return 1.0 + amplitude * expr.saturation(photon_equivalent_dose_gy, half)


def immunogenic_death_fraction(let_kev_um: Value, dose_gy: Value, *, numbers: Numbers = declared) -> Value:
    """Fraction of radiation deaths that are immunogenic, larger for high LET at equal dose.

    Parameters
    ----------
    let_kev_um : dose-averaged LET [keV/um]
    dose_gy : physical dose of the fraction [Gy]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    f0 + (f1 - f0) w/(D_half + w) with w = D (1 + L/Lc). The form and its numbers are assumptions; the direction is
    reported. *Valid for* up to 20 Gy and 200 keV/um.

    Raises
    ------
    InputError
        The dose is negative or the LET not positive.

    Examples
    --------
    >>> float(immunogenic_death_fraction(50.0, 4.0)) > float(immunogenic_death_fraction(1.0, 4.0))
    True
    """
    check_let(let_kev_um)
    check_dose(dose_gy)
    names = ("low", "high", "half_dose", "let")
    low, high, half, scale = (numbers(f"immunogenic_death_{name}") for name in names)
    weighted = dose_gy * (1.0 + let_kev_um / scale)
    return low + (high - low) * expr.saturation(weighted, half)
