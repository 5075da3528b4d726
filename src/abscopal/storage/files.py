"""Files written whole: one at a time, or several of one folder together; or what was there stays as it was."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from abscopal.errors import InputError, Problem
from abscopal.storage.folders import whole_folder


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write into, which is moved into place when the block ends well.

    After a failure or Ctrl-C the place is as it was. The folder must exist. Raises OSError as writing does.
    """
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".partial")
    try:
        with open(handle, "wb") as file:
            yield file
        # mkstemp makes files private; the result gets the permissions any new file has.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(draft, 0o666 & ~mask)
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)


def save_together(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files into a folder and return it.

    Parameters
    ----------
    folder : created if missing; other files in it are left alone.
    files : name -> text; the last one is put in place last.

    Raises
    ------
    InputError
        The folder is a file or cannot be written.
    """
    try:
        with whole_folder(folder, last=[*files][-1]) as draft:
            for name, text in files.items():
                (draft / name).write_text(text, encoding="utf-8")
    except OSError as error:
        problem = Problem(f"cannot write to {folder}: {error.strerror}", advice="choose another folder with -o")
        raise InputError(problem) from error
    return folder
