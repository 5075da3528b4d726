"""The timeline of one arm: every inoculation, fraction, injection and infusion, sorted, none lost and none doubled."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, get_args

from abscopal import parameters, units
from abscopal.regimen.fields import Field, field_of
from abscopal.study import Amount, Course, DrugCourse, Host, Radiation, Site, Study
from abscopal.vocabulary import EventKind

# Events at one time act in this order. A tumour is there before anything acts on it; a fraction is over before a drug
# of the same time has reached the tumour; cells come last, as infused cells are never in the beam.
KIND_ORDER: tuple[EventKind, ...] = get_args(EventKind)


@dataclass(frozen=True)
class Event:
    """One thing given at one time.

    Attributes
    ----------
    day : time on the study's clock [d].
    kind : inoculation, fraction, drug or cells.
    what : tumour line, radiation quality, agent or cell product.
    amount : how much, in `unit`.
    unit : cells (inoculation, cells), Gy (fraction), ug or IU (drug).
    where : names of the sites (inoculation, fraction, intratumoral injection), or the route (drug, cells).
    details : the part of the study it comes from.
    field : of a fraction, the field that gives it; None for everything else.
    number, count : this is number `number` (from 1) of `count` in its course.
    """

    day: float
    kind: EventKind
    what: str
    amount: float
    unit: str
    where: tuple[str, ...]
    details: Site | Course
    number: int = 1
    count: int = 1
    field: Field | None = None


class Row(NamedTuple):
    """One line of a timetable as text."""

    day: str
    what: str
    how_much: str
    where: str


@dataclass(frozen=True)
class Timeline:
    """Everything that happens in one arm, in the order in which it acts.

    Attributes
    ----------
    arm : name of the arm.
    events : sorted by day; at one time in `KIND_ORDER`, then in the order of the study file.
    start_day, end_day : first inoculation and end of the follow-up [d].
    host_changes : changes of the host that hold throughout (nude, CD8 depletion ...).
    """

    arm: str
    events: tuple[Event, ...]
    start_day: float
    end_day: float
    host_changes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Timeline({self.arm!r}: {len(self.events)} events, day {self.start_day:g} to {self.end_day:g})"

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def of_kind(self, *kinds: EventKind) -> tuple[Event, ...]:
        """The events of some kinds, in order."""
        return tuple(event for event in self.events if event.kind in kinds)

    def dose_gy(self, site: str) -> float:
        """Total absorbed dose that a site receives [Gy]."""
        return math.fsum(event.amount for event in self.of_kind("fraction") if site in event.where)

    def total(self, what: str) -> float:
        """Total of an agent, cell product or inoculated line, in the unit of its events."""
        return math.fsum(event.amount for event in self.events if event.kind != "fraction" and event.what == what)

    def shifted(self, days: float) -> Timeline:
        """The same timeline with every time moved."""
        moved = tuple(replace(event, day=event.day + days) for event in self.events)
        return replace(self, events=moved, start_day=self.start_day + days, end_day=self.end_day + days)

    def table(self) -> tuple[Row, ...]:
        """The timetable as people read it: day, what, how much, where."""
        return tuple(_row(event) for event in self.events)


def timelines(study: Study) -> dict[str, Timeline]:
    """The timeline of every arm of a study, by name. Raises InputError as `timeline` does."""
    return {arm.name: timeline(study, arm.name) for arm in study.arms}


def timeline(study: Study, arm: str) -> Timeline:
    """The timeline of one arm of a study.

    A dose per body weight becomes an absolute one with the weight that the study declares for its host:
    10 mg/kg in a mouse of 20 g is 200 ug.

    Raises
    ------
    KeyError
        The study has no such arm.
    InputError
        The energy and depth of a course are no beam that reaches its target.
    """
    chosen = study.arm(arm)
    with parameters.using(study.catalogue):
        written = [
            *(_inoculation(site, study.tumour) for site in study.sites),
            *(event for course in chosen.courses for event in _events_of(course, study)),
        ]
    # sorted() is stable: equal keys keep the order of the study file.
    events = sorted(written, key=lambda event: (event.day, KIND_ORDER.index(event.kind)))
    return Timeline(
        arm=chosen.name,
        events=tuple(events),
        start_day=min(site.inoculated_day for site in study.sites),
        end_day=study.follow_up_days,
        host_changes=study.host_changes(arm),
    )


def _inoculation(site: Site, tumour: str) -> Event:
    return Event(site.inoculated_day, "inoculation", tumour, site.inoculum_cells, "cells", (site.name,), site)


def _events_of(course: Course, study: Study) -> Iterator[Event]:
    field = field_of(course, study) if isinstance(course, Radiation) else None
    kind, what, amount, unit = _given(course, study.host)
    where = _place_of(course, study)
    days = sorted(course.days)
    for number, day in enumerate(days, start=1):
        yield Event(day, kind, what, amount, unit, where, course, number, len(days), field)


def _given(course: Course, host: Host) -> tuple[EventKind, str, float, str]:
    """Kind, what, amount and unit of every event of a course."""
    if isinstance(course, Radiation):
        return "fraction", course.quality, course.dose_per_fraction_gy, "Gy"
    if isinstance(course, DrugCourse):
        return "drug", course.agent, *absolute_dose(course, host)
    return "cells", course.product, course.number_cells, "cells"


def _place_of(course: Course, study: Study) -> tuple[str, ...]:
    """Names of the sites of a field or an injection, or the route."""
    if isinstance(course, Radiation):
        return tuple(s.name for s in study.sites) if course.whole_body else course.target
    return course.target or (course.route,)


def absolute_dose(course: DrugCourse, host: Host) -> tuple[float, str]:
    """Dose of one injection and its unit (ug or IU), a dose per body weight multiplied by the host's weight.

    Raises
    ------
    ValueError
        A dose per body weight for a host without one; a study read from a file has always one.
    """
    amount, unit = course.dose.value, course.dose.unit
    if not unit.endswith("/kg"):
        return amount, unit
    if host.body_weight_g is None:
        raise ValueError(f"{course.dose} of {course.agent} needs the body weight of the host")
    weight_kg = units.convert(host.body_weight_g, "g", "kg")
    if unit == "mg/kg":
        return units.convert(amount * weight_kg, "mg", "ug"), "ug"
    return amount * weight_kg, "IU"


_VERB = {"inoculation": "inoculate", "fraction": "irradiate", "drug": "inject", "cells": "infuse"}


def _row(event: Event) -> Row:
    what = event.details.label if isinstance(event.details, Radiation) else event.what
    of = f" ({event.number} of {event.count})" if event.count > 1 else ""
    how_much = str(Amount(event.amount, event.unit))
    if isinstance(event.details, DrugCourse) and event.details.dose.unit != event.unit:
        how_much += f" ({event.details.dose})"
    where = ", ".join(event.where)
    verb = _VERB[event.kind]
    if isinstance(event.details, Radiation):
        verb = "implant" if event.details.is_implant else verb
        how_much += how_given(event.details)
        where = place_of_field(event.details, where)
    return Row(f"{event.day:g}", f"{verb} {what}{of}", how_much, where)


# Shorter than this, how long a fraction takes is of no interest to readers.
_LASTING_DAYS = 1 / 24


def how_given(course: Radiation) -> str:
    """What a reader must know of a dose beside its size: how long it takes, which photon dose it is as good as."""
    slow = ""
    if course.is_implant:
        slow = " until decayed"
    elif course.duration_days >= _LASTING_DAYS:
        slow = f" over {units.convert(course.duration_days, 'd', 'h'):.3g} h"
    photons = course.isoeffective_photon_dose_gy
    return slow if photons is None else f"{slow} (as {photons:g} Gy of X-rays)"


def place_of_field(course: Radiation, sites: str) -> str:
    """Where a course is given, in words: the sites or a share of them, what lies between, the node.

    Parameters
    ----------
    sites : names of the sites, as text.
    """
    where = "whole body" if course.whole_body else sites
    if course.irradiated_percent is not None:
        where = f"{course.irradiated_percent:g} % of {where}"
        where += f" (valleys {course.valley_percent:g} %)" if course.valley_percent is not None else ""
    return where + (" and its lymph node" if course.node_in_field and not course.whole_body else "")
