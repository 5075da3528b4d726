"""From the markers of records to readouts of the model, by a declared table."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from abscopal.evidence.curation.names import NotCovered, latin
from abscopal.evidence.curation.places import DISTANT, PRIMARY
from abscopal.evidence.tables import table
from abscopal.results.questions import CONTROL_WITHOUT, SURVIVING_SHARE
from abscopal.vocabulary import comparable

PLACES = ("tumour", "node", "blood")

_SPELLED = (("alpha", "a"), ("beta", "b"), ("gamma", "g"), ("interferon", "ifn"))
_TIME = re.compile(r"(?:d|day|days|h|hour|hours|w|wk|week|weeks)\d+|\d+(?:d|day|days|h|hr|hrs|hours|w|wk|weeks|gy)")
_COUNTED = {"cd8_density": "cd8"}


@dataclass(frozen=True)
class MarkerReadout:
    """Where the model shows a marker.

    `expression`: a variable of the result, a ratio `a/b` or `a/(b+c)`, or several joined by ` & ` that must all agree;
    or `control without CHANGE`, what a change of the host takes away from tumour control.
    `site`: `primary` or `distant` for a tumour readout, None for the body.
    """

    expression: str
    site: str | None
    note: str = ""


def _key(name: str) -> str:
    """A name as markers are compared: plain, Greek letters and their names as Latin letters."""
    found = comparable(latin(name))
    for word, letter in _SPELLED:
        found = found.replace(word, letter)
    return found


@cache
def _rows(section: str) -> dict[str, Mapping[str, Any]]:
    rows = table("markers.yaml")[section].items()
    return {_key(spelling): row for name, row in rows for spelling in (name, *row.get("also", ()))}


@cache
def _words(section: str) -> frozenset[str]:
    return frozenset(_key(word) for word in table("markers.yaml")[section])


@cache
def _places() -> dict[str, tuple[str, str]]:
    """Word -> (place, site)."""
    found = {}
    for name, row in table("markers.yaml")["places"].items():
        for word in row["words"]:
            found[_key(word)] = (str(row.get("place", name)), str(row.get("site", PRIMARY)))
    return found


@dataclass(frozen=True)
class _MarkerWords:
    """What the words of a marker name: analytes, where (None: not said), and what turns or divides them."""

    analytes: tuple[str, ...]
    place: tuple[str, str] | None
    lowered: bool
    quotient: bool


def readout_of(marker: str) -> MarkerReadout:
    """The readout of a marker. Raises NotCovered."""
    row = _rows("whole").get(_key(marker))
    if row is not None:
        return _of_row(row)
    words, said = _beside_a_whole_name(marker)
    row = _rows("whole").get(_key("".join(words)))
    if row is not None and (said.site != DISTANT or "tumour" in row or "control_without" in row):
        return _of_row(row, said.lowered, said.site)
    parts = _parts(marker, _rows("analytes"))
    rows = _known(marker, parts, _rows("analytes"), "the model")
    place, site = parts.place or _usual_place(rows)
    missing = [name for name, row in zip(parts.analytes, rows, strict=True) if place not in row]
    if missing:
        raise NotCovered(f"marker {marker!r}: the model has no {missing[0]} in {place}")
    expressions = [e for row in rows for e in str(row[place]).split(" & ")]
    return MarkerReadout(_joined(marker, expressions, parts), site if place == "tumour" else None, _notes(rows))


def dish_readout_of(marker: str) -> MarkerReadout:
    """The readout of a marker of cells in a dish. Raises NotCovered."""
    row = _rows("dish").get(_key(marker))
    if row is not None:
        return MarkerReadout(str(row["cells"]), None, str(row.get("note", "")))
    parts = _parts(marker, _rows("dish"))
    rows = _known(marker, parts, _rows("dish"), "cells in a dish")
    expressions = [e for row in rows for e in str(row["cells"]).split(" & ")]
    if SURVIVING_SHARE in expressions and (len(set(expressions)) > 1 or parts.lowered):
        raise NotCovered(f"marker {marker!r} is not a readout of cells in a dish")
    return MarkerReadout(_joined(marker, expressions, parts), None, _notes(rows))


def marker_rows() -> list[dict[str, str]]:
    """Every marker of the table: name, aliases, the readout that shows it in each place, and a note."""
    sections = table("markers.yaml")
    found: dict[str, dict[str, str]] = {}
    for name, row in ((str(n), r) for part in ("whole", "analytes", "dish") for n, r in sections[part].items()):
        places = [place for place in (*PLACES, "cells", "control_without") if place in row]
        new = {
            "name": name,
            "aliases": ", ".join(map(str, row.get("also", ()))),
            "readout": "; ".join(f"{place}: {row[place]}" for place in places),
            "note": str(row.get("note", "")),
        }
        old = found.setdefault(name, new)
        if old is not new:  # the same marker in a dish
            found[name] = {**old, "readout": f"{old['readout']}; {new['readout']}", "note": old["note"] or new["note"]}
    return list(found.values())


@dataclass(frozen=True)
class _Said:
    """What words beside a whole name say: of which tumour, and whether they turn it round."""

    site: str
    lowered: bool


def _beside_a_whole_name(marker: str) -> tuple[list[str], _Said]:
    """The words of a marker without times, directions, tumours and words that change nothing; and what those said."""
    words = _split(marker)
    tumours = {word: _places()[_key(word)][1] for word in words if _places().get(_key(word), ("",))[0] == "tumour"}
    lowered = [word for word in words if _key(word) in _words("lowered")]
    dropped = {*tumours, *lowered, *(word for word in words if _key(word) in _words("neutral") or _is_time(word))}
    site = DISTANT if DISTANT in tumours.values() else PRIMARY
    return [word for word in words if word not in dropped], _Said(site, bool(lowered))


def _of_row(row: Mapping[str, Any], lowered: bool = False, site: str = PRIMARY) -> MarkerReadout:
    note = str(row.get("note", ""))
    if "control_without" in row:
        if lowered or site != PRIMARY:
            raise NotCovered("what immune cells do for control is a readout of the primary tumour, higher is more")
        return MarkerReadout(CONTROL_WITHOUT + str(row["control_without"]), PRIMARY, note)
    place = next(place for place in PLACES if place in row)
    expression = " & ".join(turned(part) for part in str(row[place]).split(" & ")) if lowered else str(row[place])
    return MarkerReadout(expression, site if place == "tumour" else None, note)


def _known(
    marker: str, parts: _MarkerWords, rows: Mapping[str, Mapping[str, Any]], where: str
) -> list[Mapping[str, Any]]:
    """The rows of all parts of a marker. Raises NotCovered, naming those without one."""
    unknown = [part for part in parts.analytes if _key(part) not in rows]
    if unknown or not parts.analytes:
        named = bool(unknown) and not len(unknown) == len(parts.analytes) == 1
        hint = f" (not modelled: {', '.join(unknown)})" if named else ""
        raise NotCovered(f"marker {marker!r} is not a readout of {where}{hint}")
    return [rows[_key(part)] for part in parts.analytes]


def _usual_place(rows: list[Mapping[str, Any]]) -> tuple[str, str]:
    """Where a marker is read that does not say so: the tumour, unless it is never there."""
    return next((place for place in PLACES if all(place in row for row in rows)), "tumour"), PRIMARY


def _joined(marker: str, expressions: list[str], parts: _MarkerWords) -> str:
    if parts.quotient:
        if len(expressions) != 2:
            raise NotCovered(f"marker {marker!r}: a ratio of two readouts is wanted")
        expressions = [_quotient(marker, *expressions)]
    return " & ".join(dict.fromkeys(turned(e) if parts.lowered else e for e in expressions))


def _quotient(marker: str, above: str, below: str) -> str:
    """The ratio of two readouts of one place: of cells where both are densities, else as they are."""
    counts = [_COUNTED.get(e, e.removesuffix("/volume")) for e in (above, below)]
    # A density that is not a count over the volume cannot be divided by a count.
    if any("/" in e for e in counts) or any(e.endswith("_density") for e in counts):
        raise NotCovered(f"marker {marker!r}: this ratio is not a readout of the model")
    return "/".join(counts)


def turned(expression: str) -> str:
    """The expression that is high where the given one is low.

    Examples
    --------
    >>> turned("treg/volume"), turned("hif1"), turned("1/blood_lymphocytes")
    ('volume/treg', '1/hif1', 'blood_lymphocytes')
    """
    above, _, below = expression.partition("/")
    return f"{below or '1'}/{above}" if above != "1" else below


def _notes(rows: list[Mapping[str, Any]]) -> str:
    return "; ".join(dict.fromkeys(str(row["note"]) for row in rows if row.get("note")))


def _split(marker: str) -> list[str]:
    """The words of a marker; the T of CD8 T cells says nothing more."""
    words = [word for word in re.split(r"[_\s/:+&,()]+", marker) if comparable(word)]
    return [w for i, w in enumerate(words) if not (w == "T" and i and words[i - 1].upper() in ("CD8", "CD4", "CD3"))]


def _is_time(word: str) -> bool:
    return _TIME.fullmatch(word.lower()) is not None


def _parts(marker: str, known: Collection[str]) -> _MarkerWords:
    """The analytes a marker names (of those `known`), and what its other words say."""
    rest: list[str] = []
    places: list[tuple[str, str]] = []
    lowered = quotient = False
    for word in _joined_words(_split(marker), known):
        key = _key(word)
        if key in known:
            rest.append(word)
        elif key in _places():
            places.append(_places()[key])
        elif key in _words("lowered"):
            lowered = True
        elif key in _words("quotient"):
            quotient = True
        elif key not in _words("neutral") and not _is_time(word):
            rest.append(word)
    inside = [place for place in places if place[0] != "tumour"]
    distant = [place for place in places if place[1] == DISTANT]
    return _MarkerWords(tuple(rest), next(iter(inside or distant or places), None), lowered, quotient)


def _joined_words(words: list[str], known: Collection[str]) -> list[str]:
    """Words of which several are one analyte together (cytosolic dsDNA, HIF 1 alpha) as one; the longest first."""
    found: list[str] = []
    at = 0
    while at < len(words):
        ends = range(len(words), at, -1)
        end = next((end for end in ends if _key("".join(words[at:end])) in known), at + 1)
        found.append("".join(words[at:end]))
        at = end
    return found
