"""A folder of files, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from abscopal.errors import InputError, Problem


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the given one to write into; its files are moved when the block ends well.

    Files of the same names in the folder are replaced, others left alone; after a failure or Ctrl-C it is as it was.

    Raises
    ------
    InputError
        The folder is a file, lies below one, or may not be written to.
    """
    from abscopal.results.storage import check_folder

    folder = folder.expanduser().absolute()
    check_folder(folder)
    draft = _draft(folder)
    try:
        yield draft
        _publish(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _draft(folder: Path) -> Path:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{folder.name}-", suffix=".partial", dir=folder.parent))
    except OSError as error:
        advice = "choose a folder that you may write to"
        raise InputError(Problem(f"cannot write to {folder}: {error.strerror}", advice=advice)) from error


def _publish(draft: Path, folder: Path) -> None:
    # mkdtemp makes folders private; the result gets the permissions any new folder has.
    mask = os.umask(0)
    os.umask(mask)
    draft.chmod(0o777 & ~mask)
    if not folder.exists():
        draft.rename(folder)
        return
    for file in sorted(draft.iterdir()):
        file.replace(folder / file.name)
