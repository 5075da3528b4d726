"""Irradiated cells: survival, RBE, oxygen, doses of equal effect, what the immune system sees of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from abscopal import radiation
from abscopal.actions.radiation.calculation import Calculation, Curves, with_warnings

# Range of LET over which the RBE of a particle is drawn [keV/um].
_LET_RANGES = {"proton": (0.5, 20.0), "helium": (2.0, 120.0)}
_LET_RANGE = (12.0, 150.0)


@with_warnings
def survival(
    dose_gy: float,
    alpha: float,
    beta: float,
    quality: str = "Co-60",
    let: float | None = None,
    energy: float | None = None,
    depth: float | None = None,
    model: str | None = None,
    transition_dose: float | None = None,
    po2: float | None = None,
    curve: bool = False,
) -> Calculation:
    """Surviving fraction of one acute dose [Gy], alone and drawn beside that of photons.

    Parameters
    ----------
    alpha, beta : of the cells for photons [1/Gy], [1/Gy2].
    quality, let, energy, depth : the radiation, LET in keV/um, or energy in MeV/u and depth in mm.
    model : of the RBE; None is the first of the particle.
    transition_dose : photon dose where the curve turns straight [Gy]; None is never.
    po2 : oxygen pressure [mmHg]; None is air.

    Raises
    ------
    InputError
        A value cannot be used.
    """
    beam = radiation.radiation_quality(quality, let_kev_um=let, energy_mev_u=energy, depth_mm=depth)
    own = radiation.quality_coefficients(beam, alpha, beta, model=model)
    bend = None if transition_dose is None else radiation.ion_transition_dose(transition_dose, *own, alpha, beta)
    oxygen = 1.0 if po2 is None else float(radiation.oxygen_dose_factor(po2, beam.let_kev_um))
    values = {"surviving_fraction": float(radiation.surviving_fraction(dose_gy * oxygen, *own, bend))}
    values |= {"let_kev_um": beam.let_kev_um, "alpha_per_gy": own[0], "beta_per_gy2": own[1]}
    if not curve:
        return Calculation(values)
    doses = np.linspace(0.0, max(dose_gy, 1e-3), 200)
    found = {
        beam.name: radiation.surviving_fraction(oxygen * doses, *own, bend),
        "photons": radiation.surviving_fraction(doses, alpha, beta, transition_dose),
    }
    return Calculation(values, Curves(doses, found, "dose, Gy", "surviving fraction", logarithmic=True))


@with_warnings
def rbe(
    dose_gy: float,
    alpha: float,
    beta: float,
    quality: str = "carbon",
    let: float | None = None,
    energy: float | None = None,
    depth: float | None = None,
    model: str | None = None,
    transition_dose: float | None = None,
    curve: bool = False,
) -> Calculation:
    """RBE for cell kill of an ion dose [Gy], by every model of the particle or by one; arguments as of `survival`."""
    beam = radiation.radiation_quality(quality, let_kev_um=let, energy_mev_u=energy, depth_mm=depth)
    models = [model] if model else radiation.MODELS[beam.particle]

    def by_model(at: Any) -> dict[str, Any]:
        return {name: _rbe(beam.particle, at, dose_gy, alpha, beta, name, transition_dose) for name in models}

    values = {"let_kev_um": beam.let_kev_um, "rbe": {name: float(r) for name, r in by_model(beam.let_kev_um).items()}}
    if not curve:
        return Calculation(values)
    along = np.geomspace(*_LET_RANGES.get(beam.particle, _LET_RANGE), 120)
    return Calculation(values, Curves(along, by_model(along), "LET, keV/um", f"RBE at {dose_gy:g} Gy"))


def _rbe(particle: str, let: Any, dose: float, alpha: float, beta: float, model: str, transition: float | None) -> Any:
    ion = radiation.ion_coefficients(particle, let, alpha, beta, model=model)
    return radiation.relative_biological_effectiveness(dose, *ion, alpha, beta, transition)


@with_warnings
def oxygen_enhancement(po2: float, let: float = 0.3, model: str = "scifoni", curve: bool = False) -> Calculation:
    """Oxygen enhancement ratio at a pressure [mmHg] and LET [keV/um], against full oxygen. Raises InputError."""
    values = {
        "oer": float(radiation.oxygen_enhancement_ratio(po2, let, model=model)),
        "dose_factor_against_air": float(radiation.oxygen_dose_factor(po2, let, model=model)),
    }
    if not curve:
        return Calculation(values)
    pressure = np.linspace(0.0, max(40.0, po2), 300)
    found = {f"{let:g} keV/um": radiation.oxygen_enhancement_ratio(pressure, let, model=model)}
    return Calculation(values, Curves(pressure, found, "oxygen pressure, mmHg", "oxygen enhancement ratio"))


@with_warnings
def isoeffective_dose(
    dose_gy: float,
    alpha: float,
    beta: float,
    from_quality: str,
    to_quality: str,
    from_let: float | None = None,
    to_let: float | None = None,
    level: float = 0.68,
    model: str | None = None,
    transition_dose: float | None = None,
    curve: bool = False,
) -> Calculation:
    """Dose of another quality that kills as much [Gy]: median, and the interval that holds it with some probability.

    Other arguments and errors are as of `survival`.
    """
    given = radiation.radiation_quality(from_quality, let_kev_um=from_let)
    wanted = radiation.radiation_quality(to_quality, let_kev_um=to_let)

    def found(doses: Any) -> Any:
        return radiation.isoeffective_dose(
            doses,
            given,
            wanted,
            alpha_x=alpha,
            beta_x=beta,
            level=level,
            model=model,
            transition_dose_gy=transition_dose,
        )

    one = found(dose_gy)
    values = {"median_gy": float(one.median_gy), "low_gy": float(one.low_gy), "high_gy": float(one.high_gy)}
    values |= {"level": level, "model": one.model, "ratio": float(one.ratio(dose_gy))}
    if not curve:
        return Calculation(values)
    doses = np.linspace(0.0, max(dose_gy, 1e-3), 100)
    many = found(doses)
    curves = {"median": many.median_gy, "low": many.low_gy, "high": many.high_gy}
    return Calculation(values, Curves(doses, curves, f"dose of {given.name}, Gy", f"dose of {wanted.name}, Gy"))


@with_warnings
def immunogenic(
    dose_gy: float,
    alpha: float,
    beta: float,
    quality: str = "Co-60",
    let: float | None = None,
    energy: float | None = None,
    depth: float | None = None,
    trex1_threshold: float | None = None,
    transition_dose: float | None = None,
    curve: bool = False,
) -> Calculation:
    """Lethal and immunogenic yield of one fraction [Gy]: survival, breaks, TREX1, cytosolic DNA, surface markers.

    Parameters
    ----------
    trex1_threshold : photon-equivalent dose of half induction [Gy]; None is no induction.

    Other arguments and errors are as of `survival`.
    """
    beam = radiation.radiation_quality(quality, let_kev_um=let, energy_mev_u=energy, depth_mm=depth)
    own = radiation.quality_coefficients(beam, alpha, beta)
    relative = beam.relative_dsb_yield

    def photons(doses: Any) -> Any:
        return radiation.photon_equivalent_dose(doses, *own, alpha, beta, transition_dose)

    def signal(doses: Any) -> Any:
        return radiation.immunogenic_yield(
            doses, beam.let_kev_um, photons(doses), rbe_dsb_value=relative, trex1_threshold_gy=trex1_threshold
        )

    equivalent = float(photons(dose_gy))
    values = {
        "photon_equivalent_dose_gy": equivalent,
        "surviving_fraction": float(radiation.surviving_fraction(equivalent, alpha, beta, transition_dose)),
        "double_strand_breaks": float(radiation.dsb_yield(dose_gy, relative)),
        "misrepair_probability": float(radiation.misrepair_probability(dose_gy, beam.let_kev_um)),
        "trex1_induction": float(radiation.trex1_induction(equivalent, trex1_threshold)),
        "cytosolic_dna": float(signal(dose_gy)),
        "surface_calreticulin_fold": float(radiation.surface_calreticulin(dose_gy, beam.let_kev_um)),
        "hmgb1_fold": float(radiation.hmgb1_release(equivalent, beam.let_kev_um)),
    }
    if not curve:
        return Calculation(values)
    doses = np.linspace(0.1, max(dose_gy, 24.0), 300)
    label = "cytosolic DNA, micronuclei per cell"
    return Calculation(values, Curves(doses, {beam.name: signal(doses)}, "dose per fraction, Gy", label))
