"""Answers of the calculator: numbers as a table or as JSON, with validity warnings; curves in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from abscopal.cli.tables import print_table

if TYPE_CHECKING:
    from abscopal.actions.radiation.calculation import Calculation


def show_answer(answer: Calculation, plot: Path | None, as_json: bool) -> None:
    """Draw the curves of an answer, if it has any, and print its warnings and its numbers, as a table or as JSON."""
    if plot is not None and answer.curves is not None:
        from abscopal.actions.radiation.calculation import draw

        draw(answer.curves, plot)
        typer.echo(f"drawn: {plot}", err=True)
    for note in answer.warnings:
        typer.echo(f"warning: {note}", err=True)
    if as_json:
        typer.echo(json.dumps({**answer.values, "warnings": list(answer.warnings)}, indent=2, ensure_ascii=False))
        return
    values = dict(answer.values)
    rows = values.pop("rows", None)
    if rows:
        print_table("", tuple(rows[0]), rows)
    if values:
        print_table("", ("quantity", "value"), list(_flat(values)))


def _flat(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, value in answer.items():
        if isinstance(value, Mapping):
            yield from ({"quantity": f"{name} ({key})", "value": number} for key, number in value.items())
        else:
            yield {"quantity": name, "value": "outside the beams" if value is None else value}
