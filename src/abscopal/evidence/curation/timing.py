"""Days of fractions, injections and infusions: as the record states them, else by the declared defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from abscopal.evidence.curation import names
from abscopal.evidence.curation.defaults import Chooser
from abscopal.evidence.curation.names import Agent, NotCovered
from abscopal.evidence.records import Record, RecordArm, RecordRadiation
from abscopal.evidence.tables import table

_EVERY = re.compile(r"every\s+(\d+(?:\.\d+)?)\s*(?:d|days?)\b(?:\s*[x×]\s*(\d+))?", re.IGNORECASE)
_DAILY = re.compile(r"\bdaily\b(?:\s*[x×]\s*(\d+))?", re.IGNORECASE)
_PER_WEEK = re.compile(r"(\d+)\s*(?:x|×|times)\s*(?:/|per|a)\s*(?:week|wk)", re.IGNORECASE)
_DAYS_PER_WEEK = 7.0
_MOST_TIMES = 100


@dataclass(frozen=True)
class CourseDays:
    """Days of one course on the record's clock [d], and why where they are filled in ("" if all is stated)."""

    days: tuple[float, ...]
    why: str = ""


@dataclass(frozen=True)
class Anchor:
    """The first and the last fraction that drugs and cells of an arm are placed against [d]."""

    first: float
    last: float


def first_fraction(record: Record, chooser: Chooser) -> CourseDays:
    """The day of the first fraction of any arm of a record."""
    stated = [day for arm in record.arms for course in arm.radiation for day in course.days]
    if stated:
        return CourseDays((min(stated),))
    if record.clock == "rt":
        return CourseDays((0.0,), "day 0 of the record's clock is the first fraction")
    return CourseDays((chooser.value("radiation_day"),), chooser.why("radiation_day"))


def fraction_days(course: RecordRadiation, start: float, chooser: Chooser) -> CourseDays:
    """Days of the fractions of a course; `start` is taken if no day is stated. Raises NotCovered."""
    fractions = course.fractions or len(course.days) or 1
    if len(course.days) == fractions:
        return apart(course.days, chooser)
    if len(course.days) > 1:
        raise NotCovered(f"{fractions} fractions, but days of {len(course.days)}")
    interval = chooser.value("fraction_interval")
    begin = course.days[0] if course.days else start
    why = "the record gives no day" if not course.days else "the record gives the first day only"
    if fractions > 1:
        why += f"; {chooser.why('fraction_interval')}"
    return CourseDays(tuple(begin + interval * i for i in range(fractions)), why)


def apart(days: tuple[float, ...], chooser: Chooser) -> CourseDays:
    """Days as stated; what is given more than once on a day is hours apart."""
    if len(set(days)) == len(days):
        return CourseDays(days)
    hours = chooser.value("same_day_interval")
    spread = tuple(round(day + hours * days[:i].count(day), 3) for i, day in enumerate(days))
    if len(set(spread)) < len(spread):
        raise NotCovered("more is given on one day than can be told apart")
    return CourseDays(spread, chooser.why("same_day_interval"))


def anchor(arm_days: Iterable[float], first: float, usual_last: float) -> Anchor:
    """Where drugs and cells of an arm are placed; an arm without radiation is treated as those with it are."""
    days = list(arm_days)
    return Anchor(min(days), max(days)) if days else Anchor(first, usual_last)


def drug_days(agent: Agent, stated: tuple[float, ...], note: str, at: Anchor, chooser: Chooser) -> CourseDays:
    """Days of the injections of a drug."""
    words = table("names.yaml")
    every, weekly, daily = _EVERY.search(note), _PER_WEEK.search(note), _DAILY.search(note)
    repeated = not (every is None and weekly is None and daily is None)
    starts = any(_has(word, note) for word in words["course_words"])
    if stated and not (len(stated) == 1 and (repeated or starts)):
        return apart(stated, chooser)
    kind = "depletion" if agent.depletion else "antibody"
    kind = "small_molecule" if kind == "antibody" and names.kind_of(agent.agent) == "small_molecule" else kind
    interval = chooser.value(f"{kind}_interval", agent.agent)
    times = int(chooser.value(f"{kind}_times", agent.agent))
    whys = [] if repeated else [chooser.why(f"{kind}_interval")]
    if every is not None:
        interval = float(every[1]) or interval
    elif weekly is not None:
        interval = _DAYS_PER_WEEK / max(int(weekly[1]), 1)
    elif daily is not None:
        interval = 1.0
    counted = every[2] if every is not None else daily[1] if daily is not None else None
    if counted:
        times = min(int(counted), _MOST_TIMES) or times
    else:
        whys.append(chooser.why(f"{kind}_times"))
    if stated:
        start, why = stated[0], "the record gives the start of the course"
    elif agent.depletion:
        start, why = at.first - chooser.value("depletion_lead"), chooser.why("depletion_lead")
    else:
        start, times, why = _by_phase(note, at, interval, times, chooser, agent)
    return CourseDays(tuple(round(start + interval * i, 3) for i in range(times)), "; ".join([why, *whys]))


def _by_phase(
    note: str, at: Anchor, interval: float, times: int, chooser: Chooser, agent: Agent
) -> tuple[float, int, str]:
    """First day and number of injections from the words of a note: before, with, after radiation."""
    timing = table("names.yaml")["timing"]
    phases = {phase for phase, words in timing.items() if any(_has(word, note) for word in words)}
    if phases == {"before"}:
        lead = chooser.value("antibody_before", agent.agent)
        return at.first - lead, 1, chooser.why("antibody_before")
    if phases == {"after"}:
        start = at.last + chooser.value("antibody_after", agent.agent)
        return start, times, chooser.why("antibody_after")
    if "before" in phases:
        return at.first - interval, times, "given before, with and after radiation: the first one interval before"
    if phases:
        return at.first, times, "given with radiation: from the first fraction"
    return at.first, times, "suggested: an antibody is given from the first fraction"


def cell_days(stated: tuple[float, ...], note: str, at: Anchor, chooser: Chooser) -> CourseDays:
    """Days of the infusions of cells."""
    if stated:
        return apart(stated, chooser)
    before = table("names.yaml")["timing"]["before"]
    delay = chooser.value("cells_delay")
    if any(_has(word, note) for word in before):
        return CourseDays((at.first - delay,), f"given before radiation; {chooser.why('cells_delay')}")
    return CourseDays((at.last + delay,), chooser.why("cells_delay"))


def _has(word: str, note: str) -> bool:
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", note.lower()) is not None


def usual_last(record: Record, arms: dict[str, list[float]], first: float) -> float:
    """The earliest end of radiation among the arms that get it [d]; the first fraction if none does."""
    ends = [max(days) for days in arms.values() if days]
    return min(ends, default=first)


def stated_timing(record: Record, same: Iterable[tuple[RecordArm, int]]) -> tuple[tuple[float, ...], str] | None:
    """Days and note of a drug where exactly one timing of it is stated among the given courses of a record."""
    found = {(arm.drugs[i].days, arm.drugs[i].note) for arm, i in same if arm.drugs[i].days or arm.drugs[i].note}
    return next(iter(found)) if len(found) == 1 else None
