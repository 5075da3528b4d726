"""`abscopal model`: what the model is: its parts, equations and parameters."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from abscopal.cli.options import AsJson, Without
from abscopal.cli.tables import print_parameters, print_table
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.storage.files import check_file, write_whole

if TYPE_CHECKING:
    from abscopal.model import AssembledModel
    from abscopal.parameters import ParameterSet

app = typer.Typer(help="Show what the model is: its parts, equations and parameters.", no_args_is_help=True)

OptionalStudy = Annotated[
    Path | None,
    typer.Argument(
        metavar="[STUDY.yaml]", help="Model of this study; default: two sites and every drug.", show_default=False
    ),
]


def _prepared(study_file: Path | None, without: list[str] | None) -> tuple[AssembledModel, ParameterSet]:
    from abscopal import parameters, pipeline
    from abscopal.model.generic import generic_model
    from abscopal.parameters import ParameterSet

    if study_file is not None:
        prepared = pipeline.prepare(pipeline.load(study_file), without or ())
        return prepared.model, prepared.declared
    model = generic_model(without or ())
    declared = {name: parameters.shared()[name.partition("@")[0]] for name in model.parameter_names}
    return model, ParameterSet(declared, "shared")


@app.command("show")
def show(study_file: OptionalStudy = None, without: Without = None, as_json: AsJson = False) -> None:
    """List the mechanisms with their stocks and flows."""
    model, declared = _prepared(study_file, without)
    rows = [
        {
            "mechanism": name,
            "stocks": ", ".join(dict.fromkeys(s.name for s in model.species if s.mechanism == name)),
            "flows": ", ".join(dict.fromkeys(f.name for f in model.flows if f.mechanism == name)),
        }
        for name in model.mechanisms
    ]
    size = {
        "states": len(model.species),
        "flows": len(model.flows),
        "parameters": len(declared),
        "sites": list(model.sites),
    }
    if as_json:
        typer.echo(json.dumps({**size, "mechanisms": rows}, indent=2, ensure_ascii=False))
    else:
        print_table("Mechanisms", ("mechanism", "stocks", "flows"), rows)
        typer.echo(f"{size['states']} states, {size['flows']} flows, {size['parameters']} parameters")


@app.command("equations")
def show_equations(
    study_file: OptionalStudy = None,
    without: Without = None,
    form: Annotated[Literal["text", "latex"], typer.Option("--format", help="text or latex")] = "text",
    as_json: AsJson = False,
) -> None:
    """Print every equation with the mechanism it comes from."""
    from abscopal.model.equations import equations

    model, _ = _prepared(study_file, without)
    rows = list(equations(model))
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
    from abscopal.simulation import description

    _, declared = _prepared(study_file, without)
    rows: list[dict[str, Any]] = description.parameter_table(declared)
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
    if petab is not None:
        _export_petab(study_file, petab, data, estimate, without)
    elif sbml is not None:
        _export_sbml(study_file, sbml, arm, without)


def _export_sbml(study_file: Path, sbml: Path, arm: str | None, without: list[str] | None) -> None:
    from abscopal import pipeline, published

    prepared = pipeline.prepare(pipeline.load(study_file), without or ())
    arms = [a.name for a in prepared.study.arms]
    chosen = arm or arms[-1]
    if chosen not in arms:
        raise InputError(unknown_name("arm", chosen, arms, key="--arm"))
    check_file(sbml)
    start, schedule = prepared.timelines[chosen].start_day, prepared.schedules[chosen]
    values = [p.value for p in prepared.declared.values()]
    text = published.to_sbml(prepared.model, schedule, values, start=start, name=prepared.study.name)
    write_whole(sbml, text)
    typer.echo(f"wrote {sbml}: {prepared.study.name}, arm {chosen}, time from day {start:g}")


def _export_petab(
    study_file: Path, folder: Path, data: Path | None, estimate: list[str] | None, without: list[str] | None
) -> None:
    from abscopal import pipeline, published

    if data is None:
        raise InputError(Problem("no measurements", key="--data", advice="name a CSV file of them"))
    prepared = pipeline.prepare(pipeline.load(study_file), without or ())
    problem = published.petab_problem(prepared, data, estimate or ())
    problem.save(folder)
    typer.echo(
        f"wrote {folder}: {prepared.study.name}, {len(problem.conditions)} arms, {len(estimate or ())} parameters"
    )
    for note in problem.notes:
        typer.echo(f"note: {note}")
