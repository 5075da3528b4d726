"""What files and folders that are written whole share: the name of a draft, and the error where writing fails."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from abscopal.errors import InputError, Problem

# A draft that nobody wrote to for so long was left by a process that was killed.
_FORGOTTEN_SECONDS = 86_400.0

_ADVICE = {
    errno.ENOSPC: "free some space, or choose another place",
    errno.EDQUOT: "free some space, or choose another place",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "choose a folder that you may write to",
    errno.ENOENT: "name a file in a folder that exists",
    errno.ENOTDIR: "name a file in a folder that exists",
    errno.EISDIR: "choose another name",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def draft_of(place: Path) -> Path:
    """A new hidden name beside a file or folder; drafts of it that killed processes left are removed."""
    with suppress(OSError):
        for old in place.parent.glob(f".{glob.escape(place.name)}-*.partial"):
            if time.time() - old.stat().st_mtime > _FORGOTTEN_SECONDS:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
    return place.with_name(f".{place.name}-{os.urandom(4).hex()}.partial")


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
