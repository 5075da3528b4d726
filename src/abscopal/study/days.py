"""Days of a course: one, a list, every so many days, or on weekdays, with holidays left out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from abscopal.errors import nearest
from abscopal.study.fields import (
    DAY,
    DAY_DECIMALS,
    LATEST_DAY,
    Choice,
    Count,
    FieldError,
    QuantityField,
    WrittenField,
    below,
)

MOST_TIMES = 1000
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEK = len(_WEEKDAYS)
_WEEKDAY = Choice("weekday", tuple((name, (name[:3], name[:2])) for name in _WEEKDAYS))
_BASE = ("from", "times")
_KEYS = ("from", "every", "weekdays", "times", "starts_on", "skip")
_EVERY = "{from: 0 d, every: 3 d, times: 4}"
_ALLOWED = f"0 d, a list such as [0 d, 3 d], {_EVERY}, or {{weekdays: 5, from: 0 d, times: 30}}"


@dataclass(frozen=True)
class DaysField(WrittenField):
    """Days of a course, read as a tuple of floats: `0 d`, `[0 d, 3 d]`, `{from: 0 d, every: 3 d, times: 4}`, weekdays.

    `{weekdays: 5, from: 0 d, times: 30}` is Monday to Friday, `weekdays: [Mon, Wed, Fri]` those days. Day `from` is the
    first of them, unless `starts_on: Wed` names its weekday. Days under `skip` are left out and given later.
    """

    def read(self, raw: Any) -> Any:
        if isinstance(raw, Mapping):
            days = _repeated(raw)
        elif isinstance(raw, Sequence) and not isinstance(raw, str):
            days = tuple(below(DAY.read, item, (i,)) for i, item in enumerate(raw))
        else:
            days = (DAY.read(raw),)
        if not days or None in days:
            raise FieldError("no day given", allowed=_ALLOWED)
        if len(set(days)) < len(days):
            twice = next(day for day in days if days.count(day) > 1)
            raise FieldError(f"day {twice:g} stands there twice", _ALLOWED, "give each day once, or add the doses")
        return days

    def written(self) -> dict[str, Any]:
        day = DAY.written()
        times, list_of_days = {"type": "integer", "minimum": 1}, {"type": "array", "items": day, "minItems": 1}
        weekday = {"type": "string", "description": "A weekday, such as Mon"}
        some = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": _WEEK}, {"type": "array", "items": weekday}]}
        properties = {"from": day, "times": times, "skip": {"anyOf": [day, list_of_days]}}
        every = {**properties, "every": day}
        weekly = {**properties, "weekdays": some, "starts_on": weekday}
        kinds = [
            {"type": "object", "additionalProperties": False, "required": [*_BASE, key], "properties": found}
            for key, found in (("every", every), ("weekdays", weekly))
        ]
        return {"anyOf": [day, list_of_days, *kinds], "description": "Days on the clock of the study"}


def _repeated(raw: Mapping[str, Any]) -> tuple[float, ...]:
    for key in raw:
        if key not in _KEYS:
            close = nearest(key, _KEYS)
            advice = f"did you mean {close[0]!r}?" if close else ""
            raise FieldError(f"unknown key {key!r}", ", ".join(_KEYS), advice, (key,))
    weekly = raw.get("weekdays") is not None
    if weekly and raw.get("every") is not None:
        raise FieldError("`every` and `weekdays` exclude each other", _ALLOWED, "keep one of them", ("every",))
    if not weekly and raw.get("starts_on") is not None:
        raise FieldError("`starts_on` belongs to `weekdays`", _ALLOWED, "add `weekdays: 5`", ("starts_on",))
    missing = [key for key in (*_BASE, "weekdays" if weekly else "every") if raw.get(key) is None]
    if missing:
        raise FieldError(f"{missing[0]!r} is missing", _ALLOWED, f"add `{missing[0]}:`")
    first = below(DAY.read, raw["from"], ("from",))
    times = int(below(Count(least=1, most=MOST_TIMES).read, raw["times"], ("times",)))
    skipped = _skipped(raw.get("skip"))
    steps = _weekly(raw) if weekly else _steps(raw)
    days: list[float] = []
    while len(days) < times:
        day = round(first + next(steps), DAY_DECIMALS)
        if day > LATEST_DAY:
            raise FieldError(f"number {len(days) + 1} would be after day {LATEST_DAY:g}", "", "give fewer", ("times",))
        if day not in skipped and math.floor(day) not in skipped:  # a whole day is left out with all its hours
            days.append(day)
    return tuple(days)


def _skipped(raw: Any) -> frozenset[float]:
    if raw is None:
        return frozenset()
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return frozenset(below(DAY.read, item, ("skip", i)) for i, item in enumerate(raw))
    return frozenset({below(DAY.read, raw, ("skip",))})


def _steps(raw: Mapping[str, Any]) -> Iterator[float]:
    """Days since the first: 0, every, twice every ..."""
    every = below(QuantityField("d", more_than=0, most=LATEST_DAY).read, raw["every"], ("every",))
    number = 0
    while True:
        yield every * number
        number += 1


def _weekly(raw: Mapping[str, Any]) -> Iterator[float]:
    """Days since the first that fall on the weekdays wanted."""
    wanted = _wanted(raw["weekdays"])
    start = wanted[0]
    if raw.get("starts_on") is not None:
        name = below(_WEEKDAY.read, raw["starts_on"], ("starts_on",))
        start = _WEEKDAYS.index(name)
        if start not in wanted:
            shown = ", ".join(_WEEKDAYS[i] for i in wanted)
            raise FieldError(f"{name} is none of the weekdays", shown, "start on one of them", ("starts_on",))
    day = 0
    while True:
        if (start + day) % _WEEK in wanted:
            yield float(day)
        day += 1


def _wanted(raw: Any) -> tuple[int, ...]:
    """Weekdays from 0, Monday; as many from Monday on, or those named, the first of which is named first."""
    if isinstance(raw, str) and not raw.strip().lstrip("+-").replace(".", "").isdigit():
        raw = [raw]
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        return tuple(range(int(below(Count(least=1, most=_WEEK).read, raw, ("weekdays",)))))
    names = [below(_WEEKDAY.read, item, ("weekdays", i)) for i, item in enumerate(raw)]
    if not names or None in names or len(set(names)) < len(names):
        what = "a weekday is named twice" if names else "no weekday is named"
        raise FieldError(what, "such as [Mon, Wed, Fri]", "name each weekday once", ("weekdays",))
    return tuple(_WEEKDAYS.index(name) for name in names)
