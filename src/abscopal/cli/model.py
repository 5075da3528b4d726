"""`abscopal model`: what the model is: its parts, equations and parameters."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from abscopal.cli.options import AsJson, Without
from abscopal.cli.tables import print_parameters, print_table
from abscopal.errors import InputError, Problem

app = typer.Typer(help="Show what the model is: its parts, equations and parameters.", no_args_is_help=True)

OptionalStudy = Annotated[
    Path | None,
    typer.Argument(
        metavar="[STUDY.yaml]", help="Model of this study; default: two sites and every drug.", show_default=False
    ),
]


@app.command("show")
def show(study_file: OptionalStudy = None, without: Without = None, as_json: AsJson = False) -> None:
    """List the mechanisms with their stocks and flows."""
    from abscopal.actions.model import parts_of_model

    parts = parts_of_model(study_file, without or ())
    if as_json:
        typer.echo(json.dumps(parts, indent=2, ensure_ascii=False))
    else:
        print_table("Mechanisms", ("mechanism", "stocks", "flows"), parts["mechanisms"])
        typer.echo(f"{parts['states']} states, {parts['flows']} flows, {parts['parameters']} parameters")


@app.command("equations")
def show_equations(
    study_file: OptionalStudy = None,
    without: Without = None,
    form: Annotated[Literal["text", "latex"], typer.Option("--format", help="text or latex")] = "text",
    as_json: AsJson = False,
) -> None:
    """Print every equation with the mechanism it comes from."""
    from abscopal.actions.model import model_equations

    rows = model_equations(study_file, without or ())
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(row) for row in rows], indent=2, ensure_ascii=False))
        return
    for row in rows:
        comment = "%" if form == "latex" else "#"
        typer.echo(f"{comment} {row.mechanism or 'event'}: {row.name}")
        typer.echo(row.latex if form == "latex" else f"{row.left} = {row.right}")


@app.command("parameters")
def show_parameters(study_file: OptionalStudy = None, without: Without = None, as_json: AsJson = False) -> None:
    """Print the parameters with their sources."""
    from abscopal.actions.model import model_parameters

    rows = model_parameters(study_file, without or ())
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False, default=str))
    else:
        print_parameters(rows)


@app.command("export")
def export(
    study_file: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="The study.", show_default=False)],
    sbml: Annotated[
        Path | None, typer.Option("--sbml", metavar="FILE.xml", help="SBML Level 3 file to write.", show_default=False)
    ] = None,
    petab: Annotated[
        Path | None,
        typer.Option("--petab", metavar="DIR", help="Folder for a calibration problem in PEtab.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DATA.csv", help="PEtab: arm, site, day, observable, value, sd."),
    ] = None,
    estimate: Annotated[
        list[str] | None, typer.Option("--estimate", metavar="NAME", help="PEtab: parameter to estimate. Repeatable.")
    ] = None,
    arm: Annotated[
        str | None, typer.Option("--arm", help="SBML: arm whose events go with it; default: the last one.")
    ] = None,
    without: Without = None,
) -> None:
    """Write the model of a study as SBML with one arm's events, or as a PEtab problem with all arms and data."""
    if (sbml is None) == (petab is None):
        raise InputError(Problem("choose one", key="export", allowed="--sbml FILE.xml or --petab DIR"))
    from abscopal.actions import model

    if petab is not None:
        problem = model.export_petab(study_file, petab, data, estimate or (), without or ())
        typer.echo(f"wrote {petab}: {problem.study}, {problem.arms} arms, {problem.estimated} parameters")
        for note in problem.notes:
            typer.echo(f"note: {note}")
    elif sbml is not None:
        written = model.export_sbml(study_file, sbml, arm, without or ())
        typer.echo(f"wrote {sbml}: {written.study}, arm {written.arm}, time from day {written.start_day:g}")
