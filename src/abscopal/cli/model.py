"""`abscopal model`: what the model is: its parts, equations and parameters."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

import typer

from abscopal.cli.options import AsJson, Without
from abscopal.cli.tables import print_parameters, print_table
from abscopal.errors import InputError, Problem
from abscopal.storage.json_text import json_text

app = typer.Typer(help="Show what the model is: its parts, equations and parameters.", no_args_is_help=True)

OptionalStudy = Annotated[
    Path | None,
    typer.Argument(
        metavar="[STUDY.yaml]", help="Model of this study; default: two sites and every drug.", show_default=False
    ),
]


@app.command("show")
def show(study_file: OptionalStudy = None, without: Without = None, as_json: AsJson = False) -> None:
    """List the mechanisms with their stocks and flows, and the hash of the model that scores and pages name."""
    from abscopal.actions.model import parts_of_model

    parts = parts_of_model(study_file, without or ())
    if as_json:
        typer.echo(json_text(parts))
    else:
        print_table("Mechanisms", ("mechanism", "stocks", "flows"), parts["mechanisms"])
        typer.echo(f"{parts['states']} states, {parts['flows']} flows, {parts['parameters']} parameters")
        typer.echo(f"code and data of the model: {parts['model_hash']}")


@app.command("equations")
def show_equations(
    study_file: OptionalStudy = None,
    without: Without = None,
    form: Annotated[Literal["text", "latex"], typer.Option("--format", help="text, or a LaTeX document")] = "text",
    as_json: AsJson = False,
) -> None:
    """Print every equation with the mechanism it comes from."""
    from abscopal.actions.model import model_equations, model_latex

    if form == "latex" and not as_json:
        typer.echo(model_latex(study_file, without or ()), nl=False)
        return
    rows = model_equations(study_file, without or ())
    if as_json:
        typer.echo(json_text([dataclasses.asdict(row) for row in rows]))
        return
    for row in rows:
        typer.echo(f"# {row.mechanism or 'event'}: {row.name}")
        typer.echo(f"{row.left} = {row.right}")


@app.command("parameters")
def show_parameters(study_file: OptionalStudy = None, without: Without = None, as_json: AsJson = False) -> None:
    """Print the parameters with their sources."""
    from abscopal.actions.model import model_parameters

    rows = model_parameters(study_file, without or ())
    if as_json:
        typer.echo(json_text(rows))
    else:
        print_parameters(rows)


@app.command("export")
def export(
    study_file: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="The study.", show_default=False)],
    sbml: Annotated[
        Path | None, typer.Option("--sbml", metavar="FILE.xml", help="SBML Level 3 file to write.", show_default=False)
    ] = None,
    sedml: Annotated[
        Path | None,
        typer.Option("--sedml", metavar="FILE.sedml", help="SBML: SED-ML file beside it that simulates and plots it."),
    ] = None,
    omex: Annotated[
        Path | None,
        typer.Option(
            "--omex",
            metavar="FILE.omex",
            help="COMBINE archive: SBML of every arm, SED-ML and the study.",
            show_default=False,
        ),
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
        str | None, typer.Option("--arm", help="Arm whose events go with it; default: SBML the last, archive all.")
    ] = None,
    without: Without = None,
) -> None:
    """Write the model of a study as SBML with one arm's events, as a COMBINE archive, or as a PEtab problem."""
    if sum(chosen is not None for chosen in (sbml, omex, petab)) != 1:
        allowed = "--sbml FILE.xml, --omex FILE.omex or --petab DIR"
        raise InputError(Problem("choose one", key="export", allowed=allowed))
    if sedml is not None and sbml is None:
        raise InputError(
            Problem("it needs the SBML file that it runs", key="--sedml", advice="give --sbml FILE.xml too")
        )
    from abscopal.actions import model

    if petab is not None:
        problem = model.export_petab(study_file, petab, data, estimate or (), without or ())
        typer.echo(f"wrote {petab}: {problem.study}, {problem.arms} arms, {problem.estimated} parameters")
        for note in problem.notes:
            typer.echo(f"note: {note}")
    elif omex is not None:
        study, arms = model.export_omex(study_file, omex, arm, without or ())
        typer.echo(f"wrote {omex}: {study}, {len(arms)} arms ({', '.join(arms)}), SED-ML and the study file")
    elif sbml is not None:
        written = model.export_sbml(study_file, sbml, arm, without or (), sedml)
        typer.echo(f"wrote {sbml}: {written.study}, arm {written.arm}, time from day {written.start_day:g}")
