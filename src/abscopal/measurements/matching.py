"""Measurements against a study: its arms, sites, days and readouts; every row that does not fit with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.measurements.observation import DEATH, Measurements, Observation
from abscopal.study import Study


def matched(given: Measurements, study: Study, readouts: Iterable[str]) -> Measurements:
    """The measurements with the site of each row filled in, all of them about this study.

    Parameters
    ----------
    readouts : outputs of the study's model, as `name@place`.

    Raises
    ------
    InputError
        An arm, a site, a day or an observable that the study does not have; each with its line.
    """
    places: dict[str, list[str]] = {}
    for output in readouts:
        name, _, place = output.partition("@")
        places.setdefault(name, []).append(place)
    problems: list[Problem] = _clock(given, study)
    rows = []
    for row in (_with_place(row, places) for row in given):
        found = list(_faults(row, study, places))
        problems += found
        if not found:
            rows.append(replace(row, site=_site(row, study, places)))
    if problems:
        raise InputError(_first_of_each(problems), given.name)
    return replace(given, rows=tuple(rows))


def _with_place(row: Observation, places: Mapping[str, Sequence[str]]) -> Observation:
    """A readout of the body as results call it, such as `blood_lymphocytes`, as the readout and its place."""
    if row.observable in places or row.site:
        return row
    for name, known in places.items():
        for place in known:
            if row.observable == f"{place}_{name}":
                return replace(row, observable=name, site=place)
    return row


def _start(study: Study) -> float:
    return min(site.inoculated_day for site in study.sites)


def _clock(given: Measurements, study: Study) -> list[Problem]:
    """Days that were counted on another clock, told once instead of once per row."""
    start, end = _start(study), study.follow_up_days
    early = [row for row in given if row.day < start - 1e-9]
    if not early:
        late = [row for row in given if row.day > end]
        if len(late) < len(given) or not late:
            return []
        message = f"every day lies after the end of follow-up (day {end:g})"
        return [
            Problem(message, "day", late[0].line, advice="give days on the clock of the study, or a longer follow_up")
        ]
    return [
        Problem(
            f"{len(early)} rows lie before the first inoculation (day {start:g}); the earliest is day "
            f"{min(r.day for r in early):g}",
            "day",
            early[0].line,
            f"days on the study's clock, which counts from the {study.clock.replace('_', ' ')}",
            "shift the days of the table, or set `clock` in the study",
        )
    ]


def _faults(row: Observation, study: Study, places: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    arms = [arm.name for arm in study.arms]
    if row.arm not in arms:
        yield unknown_name("arm", row.arm, arms, "arm", row.line)
    sites = [site.name for site in study.sites]
    if row.observable == DEATH:
        if row.site and row.site not in sites:
            yield unknown_name("site", row.site, sites, "site", row.line)
        return
    if row.observable not in places:
        yield unknown_name("observable", row.observable, [*places, DEATH], "observable", row.line)
        return
    known = places[row.observable]
    if row.site and row.site not in known:
        yield unknown_name(f"place of {row.observable}", row.site, known, "site", row.line)
    if not row.site and len(known) > 1:
        yield Problem(
            f"{row.observable} of which site?",
            "site",
            row.line,
            ", ".join(known),
            "add a column `site` with one of them",
        )


def _site(row: Observation, study: Study, places: Mapping[str, Sequence[str]]) -> str:
    if row.observable == DEATH:
        return row.site
    return row.site or places[row.observable][0]


def _first_of_each(problems: Sequence[Problem], shown: int = 30) -> list[Problem]:
    """Each message once, with how often it came; a mistyped arm is one fault, not three hundred."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.message, problem.key), []).append(problem)
    told = [
        same[0] if len(same) == 1 else replace(same[0], message=f"{same[0].message} (in {len(same)} rows)")
        for same in groups.values()
    ]
    more = len(told) - shown
    return told if more <= 0 else [*told[:shown], Problem(f"and {more} more faults of this kind")]
