"""Drafts of files and folders that are written whole: hidden names beside them, held while they are written to."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from abscopal.errors import InputError, Problem

if sys.platform != "win32":
    import fcntl

# Where the system has no locks, a draft that nobody wrote to for so long was left by a process that was killed.
_FORGOTTEN_SECONDS = 86_400.0
# Putting a folder in place takes milliseconds: whoever holds a lock for longer does something else.
_LONGEST_WAIT, _PAUSE = 5.0, 0.005
# A name longer than this is cut in that of its draft, which must not be too long for the file system itself.
_LONGEST_STEM = 150

_SPACE = "free some space, or choose another place"
_RIGHTS = "choose a folder that you may write to"
_PLAIN = "choose a name of plain letters, or a UTF-8 locale"
_NAMES = "name a file in a folder that exists"
_ADVICE = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: _SPACE,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.ENOENT: _NAMES,
    errno.ENOTDIR: _NAMES,
    errno.EISDIR: "choose another name",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "remove the link, or choose another name",
}


def draft_of(place: Path, ending: str = "partial") -> Path:
    """A new hidden name beside a file or folder."""
    return place.with_name(f".{short_name(place.name)}-{os.urandom(4).hex()}.{ending}")


def left_behind(place: Path, ending: str = "partial") -> list[Path]:
    """Drafts of a file or folder whose writer is dead."""
    with suppress(OSError):
        found = place.parent.glob(f".{glob.escape(short_name(place.name))}-*.{ending}")
        return [draft for draft in found if _is_dead(draft)]
    return []


def forget_drafts(place: Path) -> None:
    """Remove drafts of a file or folder that killed processes left."""
    for draft in left_behind(place):
        with suppress(OSError):
            shutil.rmtree(draft) if draft.is_dir() else draft.unlink()


@contextmanager
def held(path: Path, wait: bool = False) -> Iterator[bool]:
    """A file or folder locked until the block ends or the process dies; false if another has removed or locked it.

    Where the system has no locks it is not held, and the answer is true.

    Parameters
    ----------
    wait : while another has it locked, for some seconds at most.
    """
    # A folder cannot be opened on Windows, and a file that is open cannot be renamed there.
    if sys.platform == "win32":
        yield True
        return
    try:
        number = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    except OSError:  # a folder that may be written to but not read
        yield True
        return
    try:
        yield _lock(number, path, wait)
    finally:
        os.close(number)


def _lock(number: int, path: Path, wait: bool) -> bool:
    if sys.platform == "win32":
        return True
    until = time.monotonic() + (_LONGEST_WAIT if wait else 0.0)
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(number), os.stat(path))
        except FileNotFoundError:
            return False
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_PAUSE)
        except OSError:  # a file system without locks
            return True


def _is_dead(draft: Path) -> bool:
    """Whether nobody holds a draft; where that cannot be known, whether it is a day old."""
    if sys.platform != "win32":
        try:
            number = os.open(draft, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        except OSError:
            pass
        finally:
            os.close(number)
    return time.time() - draft.stat().st_mtime > _FORGOTTEN_SECONDS


def short_name(name: str) -> str:
    """A name that leaves room for an ending: one that is very long is cut, with a hash of the whole."""
    if len(os.fsencode(name)) <= _LONGEST_STEM:
        return name
    return f"{name[:20]}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}"


def check_name(place: Path) -> None:
    """Refuse a path with a sign that the system does not take.

    Raises
    ------
    InputError
        Says which path.
    """
    try:
        if b"\0" not in os.fsencode(place):
            return
    except UnicodeEncodeError:
        pass
    raise InputError(Problem(f"cannot write {str(place)!r}: the system does not take this name", advice=_PLAIN))


@contextmanager
def writing(place: Path, draft: Path | None = None) -> Iterator[None]:
    """Says of a file or folder that cannot be written which it is, why, and what to do.

    With a draft, errors about other files are left as they are: they came from something else that was done meanwhile.

    Raises
    ------
    InputError
        An error of the system in the block.
    """
    try:
        yield
    except OSError as error:
        if draft is not None and not _is_about(error, draft):
            raise
        advice = _ADVICE.get(error.errno or 0, "choose another place")
        raise InputError(Problem(f"cannot write {place}: {error.strerror or error}", advice=advice)) from error


def _is_about(error: OSError, draft: Path) -> bool:
    """Whether an error names the draft, or no file at all, as that of a full disk."""
    return error.filename is None or Path(os.fsdecode(error.filename)).is_relative_to(draft)
