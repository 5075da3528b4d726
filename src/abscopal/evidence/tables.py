"""The data tables of the evidence, read once."""

from __future__ import annotations

from functools import cache
from typing import Any

from abscopal.storage.packaged import read_yaml


@cache
def table(file: str) -> Any:
    """Content of a data file of the evidence."""
    return read_yaml("abscopal.evidence", file)
