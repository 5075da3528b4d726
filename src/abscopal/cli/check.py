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
    from abscopal.actions.check import check_study

    content = check_study(study_file, overrides(set_), without or ())
    if as_json:
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=str))
    else:
        _print(content, parameters)
    warn(content["warnings"])


def _inocula(content: dict[str, Any]) -> list[dict[str, str]]:
    """The cells that a study types and those simulated, which differ where a start volume is given."""
    return [
        {"site": row["site"]}
        | {key: "cannot be so" if row[key] is None else f"{row[key]:.3g}" for key in ("typed", "simulated", "factor")}
        for row in content["inocula"]
    ]


def _print(content: dict[str, Any], with_parameters: bool) -> None:
    typer.secho(content["study"], bold=True, nl=False)
    typer.echo(f"  {content['title']}")
    for arm, rows in content["timetable"].items():
        print_table(f"{arm}: {content['arms'][arm]}", ("day", "what", "how_much", "where"), rows)
    if content["defaults_filled"]:
        title = "Filled in, because the file leaves it open"
        print_table(title, ("key", "value", "why"), content["defaults_filled"])
    print_table(
        "Tumour cells at the start, in the median subject", ("site", "typed", "simulated", "factor"), _inocula(content)
    )
    if with_parameters:
        print_parameters(content["parameters"])
        if content["organs"]:
            print_parameters(content["organs"], "Complications of organs")
    counts = ", ".join(f"{n} {kind}" for kind, n in content["sources"].items())
    total, model = sum(content["sources"].values()), content["model"]
    typer.echo(f"{total} parameters: {counts}. Model: {model['states']} states, {len(model['mechanisms'])} mechanisms.")
    overridden = sorted({row["name"] for row in content["parameters"] if row["overridden"]})
    if overridden:
        typer.echo(f"Overridden: {', '.join(overridden)}")
    typer.secho("The study can be run.", fg=typer.colors.GREEN)
