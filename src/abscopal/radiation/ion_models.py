"""One interface to every RBE model, with measured coefficients of a cell line taking precedence."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.radiation.lem import lem_coefficients
from abscopal.radiation.mkm import mkm_coefficients, mkm_parameters_of_line
from abscopal.radiation.numbers import declared
from abscopal.radiation.particles import particle_of
from abscopal.radiation.rbe import (
    PROTON_MODELS,
    generic_carbon_coefficients,
    helium_coefficients,
    proton_coefficients,
)
from abscopal.radiation.rmf import rmf_coefficients
from abscopal.radiation.validity import ValidityWarning, check_let, check_not_negative, check_positive

# The first model of each particle is the default.
MODELS = {
    "photon": ("reference",),
    "proton": (*PROTON_MODELS, "mkm", "rmf"),
    "helium": ("mairani", "mkm", "rmf"),
    "carbon": ("generic", "mkm", "lem", "rmf"),
}


@dataclass(frozen=True)
class MeasuredPair:
    """Measured ion coefficients of a cell line.

    Attributes
    ----------
    let_kev_um : dose-averaged LET of the experiment [keV/um]
    alpha_per_gy, beta_per_gy2 : fitted coefficients; a negative beta is a fit artefact and counts as 0
    """

    let_kev_um: float
    alpha_per_gy: float
    beta_per_gy2: float

    def __post_init__(self) -> None:
        check_let(self.let_kev_um)
        check_positive(self.alpha_per_gy, "alpha_per_gy")
        if self.beta_per_gy2 < 0:
            message = f"measured beta {self.beta_per_gy2:g} at {self.let_kev_um:g} keV/um is negative and taken as 0"
            warnings.warn(message, ValidityWarning, stacklevel=3)
            object.__setattr__(self, "beta_per_gy2", 0.0)


def ion_coefficients(
    particle: str,
    let_kev_um: ArrayLike,
    alpha_x: float,
    beta_x: float,
    *,
    model: str | None = None,
    measured: Sequence[MeasuredPair] = (),
) -> tuple[Any, Any]:
    """(alpha, beta) of a radiation for a cell line, by the model asked for or by measurement [1/Gy, 1/Gy2].

    Parameters
    ----------
    particle : "photon", "proton", "helium" or "carbon"
    let_kev_um : dose-averaged LET, any shape [keV/um]
    alpha_x, beta_x : photon coefficients of the line [1/Gy, 1/Gy2]
    model : name in `MODELS`; default: the first of the particle
    measured : measured pairs of this line and particle; they override the model

    Notes
    -----
    With measurements the model only interpolates: its ratio to the measured alpha, and the measured beta, run linearly
    in LET through the points; the ratio starts from 1 at zero LET and stays constant beyond the last point.

    Raises
    ------
    InputError
        Particle or model unknown, LET not positive, alpha_x not positive, beta_x negative.

    References
    ----------
    See the functions of the models.

    Examples
    --------
    >>> pair = MeasuredPair(50.0, 0.634, 0.0374)  # B16/BL6, carbon
    >>> [round(float(c), 4) for c in ion_coefficients("carbon", 50.0, 0.18, 0.0406, measured=[pair])]
    [0.634, 0.0374]
    """
    name = particle_name(particle)
    chosen = model or MODELS[name][0]
    if chosen not in MODELS[name]:
        raise InputError(unknown_name(f"{name} RBE model", chosen, MODELS[name], key="model"))
    check_positive(alpha_x, "alpha_x")
    check_not_negative(beta_x, "beta_x")
    let = np.asarray(let_kev_um, dtype=float)
    check_let(let)
    alpha, beta = _by_model(name, chosen, let, alpha_x, beta_x)
    if not measured:
        return alpha, beta
    points = sorted(measured, key=lambda pair: pair.let_kev_um)
    places = np.array([p.let_kev_um for p in points])
    modelled = _by_model(name, chosen, places, alpha_x, beta_x)[0]
    ratios = np.array([p.alpha_per_gy for p in points]) / modelled
    alpha = alpha * np.interp(let, [0.0, *places], [1.0, *ratios])
    return alpha, np.interp(let, [0.0, *places], [beta_x, *(p.beta_per_gy2 for p in points)])


def particle_name(particle: str) -> str:
    """ "photon" (also "x-ray", "gamma") or the name of a charged particle.

    Raises
    ------
    InputError
        The particle is unknown.
    """
    if particle.strip().lower() in ("photon", "photons", "x", "x-ray", "x-rays", "gamma", "gamma-ray", "electron"):
        return "photon"
    try:
        return particle_of(particle).name
    except InputError:
        raise InputError(unknown_name("particle", particle, MODELS, key="particle")) from None


def _by_model(name: str, model: str, let: Any, alpha_x: float, beta_x: float) -> tuple[Any, Any]:
    if name == "photon":
        return np.full_like(let, alpha_x), np.full_like(let, beta_x)
    if model == "mkm":
        if beta_x == 0:
            advice = "use another model, or give MkmParameters to mkm_coefficients"
            raise InputError(Problem("the mkm model needs beta_x above 0", key="beta_x", allowed="> 0", advice=advice))
        return mkm_coefficients(let, mkm_parameters_of_line(alpha_x, beta_x), name)
    if model == "rmf":
        return rmf_coefficients(let, alpha_x, beta_x, name)
    if model == "lem":
        return lem_coefficients(let, alpha_x, beta_x)
    if name == "proton":
        return proton_coefficients(let, alpha_x, beta_x, model=model)
    if name == "helium":
        return helium_coefficients(let, alpha_x, beta_x)
    return generic_carbon_coefficients(let, alpha_x, beta_x)


def ln_rbe_sd(particle: str, measured: bool = False) -> float:
    """Standard deviation of ln RBE of a line that the model has not seen, or of a measured one."""
    name = "measured" if measured and particle != "photon" else particle
    return declared(f"{name}_ln_rbe_sd")
