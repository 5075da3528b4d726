"""Whether doses and days of treatment are such as are given."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from abscopal import parameters, units
from abscopal.study.courses import CellCourse, DrugCourse, Radiation
from abscopal.study.remarks.limits import limit, outside, register, why
from abscopal.study.specification import Arm, Study

_MINUTES_PER_DAY = 1440.0
# Seeds that give more than this of their dose by the end of the follow-up are not remarked on.
_NEARLY_ALL = 0.95


def remarks(study: Study, arm: Arm) -> Iterator[str]:
    """What is odd about the treatment of one arm."""
    for course in arm.courses:
        if isinstance(course, Radiation):
            yield from _of_dose(study, course)
            yield from _of_beam(course)
            yield from _of_duration(study, course)
        elif isinstance(course, DrugCourse):
            yield from _of_drug(study, course)
        else:
            yield from _of_cells(study, course)
    yield from _of_whole_body(study, arm)
    yield from _of_organs(arm)
    yield from _of_end(study, arm)


def _of_dose(study: Study, course: Radiation) -> Iterator[str]:
    """Doses per fraction and in all, where the whole target receives them in fractions."""
    if course.is_implant or course.irradiated_share < 1.0:
        return
    dose = course.dose_per_fraction_gy
    told = outside(dose, ("fraction_dose_least", "fraction_dose_most"), study.host.species, "Gy")
    if told and dose > 0.0:  # no dose at all is a sham irradiation
        yield f"{dose:g} Gy in one fraction is {told}"
        return
    total = dose * len(course.days)
    told = outside(total, ("course_dose_most",), study.host.species, "Gy")
    if told:
        yield f"{total:g} Gy in {len(course.days)} fractions is {told}"


def _of_beam(course: Radiation) -> Iterator[str]:
    yield from _of_energy(course)
    bounds = register()["let"].get(course.quality)
    if bounds is not None and course.let_kev_per_um is not None:
        low, high = (units.parse_quantity(bounds[end], "keV/um") for end in ("least", "most"))
        if not low <= course.let_kev_per_um <= high:
            yield (
                f"{course.quality} of {course.let_kev_per_um:g} keV/um: beams in tissue have {low:g} to {high:g} "
                "keV/um, from entrance to end (assumed limits)"
            )


def _of_energy(course: Radiation) -> Iterator[str]:
    bounds = register()["energy"].get(course.quality)
    if bounds is None or course.energy is None:
        return
    unit = "MeV/u" if course.is_ion else "kV"
    value = course.energy.value * (1000.0 if course.energy.unit == "MeV" and not course.is_ion else 1.0)
    low, high = (units.parse_quantity(bounds[end], unit) for end in ("least", "most"))
    if not low <= value <= high:
        span = f"{bounds['least']} to {bounds['most']}"
        yield f"{course.quality} of {course.energy}: beams in use have {span} (assumed limits)"


def _of_duration(study: Study, course: Radiation) -> Iterator[str]:
    """Dose rates that the follow-up cuts off, that overlap, or that are of another kind of effect."""
    rate, last = course.dose_rate_gy_per_min, max(course.days)
    flash = limit("flash_dose_rate", study.host.species, "Gy/min")
    if rate is not None and flash is not None and rate >= flash:
        yield f"a dose rate of {rate / 60.0:g} Gy/s: {why('flash_dose_rate')}"
    left = study.follow_up_days - last
    if course.duration_days > left:
        given = left / course.duration_days
        yield (
            f"a fraction of {course.dose_per_fraction_gy:g} Gy at {rate:g} Gy/min takes {course.duration_days:.3g} "
            f"days, but the follow-up ends {left:g} days after its start: {100.0 * given:.0f} % of it is given"
        )
    days = sorted(course.days)
    shortest = min((after - before for before, after in pairwise(days)), default=math.inf)
    if course.duration_days > shortest:
        yield f"fractions of {course.duration_days:.3g} days overlap, as they begin {shortest:g} days apart"
    if course.is_implant:
        given = 1.0 - 2.0 ** (-left / _half_life_days(study))
        if given < _NEARLY_ALL:
            yield f"{course.quality} seeds give {100.0 * given:.0f} % of their dose by the end of the follow-up"


def _half_life_days(study: Study) -> float:
    set_here = {override.name: override.value for override in study.parameters}
    return set_here.get("seed_half_life", parameters.shared()["seed_half_life"].value)


def _of_drug(study: Study, course: DrugCourse) -> Iterator[str]:
    dose = _mg_per_kg(study, course)
    if not dose:  # none is a sham injection
        return
    mass = float(parameters.agent(course.agent).about["molar_mass_kda"])
    kind = next(name for name, least in register()["kinds_from_kda"].items() if mass >= least)
    told = outside(dose, (f"{kind}_least", f"{kind}_most"), study.host.species, "mg/kg", "drug_doses")
    if told:
        yield f"{course.dose} of {course.agent} is {dose:.3g} mg/kg, {told}"


def _mg_per_kg(study: Study, course: DrugCourse) -> float | None:
    """Dose of one injection per body weight; None where the agent does not say how much its units weigh."""
    amount, unit = course.dose.value, course.dose.unit
    if unit.startswith("IU"):
        per_ug = parameters.agent(course.agent).about.get("units_per_ug")
        if per_ug is None:
            return None
        amount = amount / float(per_ug) * (1e-3 if unit.endswith("/kg") else 1.0)
    weight = study.host.body_weight_g or parameters.entry("species", study.host.species).about.get("body_weight_g")
    if unit.endswith("/kg"):
        return amount
    return None if weight is None else amount / float(weight)  # ug per g is mg per kg


def _of_cells(study: Study, course: CellCourse) -> Iterator[str]:
    told = outside(course.number_cells, ("infusion_most",), study.host.species, "cells")
    if told:
        yield f"{course.number_cells:g} {course.product} in one infusion is {told}"


def _of_whole_body(study: Study, arm: Arm) -> Iterator[str]:
    """The largest dose of the whole body within some days; death of it is not simulated."""
    given = sorted((day, c.dose_per_fraction_gy) for c in arm.radiation if c.whole_body for day in c.days)
    within = limit("whole_body_within", study.host.species, "d")
    if not given or within is None or "cell culture" in study.host_changes(arm.name):
        return
    most = max(math.fsum(dose for day, dose in given if first <= day <= first + within) for first, _ in given)
    told = outside(most, ("whole_body_dose_most",), study.host.species, "Gy")
    if told:
        yield f"{most:g} Gy to the whole body within {within:g} days is {told}; this death is not simulated"


def _of_organs(arm: Arm) -> Iterator[str]:
    for course in arm.radiation:
        total = course.dose_per_fraction_gy * len(course.days)
        photons = (course.stated_rbe or 1.0) * total
        for organ in course.organs:
            dose = organ.mean_dose_gy if organ.mean_dose_gy is not None else organ.uniform_dose_gy
            if dose is not None and dose > photons and not course.is_ion:
                yield f"{organ.name} receives {dose:g} Gy, more than the {total:g} Gy of its tumour"


def _of_end(study: Study, arm: Arm) -> Iterator[str]:
    """A follow-up that ends before treatment can show."""
    last = max((day for course in arm.courses for day in course.days), default=None)
    least = limit("time_after_treatment_least", study.host.species, "d")
    if last is not None and least is not None and study.follow_up_days - last < least:
        left = study.follow_up_days - last
        yield f"the follow-up ends {left:g} days after the last treatment: {why('time_after_treatment_least')}"
