"""Microdosimetric kinetic model with the saturation correction, on Kiefer-Chatterjee tracks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.errors import InputError, unknown_name
from abscopal.radiation.domains import MKM_LET
from abscopal.radiation.numbers import declared, table
from abscopal.radiation.particles import effective_charge, particle_of, relative_velocity
from abscopal.radiation.stopping import energy_of_let, linear_energy_transfer
from abscopal.radiation.validity import check_positive, warn_outside

FloatArray = NDArray[np.float64]

OVERKILL = ("saturation", "non-poisson")
GRAY_UM2_PER_KEV_UM = 0.16022  # 1 keV/um in water, as dose times area


@dataclass(frozen=True)
class MkmParameters:
    """What the model needs of a cell line.

    Attributes
    ----------
    alpha0_per_gy, beta0_per_gy2 : initial slope in the limit of zero LET, and the quadratic coefficient
    domain_radius_um, nucleus_radius_um : radius of a domain and of the sensitive nucleus
    """

    alpha0_per_gy: float
    beta0_per_gy2: float
    domain_radius_um: float
    nucleus_radius_um: float

    def __post_init__(self) -> None:
        for name in ("beta0_per_gy2", "domain_radius_um", "nucleus_radius_um"):
            check_positive(getattr(self, name), name)

    @property
    def saturation_gy(self) -> float:
        """z0, the specific energy at which overkill sets in [Gy]: (Rn/rd)^2 / sqrt(beta0 (1 + (Rn/rd)^2))."""
        ratio = (self.nucleus_radius_um / self.domain_radius_um) ** 2
        return float(ratio / np.sqrt(self.beta0_per_gy2 * (1.0 + ratio)))


@cache
def mkm_lines() -> tuple[str, ...]:
    """Names of the published parameter sets, each that of a cell line: "hsg", "v79"."""
    names = (name.split("_") for name in table("microdosimetry") if name.endswith("_alpha0"))
    return tuple(sorted(line for model, line, _ in names if model == "mkm"))


def mkm_parameters(cell_line: str) -> MkmParameters:
    """The published parameters of a cell line, see `mkm_lines`.

    Raises
    ------
    InputError
        There are none for this line.

    Examples
    --------
    >>> round(mkm_parameters("hsg").saturation_gy, 2)
    48.98
    """
    key = cell_line.strip().lower()
    if key not in mkm_lines():
        raise InputError(unknown_name("cell line with MKM parameters", cell_line, mkm_lines(), key="mkm"))
    names = ("alpha0", "beta0", "domain_radius", "nucleus_radius")
    return MkmParameters(*(declared(f"mkm_{key}_{n}") for n in names))


def mkm_parameters_of_line(alpha_x: float, beta_x: float) -> MkmParameters:
    """Parameters for a line known by its photon coefficients: HSG geometry and HSG ratio of alpha0 to alpha_x.

    An assumption, for lines without a set of their own; needs beta_x > 0.
    """
    hsg = mkm_parameters("hsg")
    ratio = hsg.alpha0_per_gy / declared("hsg_alpha_x")
    return MkmParameters(ratio * alpha_x, beta_x, hsg.domain_radius_um, hsg.nucleus_radius_um)


def track_radii(energy_mev_u: float, particle: str) -> tuple[float, float, float]:
    """Core radius, penumbra radius [um] and penumbra constant [Gy um2] of a Kiefer-Chatterjee track.

    References
    ----------
    Chatterjee & Schaefer 1976, Radiat Environ Biophys 13:215; Kiefer & Straaten 1986, Phys Med Biol 31:1201.
    """
    velocity = float(relative_velocity(energy_mev_u, particle))
    charge = float(effective_charge(energy_mev_u, particle))
    core = declared("track_core") * velocity
    penumbra = declared("track_penumbra")
    power = declared("track_penumbra_power")
    constant = declared("track_constant") * (charge / velocity) ** 2
    return core, max(penumbra * energy_mev_u**power, 1.001 * core), constant


@cache
def _disc_doses(energy_mev_u: float, particle: str, radius_um: float) -> tuple[FloatArray, FloatArray]:
    """Mean dose [Gy] in a disc of this radius against the distance [um] of its centre from the track."""
    core, penumbra, constant = track_radii(energy_mev_u, particle)
    let = float(linear_energy_transfer(energy_mev_u, particle))
    gray_um2 = GRAY_UM2_PER_KEV_UM * let
    inner = (gray_um2 - 2.0 * np.pi * constant * np.log(penumbra / core)) / (np.pi * core**2)

    # the dose falls steeply where the core leaves the disc, so the grid is finest at the edge
    edge = radius_um * np.geomspace(1e-5, 0.9999, 50)
    beyond = np.geomspace(2.0 * radius_um, 2.0 * radius_um + penumbra, 80)
    distance = np.unique(np.concatenate([radius_um - edge, radius_um + edge, beyond]))
    # radial shells of the track, finer towards the core; the share of each shell inside the disc is an arc
    shells = np.concatenate([np.linspace(0.0, core, 20), np.geomspace(core, penumbra, 600)[1:]])
    middle = (shells[1:] + shells[:-1]) / 2.0
    energy = np.where(
        shells[1:] <= core * (1 + 1e-12),
        inner * np.pi * (shells[1:] ** 2 - shells[:-1] ** 2),
        2.0 * np.pi * constant * np.log(shells[1:] / np.maximum(shells[:-1], 1e-12)),
    )
    b, r = distance[:, None], middle[None, :]
    cosine = (b**2 + r**2 - radius_um**2) / (2.0 * b * r)
    arc = np.arccos(np.clip(cosine, -1.0, 1.0)) / np.pi
    return distance, (arc * energy).sum(axis=1) / (np.pi * radius_um**2)


@cache
def dose_mean_specific_energy(
    energy_mev_u: float, particle: str, domain_radius_um: float, saturation_gy: float | None = None
) -> float:
    """Dose-mean specific energy per event in a domain [Gy]; with a saturation energy z*1D, without z1D.

    Notes
    -----
    Integral of z^2 b db, or of z0^2 (1 - exp(-(z/z0)^2)) b db, over the integral of z b db; b is the distance of the
    track from the domain, and the last integral is LET over 2 pi.

    References
    ----------
    Kase 2006, Radiat Res 166:629; Inaniwa 2010, Phys Med Biol 55:6721.
    """
    distance, dose = _disc_doses(energy_mev_u, particle, domain_radius_um)
    squared = dose**2 if saturation_gy is None else saturation_gy**2 * -np.expm1(-((dose / saturation_gy) ** 2))
    deposited = GRAY_UM2_PER_KEV_UM * float(linear_energy_transfer(energy_mev_u, particle)) / (2.0 * np.pi)
    return float(np.trapezoid(squared * distance, distance) / deposited)


@cache
def mkm_table(particle: str, parameters: MkmParameters, overkill: str = "saturation") -> tuple[FloatArray, FloatArray]:
    """Energies [MeV/u] and initial slopes alpha [1/Gy] of an ion for one cell line; computed once and kept."""
    name = particle_of(particle).name
    energies = np.geomspace(0.3, 500.0 if name == "carbon" else 240.0, 70)
    limit = parameters.saturation_gy if overkill == "saturation" else None
    radius = parameters.domain_radius_um
    means = np.array([dose_mean_specific_energy(float(e), name, radius, limit) for e in energies])
    alphas = parameters.alpha0_per_gy + parameters.beta0_per_gy2 * means
    if overkill == "non-poisson":
        area = np.pi * parameters.nucleus_radius_um**2
        per_event = GRAY_UM2_PER_KEV_UM * linear_energy_transfer(energies, name) / area
        alphas = -np.expm1(-alphas * per_event) / per_event
    return energies, alphas


def mkm_coefficients(
    let_kev_um: ArrayLike,
    parameters: MkmParameters | str = "hsg",
    particle: str = "carbon",
    *,
    overkill: str = "saturation",
) -> tuple[Any, Any]:
    """Ion (alpha, beta) from the modified microdosimetric kinetic model [1/Gy, 1/Gy2].

    Parameters
    ----------
    let_kev_um : LET of the (mono-energetic) ion, any shape [keV/um]
    parameters : "hsg", "v79", or `MkmParameters` of another line
    particle : "proton", "helium" or "carbon"
    overkill : "saturation" (z*1D, modified model) or "non-poisson" (Hawkins: tracks through the nucleus are few)

    Notes
    -----
    Saturation: alpha = alpha0 + beta0 z*1D. Non-Poisson: alpha = [1 - exp(-(alpha0 + beta0 z1D) zn)]/zn with zn the
    mean dose of one track through the nucleus. beta = beta0. *Valid for* carbon up to 600 keV/um; near a Bragg peak the
    spread of LET lowers alpha. Parameter sets of the *stochastic* model must not be used here.

    Raises
    ------
    InputError
        No energy of the particle has this LET, the cell line has no parameters, or the overkill method is unknown.

    References
    ----------
    Hawkins 1994, Radiat Res 140:366; Hawkins 2003, Radiat Res 160:61; Kase 2006, Radiat Res 166:629;
    Inaniwa 2010, Phys Med Biol 55:6721.

    Examples
    --------
    >>> round(float(mkm_coefficients(50.0)[0]), 1)  # independent code: 1.02
    1.0
    """
    chosen = mkm_parameters(parameters) if isinstance(parameters, str) else parameters
    if overkill not in OVERKILL:
        raise InputError(unknown_name("overkill method", overkill, OVERKILL))
    name = particle_of(particle).name
    let = np.asarray(let_kev_um, dtype=float)
    warn_outside("microdosimetric kinetic model", "LET", let, *MKM_LET, "keV/um")
    energies, alphas = mkm_table(name, chosen, overkill)
    wanted = energy_of_let(let, name)
    alpha = np.interp(np.log(wanted), np.log(energies), alphas)
    return alpha, np.full_like(alpha, chosen.beta0_per_gy2)
