"""`abscopal check`: what a study will do, before it is run."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from abscopal.cli.options import AsJson, Set, StudyFile, Without, overrides, warn
from abscopal.cli.tables import print_parameters, print_table


def check(
    study_file: StudyFile,
    set_: Set = None,
    without: Without = None,
    parameters: Annotated[bool, typer.Option("--parameters/--no-parameters", help="Print the parameter table.")] = True,
    as_json: AsJson = False,
) -> None:
    """Check a study file: print its timetable, the defaults filled in, and the parameters with their sources."""
    from abscopal import pipeline
    from abscopal.simulation import description

    prepared = pipeline.prepare(pipeline.load(study_file, overrides(set_)), without or ())
    study = prepared.study
    content: dict[str, Any] = {
        "study": study.name,
        "title": study.title,
        "arms": {a.name: description.describe_arm(study, a.name) for a in study.arms},
        "timetable": {a.name: description.timetable(prepared.timelines[a.name]) for a in study.arms},
        "defaults_filled": [{"key": d.key, "value": d.value, "why": d.why} for d in study.defaults_filled],
        "parameters": description.parameter_table(prepared.declared),
        "warnings": description.warnings_of(prepared),
        "sources": description.source_counts(prepared.declared),
        "model": {"states": len(prepared.model.species), "mechanisms": list(prepared.model.mechanisms)},
    }
    if as_json:
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=str))
    else:
        _print(content, parameters)
    warn(content["warnings"])


def _print(content: dict[str, Any], with_parameters: bool) -> None:
    typer.secho(content["study"], bold=True, nl=False)
    typer.echo(f"  {content['title']}")
    for arm, rows in content["timetable"].items():
        print_table(f"{arm}: {content['arms'][arm]}", ("day", "what", "how_much", "where"), rows)
    if content["defaults_filled"]:
        title = "Filled in, because the file leaves it open"
        print_table(title, ("key", "value", "why"), content["defaults_filled"])
    if with_parameters:
        print_parameters(content["parameters"])
    counts = ", ".join(f"{n} {kind}" for kind, n in content["sources"].items())
    total, model = sum(content["sources"].values()), content["model"]
    typer.echo(f"{total} parameters: {counts}. Model: {model['states']} states, {len(model['mechanisms'])} mechanisms.")
    overridden = sorted({row["name"] for row in content["parameters"] if row["overridden"]})
    if overridden:
        typer.echo(f"Overridden: {', '.join(overridden)}")
    typer.secho("The study can be run.", fg=typer.colors.GREEN)
