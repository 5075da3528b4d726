"""How a finished folder takes the place of an old one: as a whole, whatever happens meanwhile.

Where the system can exchange two folders in one step (Linux, macOS), files of others are linked into the new folder
and the two change places. Elsewhere, and where a folder cannot be exchanged (a mounted one, the one a person works in,
one full of other files), the old files are moved aside before the first new one is put in, so that old and new are
never mixed; what a kill leaves undone is done by the next run.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from abscopal.errors import InputError, Problem
from abscopal.storage.drafts import held, left_behind

_ASIDE = ".old"
_FINISHED = "whole"
# With more files of others a folder is one that a person lives in, not one of results.
_MOST_LINKS = 1_000
_AT_CWD = -100
_EXCHANGE = 2


def publish(draft: Path, folder: Path, last: str, owned: Collection[Path]) -> None:
    """Put a finished draft in the place of a folder, whose other files stay.

    Parameters
    ----------
    last : name of the file that comes last where files are moved one by one.
    owned : files of ours, relative to the folder, that go even where the draft has none of that name.

    Raises
    ------
    InputError
        A folder stands where a file belongs, or a file where a folder does.
    OSError
        A file cannot be moved; the folder is as it was.
    """
    with held(folder.parent, wait=True):
        if not os.path.lexists(folder):
            draft.rename(folder)
            return
        check_files(folder, [file.relative_to(draft) for file in _files(draft)])
        gone = {*owned, *(file.relative_to(draft) for file in _files(draft))}
        if not _exchanged(draft, folder, gone):
            _replace_files(draft, folder, last, gone)


def check_files(folder: Path, files: Iterable[Path]) -> None:
    """Refuse a folder in which one of these files cannot stand.

    Raises
    ------
    InputError
        Names the first thing that is in the way.
    """
    for name in files:
        way = [place for place in name.parents if place.name and (folder / place).exists()]
        blocked = [place for place in way if not (folder / place).is_dir()]
        if blocked or (folder / name).is_dir():
            what = f"{blocked[0]} is a file" if blocked else f"{name} is a folder"
            raise InputError(Problem(f"cannot write to {folder}: {what}", advice="choose another folder"))


def go_on(place: Path, folder: Path, last: str) -> None:
    """Finish what a killed process left half moved into a folder; its drafts have names beside `place`."""
    for finished in left_behind(place, _FINISHED):
        with held(finished) as ours:
            if ours:
                shutil.rmtree(finished / _ASIDE, ignore_errors=True)
                _move_in(finished, folder, last)


def _exchanged(draft: Path, folder: Path, gone: Collection[Path]) -> bool:
    """Whether the draft, with the files of others linked into it, has changed places with the folder."""
    old, new = folder.stat(), draft.stat()
    if Path.cwd().is_relative_to(folder) or draft.is_relative_to(folder):
        return False
    others = _others(folder, gone)
    if others is None or (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        return False
    with suppress(OSError):
        for path in others:
            _link(folder, draft, path)
        shutil.copystat(folder, draft)
        if _exchange(draft, folder):
            return True
    for path in others:
        with suppress(OSError):
            (draft / path).unlink()
    return False


def _others(folder: Path, gone: Collection[Path]) -> list[Path] | None:
    """Files, links and empty folders that stay, relative to the folder; None if they are very many."""
    found: list[Path] = []
    for root, folders, files in os.walk(folder):
        there = Path(root)
        links = [name for name in folders if (there / name).is_symlink()]
        names = [(there / name).relative_to(folder) for name in (*files, *links)]
        found += [name for name in names if name not in gone]
        if not folders and not files and there != folder:
            found.append(there.relative_to(folder))
        if len(found) > _MOST_LINKS:
            return None
    return found


def _link(folder: Path, draft: Path, path: Path) -> None:
    """A file of a folder in the draft too, with the folders that it lies in."""
    whole = (folder / path).is_dir() and not (folder / path).is_symlink()
    for part in (*reversed(path.parents), *([path] if whole else [])):
        if not (draft / part).exists():
            (draft / part).mkdir()
            shutil.copystat(folder / part, draft / part)
    if not whole:
        os.link(folder / path, draft / path, follow_symlinks=False)


def _exchange(one: Path, other: Path) -> bool:
    """Two folders change places in one step; false where the system cannot."""
    paths = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return bool(library.renamex_np(*paths, _EXCHANGE) == 0)
        return bool(library.renameat2(_AT_CWD, paths[0], _AT_CWD, paths[1], _EXCHANGE) == 0)
    except (AttributeError, OSError, TypeError):
        return False


def _replace_files(draft: Path, folder: Path, last: str, gone: Collection[Path]) -> None:
    """Old files go aside before the first new one comes; a failure before that puts them back."""
    finished = draft.rename(draft.with_suffix(f".{_FINISHED}"))
    old = [path for path in gone if os.path.lexists(folder / path)]
    moved: list[Path] = []
    try:
        for path in sorted(old, key=lambda path: path.name != last):
            _move(folder / path, finished / _ASIDE / path)
            moved.append(path)
        for place in {path.parent for path in old} - {Path()}:
            with suppress(OSError):
                (folder / place).rmdir()  # a folder of tables that holds nothing any more
    except BaseException:
        for path in reversed(moved):
            _move(finished / _ASIDE / path, folder / path)
        finished.rename(draft)
        raise
    try:
        _move_in(finished, folder, last)
    except BaseException:
        _move_in(finished, folder, last)
        raise


def _move_in(finished: Path, folder: Path, last: str) -> None:
    names = [file.relative_to(finished) for file in _files(finished)]
    for name in sorted((name for name in names if name.parts[0] != _ASIDE), key=lambda name: name.name == last):
        _move(finished / name, folder / name)
    shutil.rmtree(finished, ignore_errors=True)


def _move(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    old.replace(new)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
