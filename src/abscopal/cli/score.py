"""`abscopal score`: the model against published experiments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abscopal.cli.options import AsJson
from abscopal.cli.tables import print_table
from abscopal.storage.json_text import json_text

if TYPE_CHECKING:
    from abscopal.scoring import Score
    from abscopal.scoring.claim_scores import ClaimScore

Records = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[RECORD ...]", help="Record files, or ids of the catalogue; default: all of it.", show_default=False
    ),
]
# Of up to so many records every claim is printed.
_FEW_RECORDS = 3
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
    battery: Annotated[
        bool,
        typer.Option("--battery", help="Hold the model against quantities that an expert knows, not against claims."),
    ] = False,
) -> None:
    """Give the probability of every published claim under the model, beside the baselines.

    Without files the whole open catalogue is scored. Nothing is fitted: the same command gives the same numbers, and
    goes on where it was stopped. An unknown drug, line or marker is `not covered`, never an error.

    With --battery about 120 quantities (cures, growth, response rates, lymphocytes) are simulated in 64 sets of the
    shipped population, in three minutes on two idle cores, and held against their published ranges.
    """
    if battery:
        from abscopal.cli.battery import print_battery

        print_battery(records, output, as_json, seed, sets, size, keep_going=keep_going, processes=processes)
        return
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
        typer.echo(json_text(found.document))
    else:
        _print(found, output or _DEFAULT_FOLDER)
    require_evaluated(found)


def _report(study: str, done: int, total: int) -> None:
    """One line of progress on stderr, in place on a terminal."""
    end = "\r" if sys.stderr.isatty() and done < total else "\n"
    sys.stderr.write(f"{f'[{done}/{total}] {study}':<70}"[:120].rstrip() + end)
    sys.stderr.flush()


def _row(claim: ClaimScore) -> dict[str, str]:
    assert claim.prediction is not None
    return {
        "id": claim.id,
        "metric": claim.metric,
        "published": f"{claim.better_arm} {claim.relation} {claim.worse_arm}",
        "chance": f"{100.0 * claim.prediction.of(claim.outcome):.0f} %",
        "basis": claim.basis,
    }


def _print(found: Score, folder: Path) -> None:
    from rich.console import Console
    from rich.markup import escape

    from abscopal.scoring.result_board import results_table
    from abscopal.scoring.scoreboard import summary_table

    console = Console()
    if found.groups:
        console.print(summary_table(found.groups))
    if found.result_groups:
        console.print(results_table(found.result_groups))
    if len(found.records) <= _FEW_RECORDS:
        claims = [claim for record in found.records for claim in record.claims if claim.prediction is not None]
        if claims:
            print_table(
                "Chance that the model gives what was published", tuple(_row(claims[0])), [_row(c) for c in claims]
            )
    for record in found.records:
        unverified = sum(not claim.verified for claim in record.claims)
        if unverified:
            told = f"{unverified} of {len(record.claims)} claims are from memory: listed, and left out of every summary"
            console.print(f"{escape(record.study)}: {told}", soft_wrap=True)
        if record.status in ("invalid", "not_covered"):
            why = "; ".join(record.reasons[:2]) or "neither claims nor results"
            console.print(f"[yellow]{escape(record.study or record.path)}: {escape(record.status)}: {escape(why)}[/]")
    console.print(f"scoreboard: {escape(str(folder / 'scoreboard.html'))}", soft_wrap=True)
