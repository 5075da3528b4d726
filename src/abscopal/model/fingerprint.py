"""Which model this is: a hash of every file that decides a number, so that old and new results are never mixed.

The hash is of the text of the package's code and data. Equations of one or a few models would miss those of another
particle, drug or product, and what is decided before and after them: defaults, conversion, the questions of a score.
Left out is only what shows numbers. A changed comment changes the hash too: work is then done again, which is safe.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

_SUFFIXES = (".py", ".yaml", ".csv")
# Rooms that show numbers, keep files, read tables or hold models of others: they decide nothing.
_DECIDE_NOTHING = ("cli", "actions", "app", "plots", "report", "published", "measurements", "__pycache__")
_DIGITS = 16


@cache
def model_hash() -> str:
    """Hash of all code and data that decides a number; the same for the same files, in any process."""
    digest = hashlib.sha256()
    for name, text in sorted(deciding_files(resources.files("abscopal"))):
        # The lengths keep the end of one file apart from the beginning of the next.
        digest.update(f"{name}\n{len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()[:_DIGITS]


def deciding_files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    """Name and content of every file that decides a number; line ends do not matter."""
    for item in folder.iterdir():
        name = f"{prefix}{item.name}"
        if item.is_dir():
            if name not in _DECIDE_NOTHING and item.name != "__pycache__":
                yield from deciding_files(item, f"{name}/")
        elif name.endswith(_SUFFIXES):
            yield name, item.read_bytes().replace(b"\r\n", b"\n")
