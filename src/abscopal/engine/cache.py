"""Machine code kept on disk between runs, keyed by all that decides it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from abscopal.engine.machine import Target
from abscopal.storage import cache as kept_files

_MAGIC = b"abscopal kernel 1\n"
_MOST_FILES = 200


def key_for(fingerprint: str, lanes: int, target: Target) -> str:
    """Name of the file: the system, the shape of the kernel, the processor, the compiler and this package's emitter."""
    import llvmlite

    parts = [fingerprint, str(lanes), target.triple, target.cpu, target.features, llvmlite.__version__, _emitter()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read(key: str) -> tuple[dict[str, Any], bytes] | None:
    """What was kept under a key (its description and code), or None if there is nothing sound."""
    data = kept_files.get(f"{key}.kernel")
    if data is None:
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
    content = json.dumps(description).encode() + b"\n" + code
    data = _MAGIC + hashlib.sha256(content).digest() + content
    place = kept_files.folder()
    if kept_files.put(f"{key}.kernel", data) and place is not None:
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
