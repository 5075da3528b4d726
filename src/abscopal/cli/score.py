"""`abscopal score`: the model against published experiments."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abscopal.cli.options import AsJson

if TYPE_CHECKING:
    from abscopal.scoring import Score

Records = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[RECORD.yaml ...]", help="Record files; default: the whole catalogue.", show_default=False),
]
_DEFAULT_FOLDER = Path("out") / "score"


def score(
    records: Records = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for scores.json and scoreboard.html."),
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Name the records that are invalid and score the rest.")
    ] = False,
    as_json: AsJson = False,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of every random stream.")] = 1,
    sets: Annotated[
        int | None, typer.Option("--sets", min=1, max=10_000, help="Plausible parameter sets.", show_default=False)
    ] = None,
    size: Annotated[
        int | None, typer.Option("--size", "-n", min=2, max=10_000, help="Animals per arm and set.", show_default=False)
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, max=256, help="Processes that share the records.")
    ] = None,
) -> None:
    """Give the probability of every published claim under the model, beside the baselines.

    Without files the whole open catalogue is scored. Nothing is fitted and nothing is kept: the same command gives the
    same numbers. An unknown drug, line or marker is `not covered`, never an error.
    """
    from abscopal.actions.score import require_evaluated, score_published

    folder = output or (None if as_json else _DEFAULT_FOLDER)
    found = score_published(
        records,
        folder=folder,
        keep_going=keep_going,
        seed=seed,
        sets=sets,
        size=size,
        processes=processes,
        progress=_report,
    )
    if as_json:
        typer.echo(json.dumps(found.document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(found, output or _DEFAULT_FOLDER)
    require_evaluated(found)


def _report(study: str, done: int, total: int) -> None:
    """One line of progress on stderr, in place on a terminal."""
    end = "\r" if sys.stderr.isatty() and done < total else "\n"
    sys.stderr.write(f"{f'[{done}/{total}] {study}':<70}"[:120].rstrip() + end)
    sys.stderr.flush()


def _print(found: Score, folder: Path) -> None:
    from rich.console import Console
    from rich.markup import escape

    from abscopal.scoring.scoreboard import summary_table

    console = Console()
    if found.groups:
        console.print(summary_table(found.groups))
    for record in found.records:
        if record.status in ("invalid", "not_covered"):
            why = "; ".join(record.reasons[:2]) or "no claim"
            console.print(f"[yellow]{escape(record.study or record.path)}: {escape(record.status)}: {escape(why)}[/]")
    console.print(f"scoreboard: {escape(str(folder / 'scoreboard.html'))}", soft_wrap=True)
