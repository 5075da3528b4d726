"""Courses of radiation as physics: particle, LET at the target, and whether the dose comes in fractions or slowly."""

from __future__ import annotations

from functools import lru_cache

from abscopal import expr, radiation, units
from abscopal.expr.functions import Value
from abscopal.study import Radiation
from abscopal.vocabulary import PARTICLE_OF, PHOTON, X_RAYS

# X-rays of 1 MV and more come from an accelerator.
_MEGAVOLTAGE = 1.0
_ROUNDING_DAYS = 1e-9


def particle_of(course: Radiation) -> str:
    """The particle of a course: photon, proton, helium or carbon."""
    return PARTICLE_OF.get(course.quality, PHOTON)


def let_of(course: Radiation) -> float:
    """Dose-averaged LET at the target [keV/um]: as given, of the photon quality, or by an ion's energy and depth.

    Raises
    ------
    InputError
        The energy and depth are no beam that reaches the target.
    """
    if course.let_kev_per_um is not None:
        return course.let_kev_per_um
    if not course.is_ion:
        return float(radiation.radiation_quality(_photon_name(course)).let_kev_um)
    assert course.energy is not None  # the study asks ions for a LET or an energy
    return _ion_let(particle_of(course), course.energy.value, course.depth_mm)


@lru_cache(maxsize=256)
def _ion_let(particle: str, energy_mev_u: float, depth_mm: float | None) -> float:
    return float(radiation.radiation_quality(particle, energy_mev_u=energy_mev_u, depth_mm=depth_mm).let_kev_um)


def _photon_name(course: Radiation) -> str:
    """The photon quality as `radiation` names it: by its voltage if the study gives one."""
    if course.quality == X_RAYS and course.energy is not None and course.energy.unit in ("kV", "MeV"):
        megavolt = course.energy.value / (1000.0 if course.energy.unit == "kV" else 1.0)
        return f"{megavolt:g} MV" if megavolt >= _MEGAVOLTAGE else X_RAYS
    return course.quality


def longest_fraction_days() -> float:
    """Duration up to which a dose acts as one fraction [d]."""
    return float(radiation.constant("longest_fraction").value)


def shortest_stream_days() -> float:
    """Duration from which a dose acts as a stream of small fractions alone [d]."""
    return float(radiation.constant("shortest_stream").value)


def fraction_window_days() -> float:
    """Time within which parts of a treatment are one fraction, counted from its first part [d]."""
    # Days are written with few digits: 0.25 d + 30 min must not lose its last part to rounding.
    return units.convert(float(radiation.constant("fraction_window").value), "min", "d") + _ROUNDING_DAYS


def is_continuous(course: Radiation) -> bool:
    """Whether a course is given at a dose rate over days: seeds, or fractions that last longer than some hours."""
    return course.is_implant or course.duration_days > longest_fraction_days()


def share_at_once(duration_days: Value) -> Value:
    """Share of a dose of this duration [d] that acts as a fraction; the rest acts as a dose rate.

    1 up to the longest fraction, 0 from the shortest stream, a straight line between them: nothing jumps.
    """
    longest, stream = longest_fraction_days(), shortest_stream_days()
    left = (stream - duration_days) / max(stream - longest, 1e-9)
    return expr.minimum(expr.maximum(left, 0.0), 1.0)
