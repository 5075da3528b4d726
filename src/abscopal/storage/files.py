"""Several files of one folder, written whole: all of them, or the folder stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from abscopal.errors import InputError, Problem
from abscopal.storage.folders import whole_folder


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
