"""Oxygen enhancement: by how much dose must rise, when oxygen is short, for the same effect."""

from __future__ import annotations

from abscopal import expr
from abscopal.errors import InputError, unknown_name
from abscopal.expr.functions import Value
from abscopal.radiation.numbers import Numbers, declared
from abscopal.radiation.validity import check_let, check_oxygen, warn_outside

OXYGEN_MODELS = ("scifoni", "alper-howard-flanders", "antonovic")


def oxygen_enhancement_ratio(
    po2_mmhg: Value, let_kev_um: Value, *, model: str = "scifoni", numbers: Numbers = declared
) -> Value:
    """Dose at this oxygen tension over the dose in full oxygen with equal effect.

    Parameters
    ----------
    po2_mmhg : oxygen partial pressure [mmHg]; 1 % O2 is 7.6 mmHg
    let_kev_um : dose-averaged LET [keV/um]; photons 0.2 to 2
    model : "scifoni" (default, every LET), "alper-howard-flanders" (photons) or "antonovic" (V79 cells)
    numbers : name of a constant -> its value; the declared ones by default

    Notes
    -----
    Scifoni: OER = [b (a M + L^3)/(a + L^3) + p]/(b + p). Alper-Howard-Flanders: m (p + K)/(m p + K).
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
        power = let_kev_um * let_kev_um * let_kev_um
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
    numbers: Numbers = declared,
) -> Value:
    """Factor on dose that turns survival coefficients measured at a reference oxygenation into those at this one.

    Parameters
    ----------
    po2_mmhg : oxygen partial pressure where the dose acts [mmHg]
    let_kev_um : dose-averaged LET [keV/um]
    reference_po2_mmhg : oxygen pressure at which alpha and beta were measured [mmHg]; default air (cell culture)
    model : oxygen model, see `oxygen_enhancement_ratio`
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
    at_reference = oxygen_enhancement_ratio(reference, let_kev_um, model=model, numbers=numbers)
    return at_reference / oxygen_enhancement_ratio(po2_mmhg, let_kev_um, model=model, numbers=numbers)
