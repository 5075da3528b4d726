"""Files written whole or not at all: one, or several of one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal, overload

from abscopal.errors import InputError, Problem
from abscopal.storage.drafts import draft_of, writing
from abscopal.storage.folders import whole_folder


@overload
def whole_file(path: Path, *, text: Literal[False] = ...) -> AbstractContextManager[IO[bytes]]: ...
@overload
def whole_file(path: Path, *, text: Literal[True]) -> AbstractContextManager[IO[str]]: ...
def whole_file(path: Path, *, text: bool = False) -> AbstractContextManager[IO[Any]]:
    """A file to write into, which takes its place when the block ends well.

    It has another name in the same folder until then: whatever happens, others see the old file or the new one.

    Parameters
    ----------
    text : whether it takes text (UTF-8, lines as given) instead of bytes.

    Raises
    ------
    InputError
        The file cannot be written: which, why, and what to do.

    Examples
    --------
    >>> with whole_file(Path("numbers.csv"), text=True) as file:  # doctest: +SKIP
    ...     file.write("day,volume\\n")
    """
    return _whole(path, text)


@contextmanager
def _whole(path: Path, text: bool) -> Iterator[IO[Any]]:
    check_file(path)
    draft = draft_of(path)
    try:
        with writing(path, draft):
            # The permissions are those of any new file, which a file made by `tempfile` has not.
            number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            with open(number, "w", encoding="utf-8", newline="") if text else open(number, "wb") as file:
                yield file
            draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink()


def write_whole(path: Path, content: str) -> None:
    """Write a text file, whole or not at all.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    with whole_file(path, text=True) as file:
        file.write(content)


def check_file(path: Path) -> None:
    """Refuse a file in a folder that does not exist, and a folder in its place; creates nothing.

    Raises
    ------
    InputError
        Says what to do.
    """
    why = "it is a folder" if path.is_dir() else "" if path.parent.is_dir() else f"there is no folder {path.parent}"
    if why:
        raise InputError(Problem(f"cannot write {path}: {why}", advice="name a file in a folder that exists"))


def save_together(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files into a folder and return it: all of them, or the folder stays as it was.

    Parameters
    ----------
    folder : created if missing; other files in it are left alone.
    files : name -> text; the last one is put in place last.

    Raises
    ------
    InputError
        The folder is a file or cannot be written.
    """
    with whole_folder(folder, last=[*files][-1]) as draft:
        for name, text in files.items():
            (draft / name).write_text(text, encoding="utf-8")
    return folder
