"""Checks of days: the clock, what comes before a tumour is there, what comes after the follow-up, end points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from abscopal import vocabulary
from abscopal.errors import Problem
from abscopal.study.draft import Draft
from abscopal.study.fields import DAY


def clock_matches(draft: Draft) -> Iterator[Problem]:
    """The clock of a study starts where it says: at the first inoculation, or at the first fraction."""
    if draft.get("clock") == vocabulary.INOCULATION and draft.sites and len(draft.sites) == len(draft.site_names):
        first = min(site.inoculated_day for site in draft.sites.values())
        if first != 0:
            message = f"on this clock day 0 is the first inoculation, but that is on day {first:g}"
            yield draft.problem(("clock",), message, "0 d for the first site", "set its `inoculated: 0 d`")
    # The first fraction may be of a course that could not be read, which has its own problem.
    if draft.get("clock") == vocabulary.FIRST_FRACTION and draft.radiation and draft.radiation_is_whole:
        first = min(day for _, course in draft.radiation for day in course.days)
        if first != 0:
            message = f"on this clock day 0 is the first fraction of any arm, but that is on day {first:g}"
            advice = "move every day, or write `clock: inoculation`"
            yield draft.problem(("clock",), message, "0 d for the first fraction", advice)


def events_after_inoculation(draft: Draft) -> Iterator[Problem]:
    """Nothing is done to a tumour before it is there, nor is it measured then."""
    if not draft.sites:
        return
    complete = len(draft.sites) == len(draft.site_names)
    first = min(site.inoculated_day for site in draft.sites.values())
    for path, course in draft.courses:
        if complete and min(course.days) < first:
            message = f"day {min(course.days):g} is before the inoculation on day {first:g}"
            allowed = f"day {first:g} or later"
            yield draft.problem((*path, "days"), message, allowed, "check the sign of the day and the clock")
            continue
        targets = course.target or ()
        for name in targets:
            if name in draft.sites and min(course.days) < draft.sites[name].inoculated_day:
                day = draft.sites[name].inoculated_day
                message = f"day {min(course.days):g} is before {name!r} is inoculated on day {day:g}"
                yield draft.problem((*path, "days"), message, f"day {day:g} or later", "check the days of both")
    for name, site in draft.sites.items():
        if site.start_volume is not None and site.start_volume.day <= site.inoculated_day:
            path = ("sites", name, "start_volume", "day")
            message = f"day {site.start_volume.day:g} is not after the inoculation on day {site.inoculated_day:g}"
            yield draft.problem(path, message, f"later than day {site.inoculated_day:g}", "check both days")


def events_within_follow_up(draft: Draft) -> Iterator[Problem]:
    """Everything happens, and is read, before the follow-up ends."""
    last = _day(draft.get("follow_up"))
    if last is None:
        return
    for path, course in draft.courses:
        if max(course.days) > last:
            message = f"day {max(course.days):g} is after the end of the follow-up on day {last:g}"
            yield draft.problem((*path, "days"), message, f"day {last:g} or earlier", "make `follow_up` longer")
    for name, site in draft.sites.items():
        if site.inoculated_day >= last:
            message = f"day {site.inoculated_day:g} is not before the end of the follow-up on day {last:g}"
            yield draft.problem(("sites", name, "inoculated"), message, "", "make `follow_up` longer")
    for key in ("day", "baseline"):
        day = _day(draft.get("endpoints", "response", key))
        if day is not None and day > last:
            path = ("endpoints", "response", key)
            message = f"day {day:g} is after the end of the follow-up on day {last:g}"
            yield draft.problem(path, message, f"day {last:g} or earlier", "make `follow_up` longer")


def endpoints_fit(draft: Draft) -> Iterator[Problem]:
    """End points are of sites that exist; a response comes after its baseline."""
    of = draft.get("endpoints", "survival", "of")
    allowed = (vocabulary.ANY_SITE, vocabulary.ALL_SITES, *draft.site_names)
    if isinstance(of, str) and draft.site_names and of not in allowed:
        yield draft.unknown("site", of, allowed, ("endpoints", "survival", "of"))
    response = ("endpoints", "response")
    day, baseline = _day(draft.get(*response, "day")), _day(draft.get(*response, "baseline"))
    if day is not None and baseline is not None and day <= baseline:
        message = f"response on day {day:g} is not after its baseline on day {baseline:g}"
        yield draft.problem((*response, "day"), message, f"later than day {baseline:g}", "check both days")
    first = min((site.inoculated_day for site in draft.sites.values()), default=None)
    for key, given in (("day", day), ("baseline", baseline)):
        if given is not None and first is not None and given < first:
            message = f"day {given:g} is before the first inoculation on day {first:g}"
            yield draft.problem((*response, key), message, f"day {first:g} or later", "choose a day with a tumour")


def _day(raw: Any) -> float | None:
    try:
        value = DAY.read(raw)
    except ValueError:
        return None
    return value if isinstance(value, float) else None
