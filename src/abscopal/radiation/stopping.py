"""Stopping power, LET and range of protons, helium and carbon ions in water."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.radiation.particles import Particle, effective_charge, particle_of, relative_velocity
from abscopal.radiation.validity import check_let, check_positive

FloatArray = NDArray[np.float64]

_TABLE_EV = {"proton": 75.0, "helium": 75.0, "carbon": 78.0}  # mean excitation energy of water in the data files
CONVENTIONS: dict[str, float | None] = {"reference": None, "icru90": 78.0, "icru49": 75.0}
_BETHE_CONSTANT = 0.307075 * 0.55508  # 4 pi N r_e^2 m c^2, times Z/A of water [MeV cm2/g]


def read_table(name: str) -> FloatArray:
    """Numbers of one CSV data file of this package, without its comment lines."""
    text = resources.files("abscopal.radiation").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return np.loadtxt(StringIO(text), delimiter=",", comments="#")


@dataclass(frozen=True)
class StoppingTable:
    """Stopping power and range of one particle on a fine energy grid, for interpolation in logarithms.

    Attributes
    ----------
    log_energy, log_power, log_range : natural logarithms of MeV/u, MeV cm2/g and g/cm2
    low, high : lowest and highest energy [MeV/u]
    peak : energy of the largest stopping power [MeV/u]
    """

    log_energy: FloatArray
    log_power: FloatArray
    log_range: FloatArray
    low: float
    high: float
    peak: float


@cache
def stopping_table(particle: str, convention: str = "reference") -> StoppingTable:
    """The table of a particle; protons and helium from PSTAR/ASTAR, carbon from Geant4 tables, see the data files.

    Raises
    ------
    InputError
        The particle or convention is unknown.
    """
    from scipy.interpolate import PchipInterpolator

    kind = particle_of(particle)
    if convention not in CONVENTIONS:
        raise InputError(unknown_name("stopping power convention", convention, CONVENTIONS, key="convention"))
    source = read_table(f"stopping_{kind.name}")
    energy = np.geomspace(source[0, 0], source[-1, 0], 3000)
    power = np.exp(PchipInterpolator(np.log(source[:, 0]), np.log(source[:, 1]))(np.log(energy)))
    tabulated = _TABLE_EV[kind.name]
    power = power + _excitation_shift(energy, kind, tabulated, CONVENTIONS[convention] or tabulated)
    # below a table that ends at 1 keV/u the power is about constant (nuclear stopping), else it goes as the velocity
    below = 1.0 if energy[0] < 0.01 else 2.0
    integrand = energy * kind.nucleons / power
    steps = np.diff(np.log(energy)) * (integrand[1:] + integrand[:-1]) / 2.0
    reach = below * integrand[0] + np.concatenate([[0.0], np.cumsum(steps)])
    peak = float(energy[np.argmax(power)])
    return StoppingTable(np.log(energy), np.log(power), np.log(reach), energy[0], energy[-1], peak)


def _excitation_shift(energy_mev_u: FloatArray, kind: Particle, table_ev: float, wanted_ev: float) -> FloatArray:
    """Change of the stopping power with the mean excitation energy: Bethe's logarithm above 1 MeV/u, none below 0.1."""
    if table_ev == wanted_ev:
        return np.zeros_like(energy_mev_u)
    bethe = np.clip(np.log10(energy_mev_u / 0.1), 0.0, 1.0)
    scale = (effective_charge(energy_mev_u, kind) / relative_velocity(energy_mev_u, kind)) ** 2
    return np.asarray(-_BETHE_CONSTANT * scale * np.log(wanted_ev / table_ev) * bethe)


def _checked_energy(energy_mev_u: ArrayLike, particle: str, convention: str) -> tuple[FloatArray, StoppingTable]:
    values = np.asarray(energy_mev_u, dtype=float)
    table = stopping_table(particle, convention)
    slack = 1e-9
    bad = ~((values >= table.low * (1 - slack)) & (values <= table.high * (1 + slack)))
    if bad.any():
        message = f"{particle} energy {values[bad].flat[0]:g} MeV/u is outside the tables"
        allowed = f"{table.low:g} to {table.high:g} MeV/u"
        advice = "give the kinetic energy per nucleon, not the total energy"
        raise InputError(Problem(message, key="energy_mev_u", allowed=allowed, advice=advice))
    return values, table


def mass_stopping_power(energy_mev_u: ArrayLike, particle: str = "proton", *, convention: str = "reference") -> Any:
    """Mass stopping power in liquid water [MeV cm2/g].

    Parameters
    ----------
    energy_mev_u : kinetic energy per nucleon, any shape [MeV/u]
    particle : "proton", "helium" or "carbon"
    convention : "reference" (default: each particle's reference table, PSTAR and ASTAR for protons and helium, ICRU 90
        for carbon), or "icru90" (water I = 78 eV) or "icru49" (75 eV) for every particle

    Notes
    -----
    Interpolated tables; total for protons and helium, electronic for carbon; a convention shifts Bethe's logarithm.
    ICRU 90 lowers the stopping power of protons by 0.5 % at clinical energies against PSTAR.
    *Valid for* proton 0.001-1000, helium 0.001-250, carbon 0.1-1000 MeV/u.

    Raises
    ------
    InputError
        The energy is outside the tables, or the particle or convention unknown.

    References
    ----------
    NIST PSTAR and ASTAR (ICRU report 49); ICRU report 90, 2016.

    Examples
    --------
    >>> round(float(mass_stopping_power(150.0, "proton", convention="icru49")), 3)
    5.445
    """
    values, table = _checked_energy(energy_mev_u, particle_of(particle).name, convention)
    return np.exp(np.interp(np.log(values), table.log_energy, table.log_power))


def linear_energy_transfer(energy_mev_u: ArrayLike, particle: str = "carbon", *, convention: str = "reference") -> Any:
    """Unrestricted LET in water of density 1 g/cm3 [keV/um].

    Parameters
    ----------
    energy_mev_u, particle, convention : see `mass_stopping_power`

    Notes
    -----
    Stopping power [MeV cm2/g] times density over 10.

    Raises
    ------
    InputError
        See `mass_stopping_power`.

    References
    ----------
    ICRU report 90, 2016.

    Examples
    --------
    >>> round(float(linear_energy_transfer(290.0, "carbon")))
    13
    """
    return mass_stopping_power(energy_mev_u, particle, convention=convention) / 10.0


def csda_range(energy_mev_u: ArrayLike, particle: str = "proton", *, convention: str = "reference") -> Any:
    """Range in water in the continuous slowing down approximation [g/cm2].

    Parameters
    ----------
    energy_mev_u, particle, convention : see `mass_stopping_power`

    Notes
    -----
    Integral of dE/S. *Valid for* the range of the tables; a measured peak lies less deep by the beam line's material.

    Raises
    ------
    InputError
        See `mass_stopping_power`.

    References
    ----------
    NIST PSTAR (15.77 g/cm2 at 150 MeV); ICRU report 90.

    Examples
    --------
    >>> round(float(csda_range(150.0, "proton", convention="icru49")), 2)
    15.77
    """
    values, table = _checked_energy(energy_mev_u, particle_of(particle).name, convention)
    return np.exp(np.interp(np.log(values), table.log_energy, table.log_range))


def energy_of_range(range_g_cm2: ArrayLike, particle: str = "proton", *, convention: str = "reference") -> Any:
    """Kinetic energy per nucleon that gives a range in water, the inverse of `csda_range` [MeV/u].

    Raises
    ------
    InputError
        The range is not positive or belongs to an energy outside the tables.

    Examples
    --------
    >>> round(float(energy_of_range(15.77, "proton", convention="icru49")), 1)
    150.0
    """
    values = np.asarray(range_g_cm2, dtype=float)
    check_positive(values, "range_g_cm2")
    table = stopping_table(particle_of(particle).name, convention)
    low, high = float(np.exp(table.log_range[0])), float(np.exp(table.log_range[-1]))
    if np.any((values < low) | (values > high)):
        raise InputError(
            Problem("range outside the tables", key="range_g_cm2", allowed=f"{low:.3g} to {high:.4g} g/cm2")
        )
    return np.exp(np.interp(np.log(values), table.log_range, table.log_energy))


def energy_of_let(let_kev_um: ArrayLike, particle: str = "carbon", *, convention: str = "reference") -> Any:
    """Kinetic energy per nucleon of an ion with this LET, above the maximum of the stopping power [MeV/u].

    Raises
    ------
    InputError
        The LET is not positive, or no energy of the table has it.

    Examples
    --------
    >>> round(float(energy_of_let(50.0, "carbon")))
    43
    """
    values = np.asarray(let_kev_um, dtype=float)
    check_let(values)
    table = stopping_table(particle_of(particle).name, convention)
    falling = np.exp(table.log_energy) >= table.peak
    log_let = table.log_power[falling][::-1] - np.log(10.0)
    if np.any((np.log(values) < log_let[0]) | (np.log(values) > log_let[-1])):
        message = f"no {particle} energy has the LET {values.flat[0]:g} keV/um in water"
        allowed = f"{np.exp(log_let[0]):.3g} to {np.exp(log_let[-1]):.4g} keV/um"
        raise InputError(Problem(message, key="let_kev_um", allowed=allowed, advice="check the particle"))
    return np.exp(np.interp(np.log(values), log_let, table.log_energy[falling][::-1]))


def let_of_beams(particle: str) -> tuple[float, float]:
    """Lowest and highest dose-averaged LET that a beam of a particle can have [keV/um].

    Parameters
    ----------
    particle : "proton", "helium" or "carbon"

    Notes
    -----
    Half of the LET at the highest tabulated energy, because fragments take part in the average, and the maximum of the
    stopping power.

    Examples
    --------
    >>> [round(end) for end in let_of_beams("carbon")]
    [4, 878]
    """
    power = np.exp(stopping_table(particle_of(particle).name).log_power) / 10.0
    return float(power[-1]) / 2.0, float(power.max())
