"""Survival of lymphocytes: two populations, subsets of different sensitivity, doses to blood."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from abscopal import expr
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.expr.functions import Value
from abscopal.radiation.numbers import Numbers, declared
from abscopal.radiation.rbe import generic_carbon_coefficients
from abscopal.radiation.validity import check_dose, check_let, check_not_negative, check_positive

# Subset -> the declared number that is its D37 over that of the mean circulating lymphocyte.
_RELATIVE_D37 = {
    **{subset: f"lymphocyte_relative_d37_{subset}" for subset in ("b", "cd4", "cd8", "naive_t", "nk")},
    "tissue_resident": "resident_radioresistance",
    "treg": "treg_radioresistance",
}


def lymphocyte_subsets() -> tuple[str, ...]:
    """Names of the subsets with a declared relative D37."""
    return tuple(sorted(_RELATIVE_D37))


def relative_d37(subset: str, *, numbers: Numbers = declared) -> Value:
    """D37 of a subset over that of the mean circulating lymphocyte; above 1 is more resistant.

    Raises
    ------
    InputError
        The subset is unknown.
    """
    if subset not in lymphocyte_subsets():
        raise InputError(unknown_name("lymphocyte subset", subset, lymphocyte_subsets()))
    return numbers(_RELATIVE_D37[subset])


def lymphocyte_survival(
    dose_gy: Value,
    *,
    subset: str | None = None,
    resistance: Value = 1.0,
    rbe: Value = 1.0,
    numbers: Numbers = declared,
) -> Value:
    """Fraction of lymphocytes that survive a dose.

    Parameters
    ----------
    dose_gy : dose to the cells, in the field or in passing blood [Gy]
    subset : one of `lymphocyte_subsets()`, or None for the mean of circulating lymphocytes
    resistance : further factor on both D37
    rbe : effectiveness per Gy, see `lymphocyte_rbe`
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    f exp(-q D/D1) + (1 - f) exp(-q D/D2), q = rbe/(resistance x relative D37 of the subset). The spread between
    subjects and subsets is wide. *Valid for* up to 10 Gy.

    Raises
    ------
    InputError
        A dose is negative, a D37 not positive, or the subset unknown.

    References
    ----------
    Int J Radiat Biol 1982, doi 10.1080/09553008214550021 (D37 0.72 +- 0.18 and 2.50 +- 0.67 Gy, human, X-rays).

    Examples
    --------
    >>> from abscopal.radiation import numbers_with
    >>> round(float(lymphocyte_survival(0.72, numbers=numbers_with(lymphocyte_sensitive_fraction=1.0))), 3)
    0.368
    """
    check_dose(dose_gy)
    names = ("sensitive_fraction", "d37_sensitive", "d37_resistant")
    share, sensitive, resistant = (numbers(f"lymphocyte_{name}") for name in names)
    check_positive(sensitive, "lymphocyte_d37_sensitive")
    check_positive(resistant, "lymphocyte_d37_resistant")
    check_positive(resistance, "resistance")
    scaled = dose_gy * rbe / (resistance * (1.0 if subset is None else relative_d37(subset, numbers=numbers)))
    return share * expr.exp(-scaled / sensitive) + (1.0 - share) * expr.exp(-scaled / resistant)


def lymphocyte_rbe(let_kev_um: Value, *, numbers: Numbers = declared) -> Value:
    """Effectiveness per Gy of carbon ions on lymphocytes: low confidence, no clonogenic data exist.

    Parameters
    ----------
    let_kev_um : dose-averaged LET [keV/um]; 1 keV/um and less gives about 1
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    The generic carbon fit for the assumed alpha/beta, applied to the slopes. Two lymphoid lines at 74-80 keV/um have
    2.5 and about 5. Use 1 for protons (measured: no difference). *Valid for* 10 to 150 keV/um.

    Raises
    ------
    InputError
        The LET is not positive.

    Examples
    --------
    >>> 1.0 < float(lymphocyte_rbe(13.0)) < float(lymphocyte_rbe(75.0)) < 5.0
    True
    """
    check_let(let_kev_um)
    alpha, _ = generic_carbon_coefficients(let_kev_um, 1.0, 1.0 / numbers("lymphocyte_alpha_beta"), numbers=numbers)
    return alpha


def mean_lymphocyte_survival(doses_gy: ArrayLike, volume_fractions: ArrayLike, subset: str | None = None) -> float:
    """Surviving fraction of lymphocytes spread over a dose histogram, as blood is after one fraction.

    Parameters
    ----------
    doses_gy, volume_fractions : arrays (bins,): dose [Gy] and share of the cells that got it; shares add up to 1
    subset : see `lymphocyte_survival`

    Notes
    -----
    sum_i v_i S(d_i): less kill than S of the mean dose.

    Raises
    ------
    InputError
        A dose or share is negative, or the shares do not add up to 1.

    Examples
    --------
    >>> round(mean_lymphocyte_survival([0.0, 100.0], [0.9, 0.1]), 3)
    0.9
    """
    shares = np.asarray(volume_fractions, dtype=float)
    check_not_negative(shares, "volume_fractions")
    if not math.isclose(float(shares.sum()), 1.0, abs_tol=1e-6):
        message = f"volume fractions add up to {shares.sum():g}"
        raise InputError(Problem(message, key="volume_fractions", allowed="a sum of 1", advice="normalise them"))
    return float(np.dot(shares, lymphocyte_survival(np.asarray(doses_gy, dtype=float), subset=subset)))


def clearance_rate_per_day() -> float:
    """Rate at which lethally hit lymphocytes that do not vanish within hours leave the blood [1/day]."""
    return math.log(2.0) / declared("lymphocyte_clearance_halftime")
