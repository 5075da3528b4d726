"""Answers of the calculator: numbers as a table or as JSON, with validity warnings; curves in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from abscopal.cli.tables import print_table
from abscopal.storage.json_text import json_text

if TYPE_CHECKING:
    from abscopal.actions.radiation.calculation import Calculation

# In place of a number that could not be found; the warnings say why.
_NONE = "none"


def show_answer(answer: Calculation, plot: Path | None, as_json: bool) -> None:
    """Draw the curves of an answer, if it has any, and print its warnings and its numbers, as a table or as JSON."""
    if plot is not None and answer.curves is not None:
        from abscopal.actions.radiation.calculation import draw

        draw(answer.curves, plot)
        typer.echo(f"drawn: {plot}", err=True)
    for note in answer.warnings:
        typer.echo(f"warning: {note}", err=True)
    if as_json:
        typer.echo(json_text({**answer.values, "warnings": list(answer.warnings)}))
        return
    values = dict(answer.values)
    rows = values.pop("rows", None)
    if rows:
        print_table("", tuple(rows[0]), [{name: _NONE if v is None else v for name, v in row.items()} for row in rows])
    by_name = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    if by_name:
        _print_by_name(by_name)
    plain = [{"quantity": name, "value": _shown(v)} for name, v in values.items() if name not in by_name]
    if plain:
        print_table("", ("quantity", "value"), plain)


def _print_by_name(by_name: Mapping[str, Mapping[str, Any]]) -> None:
    """Quantities of several names (models) as one table, a line per name."""
    names = dict.fromkeys(name for quantity in by_name.values() for name in quantity)
    rows = [{"model": n, **{quantity: _shown(found.get(n)) for quantity, found in by_name.items()}} for n in names]
    print_table("", ("model", *by_name), rows)


def _shown(value: Any) -> Any:
    return _NONE if value is None else value
