"""Doses of equal cell kill in another radiation quality, always as a median with an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.radiation.ion_models import (
    MODELS,
    IrradiatedCells,
    coefficients_of_cells,
    irradiated_cells,
    ln_rbe_sd,
)
from abscopal.radiation.lines import MeasuredPair, irradiated_line
from abscopal.radiation.mkm import MkmParameters
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
    models : particle -> its model
    """

    median_gy: Any
    low_gy: Any
    high_gy: Any
    level: float
    ln_sd: float
    from_quality: RadiationQuality
    to_quality: RadiationQuality
    model: str
    models: Mapping[str, str] = field(default_factory=dict)

    def ratio(self, dose_gy: ArrayLike) -> NDArray[np.float64]:
        """Median dose over the dose asked for: the RBE of the first quality if the second is the reference."""
        return np.asarray(self.median_gy / np.asarray(dose_gy, dtype=float), dtype=float)


def isoeffective_dose(
    dose_gy: ArrayLike,
    from_quality: RadiationQuality | str,
    to_quality: RadiationQuality | str,
    *,
    alpha_x: float | None = None,
    beta_x: float | None = None,
    line: str | None = None,
    transition_dose_gy: float | None = None,
    model: str | None = None,
    measured: Sequence[MeasuredPair] = (),
    mkm: str | MkmParameters | None = None,
    reference: RadiationQuality | str = "Co-60",
    level: float = 0.68,
) -> IsoeffectiveDose:
    """Dose per fraction of one quality that kills as much as a dose of another: median and interval.

    Parameters
    ----------
    dose_gy : physical dose per fraction of the first quality, any shape [Gy]
    from_quality, to_quality : `RadiationQuality`, or the name of a photon quality
    alpha_x, beta_x : photon coefficients of the line [1/Gy, 1/Gy2]; None are those that the catalogue has of `line`
    line : tumour line of the catalogue; gives what is not given here, its transition dose too
    transition_dose_gy : photon dose where the straight tail begins [Gy]; None without a line is plain linear-quadratic
    model : RBE model of the ion, see `MODELS`; default as of `ion_coefficients`. Between two ions it is that of those
        which have it
    measured : measured ion coefficients of the line; they narrow the interval
    mkm : see `ion_coefficients`; a published set of the line narrows the interval too
    reference : photon quality with which alpha_x and beta_x were measured
    level : probability inside the interval

    Notes
    -----
    Equal effect of one acute fraction. The logarithm of the dose is normal; its variance adds those of ln RBE of both
    qualities (0.25^2 for the generic carbon fit, 0.58^2 for lymphoid lines, 0.12^2 for measured lines and those with
    parameters of their own), less their correlation if both are the same particle.
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
    given, wanted, measured_with = (
        q if isinstance(q, RadiationQuality) else radiation_quality(q) for q in (from_quality, to_quality, reference)
    )
    cells = irradiated_cells(alpha_x, beta_x, line=line, measured=measured, mkm=mkm)
    if transition_dose_gy is None and line is not None:
        transition_dose_gy = irradiated_line(line).transition_dose_gy
    return isoeffective_of_cells(
        dose_gy, given, wanted, cells, bend=transition_dose_gy, model=model, reference=measured_with, level=level
    )


def isoeffective_of_cells(
    dose_gy: ArrayLike,
    given: RadiationQuality,
    wanted: RadiationQuality,
    cells: IrradiatedCells,
    *,
    bend: float | None = None,
    model: str | None = None,
    reference: RadiationQuality | None = None,
    level: float = 0.68,
) -> IsoeffectiveDose:
    """Dose of one quality that kills as much of some cells as a dose of another; see `isoeffective_dose`."""
    from scipy.special import ndtri

    dose = np.asarray(dose_gy, dtype=float)
    check_dose(dose)
    if not 0.0 < level < 1.0:
        raise InputError(Problem(f"the level is {level:g}", key="level", allowed="between 0 and 1, e.g. 0.68"))
    models = _models((given, wanted), cells, model)
    curves = [_curve(q, cells, reference, models[q.particle], bend) for q in (given, wanted)]
    warn_outside("isoeffective dose", "dose per fraction", dose, 0.0, 30.0, "Gy")
    alpha, beta, own_bend = curves[0]
    effect = (
        linear_quadratic_effect(dose, alpha, beta)
        if own_bend is None
        else linear_quadratic_linear_effect(dose, alpha, beta, own_bend)
    )
    median = dose_of_effect(effect, *curves[1])
    # A radiation compared with itself needs no model, so there is nothing to be unsure of.
    ln_sd = 0.0 if given == wanted else _combined_sd(given, wanted, cells, models)
    width = np.exp(float(ndtri(0.5 + level / 2.0)) * ln_sd)
    told = {q.particle: _told(q, cells, models[q.particle]) for q in (given, wanted) if q.is_ion}
    used = ", ".join(dict.fromkeys(told.values())) or "photon coefficients"
    return IsoeffectiveDose(median, median / width, median * width, level, ln_sd, given, wanted, used, told)


def quality_coefficients(
    quality: RadiationQuality,
    alpha_x: float | None = None,
    beta_x: float | None = None,
    *,
    model: str | None = None,
    measured: Sequence[MeasuredPair] = (),
    reference: RadiationQuality | None = None,
    line: str | None = None,
    mkm: str | MkmParameters | None = None,
) -> tuple[float, float]:
    """(alpha, beta) of a line for a quality [1/Gy, 1/Gy2]: photons by their alpha ratio, ions by the model.

    Parameters
    ----------
    quality : the radiation
    alpha_x, beta_x, line : photon coefficients [1/Gy, 1/Gy2], or the line of the catalogue that has them
    model, measured, mkm : see `ion_coefficients`
    reference : photon quality with which they were measured; None is cobalt-60
    """
    cells = irradiated_cells(alpha_x, beta_x, line=line, measured=measured, mkm=mkm)
    return coefficients_of_quality(quality, cells, model=model, reference=reference)


def coefficients_of_quality(
    quality: RadiationQuality,
    cells: IrradiatedCells,
    *,
    model: str | None = None,
    reference: RadiationQuality | None = None,
) -> tuple[float, float]:
    """(alpha, beta) of cells for a quality [1/Gy, 1/Gy2]; arguments as of `quality_coefficients`."""
    if not quality.is_ion:
        return cells.alpha_x * quality.alpha_ratio / (reference.alpha_ratio if reference else 1.0), cells.beta_x
    alpha, beta = coefficients_of_cells(quality.particle, quality.let_kev_um, cells, model)
    return float(alpha), float(beta)


def quality_ln_sd(quality: RadiationQuality, cells: IrradiatedCells, model: str | None = None) -> float:
    """Standard deviation of ln RBE of a quality for cells, by a model (None is the default one)."""
    by_own_set = cells.mkm is not None and (
        model == "mkm" or (model is None and cells.has_own_mkm(quality.particle, quality.let_kev_um))
    )
    known = bool(cells.pairs(quality.particle)) or by_own_set
    return ln_rbe_sd(quality.particle, known, cells.ln_rbe_sd)


def _models(
    qualities: tuple[RadiationQuality, RadiationQuality], cells: IrradiatedCells, model: str | None
) -> dict[str, str | None]:
    """Model asked for by particle, None for its default.

    A model that only one of two ions has is that of this one.
    """
    particles = [q.particle for q in qualities if q.is_ion]
    found = {q.particle: model if model in MODELS[q.particle] else None for q in qualities}
    if model is not None and not any(found[p] for p in particles):
        known = [name for p in particles for name in MODELS[p]]
        if not known:
            message = f"photons have no RBE model {model!r}"
            raise InputError(Problem(message, key="model", allowed="none for photons", advice="leave the model out"))
        raise InputError(unknown_name(f"{' or '.join(particles)} RBE model", model, known, key="model"))
    return found


def _told(quality: RadiationQuality, cells: IrradiatedCells, model: str | None) -> str:
    if model is not None:
        return model
    return "mkm" if cells.has_own_mkm(quality.particle, quality.let_kev_um) else MODELS[quality.particle][0]


def _curve(
    quality: RadiationQuality,
    cells: IrradiatedCells,
    reference: RadiationQuality | None,
    model: str | None,
    transition: float | None,
) -> tuple[float, float, float | None]:
    """alpha, beta and transition dose of a quality; all curves turn straight at the same effect."""
    alpha, beta = coefficients_of_quality(quality, cells, model=model, reference=reference)
    alpha_x, beta_x = cells.alpha_x, cells.beta_x
    bend = None if transition is None else float(ion_transition_dose(transition, alpha, beta, alpha_x, beta_x))
    return alpha, beta, bend


def _combined_sd(
    given: RadiationQuality, wanted: RadiationQuality, cells: IrradiatedCells, models: Mapping[str, str | None]
) -> float:
    first, second = (quality_ln_sd(q, cells, models[q.particle]) for q in (given, wanted))
    same = given.particle == wanted.particle
    shared = declared("same_particle_correlation") if same else 0.0
    return float(np.sqrt(first**2 + second**2 - 2.0 * shared * first * second))
