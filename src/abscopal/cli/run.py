"""`abscopal run`: the main job."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from abscopal.cli.options import AsJson, Seed, Set, Size, StudyFile, Without, overrides, warn
from abscopal.vocabulary import HUMAN

if TYPE_CHECKING:
    from abscopal.results import Result

Solver = Literal["fast", "reference"]

NO_ANIMAL_LEFT = 1
# With more sites the table of outcomes gets a row per arm and site.
_MOST_SITES_ACROSS = 3


def run(
    study_file: StudyFile,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results; default: out/STUDY.")
    ] = None,
    size: Size = None,
    seed: Seed = None,
    set_: Set = None,
    without: Without = None,
    solver: Annotated[
        Solver, typer.Option("--solver", help="fast: Rosenbrock kernel; reference: SciPy LSODA, one by one.")
    ] = "fast",
    csv: Annotated[bool, typer.Option("--csv", help="Write tidy CSV tables as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulate every arm of a study; write report.html, summary.json and trajectories.nc; print a table."""
    from abscopal.actions.run import any_subject_solved, run_study, study_job

    job = study_job(study_file, overrides(set_), output, size, seed)
    with _progress(job.subjects, quiet=as_json) as report:
        result = run_study(job, without=without or (), solver=solver, csv=csv, progress=report)
    if as_json:
        typer.echo(json.dumps(result.summary(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(result, job.folder)
    warn(result.metadata.provenance["warnings"])
    if not any_subject_solved(result):
        typer.echo("no animal of any arm could be simulated: see the advice above", err=True)
        raise typer.Exit(NO_ANIMAL_LEFT)


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task("simulating", total=total)
        done: dict[str, int] = {}

        def report(arm: str, count: int, _: int) -> None:
            done[arm] = count
            bar.update(task, description=arm, completed=sum(done.values()))

        yield report


def _print(result: Result, folder: Path) -> None:
    from rich.console import Console
    from rich.markup import escape

    from abscopal.results.wording import answer

    console = Console()
    console.print(_outcomes(result))
    if result.metadata.host == HUMAN or any(arm.cytokine_release for arm in result.harm):
        console.print(_harm(result))
    for comparison in result.comparisons:
        console.print(f"• {escape(answer(comparison))}")
    for failure in result.trajectories.failures():
        arm, count, advice = (escape(str(failure[key])) for key in ("arm", "count", "advice"))
        console.print(f"[yellow]{arm}: {count} animals failed and are left out: {advice}[/yellow]")
    console.print(f"report: {escape(str(folder / 'report.html'))}", soft_wrap=True)


def _outcomes(result: Result) -> Any:
    from rich.markup import escape
    from rich.table import Table

    from abscopal.results.wording import endpoint_cell

    rows = result.table()
    shown = rows[rows["endpoint"].isin(["median survival", "complete response", "growth delay"])]
    if len(result.metadata.sites) > _MOST_SITES_ACROSS:
        return _outcomes_down(result, shown)
    columns = list(dict.fromkeys(zip(shown["endpoint"], shown["site"], strict=True)))
    table = Table(title=escape(result.metadata.title or result.metadata.name), title_justify="left")
    table.add_column("arm")
    for endpoint, site in columns:
        table.add_column(escape(endpoint if site == "all" else f"{endpoint}, {site}"), justify="right")
    for arm in result.metadata.arms:
        cells = [arm.name]
        for endpoint, site in columns:
            found = shown[(shown["arm"] == arm.name) & (shown["endpoint"] == endpoint) & (shown["site"] == site)]
            cells.append(endpoint_cell(found.iloc[0]) if len(found) else "–")
        table.add_row(*(escape(c) for c in cells))
    return table


def _outcomes_down(result: Result, shown: Any) -> Any:
    """The same table with a row per arm and site, for more sites than fit side by side."""
    from rich.markup import escape
    from rich.table import Table

    from abscopal.results.wording import endpoint_cell

    table = Table(title=escape(result.metadata.title or result.metadata.name), title_justify="left")
    endpoints = list(dict.fromkeys(shown["endpoint"]))
    for column in ("arm", "site"):
        table.add_column(column)
    for endpoint in endpoints:
        table.add_column(endpoint, justify="right")
    for (arm, site), part in shown.groupby(["arm", "site"], sort=False):
        found = {row["endpoint"]: endpoint_cell(row) for _, row in part.iterrows()}
        table.add_row(escape(arm), escape(site), *(escape(found.get(endpoint, "")) for endpoint in endpoints))
    return table


def _harm(result: Result) -> Any:
    """A column per kind of harm that the study has, a row per arm."""
    from rich.markup import escape
    from rich.table import Table

    from abscopal.results.wording import harm_cells

    rows = [harm_cells(arm) for arm in result.harm]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(title="Harm", title_justify="left")
    table.add_column("arm")
    for column in columns:
        table.add_column(escape(column), justify="right")
    for arm, row in zip(result.harm, rows, strict=True):
        table.add_row(escape(arm.name), *(escape(row.get(column, "–")) for column in columns))
    return table
