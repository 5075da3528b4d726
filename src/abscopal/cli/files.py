"""Single files that a command writes: refused early if the place is wrong, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from abscopal.errors import InputError, Problem


def check_file(path: Path) -> None:
    """Refuse a file in a folder that does not exist, and a folder in its place.

    Raises
    ------
    InputError
        Says what to do.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(Problem(f"cannot write {path}", advice="name a file in a folder that exists"))


def write_whole(path: Path, text: str) -> None:
    """Write a text file under another name and move it into place.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    check_file(path)
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".partial")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(draft, 0o666 & ~_umask())
            os.replace(draft, path)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(Problem(f"cannot write {path}: {error.strerror}", advice="choose another place")) from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
