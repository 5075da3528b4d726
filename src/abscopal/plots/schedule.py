"""Timetables as lanes of marks: shared by the paper figure and the report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from abscopal.plots.palette import EVENT_COLOURS, INOCULATION_COLOUR
from abscopal.results.metadata import Metadata
from abscopal.vocabulary import NOT_TREATMENTS

_SYMBOLS = {
    "radiation": "diamond",
    "drug": "circle",
    "cells": "square",
    "host": "cross",
    "inoculation": "triangle-down",
}


@dataclass(frozen=True)
class Treatment:
    """Everything of one name: its marks on the lanes of the arms.

    Attributes
    ----------
    what, kind : name and kind of the event
    colour, symbol : mark, as plotly names it
    days, lanes : array (marks,) [days] and vertical places in units of a lane, 0 the first arm
    texts : array (marks,) what is given and where, in words
    """

    what: str
    kind: str
    colour: str
    symbol: str
    days: tuple[float, ...]
    lanes: tuple[float, ...]
    texts: tuple[str, ...]


def treatments(metadata: Metadata) -> tuple[Treatment, ...]:
    """Marks of the timetable, grouped by what is given; marks of one lane and day are set apart."""
    rows = [(lane, row) for lane, a in enumerate(metadata.arms) for row in metadata.timetable.get(a.name, ())]
    kinds: dict[str, str] = {}
    for _, row in rows:
        kinds.setdefault(_treatment(row), str(row.get("kind") or ""))
    shift = _shifts([what for what, kind in kinds.items() if kind not in NOT_TREATMENTS])
    found, colour = [], 0
    for what, kind in kinds.items():
        marks = [(lane, row) for lane, row in rows if _treatment(row) == what]
        treats = kind not in NOT_TREATMENTS
        found.append(
            Treatment(
                what,
                kind,
                EVENT_COLOURS[colour % len(EVENT_COLOURS)] if treats else INOCULATION_COLOUR,
                _SYMBOLS.get(kind, "circle" if treats else "line-ns-open"),
                tuple(float(row["day"]) for _, row in marks),
                tuple(lane + shift.get(what, 0.0) for lane, _ in marks),
                tuple(f"{row.get('how_much') or ''}, {row.get('where') or ''}".strip(", ") for _, row in marks),
            )
        )
        colour += treats
    return tuple(found)


def _treatment(row: Mapping[str, Any]) -> str:
    """What is given, without the count of the dose: `anti-PD-L1 (2 of 3)` is anti-PD-L1."""
    return re.sub(r"\s*\(\d+ of \d+\)$", "", str(row["what"]))


def _shifts(names: list[str]) -> dict[str, float]:
    """Vertical place of each treatment within a lane, so that the marks of one day do not hide each other."""
    count = len(names)
    return {name: 0.0 if count == 1 else -0.3 + 0.6 * i / (count - 1) for i, name in enumerate(names)}
