"""`abscopal fit`: a study fitted to measured values."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abscopal.cli.options import AsJson, OwnCatalogueFile, Set, StudyFile, note, overrides, warn
from abscopal.cli.tables import print_table
from abscopal.storage.json_text import json_text

if TYPE_CHECKING:
    from abscopal.report.study_fit import StudyFit

DOUBTFUL = 1


def fit(
    study_file: StudyFile,
    data: Annotated[
        Path, typer.Option("--data", metavar="DATA.csv", help="Measured values, as CSV.", show_default=False)
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder for the fit; default: fits/STUDY.")
    ] = None,
    estimate: Annotated[
        list[str] | None,
        typer.Option(
            "--estimate",
            metavar="NAME",
            help="A parameter to estimate, or auto:12: the 12 of which these data can tell most. Repeatable.",
        ),
    ] = None,
    individual: Annotated[
        list[str] | None,
        typer.Option("--individual", metavar="NAME", help="A parameter that every animal has of its own. Repeatable."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only tell what each row became, and what is estimated.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Stop at the Gaussian around the mode: seconds, but no posterior.")
    ] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out/--no-leave-out", help="Foretell each arm by a fit to the others.")
    ] = True,
    worlds: Annotated[
        int,
        typer.Option(
            "--worlds", min=0, max=1000, help="Repeat with so many other values of all that is not estimated."
        ),
    ] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a fit that was stopped.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="End with exit code 1 if there is a warning.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of the draws.")] = 1,
    set_: Set = None,
    catalogue: OwnCatalogueFile = None,
    as_json: AsJson = False,
) -> None:
    """Fit a study to measured values; write posterior.nc, fit.json, draws.csv and report.html; print a table."""
    from abscopal.actions.fit import check_fit, fit_job, run_fit

    job = fit_job(
        study_file,
        data,
        estimate or (),
        individual or (),
        overrides=overrides(set_),
        catalogue=catalogue,
        folder=output,
        seed=seed,
    )
    if check:
        _print_check(check_fit(job), as_json)
        return
    for remark in job.problem.remarks:
        note(remark)
    with _progress(quiet=as_json) as report:
        found = run_fit(job, preview=preview, leave_out=leave_out, worlds=worlds, resume=resume, progress=report)
    if as_json:
        typer.echo(json_text(found.summary()))
    else:
        _print(found, job.folder)
    warn(found.warnings)
    if strict and found.warnings:
        raise typer.Exit(DOUBTFUL)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task("fitting", total=None)

        def report(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield report


def _print_check(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json_text(told))
        return
    columns = ("line", "arm", "of", "day", "observable", "site", "value", "role", "why")
    print_table(f"{len(told['rows'])} rows", columns, told["rows"])
    parameters = [{**row, "declared": f"{row['declared']:.4g} {row['unit']}"} for row in told["parameters"]]
    print_table("Estimated", ("name", "kind", "declared", "reason"), parameters)
    for remark in told["remarks"]:
        note(remark)


def _print(found: StudyFit, folder: Path) -> None:
    from abscopal.report.fit_page import baseline_sentence
    from abscopal.results.wording import number

    rows = [
        {
            "parameter": row["name"],
            "median": number(row["q50"]),
            "5 to 95 %": f"{number(row['q05'])} to {number(row['q95'])}",
            "before": f"{number(row['prior_q05'])} to {number(row['prior_q95'])}",
            "unit": "" if row["unit"] == "1" else row["unit"],
            "contraction": f"{100 * row['contraction']:.0f} %",
        }
        for row in found.table().to_dict("records")
    ]
    print_table(found.found.label, ("parameter", "median", "5 to 95 %", "before", "unit", "contraction"), rows)
    typer.echo(found.headline)
    for sentence in (
        baseline_sentence(found.against_baseline, "knowing the arm"),
        baseline_sentence(found.left_out_against_baseline, "of an arm left out"),
    ):
        if sentence:
            typer.echo(sentence)
    typer.echo(f"report: {folder / 'report.html'}")
    typer.echo(f"another schedule: abscopal run OTHER.yaml --posterior {folder / 'posterior.nc'}")
