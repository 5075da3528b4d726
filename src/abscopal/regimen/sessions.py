"""What is given within minutes is one fraction: beams, a boost, several qualities, the same site in several courses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from abscopal.regimen.courses import fraction_window_days, share_at_once
from abscopal.regimen.events import Event, Timeline
from abscopal.regimen.fields import Field, Fraction, in_order
from abscopal.study import Radiation
from abscopal.study.remarks.limits import outside

# What is put into the body between two parts meets only those that follow.
_ENTERING = ("inoculation", "cells")


@dataclass(frozen=True)
class Session:
    """One fraction of an arm: all parts that are given within the declared minutes of its first.

    Attributes
    ----------
    day : when it acts: at its first part [d].
    events : its parts in the order of the timeline.
    """

    day: float
    events: tuple[Event, ...]

    @property
    def fraction(self) -> Fraction:
        """The fields that take part."""
        return in_order(_field(event) for event in self.events)

    @property
    def arguments(self) -> list[float]:
        """Dose [Gy], LET [keV/um] and duration [d] of each field in turn; what one field gives in parts adds up."""
        found: list[float] = []
        for field in self.fraction:
            parts = [event for event in self.events if event.field == field]
            dose = sum(event.amount * _at_once(event) for event in parts)
            found += [dose, field.let_kev_um, _duration_days(field, parts)]
        return found


def summed_dose_notes(timelines: Iterable[Timeline], species: str) -> list[str]:
    """In words, fractions at one site that are implausibly large only as the sum of their parts."""
    found: dict[str, list[str]] = {}
    for line in timelines:
        for text in dict.fromkeys(_too_large(line, species)):
            found.setdefault(text, []).append(line.arm)
    return [f"{', '.join(arms)}: {text}" for text, arms in found.items()]


def _too_large(timeline: Timeline, species: str) -> Iterator[str]:
    """Of each site the largest fraction, and the sum of all, where no part of it is too large alone."""
    found: dict[str, list[list[Event]]] = {}
    for session in sessions_of(timeline):
        for site in dict.fromkeys(name for event in session.events for name in event.where):
            parts = [e for e in session.events if site in e.where and _field(e).share == 1.0]
            found.setdefault(site, []).append(parts)
    for site, fractions in found.items():
        largest = max(fractions, key=_dose_gy)
        told = outside(_dose_gy(largest), ("fraction_dose_most",), species, "Gy")
        if told and not any(outside(part.amount, ("fraction_dose_most",), species, "Gy") for part in largest):
            yield f"{_dose_gy(largest):g} Gy in one fraction of {len(largest)} parts to {site} is {told}"
        every = [event for parts in fractions for event in parts]
        told = outside(_dose_gy(every), ("course_dose_most",), species, "Gy")
        courses = {id(event.details): event.details for event in every}.values()
        of_courses = [_dose_gy(e for e in every if e.details is course) for course in courses]
        if told and not any(outside(dose, ("course_dose_most",), species, "Gy") for dose in of_courses):
            yield f"{_dose_gy(every):g} Gy to {site} in {len(of_courses)} courses is {told}"


def _dose_gy(events: Iterable[Event]) -> float:
    return math.fsum(event.amount for event in events)


def sessions_of(timeline: Timeline) -> tuple[Session, ...]:
    """The fractions of an arm, in order; of a dose that lasts for hours the share that acts at once."""
    found: list[list[Event]] = []
    is_open = False
    for event in timeline:
        if event.kind in _ENTERING:
            is_open = False
        elif event.kind == "fraction" and _at_once(event) > 0.0:
            if is_open and event.day - found[-1][0].day <= fraction_window_days():
                found[-1].append(event)
            else:
                found.append([event])
            is_open = True
    return tuple(Session(events[0].day, tuple(events)) for events in found)


def fractions_of(timelines: Iterable[Timeline]) -> tuple[Fraction, ...]:
    """Every set of fields that some arm gives together."""
    together = (session.fraction for timeline in timelines for session in sessions_of(timeline))
    return tuple(dict.fromkeys(together))


def _field(event: Event) -> Field:
    assert event.field is not None  # every event of radiation has one
    return event.field


def _duration_days(field: Field, parts: list[Event]) -> float:
    """Duration of what one field gives: of a fraction one part after the other, of slow doses their mean by dose."""
    if not field.continuous:
        return sum(_lasting_days(event) for event in parts)
    return sum(event.amount * _lasting_days(event) for event in parts) / sum(event.amount for event in parts)


def _lasting_days(event: Event) -> float:
    assert isinstance(event.details, Radiation)
    return event.details.duration_days


def _at_once(event: Event) -> float:
    """Share of the dose of an event that acts as a fraction."""
    field = _field(event)
    if field.seeds:
        return 0.0
    return float(share_at_once(_lasting_days(event))) if field.continuous else 1.0
