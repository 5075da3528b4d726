"""A folder of files, written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from abscopal.errors import InputError, Problem
from abscopal.storage.drafts import check_name, draft_of, forget_drafts, held, short_name, writing
from abscopal.storage.publishing import check_files, go_on, publish


@contextmanager
def whole_folder(folder: Path, last: str = "", owned: Collection[str] = ()) -> Iterator[Path]:
    """A hidden folder to write into, which takes the place of the given one when the block ends well.

    Files of the same names are replaced, all at once, and others are kept; after a failure, a kill or Ctrl-C the folder
    is as it was. Of two writers at once the later wins, whole.

    Parameters
    ----------
    last : name of the file that is moved last where the system cannot exchange folders, so that its presence says that
        all are there.
    owned : paths of files that go even where the new folder has none of that name.

    Raises
    ------
    InputError
        The folder is a file, lies below one, or may not be written to; a folder stands where a file belongs; or a
        file in it cannot be written, as on a full disk.
    """
    check_folder(folder)
    folder = Path(os.path.realpath(folder.expanduser()))
    with ExitStack() as kept:
        with writing(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            place = _draft_place(folder)
            forget_drafts(place)
            go_on(place, folder, last)
            draft = _begun(place, kept)
        kept.callback(shutil.rmtree, draft, ignore_errors=True)
        with writing(folder, draft):
            yield draft
        with writing(folder):
            publish(draft, folder, last, [Path(name) for name in owned])


def check_folder(folder: Path, files: Collection[str] = ()) -> None:
    """Refuse a folder that could not be written to, or in which one of these files could not stand.

    Nothing is left behind: whether a folder may be made is tried.

    Raises
    ------
    InputError
        The folder is a file, lies below one, is a link to nothing or to itself, has a name that the system does not
        take, may not be written to, or holds a folder where a file belongs.
    """
    folder = folder.expanduser().absolute()
    check_name(folder)
    with writing(folder):
        with suppress(FileNotFoundError, NotADirectoryError):
            folder.stat()  # a link to itself, and a name too long
        _refuse_links_to_nothing(folder)
        folder = Path(os.path.realpath(folder))
        there = next(place for place in (folder, *folder.parents) if place.exists())
        if not there.is_dir():
            raise InputError(
                Problem(
                    f"cannot write to {folder}: {there} is a file",
                    allowed="a folder, new or existing",
                    advice="choose another name",
                )
            )
        place = _draft_place(folder) if there == folder else there / folder.name
        with ExitStack() as kept:
            _begun(place, kept).rmdir()
        if there == folder and not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    check_files(folder, [Path(name) for name in files])


def _refuse_links_to_nothing(folder: Path) -> None:
    for place in (folder, *folder.parents):
        if place.is_symlink() and not place.exists():
            raise InputError(
                Problem(
                    f"cannot write to {folder}: {place} is a link to {os.readlink(place)}, which does not exist",
                    advice="make that folder, or choose another name",
                )
            )


def hidden_beside(folder: Path, ending: str) -> Path:
    """A hidden name that belongs to a folder, beside it or, where nothing can be put beside it, in it."""
    place = _draft_place(Path(os.path.realpath(folder.expanduser())))
    return place.with_name(f".{short_name(place.name)}-{ending}")


def _draft_place(folder: Path) -> Path:
    """What drafts are named after: the folder; or a name in it, where nothing can be put beside it."""
    parent = folder.parent
    if folder.is_dir() and (
        folder == parent or folder.stat().st_dev != parent.stat().st_dev or not os.access(parent, os.W_OK | os.X_OK)
    ):
        return folder / (folder.name or "abscopal")
    return folder


def _begun(place: Path, kept: ExitStack) -> Path:
    """An empty draft, held until the end."""
    while True:
        draft = draft_of(place)
        draft.mkdir()
        if kept.enter_context(held(draft)):
            return draft
