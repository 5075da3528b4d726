"""`abscopal score --battery`: every quantity of the battery as a table."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from abscopal.cli.tables import print_table
from abscopal.errors import InputError, Problem
from abscopal.storage.json_text import json_text

_DEFAULT_FOLDER = Path("out") / "battery"
_COLUMNS = ("id", "published", "unit", "median", "80 %", "in range", "source", "counted")


def print_battery(
    records: Sequence[Path] | None,
    output: Path | None,
    as_json: bool,
    seed: int,
    sets: int | None,
    size: int | None,
    *,
    keep_going: bool,
    processes: int | None,
) -> None:
    """Simulate the battery, write `battery.json` and print every row, or the document alone.

    Raises
    ------
    InputError
        It is given with what belongs to records alone.
    """
    foreign = {"RECORD": bool(records), "--keep-going": keep_going, "--processes": processes is not None}
    problems = [
        Problem(f"{name} belongs to the score of records, not to the battery", key="--battery", advice="leave one out")
        for name, given in foreign.items()
        if given
    ]
    if problems:
        raise InputError(problems)
    from abscopal.actions.battery import score_battery

    folder = output or (None if as_json else _DEFAULT_FOLDER)
    document = score_battery(folder=folder, sets=sets, size=size, seed=seed, progress=_report)
    if as_json:
        typer.echo(json_text(document))
        return
    print_table("The model against what an expert knows", _COLUMNS, [_row(row) for row in document["rows"]])
    for line in told_totals(document):
        typer.echo(line)
    if folder is not None:
        typer.echo(f"battery: {folder / 'battery.json'}")


def told_totals(document: Mapping[str, Any]) -> list[str]:
    """The totals in words."""
    found = document["totals"]
    by_median = f"{found['in_range_by_median']} of {found['counted']} sourced rows in range by the median"
    told = [f"{by_median}, {found['in_range_by_interval']} by the 80 % interval over {document['sets']} parameter sets"]
    told.append(
        f"on average a sourced row is in range in {100.0 * found['mean_share_of_sets_in_range']:.0f} % of the sets"
    )
    if found["flagship_share_of_sets"] is not None:
        told.append(f"flagship effect in {100.0 * found['flagship_share_of_sets']:.0f} % of the sets")
    return told


def _report(done: int, total: int) -> None:
    """One line of progress on stderr, in place on a terminal."""
    end = "\r" if sys.stderr.isatty() and done < total else "\n"
    sys.stderr.write(f"[{done}/{total}] parameter sets" + end)
    sys.stderr.flush()


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    model, published, unit = row["model"], row["published"], row["unit"]
    marks = [mark for mark, there in (("claim", row["claim"]), ("flagship", row["flagship"])) if there]
    return {
        "id": row["id"],
        "published": f"{_number(published['low'], unit)} to {_number(published['high'], unit)}",
        "unit": {"share": "%", "ratio": "", "output": ""}.get(unit, unit),
        "median": _number(model["median"], unit),
        "80 %": f"{_number(model['q10'], unit)} to {_number(model['q90'], unit)}",
        "in range": "yes" if row["in_range"] else ("interval" if row["interval_meets"] else "no"),
        "source": row["source"]["kind"],
        "counted": ", ".join(["yes" if row["counted"] else "no", *marks]),
    }


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "never"
    return f"{100.0 * value:.3g}" if unit == "share" else f"{value:.3g}"
