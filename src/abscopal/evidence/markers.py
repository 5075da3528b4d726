"""From the markers of records to readouts of the model, by a declared table."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from abscopal.evidence.names import NotCovered, plain
from abscopal.evidence.tables import table

PLACES = ("tumour", "node", "blood")


@dataclass(frozen=True)
class Readout:
    """Where the model shows a marker.

    `expression`: a variable of the result, a ratio `a/b` or `a/(b+c)`, or several joined by ` & ` that must all agree.
    `site`: `primary` or `distant` for a tumour readout, None for the body.
    """

    expression: str
    site: str | None
    note: str = ""


@cache
def _whole() -> dict[str, Mapping[str, Any]]:
    return {plain(name): row for name, row in table("markers.yaml")["whole"].items()}


@cache
def _analytes() -> dict[str, Mapping[str, str]]:
    return {plain(name): row for name, row in table("markers.yaml")["analytes"].items()}


@cache
def _places() -> dict[str, tuple[str, str]]:
    """Word -> (place, site)."""
    found = {}
    for name, row in table("markers.yaml")["places"].items():
        for word in row["words"]:
            found[plain(word)] = (str(row.get("place", name)), str(row.get("site", "primary")))
    return found


def readout_of(marker: str) -> Readout:
    """The readout of a marker. Raises NotCovered."""
    row = _whole().get(plain(marker))
    if row is not None:
        place = next(place for place in PLACES if place in row)
        site = str(row.get("site", "primary")) if place == "tumour" else None
        return Readout(str(row[place]), site, str(row.get("note", "")))
    parts, (place, site) = _parts(marker)
    unknown = [part for part in parts if plain(part) not in _analytes()]
    if unknown or not parts:
        raise NotCovered(f"marker {marker!r} is not a readout of the model{_hint(unknown, len(parts))}")
    missing = [part for part in parts if place not in _analytes()[plain(part)]]
    if missing:
        raise NotCovered(f"marker {marker!r}: the model has no {missing[0]} in {place}")
    expressions = [e for part in parts for e in _analytes()[plain(part)][place].split(" & ")]
    return Readout(" & ".join(dict.fromkeys(expressions)), site if place == "tumour" else None)


@cache
def _dish() -> dict[str, Mapping[str, str]]:
    return {plain(name): row for name, row in table("markers.yaml")["dish"].items()}


def dish_readout_of(marker: str) -> Readout:
    """The readout of a marker of cells in a dish. Raises NotCovered."""
    row = _dish().get(plain(marker))
    if row is not None:
        return Readout(str(row["cells"]), None, str(row.get("note", "")))
    parts, _ = _parts(marker, frozenset(_dish()))
    unknown = [part for part in parts if plain(part) not in _dish()]
    if unknown or not parts:
        raise NotCovered(f"marker {marker!r} is not a readout of cells in a dish{_hint(unknown, len(parts))}")
    expressions = [e for part in parts for e in str(_dish()[plain(part)]["cells"]).split(" & ")]
    notes = [str(_dish()[plain(part)].get("note", "")) for part in parts]
    return Readout(" & ".join(dict.fromkeys(expressions)), None, "; ".join(dict.fromkeys(n for n in notes if n)))


def _parts(marker: str, known: Collection[str] = ()) -> tuple[list[str], tuple[str, str]]:
    """The analytes a marker names (of those `known`), and where: its words that are neither places nor neutral."""
    known = known or _analytes()
    neutral = {plain(word) for word in table("markers.yaml")["neutral"]}
    words = [word for word in re.split(r"[_\s]+", marker) if plain(word)]
    places = [_places()[plain(word)] for word in words if plain(word) in _places()]
    rest = [word for word in words if plain(word) not in _places() and plain(word) not in neutral]
    # Two words that are one analyte together (cytosolic dsDNA, CD8a DC) are joined.
    joined: list[str] = []
    for word in rest:
        if joined and plain(joined[-1] + word) in known:
            joined[-1] += word
        else:
            joined.append(word)
    inside = [place for place in places if place[0] != "tumour"]
    distant = [place for place in places if place[1] == "distant"]
    return joined, (inside or distant or [("tumour", "primary")])[0]


def _hint(unknown: list[str], parts: int) -> str:
    if not unknown or len(unknown) == parts == 1:
        return ""
    return f" (not modelled: {', '.join(unknown)})"
