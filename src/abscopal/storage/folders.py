"""A folder of files, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from abscopal.errors import InputError, Problem
from abscopal.storage.drafts import draft_of, writing


@contextmanager
def whole_folder(folder: Path, last: str = "") -> Iterator[Path]:
    """A hidden folder to write into; its files are moved into the given one when the block ends well.

    Files of the same names are replaced, others left alone; after a failure or Ctrl-C the folder is as it was.

    Parameters
    ----------
    last : name of the file that is moved last, so that its presence says that all are there.

    Raises
    ------
    InputError
        The folder is a file, lies below one, or may not be written to; a folder stands where a file belongs; or a
        file in it cannot be written, as on a full disk.
    """
    folder = folder.expanduser().absolute()
    check_folder(folder)
    draft = draft_of(folder)
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir()
    try:
        with writing(folder, draft):
            yield draft
        with writing(folder):
            _publish(draft, folder, last)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_folder(folder: Path) -> None:
    """Refuse a folder that could not be written to; creates nothing.

    Raises
    ------
    InputError : if the folder is a file, lies below one, or may not be written to.
    """
    folder = folder.expanduser().absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise InputError(
            Problem(
                f"cannot write to {folder}: {there} is a file",
                allowed="a folder, new or existing",
                advice="choose another name",
            )
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(
            Problem(f"cannot write to {folder}: no permission", advice="choose a folder that you may write to")
        )


def _publish(draft: Path, folder: Path, last: str) -> None:
    """Moves the finished files: the whole folder at once where it is new, else file by file."""
    if not folder.exists():
        draft.rename(folder)
        return
    files = sorted((p.relative_to(draft) for p in draft.rglob("*") if p.is_file()), key=lambda n: n.name == last)
    blocked = [name for name in files if (folder / name).is_dir()]
    if blocked:
        raise InputError(Problem(f"cannot write to {folder}: {blocked[0]} is a folder", advice="choose another folder"))
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).replace(folder / name)
