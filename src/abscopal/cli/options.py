"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from abscopal.errors import InputError, Problem, printable

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="The study file.", show_default=False)]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Replace a parameter, e.g. --set 'doubling_time=2.5 d'. Repeatable; recorded.",
    ),
]
Size = Annotated[
    int | None,
    typer.Option(
        "--size",
        "-n",
        min=1,
        max=1_000_000,
        help="Animals per arm; default: the study's. Of more than about 20,000 the curves of the first 200 are kept.",
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of the cohort; default: the study's.")
]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="MECHANISM", help="Switch a mechanism off. Repeatable.")
]
OwnCatalogueFile = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        metavar="FILE",
        help="Your own lines, drugs and cell products; default: catalogue.yaml beside the study, if there is one.",
    ),
]
Rtol = Annotated[
    float | None,
    typer.Option(
        "--rtol",
        min=1e-12,
        max=0.1,
        help="Relative tolerance of the solver; smaller is more exact and slower. Default: 1e-4 for studies; for "
        "published models 1e-6, or finer where the answer depends on it.",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print machine-readable JSON alone on stdout; the rest goes to stderr.")
]


def number(text: str | float) -> float:
    """The number that an option is given; a decimal comma is answered with the point it needs.

    Raises
    ------
    typer.BadParameter
        It is not a number.
    """
    try:
        return float(text)
    except ValueError:
        meant = str(text).strip().replace(",", ".")
        advice = f"write {meant}" if _is_number(meant) else "write a plain number such as 0.3, without its unit"
        raise typer.BadParameter(f"{text!r} is not a number: {advice}") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def overrides(given: list[str] | None) -> dict[str, str]:
    """NAME=VALUE options as a mapping.

    Raises
    ------
    InputError
        An option has no "=", or a name is given twice.
    """
    found: dict[str, str] = {}
    problems = []
    for item in given or []:
        name, separator, value = item.partition("=")
        if not separator or not name.strip() or not value.strip():
            problems.append(
                Problem(f"--set {item!r} is not NAME=VALUE", advice="write for example --set 'doubling_time=2.5 d'")
            )
        elif name.strip() in found:
            problems.append(Problem(f"--set gives {name.strip()} twice", advice="keep one of them"))
        found[name.strip()] = value.strip()
    if problems:
        raise InputError(problems)
    return found


def warn(notes: Iterable[str]) -> None:
    """Say on stderr what a user should doubt."""
    for note in notes:
        typer.secho(f"warning: {printable(note)}", fg=typer.colors.YELLOW, err=True)


def note(text: str) -> None:
    """Say on stderr what a user should know, if there is anything."""
    if text:
        typer.echo(printable(text), err=True)
