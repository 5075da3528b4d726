"""`abscopal catalogue`: what can be named in a study, with aliases, class and source; one entry with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from abscopal.cli.options import AsJson
from abscopal.cli.tables import print_parameters, print_table
from abscopal.storage.json_text import json_text

if TYPE_CHECKING:
    from abscopal.actions.catalogue import CatalogueEntry

Kind = Literal["lines", "drugs", "cells", "hosts", "markers", "readouts"]


def catalogue(
    kind: Annotated[Kind, typer.Argument(help="What is listed.", show_default=False)],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One entry, with its numbers.", show_default=False)
    ] = None,
    own: Annotated[
        Path | None,
        typer.Option("--catalogue", metavar="FILE", help="Your own lines, drugs and cell products as well."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what a study may name: tumour lines, drugs, cell products, changes of the host, markers, readouts.

    With a NAME, in any spelling, one entry: value, unit, uncertainty and source of each of its parameters.
    """
    from abscopal.actions.catalogue import catalogue_entry, catalogue_rows

    if name is not None:
        entry = catalogue_entry(kind, name, own)
        if as_json:
            _print_json(asdict(entry))
        else:
            _print(entry)
        return
    rows = catalogue_rows(kind, own)
    if as_json:
        _print_json({kind: rows})
        return
    print_table(kind.capitalize(), tuple(rows[0]), rows)
    typer.echo(f"{len(rows)} {kind}; more with `abscopal catalogue {kind} NAME`")


def _print_json(content: object) -> None:
    typer.echo(json_text(content))


def _in_words(value: object) -> str:
    if isinstance(value, Mapping) and "kind" in value:  # a source
        return "; ".join(map(_in_words, value.values()))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_in_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_in_words, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _print(entry: CatalogueEntry) -> None:
    typer.secho(entry.name, bold=True)
    for key, value in entry.facts.items():
        typer.echo(f"{key}: {_in_words(value)}")
    if entry.parameters:
        print_parameters(
            [
                {
                    **row,
                    "meaning": f"{row['meaning']}; uncertainty {row['parameter_uncertainty']:g}, "
                    f"between subjects {row['between_subject_variability']:g} (coefficients of variation)",
                }
                for row in entry.parameters
            ]
        )
