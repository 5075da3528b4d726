"""Ion beams in water: LET, range, spread-out peaks."""

from __future__ import annotations

import numpy as np

from abscopal import radiation
from abscopal.actions.radiation.calculation import Calculation, Curves, with_warnings
from abscopal.errors import InputError


@with_warnings
def let(particle: str, energy_mev_u: float, depth_mm: float | None = None, curve: bool = False) -> Calculation:
    """LET and stopping power of an ion; at a depth also the dose-averaged LET of its beam. Raises InputError."""
    values = {
        "let_kev_um": float(radiation.linear_energy_transfer(energy_mev_u, particle)),
        "stopping_power_mev_cm2_g": float(radiation.mass_stopping_power(energy_mev_u, particle)),
    }
    if depth_mm is not None or curve:
        values["bragg_peak_mm"] = float(radiation.bragg_peak_depth(energy_mev_u, particle))
    if depth_mm is not None:
        values["beam_let_kev_um"] = float(radiation.let_at_depth(energy_mev_u, depth_mm, particle))
        values["beam_dose_over_peak"] = float(radiation.depth_dose(energy_mev_u, depth_mm, particle))
    if not curve:
        return Calculation(values)
    along = np.linspace(0.0, values["bragg_peak_mm"] + 5.0, 400)
    found = {f"{particle} {energy_mev_u:g} MeV/u": radiation.let_at_depth(energy_mev_u, along, particle)}
    return Calculation(values, Curves(along, found, "depth in water, mm", "dose-averaged LET, keV/um"))


@with_warnings
def csda_range(particle: str, energy_mev_u: float, curve: bool = False) -> Calculation:
    """Range of an ion in water, and the depth of its Bragg peak behind a generic beam line. Raises InputError."""
    values: dict[str, float | None] = {"csda_range_mm": 10.0 * float(radiation.csda_range(energy_mev_u, particle))}
    try:
        values["bragg_peak_mm"] = float(radiation.bragg_peak_depth(energy_mev_u, particle))
    except InputError:
        values["bragg_peak_mm"] = None
    if not curve:
        return Calculation(values)
    energies = np.geomspace(max(0.2, energy_mev_u / 10.0), energy_mev_u, 200)
    reach = {particle: 10.0 * radiation.csda_range(energies, particle)}
    return Calculation(values, Curves(energies, reach, "energy, MeV/u", "range in water, mm"))


@with_warnings
def spread_out_peak(proximal_mm: float, distal_mm: float, particle: str = "carbon", curve: bool = False) -> Calculation:
    """Dose and dose-averaged LET of a spread-out Bragg peak that is flat in physical dose. Raises InputError."""
    peak = radiation.spread_out_bragg_peak(proximal_mm, distal_mm, particle)
    middle = (proximal_mm + distal_mm) / 2.0
    depths = np.array([0.0, proximal_mm, middle, distal_mm - 5.0, distal_mm - 1.0, distal_mm + 10.0])
    columns = (depths, peak.dose(depths), peak.let(depths))
    rows = [{"depth_mm": float(z), "dose": float(d), "let_kev_um": float(t)} for z, d, t in zip(*columns, strict=True)]
    if not curve:
        return Calculation({"rows": rows})
    along = np.linspace(0.0, distal_mm + 20.0, 600)
    found = {"dose, relative": peak.dose(along), "LET / 100 keV/um": peak.let(along) / 100.0}
    title = f"{particle}, flat from {proximal_mm:g} to {distal_mm:g} mm"
    return Calculation({"rows": rows}, Curves(along, found, "depth in water, mm", title))
