"""Oxygen enhancement: by how much dose must rise, when oxygen is short, for the same effect."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal import expr
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.expr.functions import Value
from abscopal.radiation.numbers import Numbers, constant, declared, numbers_with
from abscopal.radiation.validity import check_let, check_oxygen, warn_outside

FloatArray = NDArray[np.float64]

OXYGEN_MODELS = ("scifoni", "alper-howard-flanders", "antonovic")
# Ions whose OER falls at a LET of their own.
_SCALED = ("helium", "carbon")
# An enhancement of less is none.
_NOTHING = 1e-12


def oxygen_enhancement_ratio(
    po2_mmhg: Value,
    let_kev_um: Value,
    *,
    model: str = "scifoni",
    particle: str | None = None,
    numbers: Numbers = declared,
) -> Value:
    """Dose at this oxygen tension over the dose in full oxygen with equal effect.

    Parameters
    ----------
    po2_mmhg : oxygen partial pressure [mmHg]; 1 % O2 is 7.6 mmHg
    let_kev_um : dose-averaged LET [keV/um]; photons 0.2 to 2
    model : "scifoni" (default, every LET), "alper-howard-flanders" (photons) or "antonovic" (V79 cells)
    particle : "helium" or "carbon" takes the LET over the declared scale of this ion (scifoni only); None, photons and
        protons take the LET as it is
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    Scifoni: OER = [b (a M + L^3)/(a + L^3) + p]/(b + p), L over the scale of the particle.
    Alper-Howard-Flanders: m (p + K)/(m p + K).
    Antonovic: O (k + p)/(k + O p), O = o1 + (o0 - o1) exp(-(L/L0)^2). *Valid for* up to 300 keV/um.

    Raises
    ------
    InputError
        pO2 is negative, the LET not positive, or the model unknown.

    References
    ----------
    Scifoni 2013, Phys Med Biol 58:3871; Tinganelli 2015, Sci Rep 5:17016; Alper & Howard-Flanders 1956, Nature 178:978;
    Antonovic 2014, J Radiat Res 55:902.

    Examples
    --------
    >>> round(float(oxygen_enhancement_ratio(0.0, 100.0)), 2)  # measured: 1.81 +- 0.24
    1.77
    """
    check_oxygen(po2_mmhg)
    check_let(let_kev_um)
    warn_outside(f"oxygen model {model}", "LET", let_kev_um, 0.0, 1000.0, "keV/um")
    if model == "scifoni":
        half, cube, photons = (numbers(f"oer_{name}") for name in ("half_pressure", "let_cubed", "maximum"))
        scaled = let_kev_um / numbers(f"oer_let_scale_{particle}") if particle in _SCALED else let_kev_um
        power = scaled * scaled * scaled
        anoxic = (cube * photons + power) / (cube + power)
        return (half * anoxic + po2_mmhg) / (half + po2_mmhg)
    if model == "alper-howard-flanders":
        warn_outside(f"oxygen model {model}", "LET", let_kev_um, 0.0, 10.0, "keV/um")
        most, half = numbers("photon_oer_maximum"), numbers("photon_oer_pressure")
        return most * (po2_mmhg + half) / (most * po2_mmhg + half)
    if model == "antonovic":
        low, high, scale, half = (numbers(f"antonovic_oer_{n}") for n in ("low", "high", "let", "pressure"))
        ratio = let_kev_um / scale
        anoxic = high + (low - high) * expr.exp(-ratio * ratio)
        return anoxic * (half + po2_mmhg) / (half + anoxic * po2_mmhg)
    raise InputError(unknown_name("oxygen model", model, OXYGEN_MODELS))


def oxygen_dose_factor(
    po2_mmhg: Value,
    let_kev_um: Value,
    *,
    reference_po2_mmhg: Value | None = None,
    model: str = "scifoni",
    particle: str | None = None,
    numbers: Numbers = declared,
) -> Value:
    """Factor on dose that turns survival coefficients measured at a reference oxygenation into those at this one.

    Parameters
    ----------
    po2_mmhg : oxygen partial pressure where the dose acts [mmHg]
    let_kev_um : dose-averaged LET [keV/um]
    reference_po2_mmhg : oxygen pressure at which alpha and beta were measured [mmHg]; default air (cell culture)
    model, particle : see `oxygen_enhancement_ratio`
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    OER(p_ref, L)/OER(p, L): 1 at the reference, below 1 in hypoxia. Multiplying dose by f is alpha -> alpha f and
    beta -> beta f^2.

    Raises
    ------
    InputError
        pO2 is negative, the LET not positive, or the model unknown.

    References
    ----------
    Wenzl & Wilkens 2011, Phys Med Biol 56:3251 (dose modification).

    Examples
    --------
    >>> float(oxygen_dose_factor(160.0, 1.0))
    1.0
    """
    reference = numbers("culture_po2") if reference_po2_mmhg is None else reference_po2_mmhg
    at_reference = oxygen_enhancement_ratio(reference, let_kev_um, model=model, particle=particle, numbers=numbers)
    here = oxygen_enhancement_ratio(po2_mmhg, let_kev_um, model=model, particle=particle, numbers=numbers)
    return at_reference / here


def oxygen_enhancement_interval(
    po2_mmhg: ArrayLike,
    let_kev_um: ArrayLike,
    *,
    model: str = "scifoni",
    particle: str | None = None,
    reference_po2_mmhg: float | None = None,
    level: float = 0.68,
) -> tuple[FloatArray, FloatArray]:
    """Ends of the central interval of the oxygen enhancement ratio of a cell line that was not in the fit.

    Parameters
    ----------
    po2_mmhg, let_kev_um, model, particle : see `oxygen_enhancement_ratio`
    reference_po2_mmhg : pressure that the ratio is against [mmHg]; None is full oxygen
    level : probability inside the interval

    Notes
    -----
    What the ratio has above 1 (or below, against a reference) is lognormal; its variance adds those by the declared
    uncertainty of each constant of the model, taken one by one. So the interval never crosses 1.

    Raises
    ------
    InputError
        See `oxygen_enhancement_ratio`; or the level is not between 0 and 1.

    Examples
    --------
    >>> low, high = oxygen_enhancement_interval(0.0, 80.0, particle="carbon")
    >>> [round(float(end), 1) for end in (low, high)]
    [1.9, 2.4]
    """
    from scipy.special import ndtri

    if not 0.0 < level < 1.0:
        raise InputError(Problem(f"the level is {level:g}", key="level", allowed="between 0 and 1, e.g. 0.68"))

    def excess(numbers: Numbers) -> FloatArray:
        how: Any = {"model": model, "particle": particle, "numbers": numbers}
        found = oxygen_enhancement_ratio(np.asarray(po2_mmhg, dtype=float), np.asarray(let_kev_um, dtype=float), **how)
        if reference_po2_mmhg is not None:
            found = found / oxygen_enhancement_ratio(reference_po2_mmhg, let_kev_um, **how)
        found = found - 1.0
        return np.where(np.abs(found) < _NOTHING, _NOTHING, found)

    centre = excess(declared)
    variance = np.zeros_like(centre)
    for name in _constants_of(model, particle):
        low, high = constant(name).spread.uncertainty.at(declared(name), [-1.0, 1.0])
        ends = [excess(numbers_with(**{name: float(end)})) for end in (low, high)]
        variance = variance + (np.log(ends[1] / ends[0]) / 2.0) ** 2
    width = np.exp(float(ndtri(0.5 + level / 2.0)) * np.sqrt(variance))
    centre = np.where(np.abs(centre) <= _NOTHING, 0.0, centre)
    found = np.sort(np.stack([1.0 + centre / width, 1.0 + centre * width]), axis=0)
    return found[0], found[1]


def _constants_of(model: str, particle: str | None) -> tuple[str, ...]:
    """Names of the constants of an oxygen model, the scale of the ion among them."""
    if model == "antonovic":
        return tuple(f"antonovic_oer_{name}" for name in ("low", "high", "let", "pressure"))
    if model == "alper-howard-flanders":
        return ("photon_oer_maximum", "photon_oer_pressure")
    scale = (f"oer_let_scale_{particle}",) if particle in _SCALED else ()
    return ("oer_half_pressure", "oer_let_cubed", "oer_maximum", *scale)
