"""Ids of an SBML document: readable, each once, and never a word that formulas in other tools keep for themselves."""

from __future__ import annotations

import re

_RESERVED = frozenset(
    {"avogadro", "delay", "e", "exp", "exponentiale", "false", "inf", "infinity", "ln", "log", "max", "min", "nan"}
    | {"notanumber", "pi", "piecewise", "pow", "rateOf", "sqrt", "time", "true"}
)


class Identifiers:
    """Gives out ids for names, such as `tumour_primary` for `tumour@primary`."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def new(self, wanted: str) -> str:
        """An id that was not given out before."""
        base = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_")
        if not base or base[0].isdigit() or base in _RESERVED:
            base = f"_{base}"
        chosen, count = base, 1
        while chosen in self._given:
            count += 1
            chosen = f"{base}_{count}"
        self._given.add(chosen)
        return chosen


def plain_name(name: str) -> str:
    """A name without the mark of its kind (`p:`, `e:`)."""
    return name.partition(":")[2] if re.match(r"[a-z]:", name) else name
