"""What is given, where and when: one arm of a study as a sorted timeline of exact events."""

from abscopal.regimen.events import KIND_ORDER, Event, Kind, Row, Timeline, timeline

__all__ = ["KIND_ORDER", "Event", "Kind", "Row", "Timeline", "timeline"]
