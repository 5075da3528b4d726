"""`abscopal new`: a commented study file to start from."""

from __future__ import annotations

from typing import Annotated

import typer


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the study; the file is NAME.yaml.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> None:
    """Write a commented study file that runs as it is."""
    from abscopal.actions.new import new_study

    path = new_study(name, force)
    typer.echo(f"wrote {path}\nnext: abscopal check {path}, then abscopal run {path} -o out")
