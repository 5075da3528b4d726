"""Carbon coefficients of the local effect model, from a published table for two tissues."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.radiation.domains import LEM_ALPHA_BETA_GY
from abscopal.radiation.stopping import read_table
from abscopal.radiation.validity import check_let, check_positive, warn_outside


@cache
def _table() -> NDArray[np.float64]:
    return read_table("lem_carbon")


def lem_coefficients(let_kev_um: ArrayLike, alpha_x: float, beta_x: float) -> tuple[Any, Any]:
    """Carbon (alpha, beta) of a local effect model table [1/Gy, 1/Gy2].

    Parameters
    ----------
    let_kev_um : dose-averaged LET in the beam, any shape [keV/um]
    alpha_x, beta_x : photon coefficients [1/Gy, 1/Gy2]; beta_x > 0

    Notes
    -----
    alpha = alpha_x RBE_max, beta = beta_x RBE_min^2, both interpolated in LET and in the logarithm of alpha/beta
    between 2 and 10 Gy. beta falls towards 0 above 100 keV/um, so RBE at 10 Gy is low. The table does not name the
    version of the model. *Valid for* 11 to 150 keV/um, alpha/beta 2 to 10 Gy; held constant outside.

    Raises
    ------
    InputError
        The LET, alpha or beta is not positive.

    References
    ----------
    Scholz 1997, Radiat Environ Biophys 36:59 (the model); carbon_Generic of pyRadPlan (DKFZ) for the table.

    Examples
    --------
    >>> alpha, beta = lem_coefficients(100.0, 0.5, 0.05)
    >>> 2.5 < float(alpha) / 0.5 < 4.0 and float(beta) / 0.05 < 0.3
    True
    """
    let = np.asarray(let_kev_um, dtype=float)
    check_let(let)
    check_positive(alpha_x, "alpha_x")
    check_positive(beta_x, "beta_x")
    rows = _table()
    warn_outside("local effect model table", "LET", let, rows[0, 0], rows[-1, 0], "keV/um")
    warn_outside("local effect model table", "alpha/beta", alpha_x / beta_x, *LEM_ALPHA_BETA_GY, "Gy")
    share = float(np.clip(np.log(alpha_x / beta_x / 2.0) / np.log(5.0), 0.0, 1.0))
    at = [np.interp(let, rows[:, 0], rows[:, column]) for column in range(1, 5)]
    # RBE_max falls as a power of alpha/beta, so it is mixed in logarithms
    rbe_max = at[0] ** (1.0 - share) * at[1] ** share
    rbe_min = at[2] * (1.0 - share) + at[3] * share
    return alpha_x * rbe_max, beta_x * rbe_min**2
