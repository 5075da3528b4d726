"""Measurements as plain data and back, and what they hold in short: for files and summaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from abscopal.measurements.observation import EXACT, Measurements, Observation

_FIELDS = tuple(item.name for item in fields(Observation))


def as_plain(given: Measurements) -> dict[str, Any]:
    """Measurements as JSON can hold them: columns, and a list for each row."""
    rows = [[getattr(row, name) for name in _FIELDS] for row in given]
    return {"name": given.name, "remarks": list(given.remarks), "columns": list(_FIELDS), "rows": rows}


def from_plain(plain: Mapping[str, Any]) -> Measurements:
    """The measurements that `as_plain` wrote."""
    rows = tuple(Observation(**dict(zip(plain["columns"], row, strict=True))) for row in plain["rows"])
    return Measurements(rows, tuple(plain["remarks"]), plain["name"])


def by_arm(given: Measurements) -> list[dict[str, Any]]:
    """What each arm holds: animals, values of each observable, first and last day, and how many are censored."""
    told = []
    for arm in given.arms:
        rows = [row for row in given if row.arm == arm]
        days = [row.day for row in rows]
        told.append(
            {
                "arm": arm,
                "animals": len(given.animals(arm)),
                "observables": dict(Counter(row.observable for row in rows)),
                "first_day": min(days),
                "last_day": max(days),
                "censored": sum(row.censoring != EXACT for row in rows),
            }
        )
    return told
