"""`abscopal data`: tables of measured values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from abscopal.cli.options import AsJson, note
from abscopal.cli.tables import print_table
from abscopal.storage.json_text import json_text

app = typer.Typer(no_args_is_help=True, help="Tables of measured values: check them, and make wide ones long.")
TableFile = Annotated[Path, typer.Argument(metavar="DATA.csv", help="The table, as CSV.", show_default=False)]


@app.command("check")
def check(
    data: TableFile,
    study: Annotated[
        Path | None, typer.Option("--study", metavar="STUDY.yaml", help="A study that the rows must fit.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a table of measured values: tell its arms, animals and days, or every fault with its line."""
    from abscopal.actions.data import check_data

    content = check_data(data, study)
    if as_json:
        typer.echo(json_text(content))
        return
    columns = ("arm", "animals", "values", "days", "censored")
    print_table(f"{content['rows']} values", columns, [_row(arm) for arm in content["arms"]])
    for remark in content["remarks"]:
        note(remark)


@app.command("convert")
def convert(
    wide: TableFile,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="LONG.csv", help="The long table to write.")],
) -> None:
    """Make a wide table (a row per animal, a column per day) long: one row per value."""
    from abscopal.actions.data import convert_data

    typer.echo(f"wrote {convert_data(wide, output)}")


def _row(arm: dict[str, Any]) -> dict[str, Any]:
    values = ", ".join(f"{count} {name}" for name, count in arm["observables"].items())
    return {**arm, "values": values, "days": f"{arm['first_day']:g} to {arm['last_day']:g}"}
