"""Spread-out Bragg peaks: weights of the mono-energetic beams, dose and dose-averaged LET against depth."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.errors import InputError, Problem
from abscopal.radiation.beams import beam_at, end_of_primaries, energy_of_peak, machine_curves
from abscopal.radiation.particles import particle_of
from abscopal.radiation.validity import ValidityWarning

FloatArray = NDArray[np.float64]

NARROWEST_MM = 1.0
# Deviation from the flat dose that is told; the end of any peak has 0.92 of it.
_RIPPLE = 0.1


@dataclass(frozen=True)
class SpreadOutBraggPeak:
    """Beams whose sum has a flat physical dose between two depths.

    Attributes
    ----------
    particle : "proton", "helium" or "carbon"
    proximal_mm, distal_mm : depths of the flat part in water [mm]
    energies_mev_u, peaks_mm, weights : nominal energy, peak depth and peak dose of every beam, plateau dose = 1
    """

    particle: str
    proximal_mm: float
    distal_mm: float
    energies_mev_u: FloatArray
    peaks_mm: FloatArray
    weights: FloatArray

    def dose(self, depth_mm: ArrayLike) -> FloatArray:
        """Physical dose relative to the flat part, at any depths [mm]."""
        return self._sum(depth_mm)[0]

    def let(self, depth_mm: ArrayLike) -> FloatArray:
        """Dose-averaged LET at any depths [keV/um]."""
        dose, weighted = self._sum(depth_mm)
        return np.asarray(weighted / np.maximum(dose, 1e-300))

    @property
    def end_mm(self) -> float:
        """Depth behind which only fragments arrive [mm]; infinite for protons."""
        return end_of_primaries(float(self.peaks_mm[-1]), self.particle)

    def _sum(self, depth_mm: ArrayLike) -> tuple[FloatArray, FloatArray]:
        depth = np.asarray(depth_mm, dtype=float)
        dose, weighted = np.zeros_like(depth), np.zeros_like(depth)
        for peak, weight in zip(self.peaks_mm, self.weights, strict=True):
            if weight > 0:
                part, let = beam_at(depth, self.particle, peak_mm=float(peak))
                dose, weighted = dose + weight * part, weighted + weight * part * let
        return dose, weighted


def spread_out_bragg_peak(
    proximal_mm: float, distal_mm: float, particle: str = "carbon", *, spacing_mm: float | None = None
) -> SpreadOutBraggPeak:
    """The spread-out Bragg peak with a flat physical dose between two depths in water.

    Parameters
    ----------
    proximal_mm, distal_mm : ends of the flat part [mm]
    particle : "proton", "helium" or "carbon"
    spacing_mm : distance of the peaks; default 1 mm for carbon and helium, 2 mm for protons

    Notes
    -----
    Non-negative least squares on the depth doses with a small penalty on the curvature of the weights, so that the LET
    does not jump. *Valid for* depths of the generic machines. Clinical carbon peaks are flat in *biological* dose and
    have fewer distal weights.

    Raises
    ------
    InputError
        The depths are not in order, less than 1 mm apart, too shallow or too deep, or the particle unknown.

    References
    ----------
    Data: see the beam data files. matRad's data give 34, 39, 61, 81 keV/um at 95, 125, 140, 150 mm of the example.

    Examples
    --------
    >>> peak = spread_out_bragg_peak(95.0, 155.0, "carbon")
    >>> 31.0 < float(peak.let(125.0)) < 47.0
    True
    """
    name = particle_of(particle).name
    curves = machine_curves(name)
    low, high = curves[0].peak_mm, curves[-1].peak_mm
    within = low <= proximal_mm < distal_mm <= high - 1.0
    if not (within and distal_mm - proximal_mm >= NARROWEST_MM):
        message = f"a flat part from {proximal_mm:g} to {distal_mm:g} mm cannot be made"
        apart = f"{NARROWEST_MM:g} mm apart or more"
        allowed = f"{low:.0f} <= proximal < distal <= {high - 1.0:.0f} mm for {name}, {apart}"
        raise InputError(Problem(message, key="proximal_mm", allowed=allowed, advice="depths are in mm of water"))
    peak = _weighted(float(proximal_mm), float(distal_mm), name, spacing_mm or usual_spacing(name))
    _warn_of_ripple(peak)
    return peak


def usual_spacing(particle: str) -> float:
    """Distance of the Bragg peaks of a spread-out peak [mm]."""
    return 2.0 if particle == "proton" else 1.0


def _warn_of_ripple(peak: SpreadOutBraggPeak) -> None:
    """Say so where single peaks show: narrow flat parts are made of few."""
    dose = peak.dose(np.linspace(peak.proximal_mm, peak.distal_mm, 200))
    if max(dose.max() - 1.0, 1.0 - dose.min()) > _RIPPLE:
        width = peak.distal_mm - peak.proximal_mm
        message = f"a peak of {width:g} mm is not flat: its dose varies from {dose.min():.2f} to {dose.max():.2f}"
        warnings.warn(message, ValidityWarning, stacklevel=3)


@cache
def _weighted(proximal_mm: float, distal_mm: float, name: str, spacing_mm: float) -> SpreadOutBraggPeak:
    flat = np.ones_like(fitted_depths(proximal_mm, distal_mm))
    return fitted_peak(proximal_mm, distal_mm, name, spacing_mm, flat)


def fitted_depths(proximal_mm: float, distal_mm: float) -> FloatArray:
    """Depths at which the dose of a spread-out peak is fitted [mm]."""
    return np.arange(proximal_mm, distal_mm - 0.5, 0.5)


def fitted_peak(
    proximal_mm: float, distal_mm: float, name: str, spacing_mm: float, wanted: FloatArray
) -> SpreadOutBraggPeak:
    """Beams whose sum has a wanted relative dose at `fitted_depths`; see `spread_out_bragg_peak`."""
    from scipy.optimize import nnls

    count = max(2, round((distal_mm - proximal_mm) / spacing_mm) + 1)
    peaks = np.linspace(proximal_mm + 0.5, distal_mm + 0.5, count)
    depth = fitted_depths(proximal_mm, distal_mm)
    doses = np.column_stack([beam_at(depth, name, peak_mm=float(p))[0] for p in peaks])
    smooth = 0.3 * np.diff(np.eye(count), 2, axis=0)
    target = np.concatenate([wanted, np.zeros(len(smooth))])
    weights, _ = nnls(np.vstack([doses, smooth]), target)
    energies = np.array([energy_of_peak(float(p), name) for p in peaks])
    return SpreadOutBraggPeak(name, proximal_mm, distal_mm, energies, peaks, weights)
