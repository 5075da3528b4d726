"""Doses of equal cell kill in two radiations."""

from __future__ import annotations

from typing import Any

import numpy as np

from abscopal import radiation
from abscopal.actions.radiation.calculation import Calculation, Curves, with_warnings
from abscopal.actions.radiation.inputs import DOSE_ABOVE_0, LEVEL, beam_of, model_problem, number, refuse, remark
from abscopal.actions.radiation.irradiation import Cells, Irradiation, idle_transition, measurements, models_of
from abscopal.radiation.ion_models import IrradiatedCells
from abscopal.radiation.isoeffect import IsoeffectiveDose, isoeffective_of_cells
from abscopal.radiation.qualities import RadiationQuality


@with_warnings
def isoeffective_dose(
    dose_gy: float,
    alpha: float | None,
    beta: float | None,
    from_quality: str,
    to_quality: str,
    from_let: float | None = None,
    to_let: float | None = None,
    level: float = 0.68,
    model: str | None = None,
    transition_dose: float | None = None,
    curve: bool = False,
    line: str | None = None,
    mkm: str | None = None,
) -> Calculation:
    """Dose of another quality that kills as much [Gy]: median, and the interval that holds it with some probability.

    Parameters
    ----------
    alpha, beta, line, transition_dose, mkm : as of `survival`.
    from_quality, from_let, to_quality, to_let : the two radiations, LET in keV/um for ions.
    level : probability inside the interval.
    model : RBE model of the ions; between two ions, of those that have it.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    cells = Cells(alpha, beta, line, transition_dose, mkm)
    given, wrong_given = beam_of("from-", from_quality, from_let)
    wanted, wrong_wanted = beam_of("to-", to_quality, to_let)
    particles = tuple(dict.fromkeys(b.particle for b in (given, wanted) if b is not None))
    refuse(
        number("DOSE", dose_gy, DOSE_ABOVE_0),
        *cells.problems(),
        *wrong_given,
        *wrong_wanted,
        number("--level", level, LEVEL),
        model_problem(particles, model) if given and wanted else None,
    )
    assert given is not None
    assert wanted is not None
    known, bend = cells.resolved()
    models = {b.particle: _model(b, known, model) for b in (given, wanted) if b.is_ion}
    for beam, let, option in ((given, from_let, "--from-let"), (wanted, to_let, "--to-let")):
        if let is not None and not beam.is_ion:
            remark(f"{option} changes nothing: the effect of photons is that of their quality")
    cells.idle_mkm(models.values() or ["photon coefficients"])
    if given == wanted:
        remark("a radiation compared with itself needs no model: the interval is a point")
    chosen = next(iter(models.values()), None) if len(models) == 1 else model

    def found(doses: Any) -> IsoeffectiveDose:
        return isoeffective_of_cells(doses, given, wanted, known, bend=bend, model=chosen, level=level)

    one = found(dose_gy)
    for beam, dose in ((given, dose_gy), (wanted, float(one.median_gy))):
        if beam.is_ion:
            Irradiation(beam, known, bend, ()).refuse_below_1(dose, one.models[beam.particle])
    idle_transition(bend, transition_dose, _photon_dose(dose_gy, given, known, one, bend))
    values: dict[str, Any] = {"median_gy": float(one.median_gy), "low_gy": float(one.low_gy)}
    values |= {"high_gy": float(one.high_gy), "level": level, "model": one.model, "ratio": float(one.ratio(dose_gy))}
    values |= measurements(given, known) or measurements(wanted, known)
    return Calculation(values, _curves(dose_gy, given, wanted, found, values) if curve else None)


def _photon_dose(
    dose_gy: float, given: RadiationQuality, cells: IrradiatedCells, one: IsoeffectiveDose, bend: float | None
) -> float:
    """Photon dose of equal effect [Gy]."""
    own = radiation.coefficients_of_quality(given, cells, model=one.models.get(given.particle))
    return float(radiation.photon_equivalent_dose(dose_gy, *own, cells.alpha_x, cells.beta_x, bend))


def _model(beam: RadiationQuality, cells: IrradiatedCells, model: str | None) -> str:
    """The model that an ion of the comparison is asked of; refuses one that does not hold."""
    own = model if model in radiation.MODELS[beam.particle] else None
    return Irradiation(beam, cells, None, models_of(beam, cells, own)).model()


def _curves(
    dose_gy: float, given: RadiationQuality, wanted: RadiationQuality, found: Any, values: dict[str, Any]
) -> Curves:
    doses = np.linspace(0.0, 1.25 * dose_gy, 200)
    many = found(doses)
    name = f"median and {values['level']:.0%} interval"
    labels = (f"dose of {given.name} [Gy]", f"dose of {wanted.name} [Gy]")
    marks = {name: (dose_gy, values["median_gy"])}
    bands = {name: (many.low_gy, many.high_gy)}
    return Curves(doses, {name: many.median_gy}, *labels, title="equal cell kill", marks=marks, bands=bands)
