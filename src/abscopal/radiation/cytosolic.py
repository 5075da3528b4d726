"""From damaged DNA to DNA in the cytosol: the immunogenic yield of a fraction, apart from its lethal yield.

`cytosolic_dna` is the one equation for cytosolic DNA of this program. Floats, arrays or expressions.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr.functions import Value
from abscopal.radiation.dna import dsb_yield, misrepair_probability
from abscopal.radiation.numbers import Numbers, declared
from abscopal.radiation.validity import check_dose, check_not_negative, check_positive


def mitosis_probability(photon_equivalent_dose_gy: Value, *, numbers: Numbers = declared) -> Value:
    """Chance that a damaged cell still divides, which micronuclei need.

    Parameters
    ----------
    photon_equivalent_dose_gy : photon dose of equal cell kill [Gy]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    exp(-D/D_arrest), D_arrest the `arrest_dose`; an assumption; it alone gives the signal a maximum at high dose.

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy.

    Examples
    --------
    >>> float(mitosis_probability(0.0))
    1.0
    """
    check_dose(photon_equivalent_dose_gy, "photon_equivalent_dose_gy")
    return expr.exp(-photon_equivalent_dose_gy / numbers("arrest_dose"))


def micronuclei(
    dose_gy: Value,
    let_kev_um: Value,
    *,
    rbe_dsb_value: Value = 1.0,
    photon_equivalent_dose_gy: Value | None = None,
    numbers: Numbers = declared,
) -> Value:
    """Micronuclei per cell caused by one fraction, without the spontaneous ones.

    Parameters
    ----------
    dose_gy : dose of the fraction [Gy], already scaled for oxygen
    let_kev_um : dose-averaged LET [keV/um]
    rbe_dsb_value : breaks per Gy relative to cobalt-60
    photon_equivalent_dose_gy : photon dose of equal kill, decides on arrest [Gy]; default: the dose itself
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    k N_DSB P_misrepair p_mitosis / (1 + L/L_local): misrepair along a dense track joins neighbouring ends and more
    often loses no visible fragment. *Valid for* 0.5 to 20 Gy, up to 150 keV/um.

    Raises
    ------
    InputError
        A dose is negative or the LET not positive.

    References
    ----------
    Model assumption; constrained by Huber 1994, Mutat Res 306:135 (fission neutrons: limiting RBE 12.2).

    Examples
    --------
    >>> 0.2 < float(micronuclei(2.0, 0.3)) < 0.5
    True
    """
    arrest = dose_gy if photon_equivalent_dose_gy is None else photon_equivalent_dose_gy
    misrepaired = dsb_yield(dose_gy, rbe_dsb_value, numbers=numbers)
    misrepaired = misrepaired * misrepair_probability(dose_gy, let_kev_um, numbers=numbers)
    dividing = mitosis_probability(arrest, numbers=numbers)
    local = 1.0 + let_kev_um / numbers("local_misrepair_let")
    return numbers("micronuclei_per_misrepair") * misrepaired * dividing / local


def trex1_induction(
    photon_equivalent_dose_gy: Value, threshold_gy: Value | None, *, numbers: Numbers = declared
) -> Value:
    """Induction of the nuclease TREX1 by one fraction, 0 to 1.

    Parameters
    ----------
    photon_equivalent_dose_gy : photon dose of equal cell kill of the fraction [Gy]
    threshold_gy : dose of half-maximal induction of this tumour line [Gy]; None: this line has no induction
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    D^n / (D50^n + D^n), n the `trex1_steepness`. *Valid for* single fractions to 30 Gy.

    Raises
    ------
    InputError
        A dose is negative or the threshold not positive.

    References
    ----------
    Vanpouille-Box 2017, Nat Commun 8:15618 (threshold 12-18 Gy, line dependent); Totis 2024, bioRxiv
    2024.07.23.604756 (4T1: none up to 24 Gy).

    Examples
    --------
    >>> float(trex1_induction(14.0, 14.0))
    0.5
    >>> float(trex1_induction(14.0, None))
    0.0
    """
    check_dose(photon_equivalent_dose_gy, "photon_equivalent_dose_gy")
    if threshold_gy is None:
        return 0.0 * photon_equivalent_dose_gy
    check_positive(threshold_gy, "threshold_gy")
    # the floor keeps the derivative by the exponent finite at zero dose
    dose = expr.maximum(photon_equivalent_dose_gy, 1e-6)
    return expr.hill(dose, threshold_gy, numbers("trex1_steepness"))


def cytosolic_dna(
    micronuclei_per_cell: Value,
    trex1: Value,
    *,
    numbers: Numbers = declared,
) -> Value:
    """DNA in the cytosol, in units of one micronucleus per cell without TREX1.

    Parameters
    ----------
    micronuclei_per_cell : micronuclei of all causes
    trex1 : TREX1 induction, 0 to 1
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    M K/(K + M) / (1 + A T), K the `cytosolic_half_saturation`, A the `trex1_degradation`.
    With A below about 10 no dose window remains. *Valid for* all arguments >= 0.

    Raises
    ------
    InputError
        An argument is negative.

    References
    ----------
    Form assumed; Vanpouille-Box 2017, Nat Commun 8:15618 for what TREX1 does.

    Examples
    --------
    >>> float(cytosolic_dna(10.0, 0.0))  # as many as the half-saturation
    5.0
    """
    check_not_negative(micronuclei_per_cell, "micronuclei_per_cell")
    check_not_negative(trex1, "trex1")
    half = numbers("cytosolic_half_saturation")
    produced = half * expr.saturation(micronuclei_per_cell, half)
    return produced / (1.0 + numbers("trex1_degradation") * trex1)


def immunogenic_yield(
    dose_gy: Value,
    let_kev_um: Value,
    photon_equivalent_dose_gy: Value,
    *,
    rbe_dsb_value: Value = 1.0,
    trex1_threshold_gy: Value | None = None,
    trex1_active: Value = 1.0,
    numbers: Numbers = declared,
) -> Value:
    """Cytosolic DNA that one fraction causes per irradiated cell: what cGAS sees, not what kills.

    Parameters
    ----------
    dose_gy : dose of the fraction [Gy], already scaled for oxygen
    let_kev_um : dose-averaged LET [keV/um]
    photon_equivalent_dose_gy : photon dose of equal cell kill [Gy]; decides on arrest and TREX1
    rbe_dsb_value : breaks per Gy relative to cobalt-60
    trex1_threshold_gy : the line's TREX1 threshold [Gy]; None: this line has no induction
    trex1_active : 1, or 0 for cells without TREX1
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    `cytosolic_dna(micronuclei(D, L), trex1_induction(D_eq))`. *Valid for* single fractions of 0.5 to 24 Gy.

    Raises
    ------
    InputError
        A dose is negative, the LET or the threshold not positive.

    References
    ----------
    Vanpouille-Box 2017, Nat Commun 8:15618 (8 Gy x 3 signals, 20 Gy does not).

    Examples
    --------
    >>> float(immunogenic_yield(8.0, 0.3, 8.0, trex1_threshold_gy=14.0)) > float(
    ...     immunogenic_yield(20.0, 0.3, 20.0, trex1_threshold_gy=14.0))
    True
    """
    made = micronuclei(
        dose_gy,
        let_kev_um,
        rbe_dsb_value=rbe_dsb_value,
        photon_equivalent_dose_gy=photon_equivalent_dose_gy,
        numbers=numbers,
    )
    trex1 = trex1_active * trex1_induction(photon_equivalent_dose_gy, trex1_threshold_gy, numbers=numbers)
    return cytosolic_dna(made, trex1, numbers=numbers)
