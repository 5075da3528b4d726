"""Cells of a table: numbers with decimal points or commas, censored values, and words for nothing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from abscopal import numerals
from abscopal.measurements.observation import ABOVE, BELOW, EXACT

# Words that tables use for "not measured".
NOTHING = frozenset({"", "-", "--", ".", "na", "n.a.", "n/a", "nan", "nd", "n.d.", "none", "null", "missing", "?"})
# Words for an animal that has died or was removed at its end point.
DEAD = frozenset({"dead", "death", "died", "euthanised", "euthanized", "sacrificed", "culled", "x"})
_POINT = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_SIGNS = {"<": BELOW, "≤": BELOW, "<=": BELOW, ">": ABOVE, "≥": ABOVE, ">=": ABOVE}


@dataclass(frozen=True)
class Cell:
    """What a cell says.

    Attributes
    ----------
    number : its number, or None where it has none.
    censoring : `EXACT`, or `BELOW` or `ABOVE` for `<20` and `>2000`.
    dead : whether it says that the animal has died.
    comma : whether its decimal mark is a comma.
    """

    number: float | None
    censoring: int = EXACT
    dead: bool = False
    comma: bool = False


def cell(text: str) -> Cell | None:
    """What a cell says; None if it is neither a number nor a known word."""
    stripped = text.strip().strip('"').replace("\u00a0", "")
    lowered = stripped.lower()
    if lowered in NOTHING:
        return Cell(None)
    if lowered in DEAD:
        return Cell(None, dead=True)
    censoring = EXACT
    for sign in sorted(_SIGNS, key=len, reverse=True):
        if stripped.startswith(sign):
            censoring, stripped = _SIGNS[sign], stripped[len(sign) :].strip()
            break
    number, comma = _number(stripped)
    return None if number is None else Cell(number, censoring, comma=comma)


def _number(text: str) -> tuple[float | None, bool]:
    """The finite number of a text, and whether it is written with a comma or in groups; None where it is in doubt."""
    meant = (text,) if _POINT.match(text) else numerals.rewritten(text)
    if len(meant) != 1 or not _POINT.match(meant[0]):
        return None, False
    number = float(meant[0])
    return (number if math.isfinite(number) else None), meant[0] != text
