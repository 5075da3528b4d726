"""Files written whole or not at all: one, or several of one folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal, overload

from abscopal.errors import InputError, Problem
from abscopal.storage.drafts import check_name, draft_of, forget_drafts, held, writing
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
    with writing(path):
        place = _target(path)
        special = place.exists() and not place.is_file()
    if special:  # a pipe or a device, such as /dev/stdout
        with writing(path, place), _opened(place, text) as file:
            yield file
        return
    forget_drafts(place)
    with ExitStack() as kept:
        with writing(path):
            draft = _begun(place, kept)
        kept.callback(_gone, draft)
        with writing(path, draft):
            with _opened(draft, text) as file:
                yield file
            draft.replace(place)


def _begun(place: Path, kept: ExitStack) -> Path:
    """An empty draft, held until it takes its place."""
    while True:
        draft = draft_of(place)
        # The permissions are those of any new file, which a file made by `tempfile` has not.
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        if kept.enter_context(held(draft)):
            return draft


def _opened(path: Path, text: bool) -> IO[Any]:
    return open(path, "w", encoding="utf-8", newline="") if text else open(path, "wb")


def _gone(draft: Path) -> None:
    with suppress(OSError):
        draft.unlink()


def _target(path: Path) -> Path:
    """The file that is written: what a link leads to, whether it is there yet or not."""
    check_file(path)
    return Path(os.path.realpath(path))


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
    """Refuse a file in a folder that does not exist or may not be written to, a folder in its place, and a name that
    the system does not take; creates nothing.

    Raises
    ------
    InputError
        Says what to do.
    """
    check_name(path)
    with writing(path):
        with suppress(FileNotFoundError):
            path.stat()  # a link to itself, and a name too long
        folder = Path(os.path.realpath(path)).parent
        why = "it is a folder" if path.is_dir() else "" if folder.is_dir() else f"there is no folder {folder}"
        if not why and not os.access(folder, os.W_OK | os.X_OK) and (not path.exists() or path.is_file()):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
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
            # The name of a file that is not UTF-8 text may be told in it.
            (draft / name).write_text(text, encoding="utf-8", errors="replace")
    return folder
