"""The data tables of the evidence, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any


@cache
def table(file: str) -> Any:
    """Content of a data file of the evidence."""
    from ruamel.yaml import YAML

    text = resources.files("abscopal.evidence").joinpath("data", file).read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)
