"""The range of LET, and of alpha/beta, for which each RBE model was made."""

from __future__ import annotations

from functools import cache

from abscopal.radiation.numbers import declared
from abscopal.radiation.stopping import read_table

GENERIC_CARBON_LET = (0.0, 150.0)
HELIUM_LET = (0.0, 130.0)
PROTON_LET = (0.0, 20.0)
MKM_LET = (13.0, 600.0)
LEM_ALPHA_BETA_GY = (2.0, 10.0)
_ANY = (0.0, float("inf"))
_BY_PARTICLE = {"proton": PROTON_LET, "helium": HELIUM_LET, "carbon": GENERIC_CARBON_LET}


@cache
def let_domain(particle: str, model: str) -> tuple[float, float]:
    """Lowest and highest LET that a model of a particle was made for [keV/um]; see `MODELS` for the names."""
    if particle == "photon":
        return _ANY
    if model == "mkm":
        return MKM_LET
    if model == "rmf":
        return 0.0, declared("rmf_let_limit")
    if model == "lem":
        rows = read_table("lem_carbon")
        return float(rows[0, 0]), float(rows[-1, 0])
    return _BY_PARTICLE[particle]


def outside_domain(
    particle: str, model: str, let_kev_um: float, alpha_x: float, beta_x: float, *, own: bool = False
) -> str:
    """Why a model must not be asked for this LET and these cells, in words; "" if it may.

    Parameters
    ----------
    particle, model : see `MODELS`
    let_kev_um : dose-averaged LET [keV/um]
    alpha_x, beta_x : photon coefficients [1/Gy, 1/Gy2]
    own : whether the cells have parameters of their own for mkm

    Examples
    --------
    >>> outside_domain("proton", "mkm", 3.0, 0.3, 0.03)
    'mkm was made for 13 to 600 keV/um, not 3 keV/um'
    """
    low, high = let_domain(particle, model)
    if not low <= let_kev_um <= high:
        return f"{model} was made for {low:g} to {high:g} keV/um, not {let_kev_um:.4g} keV/um"
    if model == "mkm" and beta_x <= 0 and not own:
        return "mkm needs a beta above 0"
    if model == "lem":
        least, most = LEM_ALPHA_BETA_GY
        if beta_x <= 0 or not least * (1 - 1e-9) <= alpha_x / beta_x <= most * (1 + 1e-9):
            given = f"{alpha_x / beta_x:.4g} Gy" if beta_x > 0 else "a beta of 0"
            return f"lem was made for an alpha/beta of {least:g} to {most:g} Gy, not {given}"
    return ""
