"""Doses that a record leaves open but states by their effect: isoeffective pairs, doses of 10 % survival."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

from abscopal import radiation
from abscopal.evidence.curation import names
from abscopal.evidence.curation.lines import lines_of
from abscopal.evidence.records import Record, RecordRadiation
from abscopal.radiation.validity import ValidityWarning
from abscopal.vocabulary import PARTICLE_OF, X_RAYS, comparable

QUALITIES = (X_RAYS, "Cs-137", "Co-60", *PARTICLE_OF)
_PHOTONS = (X_RAYS, "gamma", "Cs-137", "Co-60")
_ISOEFFECTIVE = "isoeffective"
_D10 = math.log(10.0)


def stated_effect(
    record: Record, course: RecordRadiation, line: str, quality: str, let: float | None, photon_default_gy: float
) -> tuple[float, str] | None:
    """Dose per fraction with the effect that a course's `dose_relation` states [Gy], and why; None if it states none.

    Parameters
    ----------
    photon_default_gy : photon dose per fraction that an isoeffective pair is built around if it states no dose.
    """
    relation = comparable(course.dose_relation)
    if "d10" in relation:
        stated = _stated_d10(record, line, course.let_kev_um or let)
        if stated is not None:
            return stated, "the dose of 10 % survival, as the record states it for this line"
        return _dose(_D10, _coefficients(line, quality, let)), "the dose of 10 % survival in the model"
    if _ISOEFFECTIVE in relation and quality not in _PHOTONS:
        photons = _photons_of(record, course, photon_default_gy)
        alpha, beta = _coefficients(line, X_RAYS, None)
        effect = alpha * photons + beta * photons**2
        why = f"isoeffective with {photons:g} Gy of photons by the model's coefficients of survival"
        return _dose(effect, _coefficients(line, quality, let)), why
    return None


def stated_photon_dose(record: Record, course: RecordRadiation) -> float | None:
    """The photon dose per fraction that a record states as isoeffective with an ion course of a stated dose [Gy].

    A course that is repeated in another arm need not repeat the statement. None if the record makes none, or not one
    of the same number of fractions.
    """
    if comparable(course.dose_relation) not in ("", _ISOEFFECTIVE):
        return None
    stated = (c for arm in record.arms for c in arm.radiation if comparable(c.dose_relation) == _ISOEFFECTIVE)
    pair = next((c for c in stated if _same_course(course, c)), None)
    if pair is None:
        return None
    photons = {(c.dose_per_fraction_gy, c.fractions or 1) for c in _photons_paired_with(record, pair)}
    if len(photons) != 1:
        return None
    dose, fractions = photons.pop()
    return dose if dose and course.dose_per_fraction_gy and fractions == (course.fractions or 1) else None


def _same_course(one: RecordRadiation, other: RecordRadiation) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("quality", "dose_per_fraction_gy", "fractions", "let_kev_um")
    )


def _photons_of(record: Record, course: RecordRadiation, default_gy: float) -> float:
    """The photon dose that a course is isoeffective with, if the record states exactly one [Gy]."""
    doses = {c.dose_per_fraction_gy for c in _photons_paired_with(record, course) if c.dose_per_fraction_gy}
    return float(doses.pop() or default_gy) if len(doses) == 1 else default_gy


def _photons_paired_with(record: Record, course: RecordRadiation) -> list[RecordRadiation]:
    """The photon courses of a record whose `dose_relation` is that of a course."""
    courses = (c for arm in record.arms for c in arm.radiation if c.dose_relation == course.dose_relation)
    return [c for c in courses if _is_photon(c)]


def _is_photon(course: RecordRadiation) -> bool:
    try:
        return names.quality_of(course.quality, course.energy, ()) in _PHOTONS
    except names.NotCovered:
        return False


def _coefficients(line: str, quality: str, let: float | None) -> tuple[float, float]:
    if quality not in PARTICLE_OF or let is None:
        known = radiation.irradiated_line(line)
        return known.alpha_x, known.beta_x
    with warnings.catch_warnings():  # the dose of a beam beyond the fit is the best that is known of it
        warnings.simplefilter("ignore", ValidityWarning)
        found = radiation.ion_coefficients(PARTICLE_OF[quality], let, line=line)
    return float(found[0]), float(found[1])


def _dose(effect: float, coefficients: tuple[float, float]) -> float:
    """Dose of an effect on the linear-quadratic curve, to three digits [Gy]."""
    return float(f"{float(radiation.dose_of_effect(effect, *coefficients)):.3g}")


def _stated_d10(record: Record, line: str, let: float | None) -> float | None:
    """D10 of a line near a LET among the data points of a record: {name: D10_Gy, values: {LINE: {LET: dose}}}."""
    for point in record.data_points:
        if not isinstance(point, Mapping) or comparable(str(point.get("name"))) != "d10gy":
            continue
        for name, row in _mapping(point.get("values")).items():
            if line in {found.name for found in lines_of(str(name))} and let is not None:
                return _positive({str(key): value for key, value in _mapping(row).items()}.get(f"{let:g}"))
    return None


def _positive(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0.0 < number < math.inf else None


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
