"""Ion beams in water: LET, range, spread-out peaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from abscopal import radiation
from abscopal.actions.radiation.calculation import Calculation, Curves, with_warnings
from abscopal.actions.radiation.inputs import (
    DEPTH,
    DOSE_ABOVE_0,
    ENERGY,
    Limits,
    model_problem,
    number,
    refuse,
    remark,
    tried,
)
from abscopal.actions.radiation.irradiation import Cells, Irradiation, models_of
from abscopal.errors import Problem, unknown_name
from abscopal.radiation.particles import particle_of
from abscopal.radiation.qualities import RadiationQuality
from abscopal.radiation.sobp import SpreadOutBraggPeak, spread_out_bragg_peak
from abscopal.radiation.weighted_sobp import WeightedPeak, weighted_peak

_FLAT = ("dose", "rbe")
_PEAK_DEPTH = Limits(0.1, 1000.0, "mm", advice="depths are in mm of water")


@with_warnings
def let(particle: str, energy_mev_u: float, depth_mm: float | None = None, curve: bool = False) -> Calculation:
    """LET and stopping power of an ion; at a depth also the dose-averaged LET of its beam there.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    name = _checked(particle, number("ENERGY", energy_mev_u, ENERGY), number("--depth", depth_mm, DEPTH))
    _within(lambda: radiation.linear_energy_transfer(energy_mev_u, name))
    values: dict[str, Any] = {
        "let_kev_um": float(radiation.linear_energy_transfer(energy_mev_u, name)),
        "stopping_power_mev_cm2_g": float(radiation.mass_stopping_power(energy_mev_u, name)),
    }
    if depth_mm is None and not curve:
        return Calculation(values)
    _within(lambda: radiation.bragg_peak_depth(energy_mev_u, name))
    peak = float(radiation.bragg_peak_depth(energy_mev_u, name))
    end = radiation.end_of_primaries(peak, name)
    values["bragg_peak_mm"] = peak
    if depth_mm is not None:
        dose = float(radiation.depth_dose(energy_mev_u, depth_mm, name))
        arrive = dose > 0 and depth_mm <= end
        found = float(radiation.let_at_depth(energy_mev_u, depth_mm, name)) if arrive else None
        values |= {"beam_let_kev_um": found, "beam_dose_over_peak": dose}
        if not arrive:
            what = f"only fragments arrive behind {end:.1f} mm" if dose > 0 else "no dose arrives there"
            remark(f"beam_let_kev_um: {what}, so it is no LET of {name}")
    if not curve:
        return Calculation(values)
    along = np.linspace(0.0, min(peak + 5.0, end), 400)
    line = f"{name} {energy_mev_u:g} MeV/u"
    found_along = {line: radiation.let_at_depth(energy_mev_u, along, name)}
    marks = {}
    if depth_mm is not None and values["beam_let_kev_um"] is not None:
        marks = {line: (depth_mm, values["beam_let_kev_um"])}
    labels = ("depth in water [mm]", "dose-averaged LET [keV/µm]")
    return Calculation(values, Curves(along, found_along, *labels, title=line, marks=marks))


@with_warnings
def csda_range(particle: str, energy_mev_u: float, curve: bool = False) -> Calculation:
    """Range of an ion in water, and the depth of its Bragg peak behind a generic beam line.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    name = _checked(particle, number("ENERGY", energy_mev_u, ENERGY))
    _within(lambda: radiation.csda_range(energy_mev_u, name))
    reach = 10.0 * float(radiation.csda_range(energy_mev_u, name))
    peak, outside = tried(lambda: float(radiation.bragg_peak_depth(energy_mev_u, name)))
    values: dict[str, float | None] = {"csda_range_mm": reach, "bragg_peak_mm": peak}
    for problem in outside:
        remark(f"bragg_peak_mm: {problem.message}, {problem.allowed}")
    if not curve:
        return Calculation(values)
    least = float(np.exp(radiation.stopping_table(name).log_energy[0])) * 1.01
    energies = np.geomspace(max(least, energy_mev_u / 10.0), max(1.2 * least, 1.2 * min(energy_mev_u, 833.0)), 200)
    energies = np.unique(np.append(energies, energy_mev_u))
    curves = {name: 10.0 * radiation.csda_range(energies, name)}
    labels = ("energy [MeV/u]", "range in water [mm]")
    return Calculation(values, Curves(energies, curves, *labels, title="range", marks={name: (energy_mev_u, reach)}))


def _within(find: Callable[[], Any]) -> None:
    """Refuse an energy outside the tables under the name of the argument."""
    _, wrong = tried(find)
    refuse(*(replace(problem, key="ENERGY") for problem in wrong))


def _checked(particle: str, *problems: Problem | None) -> str:
    """Name of a particle, after every option was checked."""
    found, unknown = tried(lambda: particle_of(particle).name)
    refuse(*(replace(problem, key="PARTICLE") for problem in unknown), *problems)
    assert found is not None
    return found


@with_warnings
def spread_out_peak(
    proximal_mm: float,
    distal_mm: float,
    particle: str = "carbon",
    curve: bool = False,
    *,
    dose_gy: float | None = None,
    alpha: float | None = None,
    beta: float | None = None,
    line: str | None = None,
    model: str | None = None,
    transition_dose: float | None = None,
    flat: str = "dose",
    mkm: str | None = None,
) -> Calculation:
    """Dose and dose-averaged LET of a spread-out Bragg peak, with the RBE-weighted dose where cells are given.

    Parameters
    ----------
    proximal_mm, distal_mm : ends of the flat part [mm of water].
    dose_gy : of one fraction in the flat part [Gy]: physical, or RBE-weighted if the peak is flat in that.
    alpha, beta, line, model, transition_dose, mkm : of the cells, as of `survival`.
    flat : "dose" for a flat physical dose, "rbe" for a flat RBE-weighted one.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    cells = Cells(alpha, beta, line, transition_dose, mkm)
    some = any(value is not None for value in (alpha, beta, line))
    name = _checked(
        particle,
        number("PROXIMAL", proximal_mm, _PEAK_DEPTH),
        number("DISTAL", distal_mm, _PEAK_DEPTH),
        *_weighting_problems(cells, some, dose_gy, model, flat),
    )
    refuse(model_problem((name,), model))
    peak, wrong = tried(lambda: spread_out_bragg_peak(proximal_mm, distal_mm, name))
    refuse(*(replace(problem, key="PROXIMAL DISTAL") for problem in wrong))
    assert peak is not None
    weighted = _weighted(peak, cells, dose_gy, model, flat) if some else None
    beams = weighted.peak if weighted else peak
    depths = _depths(proximal_mm, distal_mm)
    rows = [_row(beams, weighted, dose_gy, z) for z in depths]
    values: dict[str, Any] = {"rows": rows}
    if weighted:
        values["model"] = weighted.model
        cells.idle_mkm([weighted.model])
    if any(row["let_kev_um"] is None for row in rows):
        remark(f"no LET of {name} where its ions do not arrive: behind {beams.end_mm:.1f} mm, or without dose")
    if weighted and any(row["rbe"] is None and row["let_kev_um"] is not None for row in rows):
        low, high = radiation.let_domain(name, weighted.model)
        made_for = f"{low:g} to {high:g} keV/um, for which {weighted.model} was made"
        remark(f"no RBE where the LET is outside {made_for}, or where it gives less than 1")
    return Calculation(values, _peak_curves(beams, weighted, name) if curve else None)


def _weighting_problems(
    cells: Cells, some: bool, dose_gy: float | None, model: str | None, flat: str
) -> tuple[Problem | None, ...]:
    """RBE-weighting needs cells and a dose; without cells nothing but the dose has a meaning."""
    found: list[Problem | None] = [number("--dose", dose_gy, DOSE_ABOVE_0)]
    if flat not in _FLAT:
        found.append(unknown_name("dose to be flat", flat, _FLAT, key="--flat"))
    if some:
        found.extend(cells.problems())
        if dose_gy is None:
            found.append(Problem("the RBE depends on the dose of a fraction", key="--dose", advice="add --dose"))
        return tuple(found)
    advice = "add --line, or --alpha and --beta, or leave it out"
    idle = {
        "--model": model,
        "--mkm": cells.mkm,
        "--transition-dose": cells.transition_dose,
        "--flat": None if flat == "dose" else flat,
    }
    found += [Problem(f"{key} changes nothing without cells", key=key, advice=advice) for key, v in idle.items() if v]
    return tuple(found)


def _weighted(
    peak: SpreadOutBraggPeak, cells: Cells, dose_gy: float | None, model: str | None, flat: str
) -> WeightedPeak:
    """The peak as it irradiates cells, by the model that holds in its middle."""
    known, bend = cells.resolved()
    middle = float(peak.let((peak.proximal_mm + peak.distal_mm) / 2.0))
    beam = RadiationQuality(f"{peak.particle} of {middle:.1f} keV/um", peak.particle, middle)
    chosen = Irradiation(beam, known, bend, models_of(beam, known, model)).model()
    assert dose_gy is not None
    return weighted_peak(
        peak.proximal_mm,
        peak.distal_mm,
        peak.particle,
        dose_gy,
        known,
        chosen,
        transition_dose_gy=bend,
        flat_in_rbe=flat == "rbe",
    )


def _depths(proximal_mm: float, distal_mm: float) -> list[float]:
    """Entrance, the flat part and the first centimetre behind it, in order [mm]."""
    middle = (proximal_mm + distal_mm) / 2.0
    inside = [z for z in (distal_mm - 5.0, distal_mm - 1.0) if z > middle]
    return [0.0, proximal_mm, middle, *inside, distal_mm, distal_mm + 10.0]


def _row(
    beams: SpreadOutBraggPeak, weighted: WeightedPeak | None, dose_gy: float | None, depth: float
) -> dict[str, float | None]:
    """Dose, LET and, with cells, RBE at one depth; None where there is none."""
    dose = float(beams.dose(depth))
    arrive = dose > _NO_DOSE and depth <= beams.end_mm
    row: dict[str, float | None] = {"depth_mm": depth}
    if dose_gy is None:
        row["dose"] = dose
    else:
        row["dose_gy"] = dose_gy * dose
    row["let_kev_um"] = float(beams.let(depth)) if arrive else None
    if weighted is not None:
        found = float(weighted.weighted_dose_gy(depth))
        known = bool(np.isfinite(found)) and arrive
        row["rbe_weighted_dose_gy"] = found if known else None
        row["rbe"] = found / float(weighted.dose_gy(depth)) if known else None
    return row


# Dose over that of the flat part below which no beam is left.
_NO_DOSE = 0.01


def _peak_curves(beams: SpreadOutBraggPeak, weighted: WeightedPeak | None, name: str) -> Curves:
    along = np.linspace(0.0, beams.distal_mm + 20.0, 600)
    dose = beams.dose(along)
    let = np.where((along <= beams.end_mm) & (dose > _NO_DOSE), beams.let(along), np.nan)
    found, label = {"dose": dose}, "dose over that of the flat part"
    if weighted is not None:
        found = {"dose": weighted.dose_gy(along), "RBE-weighted dose": weighted.weighted_dose_gy(along)}
        label = "dose of a fraction [Gy]"
    found["LET"] = let
    title = f"{name}, flat from {beams.proximal_mm:g} to {beams.distal_mm:g} mm"
    return Curves(
        along,
        found,
        "depth in water [mm]",
        label,
        title=title,
        right=("LET",),
        right_label="dose-averaged LET [keV/µm]",
    )
