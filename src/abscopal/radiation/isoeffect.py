"""Doses of equal cell kill in another radiation quality, always as a median with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.errors import InputError, Problem
from abscopal.radiation.ion_models import MODELS, MeasuredPair, ion_coefficients, ln_rbe_sd
from abscopal.radiation.numbers import declared
from abscopal.radiation.qualities import RadiationQuality, radiation_quality
from abscopal.radiation.rbe import dose_of_effect, ion_transition_dose
from abscopal.radiation.survival import linear_quadratic_effect, linear_quadratic_linear_effect
from abscopal.radiation.validity import check_dose, warn_outside


@dataclass(frozen=True)
class IsoeffectiveDose:
    """Dose per fraction with the same cell kill, with its uncertainty.

    Attributes
    ----------
    median_gy, low_gy, high_gy : median and ends of the central interval, shape of the dose asked for [Gy]
    level : probability inside the interval
    ln_sd : standard deviation of the logarithm
    from_quality, to_quality, model : what was compared, by which models
    """

    median_gy: Any
    low_gy: Any
    high_gy: Any
    level: float
    ln_sd: float
    from_quality: RadiationQuality
    to_quality: RadiationQuality
    model: str

    def ratio(self, dose_gy: ArrayLike) -> NDArray[np.float64]:
        """Median dose over the dose asked for: the RBE of the first quality if the second is the reference."""
        return np.asarray(self.median_gy / np.asarray(dose_gy, dtype=float), dtype=float)


def isoeffective_dose(
    dose_gy: ArrayLike,
    from_quality: RadiationQuality | str,
    to_quality: RadiationQuality | str,
    *,
    alpha_x: float,
    beta_x: float,
    transition_dose_gy: float | None = None,
    model: str | None = None,
    measured: Sequence[MeasuredPair] = (),
    reference: RadiationQuality | str = "Co-60",
    level: float = 0.68,
) -> IsoeffectiveDose:
    """Dose per fraction of one quality that kills as much as a dose of another: median and interval.

    Parameters
    ----------
    dose_gy : physical dose per fraction of the first quality, any shape [Gy]
    from_quality, to_quality : `RadiationQuality`, or the name of a photon quality
    alpha_x, beta_x : photon coefficients of the line [1/Gy, 1/Gy2]
    transition_dose_gy : photon dose where the straight tail begins [Gy]; None is plain linear-quadratic
    model : RBE model of the ion, see `MODELS`; default the first of the particle
    measured : measured ion coefficients of the line; they narrow the interval
    reference : photon quality with which alpha_x and beta_x were measured
    level : probability inside the interval

    Notes
    -----
    Equal effect of one acute fraction. The logarithm of the dose is normal; its variance adds those of ln RBE of both
    qualities (0.25^2 for the generic carbon fit), less their correlation if both are the same particle.
    *Valid for* the LET range of the models; the models differ by more than one standard deviation at 10 Gy.

    Raises
    ------
    InputError
        A dose is negative, the level not between 0 and 1, or the quality or model unknown.

    References
    ----------
    Spread: own leave-one-publication-out test on PIDE (Friedrich 2013, J Radiat Res 54:494).

    Examples
    --------
    >>> carbon = radiation_quality("carbon", let_kev_um=50.0)
    >>> found = isoeffective_dose(2.94, carbon, "6 MV", alpha_x=0.18, beta_x=0.0406)  # reported pair: 5 Gy
    >>> bool(found.low_gy < 5.0 < found.high_gy)
    True
    """
    from scipy.special import ndtri

    dose = np.asarray(dose_gy, dtype=float)
    check_dose(dose)
    if not 0.0 < level < 1.0:
        raise InputError(Problem(f"the level is {level:g}", key="level", allowed="between 0 and 1, e.g. 0.68"))
    given, wanted, measured_with = (
        q if isinstance(q, RadiationQuality) else radiation_quality(q) for q in (from_quality, to_quality, reference)
    )
    curves = [_curve(q, alpha_x, beta_x, measured_with, model, measured, transition_dose_gy) for q in (given, wanted)]
    warn_outside("isoeffective dose", "dose per fraction", dose, 0.0, 30.0, "Gy")
    alpha, beta, bend = curves[0]
    effect = (
        linear_quadratic_effect(dose, alpha, beta)
        if bend is None
        else linear_quadratic_linear_effect(dose, alpha, beta, bend)
    )
    median = dose_of_effect(effect, *curves[1])
    # A radiation compared with itself needs no model, so there is nothing to be unsure of.
    ln_sd = 0.0 if given == wanted else _combined_sd(given, wanted, bool(measured))
    width = np.exp(float(ndtri(0.5 + level / 2.0)) * ln_sd)
    ions = [q for q in (given, wanted) if q.particle != "photon"]
    used = ", ".join(dict.fromkeys(model or MODELS[q.particle][0] for q in ions)) or "photon coefficients"
    return IsoeffectiveDose(median, median / width, median * width, level, ln_sd, given, wanted, used)


def quality_coefficients(
    quality: RadiationQuality,
    alpha_x: float,
    beta_x: float,
    *,
    model: str | None = None,
    measured: Sequence[MeasuredPair] = (),
    reference: RadiationQuality | None = None,
) -> tuple[float, float]:
    """(alpha, beta) of a line for a quality [1/Gy, 1/Gy2]: photons by their alpha ratio, ions by the model.

    Parameters
    ----------
    quality : the radiation
    alpha_x, beta_x : photon coefficients of the line [1/Gy, 1/Gy2]
    model, measured : see `ion_coefficients`
    reference : photon quality with which they were measured; None is cobalt-60
    """
    if quality.particle == "photon":
        return alpha_x * quality.alpha_ratio / (reference.alpha_ratio if reference else 1.0), beta_x
    alpha, beta = ion_coefficients(
        quality.particle, quality.let_kev_um, alpha_x, beta_x, model=model, measured=measured
    )
    return float(alpha), float(beta)


def _curve(
    quality: RadiationQuality,
    alpha_x: float,
    beta_x: float,
    reference: RadiationQuality,
    model: str | None,
    measured: Sequence[MeasuredPair],
    transition: float | None,
) -> tuple[float, float, float | None]:
    """alpha, beta and transition dose of a quality; all curves turn straight at the same effect."""
    alpha, beta = quality_coefficients(quality, alpha_x, beta_x, model=model, measured=measured, reference=reference)
    bend = None if transition is None else float(ion_transition_dose(transition, alpha, beta, alpha_x, beta_x))
    return alpha, beta, bend


def _combined_sd(given: RadiationQuality, wanted: RadiationQuality, measured: bool) -> float:
    first, second = (ln_rbe_sd(q.particle, measured) for q in (given, wanted))
    same = given.particle == wanted.particle
    shared = declared("same_particle_correlation") if same else 0.0
    return float(np.sqrt(first**2 + second**2 - 2.0 * shared * first * second))
