"""Several files of one folder, written whole: all of them, or the folder stays as it was."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from abscopal.errors import InputError, Problem
from abscopal.results.storage import check_folder


def save_together(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files into a folder and return it.

    Parameters
    ----------
    folder : created if missing; other files in it are left alone.
    files : name -> text, put in place in this order once all are written.

    Raises
    ------
    InputError
        The folder is a file or cannot be written.
    """
    place = folder.expanduser().absolute()
    check_folder(place)
    try:
        place.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", suffix=".partial", dir=place))
        try:
            for name, text in files.items():
                (draft / name).write_text(text, encoding="utf-8")
            blocked = [name for name in files if (place / name).is_dir()]
            if blocked:
                raise IsADirectoryError(0, f"{blocked[0]} is a folder")
            for name in files:
                (draft / name).replace(place / name)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        problem = Problem(f"cannot write to {folder}: {error.strerror}", advice="choose another folder with -o")
        raise InputError(problem) from error
    return folder
