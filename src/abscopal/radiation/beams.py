"""Depth dose and dose-averaged LET of proton, helium and carbon beams in water, from generic machines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.errors import InputError, Problem
from abscopal.radiation.numbers import declared
from abscopal.radiation.particles import particle_of
from abscopal.radiation.stopping import csda_range, read_table
from abscopal.radiation.validity import check_not_negative, check_positive

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class DepthCurve:
    """Dose (relative to its maximum) and dose-averaged LET of one mono-energetic beam against depth in water."""

    energy_mev_u: float
    peak_mm: float
    depth_mm: FloatArray
    dose: FloatArray
    let_kev_um: FloatArray


@cache
def machine_curves(particle: str) -> tuple[DepthCurve, ...]:
    """Tabulated beams of the generic machine for a particle, by rising energy; sources stand in the data files."""
    rows = read_table(f"beam_{particle_of(particle).name}")
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1.0))
    return tuple(DepthCurve(part[0, 0], part[0, 1], *part[:, 2:].T.copy()) for part in np.split(rows, starts[1:]))


def bragg_peak_depth(energy_mev_u: ArrayLike, particle: str = "carbon") -> Any:
    """Depth of the Bragg peak in water [mm] behind the generic beam line (3-4 mm of water).

    Parameters
    ----------
    energy_mev_u : nominal energy per nucleon, any shape [MeV/u]
    particle : "proton", "helium" or "carbon"

    Notes
    -----
    Interpolated as peak depth over CSDA range. *Valid for* the energies of the machine.

    Raises
    ------
    InputError
        The energy is outside the machine's, or the particle unknown.

    References
    ----------
    Data: pyRadPlan generic machines (DKFZ), see the data files.

    Examples
    --------
    >>> round(float(bragg_peak_depth(271.0, "carbon")))
    142
    """
    name = particle_of(particle).name
    values = np.asarray(energy_mev_u, dtype=float)
    energies = np.array([c.energy_mev_u for c in machine_curves(name)])
    if not np.all((values >= energies[0] * 0.999) & (values <= energies[-1] * 1.001)):
        worst = values.flat[int(np.argmax(np.abs(np.log(np.maximum(values, 1e-9) / energies.mean()))))]
        message = f"{name} energy {worst:g} MeV/u is outside the tabulated beams"
        allowed = f"{energies[0]:g} to {energies[-1]:g} MeV/u"
        raise InputError(Problem(message, key="energy_mev_u", allowed=allowed, advice="or give the LET instead"))
    shortfall = np.array([c.peak_mm for c in machine_curves(name)]) - 10.0 * csda_range(energies, name)
    return 10.0 * csda_range(values, name) + np.interp(values, energies, shortfall)


def energy_of_peak(peak_mm: float, particle: str = "carbon") -> float:
    """Nominal energy whose Bragg peak lies at a depth [MeV/u]; inverse of `bragg_peak_depth`.

    Raises
    ------
    InputError
        The depth is outside the machine's.

    Examples
    --------
    >>> round(energy_of_peak(142.3, "carbon"))
    271
    """
    curves = machine_curves(particle_of(particle).name)
    if not curves[0].peak_mm - 0.5 <= peak_mm <= curves[-1].peak_mm + 0.5:
        allowed = f"{curves[0].peak_mm:g} to {curves[-1].peak_mm:g} mm"
        raise InputError(Problem(f"peak depth {peak_mm:g} mm is outside the beams", key="depth_mm", allowed=allowed))
    grid = np.linspace(curves[0].energy_mev_u, curves[-1].energy_mev_u, 2000)
    return float(np.interp(peak_mm, bragg_peak_depth(grid, particle), grid))


def beam_at(
    depth_mm: ArrayLike, particle: str = "carbon", *, peak_mm: float, range_shifter_mm: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Dose relative to the peak, and dose-averaged LET [keV/um], of the beam with its peak at a depth.

    Parameters
    ----------
    depth_mm : depth in water, any shape [mm]
    particle : "proton", "helium" or "carbon"
    peak_mm : depth of its Bragg peak without range shifter [mm]
    range_shifter_mm : water-equivalent material in front of the water [mm]

    Notes
    -----
    The two neighbouring tabulated beams, with depths scaled to the common peak, are mixed in proportion.

    Raises
    ------
    InputError
        A depth is negative, or the peak outside the tabulated beams.
    """
    depth = np.asarray(depth_mm, dtype=float)
    check_not_negative(depth, "depth_mm")
    check_not_negative(range_shifter_mm, "range_shifter_mm")
    curves = machine_curves(particle_of(particle).name)
    peaks = np.array([c.peak_mm for c in curves])
    if not peaks[0] - 0.5 <= peak_mm <= peaks[-1] + 0.5:
        allowed = f"{peaks[0]:g} to {peaks[-1]:g} mm"
        raise InputError(Problem(f"peak depth {peak_mm:g} mm is outside the beams", key="peak_mm", allowed=allowed))
    left = int(np.clip(np.searchsorted(peaks, peak_mm) - 1, 0, len(curves) - 2))
    share = float(np.clip((peak_mm - peaks[left]) / (peaks[left + 1] - peaks[left]), 0.0, 1.0))
    dose, weighted = np.zeros_like(depth), np.zeros_like(depth)
    for curve, weight in ((curves[left], 1.0 - share), (curves[left + 1], share)):
        scaled = (depth + range_shifter_mm) * curve.peak_mm / peak_mm
        part = weight * np.interp(scaled, curve.depth_mm, curve.dose, right=0.0)
        dose, weighted = dose + part, weighted + part * np.interp(scaled, curve.depth_mm, curve.let_kev_um)
    last = np.interp((depth + range_shifter_mm) * curve.peak_mm / peak_mm, curve.depth_mm, curve.let_kev_um)
    return dose, np.where(dose > 0, weighted / np.maximum(dose, 1e-300), last)


def depth_dose(
    energy_mev_u: float, depth_mm: ArrayLike, particle: str = "carbon", *, range_shifter_mm: float = 0.0
) -> Any:
    """Laterally integrated depth dose of a mono-energetic beam, relative to its Bragg peak.

    Parameters
    ----------
    energy_mev_u : nominal energy per nucleon [MeV/u]
    depth_mm : depth in water, any shape [mm]
    particle : "proton", "helium" or "carbon"
    range_shifter_mm : water-equivalent material in front of the water [mm]

    Notes
    -----
    Tabulated beams, see `beam_at`. *Valid for* a generic beam line; a real one has its own width and offset.

    Raises
    ------
    InputError
        The energy is outside the machine's, a depth negative, or the particle unknown.

    References
    ----------
    Data: pyRadPlan generic machines (DKFZ), see the data files.

    Examples
    --------
    >>> round(1.0 / float(depth_dose(271.0, 0.0, "carbon")), 1)  # peak over entrance; source: 4.5
    4.5
    """
    peak = float(bragg_peak_depth(energy_mev_u, particle))
    return beam_at(depth_mm, particle, peak_mm=peak, range_shifter_mm=range_shifter_mm)[0]


def let_at_depth(
    energy_mev_u: float, depth_mm: ArrayLike, particle: str = "carbon", *, range_shifter_mm: float = 0.0
) -> Any:
    """Dose-averaged LET of a mono-energetic beam at a depth in water [keV/um].

    Parameters
    ----------
    energy_mev_u, depth_mm, particle, range_shifter_mm : see `depth_dose`

    Notes
    -----
    Protons and helium: Monte Carlo including secondaries. Carbon: primaries by residual range and straggling, fragments
    by an assumed ratio; about 20 % uncertain near the peak.

    Raises
    ------
    InputError
        See `depth_dose`.

    References
    ----------
    Data: see the data files; entrance of 290 MeV/u carbon about 13 keV/um (quoted by its users).

    Examples
    --------
    >>> 11.5 < float(let_at_depth(290.0, 0.0, "carbon")) < 13.5
    True
    """
    peak = float(bragg_peak_depth(energy_mev_u, particle))
    return beam_at(depth_mm, particle, peak_mm=peak, range_shifter_mm=range_shifter_mm)[1]


@cache
def end_of_primaries(peak_mm: float, particle: str = "carbon") -> float:
    """Depth behind which fragments carry a beam's dose, not the ions themselves [mm]; infinite for protons.

    Parameters
    ----------
    peak_mm : depth of the Bragg peak [mm]
    particle : "proton", "helium" or "carbon"

    Notes
    -----
    Where the dose-averaged LET behind the peak has fallen to half of its maximum: the last slow ions have stopped.
    Dose, LET and RBE of the tail are those of lighter particles, for which no model here was made.

    Raises
    ------
    InputError
        The peak is outside the tabulated beams, or the particle unknown.

    Examples
    --------
    >>> 161.0 < end_of_primaries(159.2, "carbon") < 165.0
    True
    """
    if particle_of(particle).name == "proton":
        return float("inf")
    behind = peak_mm + np.arange(0.0, 20.0, 0.1)
    let = beam_at(behind, particle, peak_mm=peak_mm)[1]
    top = int(let.argmax())
    return float(behind[top:][let[top:] < let[top] / 2.0][0])


def bortfeld_depth_dose(energy_mev: float, depth_cm: ArrayLike, relative_energy_spread: float = 0.01) -> Any:
    """Depth dose of a proton beam by an analytical formula, per fluence [MeV/g].

    Parameters
    ----------
    energy_mev : proton energy [MeV]
    depth_cm : depth in water, any shape [cm]
    relative_energy_spread : standard deviation of the initial energy over its mean

    Notes
    -----
    Range R = a E^p, straggling as a power of the range, parabolic cylinder functions of orders -1/p and -1/p - 1.
    *Valid for* 20 to 250 MeV.

    Raises
    ------
    InputError
        The energy is not positive or a depth negative.

    References
    ----------
    Bortfeld 1997, Med Phys 24:2024, equation 28.

    Examples
    --------
    >>> z = np.linspace(15.0, 17.0, 2001)
    >>> dose = bortfeld_depth_dose(150.0, z)
    >>> top = int(dose.argmax())
    >>> round(float(np.interp(-0.8 * dose[top], -dose[top:], z[top:])), 1)  # 80 % behind the peak; published code: 15.7
    15.6
    """
    from scipy.special import gamma, pbdv

    check_positive(energy_mev, "energy_mev")
    depth = np.asarray(depth_cm, dtype=float)
    check_not_negative(depth, "depth_cm")
    names = ("range", "power", "nuclear", "locally_absorbed", "low_tail", "straggling", "straggling_power")
    scale, power, nuclear, absorbed, tail, straggling, steep = (declared(f"bortfeld_{n}") for n in names)
    reach = scale * energy_mev**power
    spread = scale * power * energy_mev**power * relative_energy_spread
    sigma = float(np.hypot(straggling * reach**steep, spread))
    order = 1.0 / power
    second_weight = nuclear * order + absorbed * nuclear + tail / reach
    unit = 1.0 / (power * scale**order * (1.0 + nuclear * reach))
    residual = reach - depth
    scaled = np.clip(residual / sigma, -30.0, 30.0)
    damped = np.exp(-(scaled**2) / 4.0) * gamma(order) / np.sqrt(2.0 * np.pi) * sigma**order
    near = unit * damped * (pbdv(-order, -scaled)[0] / sigma + second_weight * pbdv(-order - 1.0, -scaled)[0])
    far = np.maximum(residual, 1e-9)
    plateau = unit * (far ** (order - 1.0) + second_weight * power * far**order)
    return np.where(residual > 10.0 * sigma, plateau, np.where(residual < -10.0 * sigma, 0.0, near))
