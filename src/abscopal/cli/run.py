"""`abscopal run`: the main job."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from abscopal.cli.options import (
    AsJson,
    OwnCatalogueFile,
    Rtol,
    Seed,
    Set,
    Size,
    StudyFile,
    Without,
    note,
    overrides,
    warn,
)
from abscopal.errors import printable
from abscopal.storage.json_text import json_text
from abscopal.vocabulary import HUMAN

if TYPE_CHECKING:
    from abscopal.results import Result

Solver = Literal["fast", "reference"]

NO_ANIMAL_LEFT = 1


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
    catalogue: OwnCatalogueFile = None,
    rtol: Rtol = None,
    output_step: Annotated[
        str | None,
        typer.Option("--output-step", metavar="TIME", help="Spacing of the output, e.g. '6 h'; default: the study's."),
    ] = None,
    readout: Annotated[
        list[str] | None,
        typer.Option("--readout", metavar="NAME", help="A readout to draw and write; repeatable; default: all."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DATA.csv", help="Measured values to show in the figures; see docs."),
    ] = None,
    posterior: Annotated[
        Path | None,
        typer.Option("--posterior", metavar="FILE", help="Simulate with the draws of a fit: its posterior.nc."),
    ] = None,
    animals: Annotated[
        Literal["same", "new"] | None,
        typer.Option("--animals", help="With --posterior: the animals of the data, or new ones; default: the same."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write tidy CSV tables as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulate every arm of a study; write report.html, summary.json and trajectories.nc; print a table."""
    from abscopal.actions.catalogue import own_catalogue_note
    from abscopal.actions.run import arms_without_subjects, run_study, study_job

    job = study_job(study_file, overrides(set_), output, size, seed, catalogue).with_output(output_step, readout or ())
    note(own_catalogue_note(job.study))
    with _progress(job.subjects, quiet=as_json) as report:
        result = run_study(
            job,
            without=without or (),
            solver=solver,
            rtol=rtol,
            csv=csv,
            data=data,
            posterior=posterior,
            animals=animals,
            progress=report,
        )
    if as_json:
        typer.echo(json_text(result.summary()))
    else:
        _print(result, job.folder)
    warn(result.metadata.provenance["warnings"])
    empty = arms_without_subjects(result)
    if empty:
        which = "any arm" if len(empty) == len(result.metadata.arms) else f"arm {' nor of arm '.join(map(repr, empty))}"
        reasons = dict.fromkeys(str(row["advice"]) for row in result.trajectories.failures() if row["arm"] in empty)
        typer.echo(f"no animal of {which} could be simulated: {printable('; '.join(reasons))}", err=True)
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

    from abscopal.cli.outcomes import harm_table, outcome_table
    from abscopal.results.measured import measured_sentence
    from abscopal.results.nouns import noun_of
    from abscopal.results.wording import answer

    console = Console()
    console.print(outcome_table(result, console.width))
    if result.metadata.host == HUMAN or any(arm.cytokine_release for arm in result.harm):
        console.print(harm_table(result, console.width))
    for comparison, remark in zip(result.comparisons, result.remarks, strict=True):
        console.print(f"• {escape(answer(comparison))}")
        if remark:
            console.print(f"  [yellow]{escape(remark)}[/yellow]")
    if result.metadata.posterior is not None:
        console.print(f"• {escape(result.metadata.posterior['sentence'])}")
    if result.metadata.measured is not None:
        for remark in result.metadata.measured.remarks:
            note(remark)
        console.print(f"• {escape(measured_sentence(result))}")
    noun = noun_of(result.metadata)
    for failure in result.trajectories.failures():
        arm, count, advice = (failure["arm"], noun.count(failure["count"]), failure["advice"])
        console.print(f"[yellow]{escape(f'{arm}: {count} failed and are left out: {advice}')}[/yellow]")
    for name, number in result.trajectories.by_reference().items():
        told = f"{noun.count(number)} finished by the reference solver, where the fast one gave up"
        console.print(f"{escape(name)}: {told}")
    console.print(f"report: {escape(str(folder / 'report.html'))}", soft_wrap=True)
