"""Measured results of a record: a number that was found in one arm, with the size of its group.

They stand beside the claims of a record, or instead of them, and are checked as everything else in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from abscopal.evidence.fields import Reader
from abscopal.study.document import KeyPath
from abscopal.vocabulary import (
    ALIVE,
    BASES,
    COUNT,
    HAZARD_RATIO,
    RESULT_METRICS,
    SHARE_METRICS,
    STATISTICS,
    UNVERIFIED,
    VOLUME,
)

RESULT_KEYS = (
    *("id", "arm", "site", "metric", "day", "value", "n", "sd", "low", "high", "times", "events", "versus"),
    *("statistic", "unit", "basis", "source", "note"),
)
_LATEST_DAY, _MOST_ANIMALS, _LARGEST = 3650.0, 100_000, 1e15
_SHARE_OF = re.compile(r"\s*(\d+)\s*/\s*(\d+)\s*")
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")
_AND_LATER = "+"


@dataclass(frozen=True)
class MeasuredResult:
    """One number that was measured in an arm, or the days on which its animals left.

    Attributes
    ----------
    metric : alive, volume, cured, responded (shares of animals), hazard_ratio, or `count:NAME` of a marker.
    site : where it was measured, in the words of a target of radiation; "" for the primary tumour or the body.
    day : day on the record's clock [d]; of times of animals, the end of their follow-up.
    value : share of animals [1], volume [mm3], hazard ratio of `arm` over `versus` [1], or count [`unit`].
    n : animals of the arm; None for "not found".
    sd, low, high : standard deviation between animals, or bounds, as published; shown and not scored.
    times, observed : day each animal left [d], and whether it was seen to leave; () unless `alive` is given so.
    versus : arm that a ratio is taken to; of a count "" for the count itself.
    statistic : what `value` is of the animals' volumes or counts: mean, median or geometric mean.
    """

    id: str
    arm: str
    metric: str
    site: str = ""
    day: float | None = None
    value: float | None = None
    n: int | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    times: tuple[float, ...] = ()
    observed: tuple[bool, ...] = ()
    versus: str = ""
    statistic: str = STATISTICS[0]
    unit: str = ""
    basis: str = ""
    source: str = ""
    note: str = ""
    line: int = 0

    @property
    def verified(self) -> bool:
        """False where the number is from memory; such results are listed and never summarised."""
        return self.basis != UNVERIFIED

    @property
    def marker(self) -> str:
        """Name of the marker that is counted, or ""."""
        return self.metric.removeprefix(COUNT) if self.metric.startswith(COUNT) else ""


def read_results(
    reader: Reader, raw: Any, arms: Collection[str], untreated: Collection[str]
) -> tuple[MeasuredResult, ...]:
    """The results of a record; every problem is noted.

    Parameters
    ----------
    arms : ids of the arms.
    untreated : ids of those that get nothing: a ratio is taken to the only one unless `versus` names another.
    """
    rows = reader.items(raw, ("results",))
    # One that has no id of its own is called after its place.
    found = tuple(_result(reader, row, ("results", i), arms, untreated) for i, row in enumerate(rows))
    reader.unique([result.id for result in found], ("results",), "result")
    return found


def _result(
    reader: Reader, raw: Any, path: KeyPath, arms: Collection[str], untreated: Collection[str]
) -> MeasuredResult:
    row = reader.keys(raw, path, RESULT_KEYS, ("arm", "metric"), "a result")
    metric = _metric(reader, row.get("metric"), (*path, "metric")) if "metric" in row else ""
    value, n = _value(reader, row, path, metric)
    times, observed = _times(reader, row, path, metric)
    if times and n is not None and n != len(times):
        reader.problem((*path, "n"), f"{n} animals, but times of {len(times)}", "one time per animal", "correct either")
    sd, low, high = (_number(reader, row, path, key) for key in ("sd", "low", "high"))
    if low is not None and high is not None and low > high:
        reader.problem((*path, "low"), "low is above high", "low <= high", "exchange them")
    day = reader.number(row.get("day"), (*path, "day"), -_LATEST_DAY, _LATEST_DAY, "day on the record's clock")
    if day is None and metric and _needs_day(metric, bool(times)):
        reader.problem(path, f"`{metric}` without a day", "the day on which it was measured", "add `day:`")
    site, unit, source, note = (reader.text(row.get(key), (*path, key)) for key in ("site", "unit", "source", "note"))
    return MeasuredResult(
        id=reader.identifier(row["id"], (*path, "id")) if "id" in row else f"r{int(path[-1]) + 1}",
        arm=_arm(reader, row.get("arm"), (*path, "arm"), arms) if "arm" in row else "",
        metric=metric,
        site=site,
        day=day,
        value=value,
        n=len(times) if times else n,
        sd=sd,
        low=low,
        high=high,
        times=times,
        observed=observed,
        versus=_versus(reader, row, path, metric, arms, untreated),
        statistic=_choice(reader, row, path, "statistic", STATISTICS, "statistic") or STATISTICS[0],
        unit=unit,
        basis=_choice(reader, row, path, "basis", BASES, "basis"),
        source=source,
        note=note,
        line=reader.line(path),
    )


def _metric(reader: Reader, raw: Any, path: KeyPath) -> str:
    metric = reader.text(raw, path)
    if metric in RESULT_METRICS or (metric.startswith(COUNT) and len(metric) > len(COUNT)):
        return metric
    reader.choice(metric, path, (*RESULT_METRICS, f"{COUNT}NAME"), "metric of a result")
    return ""


def _needs_day(metric: str, times: bool) -> bool:
    return metric == VOLUME or (metric == ALIVE and not times)


def _choice(
    reader: Reader, row: Mapping[str, Any], path: KeyPath, key: str, allowed: tuple[str, ...], what: str
) -> str:
    return "" if row.get(key) is None else reader.choice(row[key], (*path, key), allowed, what)


def _number(reader: Reader, row: Mapping[str, Any], path: KeyPath, key: str, low: float = 0.0) -> float | None:
    return reader.number(row.get(key), (*path, key), low, _LARGEST, key)


def _value(reader: Reader, row: Mapping[str, Any], path: KeyPath, metric: str) -> tuple[float | None, int | None]:
    """The number, and the animals; a share may be written `0.3`, `30 %` or `3/10`."""
    raw, here = row.get("value"), (*path, "value")
    n = reader.count(row.get("n"), (*path, "n"), _MOST_ANIMALS, "animals of the arm")
    if row.get("times") is not None:
        if raw is not None:
            reader.problem(here, "a value beside times of animals", "one of them", "leave `value` out")
        return None, n
    if raw is None:
        reader.problem(path, "neither a value nor times of animals", advice="add `value:`, or `times:` of `alive`")
        return None, n
    if metric not in SHARE_METRICS:
        low = 1e-9 if metric == HAZARD_RATIO else 0.0
        return reader.number(raw, here, low, _LARGEST, f"value of {metric or 'a result'}"), n
    return _share(reader, raw, here, n)


def _share(reader: Reader, raw: Any, path: KeyPath, n: int | None) -> tuple[float | None, int | None]:
    text = raw if isinstance(raw, str) else ""
    if match := _SHARE_OF.fullmatch(text):
        count, of = int(match[1]), int(match[2])
        if count > of or of == 0 or n not in (None, of):
            reader.problem(path, f"{text!r} is no share of {n or of} animals", "such as 3/10", "correct value or n")
            return None, n
        return count / of, of
    if match := _PERCENT.fullmatch(text):
        raw = f"{float(match[1]) / 100.0!r}"
    value = reader.number(raw, path, 0.0, 1.0, "share of the animals, as 0.3, 30 % or 3/10")
    return value, n


def _times(
    reader: Reader, row: Mapping[str, Any], path: KeyPath, metric: str
) -> tuple[tuple[float, ...], tuple[bool, ...]]:
    """Days on which animals left, and whether each was seen to; `60+` is alive on day 60, as is an event of 0."""
    raw, here = row.get("times"), (*path, "times")
    if raw is None:
        if row.get("events") is not None:
            reader.problem((*path, "events"), "events without times", "`times:` of the same animals", "add them")
        return (), ()
    if metric and metric != ALIVE:
        reader.problem(here, f"times of animals for {metric}", "times of `alive`", "give a value, or change the metric")
    times, observed = [], []
    for i, item in enumerate(reader.items(raw, here)):
        text = item.strip() if isinstance(item, str) else item
        later = isinstance(text, str) and text.endswith(_AND_LATER)
        what = "day on which an animal left, or such as 60+ for alive on day 60"
        day = reader.number(text.removesuffix(_AND_LATER) if later else text, (*here, i), 0, _LATEST_DAY, what)
        if day is None:
            if item is None:
                reader.problem((*here, i), "no time for an animal", what, "leave the animal out, or give its day")
            continue
        times.append(day)
        observed.append(not later)
    events = reader.items(row.get("events"), (*path, "events"))
    if events and len(events) != len(times):
        message = f"{len(events)} events of {len(times)} times"
        reader.problem((*path, "events"), message, "one event per time: 1 seen to leave, 0 alive then", "correct them")
    elif events:
        seen = [reader.number(event, (*path, "events", i), 0, 1, "1 or 0") for i, event in enumerate(events)]
        observed = [bool(event) and was for event, was in zip(seen, observed, strict=True)]
    return tuple(times), tuple(observed)


def _arm(reader: Reader, raw: Any, path: KeyPath, arms: Collection[str]) -> str:
    name = reader.text(raw, path)
    if name not in arms:
        reader.problem(path, f"there is no arm {name!r}", ", ".join(list(arms)[:20]), "correct the arm or add it")
    return name


def _versus(
    reader: Reader,
    row: Mapping[str, Any],
    path: KeyPath,
    metric: str,
    arms: Collection[str],
    untreated: Collection[str],
) -> str:
    if row.get("versus") is not None:
        if metric != HAZARD_RATIO and not metric.startswith(COUNT):
            message = f"`versus` for {metric or 'this metric'}"
            reader.problem((*path, "versus"), message, f"of {HAZARD_RATIO} and of {COUNT}NAME", "leave it out")
            return ""
        other = _arm(reader, row["versus"], (*path, "versus"), arms)
        if other and other == row.get("arm"):
            reader.problem((*path, "versus"), f"arm {other!r} over itself", "two arms", "name the other arm")
        return other
    if metric != HAZARD_RATIO:
        return ""
    if len(untreated) == 1 and row.get("arm") not in untreated:
        return next(iter(untreated))
    what = "the arm that the hazard is taken relative to"
    reader.problem(path, "a hazard ratio to no arm", what, "add `versus:`")
    return ""
