"""Spread-out Bragg peaks with their RBE: RBE-weighted dose against depth, and peaks that are flat in it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.radiation.domains import outside_domain
from abscopal.radiation.ion_models import IrradiatedCells, coefficients_of_cells
from abscopal.radiation.particles import particle_of
from abscopal.radiation.rbe import dose_of_effect, ion_transition_dose, photon_equivalent_dose
from abscopal.radiation.sobp import SpreadOutBraggPeak, fitted_depths, fitted_peak, spread_out_bragg_peak, usual_spacing
from abscopal.radiation.survival import linear_quadratic_effect, linear_quadratic_linear_effect
from abscopal.radiation.validity import ValidityWarning, check_dose

FloatArray = NDArray[np.float64]

# Rounds of "RBE at the LET of these weights, weights for this RBE", and the step of each: full steps overshoot.
_ROUNDS, _STEP = 25, 0.3


@dataclass(frozen=True)
class WeightedPeak:
    """A spread-out peak that irradiates given cells with one fraction.

    Attributes
    ----------
    peak : the beams
    scale_gy : physical dose of one fraction where the relative dose of the beams is 1 [Gy]
    cells : what is irradiated
    model : RBE model, one of `MODELS`
    transition_dose_gy : photon dose where the survival curve turns straight [Gy]; None is never
    """

    peak: SpreadOutBraggPeak
    scale_gy: float
    cells: IrradiatedCells
    model: str
    transition_dose_gy: float | None

    def dose_gy(self, depth_mm: ArrayLike) -> FloatArray:
        """Physical dose of the fraction at depths [mm], in Gy."""
        return np.asarray(self.scale_gy * self.peak.dose(depth_mm), dtype=float)

    def weighted_dose_gy(self, depth_mm: ArrayLike) -> FloatArray:
        """RBE-weighted dose: photon dose of equal cell kill [Gy]; NaN where the model does not hold.

        It does not hold outside its range of LET, nor behind the end of the primary ions, nor where it makes helium or
        carbon less effective than photons.
        """
        depth = np.atleast_1d(np.asarray(depth_mm, dtype=float))
        dose, let = self.dose_gy(depth), self.peak.let(depth)
        found = np.full(depth.shape, np.nan)
        cells = self.cells
        for i in np.flatnonzero((depth <= self.peak.end_mm) & (self.peak.dose(depth) > _NO_DOSE)):
            here = (self.peak.particle, self.model, float(let[i]), cells.alpha_x, cells.beta_x)
            if not outside_domain(*here, own=cells.mkm is not None):
                found[i] = self._equivalent(float(dose[i]), float(let[i]))
        if self.peak.particle != "proton":
            # No experiment finds these ions less effective than photons.
            found[found < dose] = np.nan
        return found.reshape(np.shape(depth_mm))

    def _equivalent(self, dose_gy: float, let_kev_um: float) -> float:
        cells = self.cells
        own = coefficients_of_cells(self.peak.particle, let_kev_um, cells, self.model)
        photons = photon_equivalent_dose(dose_gy, *own, cells.alpha_x, cells.beta_x, self.transition_dose_gy)
        return float(photons)


# Relative dose below which there is no beam.
_NO_DOSE = 1e-3


def weighted_peak(
    proximal_mm: float,
    distal_mm: float,
    particle: str,
    dose_gy: float,
    cells: IrradiatedCells,
    model: str,
    *,
    transition_dose_gy: float | None = None,
    flat_in_rbe: bool = False,
) -> WeightedPeak:
    """A spread-out peak that is flat in physical or in RBE-weighted dose, for given cells.

    Parameters
    ----------
    proximal_mm, distal_mm, particle : see `spread_out_bragg_peak`
    dose_gy : dose of one fraction in the flat part [Gy], RBE-weighted if the peak is flat in this
    cells : see `irradiated_cells`
    model : RBE model, see `MODELS`
    transition_dose_gy : photon dose where the survival curve turns straight [Gy]; None is never
    flat_in_rbe : weights that make the RBE-weighted dose flat instead of the physical one

    Notes
    -----
    RBE from the dose-averaged LET at each depth. For a flat RBE-weighted dose the physical dose wanted at each depth is
    the one with the effect of the photon dose; LET and weights are found in turns. *Valid for* depths where the model
    holds.

    Raises
    ------
    InputError
        See `spread_out_bragg_peak`; or the dose is out of range.
    """
    check_dose(dose_gy)
    flat = spread_out_bragg_peak(proximal_mm, distal_mm, particle)
    if not flat_in_rbe:
        return WeightedPeak(flat, dose_gy, cells, model, transition_dose_gy)
    peak, name = flat, particle_of(particle).name
    depth = fitted_depths(flat.proximal_mm, flat.distal_mm)
    wanted = np.ones_like(depth)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ValidityWarning)
        for _ in range(_ROUNDS):
            own = coefficients_of_cells(name, peak.let(depth), cells, model)
            needed = _equal_dose(dose_gy, own, cells, transition_dose_gy) / dose_gy
            wanted = wanted * (needed / wanted) ** _STEP
            peak = fitted_peak(flat.proximal_mm, flat.distal_mm, name, usual_spacing(name), wanted)
    return WeightedPeak(peak, dose_gy, cells, model, transition_dose_gy)


def _equal_dose(photon_dose_gy: float, own: tuple[Any, Any], cells: IrradiatedCells, transition: float | None) -> Any:
    """Ion dose with the effect of a photon dose [Gy]."""
    alpha, beta = own
    if transition is None:
        return dose_of_effect(linear_quadratic_effect(photon_dose_gy, cells.alpha_x, cells.beta_x), alpha, beta)
    bend = ion_transition_dose(transition, alpha, beta, cells.alpha_x, cells.beta_x)
    effect = linear_quadratic_linear_effect(photon_dose_gy, cells.alpha_x, cells.beta_x, transition)
    return dose_of_effect(effect, alpha, beta, bend)
