"""From a row of a data file to a declaration: one set of rules for every number of the package.

A row has `value`, `unit` and `source`, and may have `symbol`, `meaning`, `bounds` and `spread`, as in
`{distribution: logit, between_subjects: 0.2, uncertainty: 0.5}`: a number is a width of the distribution, lognormal if
none is named; a mapping such as `{distribution: uniform, low: 0.3, high: 0.9}` is a distribution of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from abscopal.parameters.declaration import SOURCE_KINDS, Parameter, Source, Spread
from abscopal.parameters.distribution import AROUND, FAMILIES, Distribution, read_distribution
from abscopal.parameters.own import current
from abscopal.storage.packaged import read_yaml

_KEYS = ("symbol", "meaning", "value", "unit", "bounds", "spread", "source")
_SPREAD_KEYS = ("distribution", "between_subjects", "uncertainty", "between_lines", "note")
_SOURCE_KEYS = ("kind", "cite", "where", "note")


@cache
def data_file(file: str) -> Any:
    """The content of one YAML file of `parameters/data`."""
    return read_yaml("abscopal.parameters", file)


def citations() -> dict[str, str]:
    """Citation key -> reference as text."""
    own = current()
    return {**_packaged_citations(), **own.citations} if own is not None else _packaged_citations()


@cache
def _packaged_citations() -> dict[str, str]:
    return dict(data_file("citations.yaml"))


def declare(name: str, row: Mapping[str, Any], mechanism: str = "") -> Parameter:
    """A parameter from its row in a data file.

    Raises
    ------
    ValueError
        The row breaks the rules: a key is missing or unknown, the value is not a number within its bounds, the spread
        cannot be drawn, or the source is not said.
    """
    _known(name, row, _KEYS)
    missing = [key for key in ("value", "unit", "source") if key not in row]
    if missing:
        raise ValueError(f"{name}: has no {missing[0]}")
    value, unit = float(row["value"]), str(row["unit"]).strip()
    if not unit:
        raise ValueError(f"{name}: has no unit; a number without one has the unit 1")
    bare = Parameter(
        name=name,
        symbol=str(row.get("symbol", "")),
        meaning=str(row.get("meaning", "")),
        value=value,
        unit=unit,
        source=read_source(name, row["source"]),
        mechanism=mechanism,
    )
    found = _varying(bare, name, row)
    low, high = found.bounds
    if not low <= value <= high:
        raise ValueError(f"{name}: the value {value:g} is not within {low:g} to {high:g}")
    return found


def replaced(base: Parameter, label: str, row: Mapping[str, Any]) -> Parameter:
    """A parameter with the value and source of a row, and with its spread and bounds where the row has them.

    Raises
    ------
    ValueError
        The row breaks the rules, see `declare`.
    """
    _known(label, row, ("value", "bounds", "spread", "source"))
    source = read_source(label, row["source"])
    return _varying(base.with_value(float(row["value"]), source), label, row)


def _varying(base: Parameter, label: str, row: Mapping[str, Any]) -> Parameter:
    low, high = (float(bound) for bound in row.get("bounds", base.bounds))
    if not low < high:
        raise ValueError(f"{label}: the bounds {low:g} and {high:g} hold nothing between them")
    try:
        spread = _spread(label, row.get("spread", {}), base)
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None
    return replace(base, bounds=(low, high), spread=spread)


def _spread(label: str, row: Mapping[str, Any], base: Parameter) -> Spread:
    """The spread of a row on top of that of the parameter it replaces."""
    _known(label, row, _SPREAD_KEYS)
    family = row.get("distribution")
    if family is not None and family not in FAMILIES:
        raise ValueError(f"distribution {family!r} is not one of {', '.join(FAMILIES)}")
    found = {}
    for key in ("between_subjects", "uncertainty", "between_lines"):
        old: Distribution = getattr(base.spread, key)
        usual = family or (old.family if old.family in AROUND else AROUND[0])
        if key in row:
            found[key] = read_distribution(row[key], usual, base.value)
        else:
            found[key] = replace(old, family=usual) if family and old.family in AROUND else old
    return Spread(**found, note=str(row.get("note", base.spread.note)))


def read_source(label: str, row: Mapping[str, Any]) -> Source:
    """The source of a value, from its row.

    Raises
    ------
    ValueError
        The kind is unknown, an assumption has no note, or another value no known citation.
    """
    _known(label, row, _SOURCE_KEYS)
    source = Source(row["kind"], row.get("cite", ""), str(row.get("where", "")), row.get("note", ""))
    if source.kind not in SOURCE_KINDS:
        raise ValueError(f"{label}: source kind {source.kind!r} is not one of {', '.join(SOURCE_KINDS)}")
    if source.kind == "assumed" and not source.note:
        raise ValueError(f"{label}: an assumed value needs a note that says why")
    if source.kind != "assumed" and not source.cite:
        raise ValueError(f"{label}: a {source.kind} value needs a citation")
    if source.cite and source.cite not in citations():
        raise ValueError(f"{label}: citation {source.cite!r} is not in citations.yaml")
    return source


def _known(label: str, row: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    unknown = [str(key) for key in row if key not in keys]
    if unknown:
        raise ValueError(f"{label}: unknown key {unknown[0]!r}; allowed: {', '.join(keys)}")
