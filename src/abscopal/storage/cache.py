"""What the package keeps on disk between runs because making it takes long: machine code, and its own data parsed.

The folder is ABSCOPAL_CACHE_DIR if set, else the platform's cache folder. Files are written under another name and
moved into place, so that processes may share the folder. A damaged file is made again; without a writable folder
nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

_HEAD = b"abscopal data 1 "


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
        handle, part = tempfile.mkstemp(dir=place, suffix=".part")
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(part).replace(place / name)
    except OSError:
        Path(part).unlink(missing_ok=True)
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


def read_yaml(package: str, file: str) -> Any:
    """The content of a YAML file in the `data` folder of one of our packages, parsed now or by an earlier process.

    A parsed file is kept as JSON, with the hash of the text it was made from and of itself; what JSON cannot hold is
    not kept.
    """
    text = resources.files(package).joinpath("data", file).read_bytes()
    name = f"{package}.{file.replace('/', '.')}.json"
    kept = get(name)
    if kept is not None:
        head, _, body = kept.partition(b"\n")
        if head == _seal(text, body):
            return json.loads(body)
    from ruamel.yaml import YAML

    parsed = YAML(typ="safe", pure=True).load(text.decode("utf-8"))
    try:
        body = json.dumps(parsed).encode()
    except (TypeError, ValueError):
        return parsed
    if json.loads(body) == parsed:
        put(name, _seal(text, body) + b"\n" + body)
    return parsed


def _seal(text: bytes, body: bytes) -> bytes:
    return _HEAD + hashlib.sha256(text).hexdigest().encode() + b" " + hashlib.sha256(body).hexdigest().encode()
