"""The declared limits of what is plausible."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from abscopal import units
from abscopal.storage.packaged import read_yaml


@cache
def register() -> Any:
    """The whole register of limits."""
    return read_yaml("abscopal.study", "plausibility.yaml")


def limit(name: str, species: str, unit: str, part: str = "limits") -> float | None:
    """A limit for a species in a unit; None where none is declared."""
    text = register()[part][name].get(species)
    return None if text is None else units.parse_quantity(text, unit)


def outside(value: float, names: Sequence[str], species: str, unit: str, part: str = "limits") -> str:
    """In words, how a value leaves the range from the first limit to the second, named `_least` or `_most`; else ""."""
    for name in names:
        bound = limit(name, species, unit, part)
        if bound is None:
            continue
        if name.endswith("_least") and value < bound:
            return f"less than {bound:g} {unit}: {why(name, part)}"
        if name.endswith("_most") and value > bound:
            return f"more than {bound:g} {unit}: {why(name, part)}"
    return ""


def why(name: str, part: str = "limits") -> str:
    """The reason of a limit, marked where it is assumed."""
    source = register()[part][name]["source"]
    note = str(source["note"])
    return f"{note} (assumed limit)" if source["kind"] == "assumed" else note
