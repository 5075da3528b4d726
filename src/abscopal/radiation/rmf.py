"""Repair-misrepair-fixation model: ion coefficients from the relative yield of double-strand breaks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from abscopal.radiation.dna import rbe_dsb
from abscopal.radiation.numbers import declared, default
from abscopal.radiation.particles import particle_of, track_parameter
from abscopal.radiation.stopping import energy_of_let
from abscopal.radiation.validity import check_let, warn_outside


def rmf_coefficients(
    let_kev_um: ArrayLike, alpha_x: float, beta_x: float, particle: str = "carbon", *, nucleus_um: float | None = None
) -> tuple[Any, Any]:
    """Ion (alpha, beta) from the repair-misrepair-fixation model [1/Gy, 1/Gy2].

    Parameters
    ----------
    let_kev_um : LET of the ion, any shape [keV/um]
    alpha_x, beta_x : photon coefficients [1/Gy, 1/Gy2]
    particle : "proton", "helium" or "carbon"
    nucleus_um : diameter of the target [um]

    Notes
    -----
    alpha = s [alpha_x + 2 beta_x (s zF - zx)], beta = beta_x s^2; s the relative yield of double-strand breaks,
    zF = 0.204 L/d^2. *Valid for* up to 100 keV/um: the model knows no overkill, so above it the LET is held there.

    Raises
    ------
    InputError
        No energy of the particle has this LET.

    References
    ----------
    Carlson 2008, Radiat Res 169:447; Stewart 2018, Med Phys 45:e925.

    Examples
    --------
    >>> alpha, beta = rmf_coefficients(50.0, 0.2, 0.05)
    >>> 1.6 < float(np.sqrt(beta / 0.05)) < 2.0  # the relative yield of double-strand breaks: 1.8
    True
    """
    let = np.asarray(let_kev_um, dtype=float)
    check_let(let)
    limit = declared("rmf_let_limit")
    warn_outside("repair-misrepair-fixation model", "LET", let, 0.0, limit, "keV/um")
    held = np.minimum(let, limit)
    name = particle_of(particle).name
    relative = rbe_dsb(track_parameter(energy_of_let(held, name), name))
    diameter = default(nucleus_um, "rmf_nucleus_diameter")
    per_let = 0.204 / diameter**2  # mean dose of one track through a sphere of water, Gy per keV/um
    reference = per_let * declared("rmf_photon_let")
    alpha = relative * (alpha_x + 2.0 * beta_x * (relative * per_let * held - reference))
    return alpha, beta_x * relative**2
