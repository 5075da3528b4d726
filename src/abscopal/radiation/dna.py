"""DNA double-strand breaks: yield, clustering, repair and misrepair.

Every function takes floats, arrays or expressions.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.errors import InputError, unknown_name
from abscopal.expr.functions import Value
from abscopal.radiation.numbers import Numbers, declared
from abscopal.radiation.validity import check_dose, check_let, check_not_negative, warn_outside

TRACK_PARTICLES = ("proton", "helium", "carbon")


def rbe_dsb(track_parameter: Value, *, numbers: Numbers = declared) -> Value:
    """Double-strand breaks per Gy relative to cobalt-60 gamma rays, in well oxygenated cells.

    Parameters
    ----------
    track_parameter : x = (effective charge / (v/c))^2, see `track_parameter_of_let`; 0 for photons
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    a + b - [b^(1-d) + c x (d-1)]^(1/(1-d)); 0.995 below x = 2 and 3.41 above 1e5. *Valid for* electrons to iron ions.

    Raises
    ------
    InputError
        x is negative.

    References
    ----------
    Stewart 2018, Med Phys 45:e925 (Monte Carlo damage simulation, analytic fit).

    Examples
    --------
    >>> round(float(rbe_dsb(100.0)), 3)
    1.25
    """
    check_not_negative(track_parameter, "track_parameter")
    a, b, c, d, low, high = (numbers(f"rbe_dsb_{name}") for name in ("a", "b", "c", "d", "low", "high"))
    inside = b ** (1.0 - d) + c * (d - 1.0) * track_parameter
    fitted = a + b - inside ** (1.0 / (1.0 - d))
    return expr.where(track_parameter < 2.0, low, expr.where(track_parameter > 1e5, high, fitted))


def track_parameter_of_let(let_kev_um: Value, particle: str = "carbon", *, numbers: Numbers = declared) -> Value:
    """(Effective charge / (v/c))^2 of an ion of one species that has this LET in water.

    Parameters
    ----------
    let_kev_um : LET [keV/um]
    particle : "proton", "helium" or "carbon"
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    ln x is a cubic in ln L, fitted to this package's stopping powers within 3 %. *Valid for* the falling branch of the
    stopping power: proton 0.4-40, helium 1.5-150, carbon 10-600 keV/um.

    Raises
    ------
    InputError
        The LET is not positive or the particle unknown.

    References
    ----------
    Own fit; effective charge after Barkas 1963 (Nuclear Research Emulsions, Academic Press).
    """
    check_let(let_kev_um)
    if particle not in TRACK_PARTICLES:
        raise InputError(unknown_name("particle", particle, TRACK_PARTICLES))
    low, high = {"proton": (0.4, 40.0), "helium": (1.5, 150.0), "carbon": (10.0, 600.0)}[particle]
    warn_outside(f"track parameter of {particle}", "LET", let_kev_um, low, high, "keV/um")
    k0, k1, k2, k3 = (numbers(f"track_{particle}_{name}") for name in ("k0", "k1", "k2", "k3"))
    log_let = expr.log(let_kev_um)
    return expr.exp(k0 + log_let * (k1 + log_let * (k2 + k3 * log_let)))


def rbe_dsb_of_let(let_kev_um: Value, particle: str = "carbon", *, numbers: Numbers = declared) -> Value:
    """Double-strand breaks per Gy of an ion relative to cobalt-60, from its LET alone; see `rbe_dsb`.

    Examples
    --------
    >>> 1.78 < float(rbe_dsb_of_let(50.0, "carbon")) < 1.88  # 42 MeV/u: 1.86 by the full track parameter
    True
    """
    return rbe_dsb(track_parameter_of_let(let_kev_um, particle, numbers=numbers), numbers=numbers)


def dsb_yield(dose_gy: Value, rbe_dsb_value: Value = 1.0, *, numbers: Numbers = declared) -> Value:
    """Double-strand breaks per cell nucleus.

    Parameters
    ----------
    dose_gy : dose [Gy], already scaled for oxygen (`oxygen_dose_factor`)
    rbe_dsb_value : breaks per Gy relative to cobalt-60, see `rbe_dsb`
    numbers : name of a constant -> its value; the declared ones by default

    Raises
    ------
    InputError
        A dose is negative or above 1 kGy.

    References
    ----------
    McMahon 2017, Sci Rep 7:10790 (35 per Gy and diploid human nucleus in G1).

    Examples
    --------
    >>> float(dsb_yield(2.0))
    70.0
    """
    check_dose(dose_gy)
    return numbers("dsb_per_gy") * rbe_dsb_value * dose_gy


def complex_dsb_fraction(let_kev_um: Value, *, numbers: Numbers = declared) -> Value:
    """Fraction of double-strand breaks that are complex (clustered) and repaired slowly.

    Parameters
    ----------
    let_kev_um : dose-averaged LET [keV/um]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    f0 + (f1 - f0)(1 - exp(-L/Lc)). The LET dependence is an *assumption*: only its end points and its monotone rise
    are supported. *Valid for* up to 300 keV/um.

    Raises
    ------
    InputError
        The LET is not positive.

    References
    ----------
    McMahon 2017, Sci Rep 7:10790 (low LET); Friedland 2017, Sci Rep 7:45161 (clusters against LET).

    Examples
    --------
    >>> round(float(complex_dsb_fraction(0.2)), 2)
    0.43
    """
    check_let(let_kev_um)
    low, high, scale = (numbers(f"complex_dsb_{name}") for name in ("low", "high", "let"))
    return low + (high - low) * (1.0 - expr.exp(-let_kev_um / scale))


def complex_dsb_yield(
    dose_gy: Value, let_kev_um: Value, rbe_dsb_value: Value = 1.0, *, numbers: Numbers = declared
) -> Value:
    """Complex (clustered) double-strand breaks per cell nucleus.

    Parameters
    ----------
    dose_gy, rbe_dsb_value : see `dsb_yield`
    let_kev_um : dose-averaged LET [keV/um]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    `dsb_yield` times `complex_dsb_fraction`. *Valid for* up to 300 keV/um.

    Raises
    ------
    InputError
        A dose is negative or the LET not positive.

    References
    ----------
    See the two functions.

    Examples
    --------
    >>> round(float(complex_dsb_yield(1.0, 0.3)))  # 43 % of 35
    15
    """
    return dsb_yield(dose_gy, rbe_dsb_value, numbers=numbers) * complex_dsb_fraction(let_kev_um, numbers=numbers)


def late_dsb_fraction(let_kev_um: Value, *, numbers: Numbers = declared) -> Value:
    """Fraction of double-strand breaks that is rejoined at the slow rate of alternative end joining, or never.

    Parameters
    ----------
    let_kev_um : dose-averaged LET [keV/um]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    failure + (1 - failure) share max(f_c(L) - f_c(0), 0), with f_c the `complex_dsb_fraction`, failure the
    `joining_failure` and share the `late_joining_share`.

    Raises
    ------
    InputError
        The LET is not positive.

    References
    ----------
    McMahon 2017, Sci Rep 7:10790 (rates and failure); the share is an *assumption*.

    Examples
    --------
    >>> round(float(late_dsb_fraction(0.3)), 3), round(float(late_dsb_fraction(50.0)), 2)
    (0.015, 0.12)
    """
    failure, share = numbers("joining_failure"), numbers("late_joining_share")
    excess = complex_dsb_fraction(let_kev_um, numbers=numbers) - numbers("complex_dsb_low")
    return failure + (1.0 - failure) * share * expr.maximum(excess, 0.0)


def unrepaired_dsb_fraction(time_days: Value, let_kev_um: Value, *, numbers: Numbers = declared) -> Value:
    """Fraction of double-strand breaks not yet rejoined some time after an acute dose.

    Parameters
    ----------
    time_days : time since irradiation [day]
    let_kev_um : dose-averaged LET [keV/um]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    Simple breaks rejoin at the fast rate, complex ones at the slow rate, and of the complex ones beyond the photon
    fraction a share (assumed) goes the slow end-joining way; a small part is never repaired.

    Raises
    ------
    InputError
        The time is negative or the LET not positive.

    References
    ----------
    McMahon 2017, Sci Rep 7:10790 (rates).

    Examples
    --------
    >>> round(float(unrepaired_dsb_fraction(0.0, 1.0)), 3)
    1.0
    """
    check_not_negative(time_days, "time_days")
    fast, slow, joining = (numbers(f"{name}_joining_rate") for name in ("simple_break", "break", "late"))
    failure, share = numbers("joining_failure"), numbers("late_joining_share")
    photon_complex = numbers("complex_dsb_low")
    complex_part = complex_dsb_fraction(let_kev_um, numbers=numbers)
    late = share * expr.maximum(complex_part - photon_complex, 0.0)
    left = (
        (1.0 - complex_part) * expr.exp(-fast * time_days)
        + (complex_part - late) * expr.exp(-slow * time_days)
        + late * expr.exp(-joining * time_days)
    )
    return failure + (1.0 - failure) * left


def misrepair_probability(dose_gy: Value, let_kev_um: Value, *, numbers: Numbers = declared) -> Value:
    """Probability that a double-strand break is joined to a wrong end.

    Parameters
    ----------
    dose_gy : dose of the fraction [Gy]
    let_kev_um : dose-averaged LET [keV/um]
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    1 - exp[-(m0 + m1 L + m2 D)], our fit to 22 runs of a mechanistic repair code with an error of at most 0.02.
    *Valid for* 0.5 to 8 Gy of photons, protons and carbon up to 150 keV/um; saturates smoothly beyond.

    Raises
    ------
    InputError
        A dose is negative or the LET not positive.

    References
    ----------
    McMahon & Prise 2021, Front Oncol 11:689112 (the model of the code that was run); McMahon 2017, Sci Rep 7:10790.

    Examples
    --------
    >>> round(float(misrepair_probability(2.0, 50.0)), 2)  # code: 0.233
    0.22
    """
    check_dose(dose_gy)
    check_let(let_kev_um)
    warn_outside("misrepair fit", "LET", let_kev_um, 0.0, 200.0, "keV/um")
    base, per_let, per_gy = (numbers(f"misrepair_{name}") for name in ("base", "per_let", "per_gy"))
    return 1.0 - expr.exp(-(base + per_let * let_kev_um + per_gy * dose_gy))
