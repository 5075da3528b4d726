"""`abscopal published`: models of others, re-implemented or read from SBML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from abscopal.cli.options import AsJson, Rtol
from abscopal.cli.tables import print_whole
from abscopal.errors import InputError, Problem
from abscopal.storage.json_text import json_text

if TYPE_CHECKING:
    from abscopal.actions.published import AddedDose, PublishedRun, PublishedTask

NONE_FINISHED = 1
MAX_STEPS = 100_000

app = typer.Typer(help="Models of others: list them, run them, import SBML.", no_args_is_help=True)

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Folder for summary.json, trajectories.csv and a figure."),
]
Duration = Annotated[
    float | None,
    typer.Option(
        "--duration",
        min=0.0,
        help="Length of the run, in the model's unit of time. Default: the model's own; 100 for SBML.",
    ),
]
Start = Annotated[float, typer.Option("--start", help="Time at the start, in the model's unit of time.")]
Steps = Annotated[int, typer.Option("--steps", min=1, max=MAX_STEPS, help="How many points of output.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Another value of a parameter. Repeatable.")
]
Spread = Annotated[
    list[str] | None,
    typer.Option(
        "--spread", metavar="NAME=SIGMA", help="Log-normal spread of a parameter between subjects. Repeatable."
    ),
]
Dose = Annotated[
    list[str] | None,
    typer.Option(
        "--dose", metavar="NAME=AMOUNT@T,T,...", help="An amount added to a species at these times. Repeatable."
    ),
]
Size = Annotated[int, typer.Option("--size", "-n", min=1, max=1_000_000, help="How many subjects.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the subjects.")]
Solver = Annotated[
    Literal["fast", "reference"],
    typer.Option("--solver", help="fast: Rosenbrock kernel; reference: SciPy LSODA, one by one."),
]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the published models that abscopal carries."""
    from abscopal.actions.published import published_titles

    titles = published_titles()
    if as_json:
        typer.echo(json_text(dict(titles)))
        return
    width = max(len(n) for n in titles)
    for name, title in titles.items():
        typer.echo(f"{name:{width}}  {title}")
    typer.echo("run one with  abscopal published run NAME; read SBML with  abscopal published import FILE.xml")


@app.command("run")
def run_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the model, as in `published list`.")],
    protocol: Annotated[
        str | None, typer.Option("--protocol", help="A treatment of the publication; default: untreated.")
    ] = None,
    output: Output = None,
    start: Start = 0.0,
    duration: Duration = None,
    steps: Steps = 200,
    set_: Changes = None,
    spread: Spread = None,
    dose: Dose = None,
    size: Size = 1,
    seed: Seed = 0,
    solver: Solver = "fast",
    rtol: Rtol = None,
    as_json: AsJson = False,
) -> None:
    """Run a published model that abscopal carries."""
    from abscopal.actions.published import run_published

    task = _task(start, duration, steps, set_, spread, dose, size, seed, solver, rtol)
    _show(run_published(name, protocol, task, output), output, as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.xml", help="An SBML file, Level 2 or 3.", show_default=False)],
    output: Output = None,
    start: Start = 0.0,
    duration: Duration = None,
    steps: Steps = 200,
    set_: Changes = None,
    spread: Spread = None,
    dose: Dose = None,
    size: Size = 1,
    seed: Seed = 0,
    solver: Solver = "fast",
    rtol: Rtol = None,
    as_json: AsJson = False,
) -> None:
    """Read an SBML file and run it."""
    from abscopal.actions.published import run_sbml

    task = _task(start, duration, steps, set_, spread, dose, size, seed, solver, rtol)
    _show(run_sbml(file, task, output, lambda words: typer.echo(words, err=True)), output, as_json)


def _task(
    start: float,
    duration: float | None,
    steps: int,
    set_: list[str] | None,
    spread: list[str] | None,
    dose: list[str] | None,
    size: int,
    seed: int,
    solver: Literal["fast", "reference"],
    rtol: float | None,
) -> PublishedTask:
    from abscopal.actions.published import PublishedTask

    changes, spreads = _numbers(set_, "--set"), _numbers(spread, "--spread")
    return PublishedTask(duration, steps, changes, spreads, _doses(dose), size, seed, solver, start, rtol)


def _show(run: PublishedRun, output: Path | None, as_json: bool) -> None:
    if as_json:
        typer.echo(json_text(run.summary))
    else:
        _print(run.summary, output)
    if not run.any_finished:
        raise typer.Exit(NONE_FINISHED)


def _print(found: dict[str, object], output: Path | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    of = f": median of {found['subjects']} subjects" if found["subjects"] != 1 else ""
    console.print(f"[bold]{escape(str(found['title']))}[/bold]  ({escape(str(found['source']))}){of}", soft_wrap=True)
    table = Table()
    for heading in ("", "unit", "first", "lowest", "highest", f"at [{found['time_unit']}]", "last"):
        # Names may be folded; no digit of a number is ever cut off.
        text = heading in ("", "unit")
        table.add_column(escape(heading), justify="left" if text else "right", overflow="fold", no_wrap=not text)
    outputs, constants = found["outputs"], found["constants"]
    assert isinstance(outputs, dict)
    assert isinstance(constants, list)
    changing = {n: r for n, r in outputs.items() if n not in constants}
    for name, row in changing.items():
        cells = [
            f"{row[k]:.4g}" if k in row else "–" for k in ("first", "lowest", "highest", "time_of_highest", "last")
        ]
        table.add_row(escape(name), escape(row["unit"]), *cells)
    print_whole(table)
    if constants:
        console.print(f"and {len(constants)} that never change: --json shows them", soft_wrap=True)
    for kind, colour in (("defects", "cyan"), ("warnings", "yellow"), ("problems", "red")):
        lines = found[kind]
        assert isinstance(lines, list)
        for line in lines[:5]:
            console.print(f"[{colour}]{kind[:-1]}: {escape(line)}[/{colour}]", soft_wrap=True)
        if len(lines) > 5:
            console.print(f"[{colour}]and {len(lines) - 5} more {kind}[/{colour}]")
    if output is not None:
        console.print(f"written to {escape(str(output))}", soft_wrap=True)


def _numbers(given: list[str] | None, option: str) -> dict[str, float]:
    """NAME=NUMBER options. Raises InputError with every one that is not."""
    found: dict[str, float] = {}
    problems: list[Problem] = []
    for item in given or []:
        name, separator, text = item.partition("=")
        try:
            number = float(text)
            if not separator or not name.strip():
                raise ValueError
            if name.strip() in found:
                problems.append(Problem(f"{name.strip()!r} is given twice", key=option, advice="give it once"))
            found[name.strip()] = number
        except ValueError:
            problems.append(Problem(f"{item!r} is not NAME=NUMBER", key=option))
    if problems:
        raise InputError(problems)
    return found


def _doses(given: list[str] | None) -> tuple[AddedDose, ...]:
    """NAME=AMOUNT@T,T,... options. Raises InputError with every one that is not."""
    from abscopal.actions.published import AddedDose

    found, problems = [], []
    for item in given or []:
        name, _, rest = item.partition("=")
        amount, _, times = rest.partition("@")
        try:
            found.append(AddedDose(name.strip(), float(amount), tuple(float(t) for t in times.split(","))))
        except ValueError:
            problems.append(Problem(f"{item!r} is not NAME=AMOUNT@T,T,...", key="--dose", advice="e.g. C=5@7,14"))
    if problems:
        raise InputError(problems)
    return tuple(found)
