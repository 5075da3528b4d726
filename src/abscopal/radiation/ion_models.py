"""One interface to every RBE model, with measured coefficients of a cell line taking precedence."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.radiation.domains import MKM_LET
from abscopal.radiation.lem import lem_coefficients
from abscopal.radiation.lines import MeasuredPair, irradiated_line
from abscopal.radiation.mkm import MkmParameters, mkm_coefficients, mkm_parameters, mkm_parameters_of_line
from abscopal.radiation.numbers import constant, declared
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
class IrradiatedCells:
    """Everything about the cells that the coefficients of a radiation depend on.

    Attributes
    ----------
    alpha_x, beta_x : photon coefficients [1/Gy, 1/Gy2]
    measured : particle -> measured ion coefficients; "" holds those given without a particle
    mkm : the cells' own parameters of the microdosimetric kinetic model, or None
    ln_rbe_sd : standard deviation of ln RBE of unmeasured cells of this kind; 0 is that of the particle's model
    """

    alpha_x: float
    beta_x: float
    measured: Mapping[str, Sequence[MeasuredPair]]
    mkm: MkmParameters | None
    ln_rbe_sd: float = 0.0

    def pairs(self, particle: str) -> Sequence[MeasuredPair]:
        """Measured ion coefficients for a particle."""
        return (*self.measured.get("", ()), *self.measured.get(particle, ()))

    def has_own_mkm(self, particle: str, let_kev_um: ArrayLike) -> bool:
        """Whether the default model of a particle at a LET is the cells' own microdosimetric kinetic model."""
        return self.mkm is not None and particle != "photon" and bool(np.any(_within(let_kev_um)))


def irradiated_cells(
    alpha_x: float | None = None,
    beta_x: float | None = None,
    *,
    line: str | None = None,
    measured: Sequence[MeasuredPair] = (),
    mkm: str | MkmParameters | None = None,
) -> IrradiatedCells:
    """Cells from what is given of them, and for the rest from what the catalogue declares of their line.

    Parameters
    ----------
    alpha_x, beta_x : photon coefficients [1/Gy, 1/Gy2]; None are those of the line
    line : tumour line of the catalogue; its measured ion coefficients and parameter set count only with its own
        photon coefficients
    measured, mkm : see `ion_coefficients`

    Raises
    ------
    InputError
        The line or the parameter set is unknown, or a coefficient is missing or out of range.
    """
    pairs: dict[str, Sequence[MeasuredPair]] = {"": tuple(measured)} if measured else {}
    spread = 0.0
    if line is not None:
        declared_line = irradiated_line(line)
        spread = declared_line.ln_rbe_sd
        if alpha_x is None and beta_x is None:
            pairs = pairs or dict(declared_line.measured)
            mkm = declared_line.mkm if mkm is None else mkm
        alpha_x = declared_line.alpha_x if alpha_x is None else alpha_x
        beta_x = declared_line.beta_x if beta_x is None else beta_x
    if alpha_x is None or beta_x is None:
        missing = [name for name, value in (("alpha_x", alpha_x), ("beta_x", beta_x)) if value is None]
        advice = "give the photon coefficients of the cells, or their line"
        raise InputError(Problem(f"{' and '.join(missing)} missing", key=missing[0], advice=advice))
    check_positive(alpha_x, "alpha_x")
    check_not_negative(beta_x, "beta_x")
    return IrradiatedCells(alpha_x, beta_x, pairs, mkm_parameters(mkm) if isinstance(mkm, str) else mkm, spread)


def ion_coefficients(
    particle: str,
    let_kev_um: ArrayLike,
    alpha_x: float | None = None,
    beta_x: float | None = None,
    *,
    model: str | None = None,
    measured: Sequence[MeasuredPair] = (),
    line: str | None = None,
    mkm: str | MkmParameters | None = None,
) -> tuple[Any, Any]:
    """(alpha, beta) of a radiation for a cell line, by the model asked for or by measurement [1/Gy, 1/Gy2].

    Parameters
    ----------
    particle : "photon", "proton", "helium" or "carbon"
    let_kev_um : dose-averaged LET, any shape [keV/um]
    alpha_x, beta_x : photon coefficients of the line [1/Gy, 1/Gy2]; None are those that the catalogue has of `line`
    model : name in `MODELS`; default: the first of the particle, or "mkm" for cells with parameters of their own
    measured : measured pairs of this line and particle; they override the model
    line : tumour line of the catalogue; gives what is not given here
    mkm : parameters of the microdosimetric kinetic model, or the name of a published set, see `mkm_lines`; default:
        the line's own, else the geometry of HSG cells

    Notes
    -----
    With measurements the model only interpolates: its ratio to the measured alpha, and the measured beta, run linearly
    in LET through the points; the ratio starts from 1 at zero LET and stays constant beyond the last point. Cells with
    an own parameter set are modelled by it from 13 to 600 keV/um and by the particle's first model elsewhere.

    Raises
    ------
    InputError
        Particle, model, line or parameter set unknown, LET not positive, alpha_x not positive, beta_x negative.

    References
    ----------
    See the functions of the models.

    Examples
    --------
    >>> pair = MeasuredPair(50.0, 0.634, 0.0374)  # B16/BL6, carbon
    >>> [round(float(c), 4) for c in ion_coefficients("carbon", 50.0, 0.18, 0.0406, measured=[pair])]
    [0.634, 0.0374]
    """
    cells = irradiated_cells(alpha_x, beta_x, line=line, measured=measured, mkm=mkm)
    return coefficients_of_cells(particle, let_kev_um, cells, model)


def coefficients_of_cells(
    particle: str, let_kev_um: ArrayLike, cells: IrradiatedCells, model: str | None = None
) -> tuple[Any, Any]:
    """(alpha, beta) of a radiation for cells [1/Gy, 1/Gy2]; arguments and errors as of `ion_coefficients`."""
    name = particle_name(particle)
    if model is not None and model not in MODELS[name]:
        raise InputError(unknown_name(f"{name} RBE model", model, MODELS[name], key="model"))
    let = np.asarray(let_kev_um, dtype=float)
    check_let(let)
    alpha, beta = _modelled(name, model, let, cells)
    if not cells.pairs(name):
        return alpha, beta
    points = sorted(cells.pairs(name), key=lambda pair: pair.let_kev_um)
    places = np.array([p.let_kev_um for p in points])
    modelled = _modelled(name, model, places, cells)[0]
    ratios = np.array([p.alpha_per_gy for p in points]) / modelled
    alpha = alpha * np.interp(let, [0.0, *places], [1.0, *ratios])
    return alpha, np.interp(let, [0.0, *places], [cells.beta_x, *(p.beta_per_gy2 for p in points)])


@dataclass(frozen=True)
class OwnCoefficients:
    """Ion coefficients that belong to a tumour line of the catalogue, whatever its photon coefficients are.

    Attributes
    ----------
    alpha_per_gy, beta_per_gy2 : the coefficients [1/Gy, 1/Gy2]
    cite : key of the publication of the nearest survival curve, or of the parameter set
    origin : "measured" at this LET, "interpolated" from measurements at others, or "mkm" for a published parameter set
    """

    alpha_per_gy: float
    beta_per_gy2: float
    cite: str
    origin: str


def own_coefficients(line: str, particle: str, let_kev_um: float) -> OwnCoefficients | None:
    """What the catalogue has of a line for an ion: its measurements, else its own parameter set at this LET, else None.

    Parameters
    ----------
    line : tumour line of the catalogue
    particle, let_kev_um : the radiation, LET in keV/um

    Notes
    -----
    The coefficients are those of `ion_coefficients` with this line, so that studies and calculators have one number.

    Examples
    --------
    >>> found = own_coefficients("B16-F10", "carbon", 50.0)
    >>> found.alpha_per_gy, found.origin
    (0.634, 'measured')
    """
    cells = irradiated_cells(line=line)
    pairs = cells.pairs(particle)
    if not pairs and not cells.has_own_mkm(particle, let_kev_um):
        return None
    with warnings.catch_warnings():  # whoever asks for the validity of a study has them from `ion_coefficients`
        warnings.simplefilter("ignore", ValidityWarning)
        alpha, beta = (float(value) for value in coefficients_of_cells(particle, let_kev_um, cells))
    if not pairs:
        own_set = irradiated_line(line).mkm
        return OwnCoefficients(alpha, beta, constant(f"mkm_{own_set}_alpha0").source.cite, "mkm")
    nearest = min(pairs, key=lambda pair: abs(math.log(pair.let_kev_um / let_kev_um)))
    if math.isclose(nearest.let_kev_um, let_kev_um):
        return OwnCoefficients(nearest.alpha_per_gy, nearest.beta_per_gy2, nearest.cite, "measured")
    return OwnCoefficients(alpha, beta, nearest.cite, "interpolated")


def _within(let_kev_um: ArrayLike) -> Any:
    let = np.asarray(let_kev_um, dtype=float)
    return (let >= MKM_LET[0]) & (let <= MKM_LET[1])


def _modelled(name: str, model: str | None, let: Any, cells: IrradiatedCells) -> tuple[Any, Any]:
    """By the model asked for; by default the cells' own microdosimetric model where it holds, else the first."""
    if model is not None or not cells.has_own_mkm(name, let):
        return _by_model(name, model or MODELS[name][0], let, cells)
    within = _within(let)
    own = _by_model(name, "mkm", np.clip(let, *MKM_LET), cells)
    if np.all(within):
        return own
    other = _by_model(name, MODELS[name][0], np.where(within, MKM_LET[0], let), cells)
    return np.where(within, own[0], other[0]), np.where(within, own[1], other[1])


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


def _by_model(name: str, model: str, let: Any, cells: IrradiatedCells) -> tuple[Any, Any]:
    alpha_x, beta_x = cells.alpha_x, cells.beta_x
    if name == "photon":
        return np.full_like(let, alpha_x), np.full_like(let, beta_x)
    if model == "mkm":
        if beta_x == 0 and cells.mkm is None:
            advice = "use another model, or give the cells' own parameters as `mkm`"
            raise InputError(Problem("the mkm model needs beta_x above 0", key="beta_x", allowed="> 0", advice=advice))
        return mkm_coefficients(let, cells.mkm or mkm_parameters_of_line(alpha_x, beta_x), name)
    if model == "rmf":
        return rmf_coefficients(let, alpha_x, beta_x, name)
    if model == "lem":
        return lem_coefficients(let, alpha_x, beta_x)
    if name == "proton":
        return proton_coefficients(let, alpha_x, beta_x, model=model)
    if name == "helium":
        return helium_coefficients(let, alpha_x, beta_x)
    return generic_carbon_coefficients(let, alpha_x, beta_x)


def ln_rbe_sd(particle: str, measured: bool = False, kind: float = 0.0) -> float:
    """Standard deviation of ln RBE of a measured line, or of one that the model has not seen.

    Parameters
    ----------
    particle : "photon", "proton", "helium" or "carbon"
    measured : whether the line was measured with this particle
    kind : standard deviation of lines of its kind, where it is larger than that of all lines (lymphoid lines); 0 if not
    """
    if particle == "photon":
        return declared("photon_ln_rbe_sd")
    if measured:
        return declared("measured_ln_rbe_sd")
    return max(declared(f"{particle}_ln_rbe_sd"), kind)
