"""Machine code kept on disk between runs, keyed by all that decides it.

The folder is ABSCOPAL_CACHE_DIR if set, else the platform's cache folder. Files are written under another name and
moved into place, so that processes may share the folder. A damaged file is rebuilt; without a writable folder nothing
is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from abscopal.engine.machine import Target

_MAGIC = b"abscopal kernel 1\n"
_MOST_FILES = 200


def folder() -> Path | None:
    """Where kernels are kept, or None if there is no such place."""
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


def key_for(fingerprint: str, lanes: int, target: Target) -> str:
    """Name of the file: the system, the shape of the kernel, the processor, the compiler and this package's emitter."""
    import llvmlite

    parts = [fingerprint, str(lanes), target.triple, target.cpu, target.features, llvmlite.__version__, _emitter()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read(key: str) -> tuple[dict[str, Any], bytes] | None:
    """What was kept under a key (its description and code), or None if there is nothing sound."""
    place = folder()
    if place is None:
        return None
    try:
        data = (place / f"{key}.kernel").read_bytes()
    except OSError:
        return None
    if not data.startswith(_MAGIC):
        return None
    digest, content = data[len(_MAGIC) : len(_MAGIC) + 32], data[len(_MAGIC) + 32 :]
    if hashlib.sha256(content).digest() != digest:
        return None
    head, _, code = content.partition(b"\n")
    description: dict[str, Any] = json.loads(head)
    return description, code


def write(key: str, description: dict[str, Any], code: bytes) -> None:
    """Keeps code under a key, if the folder can be written."""
    place = folder()
    if place is None:
        return
    content = json.dumps(description).encode() + b"\n" + code
    data = _MAGIC + hashlib.sha256(content).digest() + content
    try:
        place.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place, suffix=".part")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(place / f"{key}.kernel")
    except OSError:
        Path(name).unlink(missing_ok=True)
        return
    _forget_oldest(place)


def _forget_oldest(place: Path) -> None:
    try:
        files = sorted(place.glob("*.kernel"), key=lambda f: f.stat().st_mtime)
        for file in files[:-_MOST_FILES]:
            file.unlink(missing_ok=True)
    except OSError:
        pass


@cache
def _emitter() -> str:
    """Content hash of the source that makes the code: once it changes, the same system has other code."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for part in (here / "emission", here / "integration", here / "lowering", here.parent / "expr"):
        for file in sorted(part.glob("*.py")):
            digest.update(file.read_bytes())
    digest.update((here / "machine.py").read_bytes())
    return digest.hexdigest()
