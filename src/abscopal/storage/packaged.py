"""The package's own data files: each is parsed once, and kept parsed in the cache."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from typing import Any

from abscopal.storage import cache

_HEAD = b"abscopal data 1 "


def read_yaml(package: str, file: str) -> Any:
    """The content of a YAML file in the `data` folder of one of our packages, parsed now or by an earlier process.

    A parsed file is kept as JSON, with the hash of the text it was made from and of itself; what JSON cannot hold is
    not kept.
    """
    text = resources.files(package).joinpath("data", file).read_bytes()
    name = f"{package}.{file.replace('/', '.')}.json"
    kept = cache.get(name)
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
        cache.put(name, _seal(text, body) + b"\n" + body)
    return parsed


def _seal(text: bytes, body: bytes) -> bytes:
    return _HEAD + hashlib.sha256(text).hexdigest().encode() + b" " + hashlib.sha256(body).hexdigest().encode()
