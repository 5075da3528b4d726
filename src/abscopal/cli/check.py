"""`abscopal check`: what a study will do, before it is run."""

from __future__ import annotations

import json
from collections import Counter
from typing import Annotated, Any, Literal

import typer

from abscopal.cli.options import AsJson, Set, StudyFile, Without, overrides

# Terminal width from which the parameter table has room for sources.
_WIDE = 110


def check(
    study_file: StudyFile,
    set_: Set = None,
    without: Without = None,
    parameters: Annotated[bool, typer.Option("--parameters/--no-parameters", help="Print the parameter table.")] = True,
    as_json: AsJson = False,
) -> None:
    """Check a study file: print its timetable, the defaults filled in, and the parameters with their sources."""
    from abscopal import description, pipeline

    prepared = pipeline.prepare(pipeline.load(study_file, overrides(set_)), without or ())
    study = prepared.study
    content: dict[str, Any] = {
        "study": study.name,
        "title": study.title,
        "arms": {a.name: description.describe_arm(study, a.name) for a in study.arms},
        "timetable": {a.name: description.timetable(study, a.name) for a in study.arms},
        "defaults_filled": [{"key": d.key, "value": d.value, "why": d.why} for d in study.defaults_filled],
        "parameters": description.parameter_table(prepared.declared),
        "sources": description.source_counts(prepared.declared),
        "model": {"states": len(prepared.model.species), "mechanisms": list(prepared.model.mechanisms)},
    }
    if as_json:
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=str))
    else:
        _print(content, parameters)


def _print(content: dict[str, Any], with_parameters: bool) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    console.print(f"[bold]{escape(content['study'])}[/bold]  {escape(content['title'])}")
    for arm, rows in content["timetable"].items():
        console.print(_timetable(arm, content["arms"][arm], rows))
    if content["defaults_filled"]:
        title = "Filled in, because the file leaves it open"
        console.print(_table(title, ("key", "value", "why"), content["defaults_filled"]))
    if with_parameters:
        columns = ("name", "value", "unit", "kind", "meaning") + (("source",) if console.width >= _WIDE else ())
        console.print(_table("Parameters", columns, [_with_source(row) for row in content["parameters"]]))
    counts = ", ".join(f"{n} {kind}" for kind, n in content["sources"].items())
    total = sum(content["sources"].values())
    model = content["model"]
    console.print(
        f"{total} parameters: {counts}. Model: {model['states']} states, {len(model['mechanisms'])} mechanisms."
    )
    overridden = Counter(row["name"] for row in content["parameters"] if row["overridden"])
    if overridden:
        console.print(f"Overridden: {', '.join(sorted(overridden))}")
    console.print("[green]The study can be run.[/green]")


def _with_source(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its source as one text; narrow terminals leave it out, `--json` and the report have it."""
    return {**row, "source": "; ".join(row[key] for key in ("cite", "where", "note") if row[key])}


def _timetable(arm: str, description: str, rows: list[dict[str, Any]]) -> Any:
    return _table(f"{arm}: {description}", ("day", "what", "how_much", "where"), rows)


def _table(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", show_lines=False)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in ("day", "value") else "left"
        table.add_column(column.replace("_", " "), justify=justify, overflow="fold", no_wrap=column == "name")
    for row in rows:
        table.add_row(*(escape(f"{row[c]:g}" if isinstance(row[c], float) else str(row[c])) for c in columns))
    return table
