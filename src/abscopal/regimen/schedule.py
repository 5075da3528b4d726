"""From a timeline to the engine's schedule: which event of the model acts when, with which numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from abscopal import parameters
from abscopal.expr import Schedule
from abscopal.regimen.courses import share_at_once
from abscopal.regimen.events import Event, Timeline
from abscopal.regimen.keys import cells_key, drug_key, fraction_key, inoculation_key, rate_key
from abscopal.regimen.places import site_place
from abscopal.regimen.sessions import sessions_of
from abscopal.study import CellCourse, DrugCourse, Radiation
from abscopal.vocabulary import INTRATUMORAL

_MINUTES_PER_DAY = 1440.0
# One row of a schedule: day, key of the event, its arguments in the order that the model declares them.
_Row = tuple[float, str, list[float]]


def schedule_of(timeline: Timeline, event_keys: Sequence[str], only: Iterable[str] | None = None) -> Schedule:
    """The engine's schedule of an arm.

    Parameters
    ----------
    event_keys : keys of the model's events, in its order; what no mechanism takes up is left out.
    only : kinds of event to keep (inoculation, fraction, drug, cells); None keeps all.
    """
    index = {key: i for i, key in enumerate(event_keys)}
    kinds = set(only) if only is not None else None
    rows = [
        (day, index[key], arguments)
        for event, acts in acts_of(timeline)
        if kinds is None or event.kind in kinds
        for day, key, arguments in acts
        if key in index
    ]
    return Schedule.of(rows)


def acts_of(timeline: Timeline) -> Iterator[tuple[Event, list[_Row]]]:
    """Every event of a timeline with what it asks of the model: day, key and arguments of each act.

    Parts of one fraction act together: the first of them has the act of the fraction, the others none.
    """
    first = {id(session.events[0]): session for session in sessions_of(timeline)}
    for event in timeline:
        acts = _acts(event)
        if session := first.get(id(event)):
            acts.insert(0, (session.day, fraction_key(*session.fraction), session.arguments))
        yield event, acts


def _acts(event: Event) -> list[_Row]:
    if event.kind == "inoculation":
        return [(event.day, inoculation_key(site_place(site)), [event.amount]) for site in event.where]
    course = event.details
    if isinstance(course, Radiation):
        return _of_radiation(event, course)
    if isinstance(course, DrugCourse):
        nmol = _nmol(event)
        if course.target:
            places = given_at(course)
            share = nmol / len(places)
            return [(event.day, drug_key(event.what, INTRATUMORAL, place), [share]) for place in places]
        return [(event.day, drug_key(event.what, course.route), [nmol])]
    assert isinstance(course, CellCourse)
    places = given_at(course)
    return [(event.day, cells_key(course.product, place), [event.amount / len(places)]) for place in places]


def _of_radiation(event: Event, course: Radiation) -> list[_Row]:
    """The start, and for a dose that is not of seeds the end, of a dose rate; nothing for a dose given at once."""
    field = event.field
    assert field is not None  # every event of radiation has one
    if not field.continuous:
        return []
    if not course.is_implant:
        rate = (1.0 - float(share_at_once(course.duration_days))) * event.amount / course.duration_days
        return [
            (event.day, rate_key(field), [rate, 0.0]),
            (event.day + course.duration_days, rate_key(field), [-rate, 0.0]),
        ]
    if course.initial_dose_rate_gy_per_min is not None:
        return [(event.day, rate_key(field), [course.initial_dose_rate_gy_per_min * _MINUTES_PER_DAY, 0.0])]
    return [(event.day, rate_key(field), [0.0, event.amount])]


def given_at(course: DrugCourse | CellCourse) -> tuple[str, ...]:
    """Where a course enters the model: sites it is injected into, the blood for cells, the route for drugs."""
    if course.target:
        return tuple(site_place(name) for name in course.target)
    return (course.route,) if isinstance(course, DrugCourse) else ("blood",)


def _nmol(event: Event) -> float:
    """Amount of a drug [nmol]; an agent dosed in international units declares how many make a microgram."""
    about = parameters.agent(event.what).about
    micrograms = event.amount / float(about["units_per_ug"]) if event.unit == "IU" else event.amount
    return float(micrograms / float(about["molar_mass_kda"]))
