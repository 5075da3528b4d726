"""What the package keeps on disk between runs because making it takes long: machine code, and its own data parsed.

The folder is ABSCOPAL_CACHE_DIR if set, else the platform's cache folder. Files are written whole, so that processes
may share the folder. A damaged file is made again; without a writable folder nothing is kept.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from abscopal.errors import InputError
from abscopal.storage.files import whole_file


def folder() -> Path | None:
    """Where things are kept, or None if there is no such place."""
    given = os.environ.get("ABSCOPAL_CACHE_DIR")
    if given is not None:
        return Path(given) if given else None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", home / ".cache"))
    return base / "abscopal"


def put(name: str, content: bytes) -> bool:
    """Keeps a file, if the folder can be written; says whether it did."""
    place = folder()
    if place is None:
        return False
    try:
        place.mkdir(parents=True, exist_ok=True)
        with whole_file(place / name) as file:
            file.write(content)
    except (InputError, OSError):
        return False
    return True


def get(name: str) -> bytes | None:
    """What was kept under a name, sound or not, or None if there is nothing."""
    place = folder()
    if place is None:
        return None
    try:
        return (place / name).read_bytes()
    except OSError:
        return None
