"""`abscopal check`: what a study will do, before it is run; what matters on one screen, the rest on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from abscopal.cli.options import AsJson, OwnCatalogueFile, Set, StudyFile, Without, note, overrides, warn
from abscopal.cli.tables import print_parameters, print_table
from abscopal.storage.json_text import json_text

Timetable = Annotated[bool, typer.Option("--timetable/--no-timetable", help="Print every arm's days one by one.")]
Defaults = Annotated[bool, typer.Option("--defaults/--no-defaults", help="Print why each default was filled in.")]
Parameters = Annotated[
    bool, typer.Option("--parameters/--no-parameters", help="Print every parameter with its source.")
]


def check(
    study_file: StudyFile,
    set_: Set = None,
    without: Without = None,
    timetable: Timetable = False,
    defaults: Defaults = False,
    parameters: Parameters = False,
    catalogue: OwnCatalogueFile = None,
    as_json: AsJson = False,
) -> None:
    """Check a study file: print its arms, tumours, end points and the defaults filled in, and what is odd about it."""
    from abscopal.actions.check import check_study

    content = check_study(study_file, overrides(set_), without or (), catalogue)
    note(content["catalogue"])
    if as_json:
        typer.echo(json_text(content))
    else:
        _print_summary(content)
        if timetable:
            for arm, rows in content["timetable"].items():
                print_table(f"{arm}: {content['arms'][arm]}", ("day", "what", "how_much", "where"), rows)
        _print_defaults(content["defaults_filled"], defaults)
        if parameters:
            print_parameters(content["parameters"])
            if content["organs"]:
                print_parameters(content["organs"], "Complications of organs")
        _print_model(content, hidden=[name for name, shown in _parts(timetable, defaults, parameters) if not shown])
    warn(content["warnings"])


def _parts(timetable: bool, defaults: bool, parameters: bool) -> Iterator[tuple[str, bool]]:
    yield from (("--timetable", timetable), ("--defaults", defaults), ("--parameters", parameters))


def _print_summary(content: dict[str, Any]) -> None:
    typer.secho(content["study"], bold=True, nl=False)
    typer.echo(f"  {content['title']}")
    for line in content["summary"]:
        typer.echo(line)
    arms = [{"arm": arm, "what is given": words} for arm, words in content["arms"].items()]
    print_table("", ("arm", "what is given"), arms)
    print_table(
        "Tumour cells at the start, median subject", ("site", "typed", "simulated", "factor"), _inocula(content)
    )


def _print_defaults(rows: list[dict[str, str]], whole: bool) -> None:
    if whole and rows:
        print_table("Filled in, because the file leaves it open", ("key", "value", "why"), rows)
    elif rows:
        typer.echo("Filled in: " + "; ".join(_grouped(rows)))


def _grouped(rows: list[dict[str, str]]) -> Iterator[str]:
    """Defaults with their values; what is filled alike into the courses of several arms is told once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        arm, dot, rest = row["key"].removeprefix("arms.").rpartition(".")
        of_arm = dot and row["key"].startswith("arms.")
        alike.setdefault((rest if of_arm else row["key"], row["value"]), []).append(arm if of_arm else "")
    for (key, value), places in alike.items():
        if len(places) > 1:
            yield f"{key} {value} ({len(places)} courses)"
        else:
            yield f"arms.{places[0]}.{key} {value}" if places[0] else f"{key} {value}"


def _print_model(content: dict[str, Any], hidden: list[str]) -> None:
    counts = ", ".join(f"{n} {kind}" for kind, n in content["sources"].items())
    total, model = sum(content["sources"].values()), content["model"]
    typer.echo(f"{total} parameters: {counts}. Model: {model['states']} states, {len(model['mechanisms'])} mechanisms.")
    overridden = sorted({row["name"] for row in content["parameters"] if row["overridden"]})
    if overridden:
        typer.echo(f"Overridden: {', '.join(overridden)}")
    if hidden:
        typer.echo(f"More with {', '.join(hidden)}")
    if any(row["simulated"] is None for row in content["inocula"]):
        typer.secho("The study can be run, but some subjects may not have the start volume.", fg=typer.colors.YELLOW)
    else:
        typer.secho("The study can be run.", fg=typer.colors.GREEN)


def _inocula(content: dict[str, Any]) -> list[dict[str, str]]:
    """The cells that a study types and those simulated, which differ where a start volume is given."""
    filled = {row["key"] for row in content["defaults_filled"]}
    return [_inoculum(row, f"sites.{row['site']}.inoculum" not in filled) for row in content["inocula"]]


def _inoculum(row: dict[str, Any], is_typed: bool) -> dict[str, str]:
    """A row of cells; a dash for the number that nobody typed, and for what would be held against it."""
    shown = {k: "cannot be so" if row[k] is None else f"{row[k]:.3g}" for k in ("typed", "simulated", "factor")}
    return {"site": row["site"]} | shown | ({} if is_typed else {"typed": "–", "factor": "–"})
