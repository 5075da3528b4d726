"""A published outcome as a phrase."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from abscopal.results.nouns import Noun
from abscopal.results.wording import day as day_text

_WORDS = {
    "primary_tumour": "control of the irradiated tumour",
    "abscopal": "control of the unirradiated tumour",
    "survival": "survival",
    "metastasis": "control of metastases",
    "rejection": "rejection of a second tumour",
    "complete_response": "complete responses",
    "partial_response": "partial responses",
    "objective_response": "complete or partial responses",
    "survival_fraction": "{many} alive",
    "survival_rate": "{many} alive",
    "median_survival": "median survival",
    "volume": "tumour volume",
}
# Metrics of one arm that are shares of its animals.
FRACTIONS = ("complete_response", "partial_response", "objective_response", "survival_fraction", "survival_rate")


def in_words(row: Mapping[str, Any], noun: Noun) -> str:
    """The published outcome as a phrase, with what its subjects are called."""
    metric = str(row.get("metric") or "")
    plain = metric.replace("marker:", "").replace("_", " ")
    what = _WORDS[metric].format(many=noun.many) if metric in _WORDS else plain
    site = f" at {row['site']}" if row.get("site") else ""
    on = f" on day {day_text(float(row['day']))}" if row.get("day") is not None else ""
    if row.get("better") is None:
        return f"{what}{site}{on} in {row.get('arm')}: {_value_in_words(row)}"
    shown = _p_in_words(row.get("p"))
    if str(row.get("relation") or ">") == "~":
        return f"{what}{site}{on}: no significant difference between {row['better']} and {row['worse']}{shown}"
    verb = "higher" if metric.startswith("marker:") else "longer" if metric == "survival" else "better"
    return f"{what}{site}{on}: {verb} in {row['better']} than in {row['worse']}{shown}"


def _value_in_words(row: Mapping[str, Any]) -> str:
    value, unit = row.get("value"), str(row.get("unit") or "")
    if not isinstance(value, int | float):
        return f"{value} {unit}".rstrip()
    if row.get("metric") in FRACTIONS and not unit:
        value, unit = 100 * value, "%"
    return f"{value:g} {unit}".rstrip()


def published_value(row: Mapping[str, Any], unit: str) -> float:
    """The published number in the unit of the quantity; a fraction may be given in percent. NaN if it is none."""
    try:
        value = float(row["value"])
    except (KeyError, TypeError, ValueError):
        return math.nan
    return value / 100 if unit == "fraction" and row.get("unit") == "%" else value


def _p_in_words(p: Any) -> str:
    if p is None or p == "":
        return ""
    text = f"{p:.2g}" if isinstance(p, float) else str(p)
    return f" (p {text[0]} {text[1:].strip()})" if text[0] in "<>=" else f" (p = {text})"
