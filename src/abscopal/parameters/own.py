"""A user's own catalogue: lines, drugs and cell products of a laboratory, beside those of the package.

An entry of the user's comes before one of the package that has the same name or spelling. It holds while a study that
uses it is read, prepared and solved, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OwnCatalogue:
    """What a user's catalogue file holds, checked; two of the same file and content are the same.

    Attributes
    ----------
    path, sha256 : the file and the hash of its text.
    rows : kind of entry (lines, agents, products) -> name -> row, as in the data files of the package.
    citations : citation key -> reference.
    """

    path: str
    sha256: str
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict, compare=False)
    citations: Mapping[str, str] = field(default_factory=dict, compare=False)


_CURRENT: ContextVar[OwnCatalogue | None] = ContextVar("own catalogue", default=None)


def current() -> OwnCatalogue | None:
    """The user's catalogue that holds now, if any."""
    return _CURRENT.get()


@contextmanager
def using(own: OwnCatalogue | None) -> Iterator[None]:
    """In the block a user's catalogue holds; None: that of the package alone."""
    before = _CURRENT.set(own)
    try:
        yield
    finally:
        _CURRENT.reset(before)
