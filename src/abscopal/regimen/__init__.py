"""What is given, where and when: courses and their fields, the exact timeline of an arm, the schedule of a model."""

from abscopal.regimen.events import KIND_ORDER, Event, Row, Timeline, timeline, timelines
from abscopal.regimen.fields import Field, Fraction
from abscopal.regimen.places import in_words, site_place
from abscopal.regimen.problems import check_treatment
from abscopal.regimen.schedule import schedule_of
from abscopal.regimen.sessions import fractions_of

__all__ = [
    "KIND_ORDER",
    "Event",
    "Field",
    "Fraction",
    "Row",
    "Timeline",
    "check_treatment",
    "fractions_of",
    "in_words",
    "schedule_of",
    "site_place",
    "timeline",
    "timelines",
]
