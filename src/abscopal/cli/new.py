"""`abscopal new`: a commented study file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from abscopal.errors import InputError, Problem
from abscopal.storage.files import check_file, write_whole


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the study; the file is NAME.yaml.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> None:
    """Write a commented study file that runs as it is."""
    from abscopal import study

    if not Path(name).stem.strip(". "):
        raise InputError(Problem(f"{name!r} is not a name", advice="write for example `abscopal new my_study`"))
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    text = study.template(path.stem)
    check_file(path)
    if path.exists() and not force:
        raise InputError(Problem(f"{path} exists", advice="choose another name, or add --force to replace it"))
    write_whole(path, text)
    typer.echo(f"wrote {path}\nnext: abscopal check {path}, then abscopal run {path} -o out")
