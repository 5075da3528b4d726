"""A commented study file to start from."""

from __future__ import annotations

from pathlib import Path

from abscopal import study
from abscopal.errors import InputError, Problem
from abscopal.storage.files import check_file, write_whole


def new_study(name: str, force: bool = False) -> Path:
    """Write a commented study file that runs as it is, and return its path.

    Parameters
    ----------
    name : name of the study, or path of the file.
    force : whether a file of that name is replaced.

    Raises
    ------
    InputError
        The name cannot be used, the file exists, or it cannot be written.
    """
    if not Path(name).stem.strip(". "):
        raise InputError(Problem(f"{name!r} is not a name", advice="write for example `abscopal new my_study`"))
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    text = study.template(path.stem)
    check_file(path)
    if path.exists() and not force:
        raise InputError(Problem(f"{path} exists", advice="choose another name, or add --force to replace it"))
    write_whole(path, text)
    return path
