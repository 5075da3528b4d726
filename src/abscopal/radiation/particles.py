"""Protons, helium and carbon ions: names, kinematics and effective charge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from abscopal.errors import InputError, unknown_name
from abscopal.expr.functions import Value
from abscopal.radiation.validity import check_positive


@dataclass(frozen=True)
class Particle:
    """A charged particle.

    Attributes
    ----------
    name, charge, nucleons : "carbon", 6, 12
    rest_energy_mev : rest energy of the bare nucleus [MeV]
    """

    name: str
    charge: int
    nucleons: int
    rest_energy_mev: float


# Rest energies of the nuclei: CODATA 2018 for proton and alpha, atomic mass less six electrons for carbon-12.
PARTICLES = {
    "proton": Particle("proton", 1, 1, 938.272),
    "helium": Particle("helium", 2, 4, 3727.379),
    "carbon": Particle("carbon", 6, 12, 11174.863),
}
_ALIASES = {
    **dict.fromkeys(("p", "h", "1h", "protons", "hydrogen"), "proton"),
    **dict.fromkeys(("he", "4he", "alpha", "helium-4", "helium ion", "helium ions"), "helium"),
    **dict.fromkeys(("c", "12c", "carbon-12", "carbon ion", "carbon ions", "c-ion", "carbon-ion"), "carbon"),
}


def particle_of(name: str | Particle) -> Particle:
    """The particle of a name or common short form ("carbon", "12C", "C").

    Raises
    ------
    InputError
        The name is unknown; the message names the nearest.

    Examples
    --------
    >>> particle_of("12C").charge
    6
    """
    if isinstance(name, Particle):
        return name
    key = _ALIASES.get(name.strip().lower(), name.strip().lower())
    if key not in PARTICLES:
        raise InputError(unknown_name("particle", name, PARTICLES, key="particle"))
    return PARTICLES[key]


def relative_velocity(energy_mev_u: Value, particle: str | Particle) -> Value:
    """Velocity over the speed of light.

    Parameters
    ----------
    energy_mev_u : kinetic energy per nucleon, float or array [MeV/u]
    particle : name or Particle

    Notes
    -----
    sqrt(1 - 1/(1 + T/(m c^2))^2). *Valid for* every energy.

    Raises
    ------
    InputError
        The energy is not positive or the particle unknown.

    Examples
    --------
    >>> round(float(relative_velocity(150.0, "proton")), 3)
    0.507
    """
    check_positive(energy_mev_u, "energy_mev_u")
    kind = particle_of(particle)
    gamma = 1.0 + np.asarray(energy_mev_u) * kind.nucleons / kind.rest_energy_mev
    return np.sqrt(1.0 - 1.0 / gamma**2)


def effective_charge(energy_mev_u: Value, particle: str | Particle) -> Value:
    """Charge of the moving ion, reduced by the electrons it carries.

    Parameters
    ----------
    energy_mev_u : kinetic energy per nucleon, float or array [MeV/u]
    particle : name or Particle

    Notes
    -----
    Z [1 - exp(-125 b Z^(-2/3))], b the relative velocity.

    Raises
    ------
    InputError
        The energy is not positive or the particle unknown.

    References
    ----------
    Barkas 1963, Nuclear Research Emulsions, Academic Press.

    Examples
    --------
    >>> round(float(effective_charge(290.0, "carbon")), 2)
    6.0
    """
    charge = particle_of(particle).charge
    return charge * (1.0 - np.exp(-125.0 * relative_velocity(energy_mev_u, particle) * charge ** (-2.0 / 3.0)))


def track_parameter(energy_mev_u: Value, particle: str | Particle) -> Any:
    """(Effective charge / relative velocity)^2, the argument of `rbe_dsb`.

    Parameters
    ----------
    energy_mev_u : kinetic energy per nucleon, float or array [MeV/u]
    particle : name or Particle

    Raises
    ------
    InputError
        The energy is not positive or the particle unknown.

    References
    ----------
    Stewart 2018, Med Phys 45:e925.

    Examples
    --------
    >>> round(float(track_parameter(60.0, "proton")), 1)
    8.6
    """
    return (effective_charge(energy_mev_u, particle) / relative_velocity(energy_mev_u, particle)) ** 2
