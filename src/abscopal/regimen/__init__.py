"""What is given, where and when: courses and their fields, the exact timeline of an arm, the schedule of a model."""

from abscopal.regimen.events import KIND_ORDER, Event, Row, Timeline, timeline, timelines
from abscopal.regimen.fields import Field
from abscopal.regimen.problems import check_treatment
from abscopal.regimen.schedule import schedule_of

__all__ = [
    "KIND_ORDER",
    "Event",
    "Field",
    "Row",
    "Timeline",
    "check_treatment",
    "schedule_of",
    "timeline",
    "timelines",
]
