"""What the catalogue holds: tumour lines, drugs, cell products, changes of the host, markers, readouts; one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from abscopal import parameters
from abscopal.errors import InputError, unknown_name
from abscopal.evidence.curation.markers import marker_rows
from abscopal.model.generic import generic_model
from abscopal.parameters import Entry
from abscopal.simulation import description
from abscopal.simulation.trajectories import readout_rows
from abscopal.study import Study
from abscopal.study.own_catalogue import read_catalogue
from abscopal.vocabulary import comparable

Kind = Literal["lines", "drugs", "cells", "hosts", "markers", "readouts"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_ENTRIES = {"lines": "lines", "drugs": "agents", "cells": "products", "hosts": "hosts"}


def own_catalogue_note(study: Study) -> str:
    """Which catalogue of the user's a study is read with, and what of the package it replaces; "" if none."""
    own = study.catalogue
    if own is None:
        return ""
    replaced = [
        f"{name} replaces that of the package"
        for kind, rows in own.rows.items()
        for name, row in rows.items()
        if {comparable(text) for text in (name, *row["aliases"])} & _packaged_spellings(kind)
    ]
    return "; ".join([f"catalogue: {own.path} (sha256 {own.sha256[:12]})", *replaced])


def _packaged_spellings(kind: str) -> set[str]:
    with parameters.using(None):
        entries = [parameters.entry(kind, name) for name in parameters.names(kind)]
    return {comparable(text) for entry in entries for text in (entry.name, *entry.aliases)}


@dataclass(frozen=True)
class CatalogueEntry:
    """One entry: what is known of it, and its parameters with value, unit, uncertainty and source.

    Attributes
    ----------
    facts : what is no number of the model.
    parameters : rows as of `description.parameter_table`.
    """

    kind: Kind
    name: str
    facts: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...] = ()


def catalogue_rows(kind: Kind, own: Path | None = None) -> list[dict[str, str]]:
    """A row per entry of a kind: name, aliases, class and source.

    Parameters
    ----------
    own : a file of the user's own lines, drugs and cell products.

    Raises
    ------
    InputError
        The file cannot be used.
    """
    with parameters.using(read_catalogue(own) if own else None):
        if kind == "markers":
            return [{key: row[key] for key in ("name", "aliases", "readout", "note")} for row in marker_rows()]
        if kind == "readouts":
            return [{key: row[key] for key in ("name", "unit", "where", "meaning")} for row in _readouts()]
        entries = [parameters.entry(_ENTRIES[kind], name) for name in parameters.names(_ENTRIES[kind])]
        return [
            {"name": e.name, "aliases": ", ".join(e.aliases), "class": _class(kind, e), "source": _source(kind, e)}
            for e in entries
        ]


def catalogue_entry(kind: Kind, name: str, own: Path | None = None) -> CatalogueEntry:
    """One entry by any of its spellings.

    Raises
    ------
    InputError
        There is none; offers the nearest names. Or the user's file cannot be used.
    """
    with parameters.using(read_catalogue(own) if own else None):
        if kind in ("markers", "readouts"):
            rows = marker_rows() if kind == "markers" else _readouts()
            spelled = {comparable(text): row for row in rows for text in row.get("aliases", "").split(", ") if text}
            spelled |= {comparable(row["name"]): row for row in rows}
            if comparable(name) in spelled:
                row = spelled[comparable(name)]
                return CatalogueEntry(kind, row["name"], {k: v for k, v in row.items() if k != "name" and v})
            raise InputError(unknown_name(kind.removesuffix("s"), name, [row["name"] for row in rows]))
        entry = parameters.entry(_ENTRIES[kind], name)
        about = parameters.about_line(entry.name) if kind == "lines" else dict(entry.about)
        facts = {"aliases": ", ".join(entry.aliases), "like": entry.inherits, "from": _origin(kind, entry), **about}
        table = description.parameter_table(parameters.ParameterSet(_parameters(kind, entry)))
        return CatalogueEntry(kind, entry.name, {k: v for k, v in facts.items() if v not in ("", None)}, tuple(table))


def _parameters(kind: Kind, entry: Entry) -> dict[str, parameters.Parameter]:
    if kind == "hosts":
        return {}
    found = parameters.values_of(_ENTRIES[kind], entry.name)
    for species in entry.by_species:
        there = parameters.values_of(_ENTRIES[kind], entry.name, species)
        found |= {f"{name} ({species})": item for name, item in there.items() if item != found.get(name)}
    if kind == "lines":  # radiosensitivity and growth are asked of every line, its own or the shared prior
        body = parameters.in_species(parameters.host_of(entry.name))
        found = {name: body[name] for name in ("doubling_time", "alpha_photon", "beta_photon")} | found
    return found


def _class(kind: Kind, entry: Entry) -> str:
    if kind == "lines":
        about = parameters.about_line(entry.name)
        return ", ".join(str(about[key]) for key in ("class", "tissue", "strain", "host") if about.get(key))
    return str(entry.about.get({"drugs": "target", "cells": "adds_to"}.get(kind, "meaning"), ""))


def _source(kind: Kind, entry: Entry) -> str:
    """Where the entry's own numbers are from, each work once."""
    rows = [*entry.values.values(), *(row for group in entry.by_species.values() for row in group.values())]
    sources = [row["source"] for row in rows] + ([entry.about["source"]] if "source" in entry.about else [])
    cited = dict.fromkeys(str(source.get("cite") or source["kind"]) for source in sources)
    return ", ".join([*([_origin(kind, entry)] if _origin(kind, entry) != "package" else []), *cited])


def _origin(kind: Kind, entry: Entry) -> str:
    own = parameters.current()
    return own.path if own is not None and entry.name in own.rows.get(_ENTRIES[kind], {}) else "package"


def _readouts() -> list[dict[str, str]]:
    return readout_rows(generic_model())
