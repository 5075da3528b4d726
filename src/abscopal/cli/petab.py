"""`abscopal published petab`: a calibration problem in PEtab, simulated and compared with its measurements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from abscopal.cli.options import AsJson, overrides
from abscopal.cli.tables import print_table

NOT_ALL_COMPARED = 1
_SHOWN = 10


def compare(
    problem: Annotated[
        Path, typer.Argument(metavar="PROBLEM.yaml", help="The YAML file of a PEtab problem.", show_default=False)
    ],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another value of a parameter of the problem. Repeatable."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder for summary.json and comparison.csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a PEtab problem at its nominal values and compare it with its measurements."""
    from abscopal.actions.petab import compare_petab

    found = compare_petab(problem, overrides(set_), output)
    if as_json:
        typer.echo(json.dumps(found.summary(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        rows = [
            {**row, "chi2": f"{row['chi2']:.6g}", "log-likelihood": f"{row['log_likelihood']:.6g}"}
            for row in found.by_observable()
        ]
        print_table("Observables", ("observable", "measurements", "chi2", "log-likelihood"), rows)
        totals = f"chi2 {found.chi2:.8g}, log-likelihood {found.log_likelihood:.8g}"
        typer.echo(f"{len(found.rows)} measurements: {totals}; priors are not counted")
        if output is not None:
            typer.echo(f"written to {output}")
    for text in found.problems[:_SHOWN]:
        typer.echo(f"problem: {text}", err=True)
    if len(found.problems) > _SHOWN:
        typer.echo(f"and {len(found.problems) - _SHOWN} more problems", err=True)
    if found.problems:
        raise typer.Exit(NOT_ALL_COMPARED)
