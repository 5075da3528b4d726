"""Genes that a record says are lost, silenced or overexpressed, in the tumour or in the host: by a declared table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from abscopal import parameters
from abscopal.evidence.tables import table
from abscopal.vocabulary import comparable

TUMOUR, HOST, GAIN, LOSS, SILENCING = "tumour", "host", "gain", "loss", "silencing"
_KINDS = (LOSS, SILENCING, GAIN)
# Signs that stand for a loss and that no word boundary ends.
_SIGNS = ("-/-", "−/−", "–/–", "gt/gt")
_OF_CELLS = re.compile(r"\b(sh|si)(?=[A-Z]|cGAS)")


def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = table("gene_changes.yaml")
    return found


def change_of(text: str, place: str = "") -> str:
    """The change of the catalogue that a text names; "" where the text is no such change, or has no counterpart.

    Parameters
    ----------
    place : tumour or host, where the text itself does not say it; "" is what is usual for the gene.
    """
    kinds, rest = _kinds_in(text)
    if len(kinds) != 1:
        return ""
    there, gene = _place_in(rest)
    row = _row(gene)
    if row is None:
        return ""
    (kind,) = kinds
    if kind == GAIN:
        return str(row.get(GAIN) or "")
    where = there or place or (TUMOUR if kind == SILENCING and row.get(TUMOUR) else row["usual"])
    return str(row.get(where) or "")


def change_in_tumour(text: str) -> str:
    """The change of the tumour cells that the name of a tumour holds (`MC38 cGAS-/-`, `B16 (STING KO)`); "" if none."""
    pieces = [text, *re.findall(r"\(([^()]*)\)", text), re.sub(r"\([^()]*\)", " ", text)]
    return next((found for piece in pieces if (found := change_of(_without_lines(piece), TUMOUR))), "")


def _without_lines(text: str) -> str:
    """A text without names of tumour lines, and without the hyphen that joins one to what is changed in it."""
    words = re.sub(r"[\s_]+|(?<=\w)-(?=(?:sh|si)?[A-Za-z]\w*(?:-/-|\s|$|-KO))", " ", text).split(" ")
    return " ".join(word for word in words if not _is_line(word))


def _is_line(word: str) -> bool:
    try:
        return bool(comparable(word) and parameters.canonical("lines", word))
    except KeyError:
        return False


def _kinds_in(text: str) -> tuple[set[str], str]:
    """The kinds of change that words of a text name, and the text without them."""
    rest, kinds = _OF_CELLS.sub(r"\1 ", text), set()
    for sign in _SIGNS:
        if sign in rest:
            kinds.add(LOSS)
            rest = rest.replace(sign, " ")
    for kind in _KINDS:
        for word in sorted(map(str, _table()[kind]), key=len, reverse=True):
            found = re.sub(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", " ", rest, flags=re.IGNORECASE)
            if found != rest:
                kinds.add(kind)
                rest = found
    return kinds - ({LOSS} if SILENCING in kinds else set()), rest


def _place_in(text: str) -> tuple[str, str]:
    """Tumour, host or "", by the words of a text, and the text without them."""
    there, rest = "", text
    for place in (TUMOUR, HOST, "unsaying"):
        for word in sorted(map(str, _table()[place]), key=len, reverse=True):
            found = re.sub(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", " ", rest, flags=re.IGNORECASE)
            if found != rest:
                there = there or (place if place != "unsaying" else "")
                rest = found
    gene = _without_lines(rest)
    is_of_line = any(_is_line(word) for word in rest.split())
    return there or (TUMOUR if is_of_line else ""), gene


def _row(gene: str) -> Mapping[str, Any] | None:
    return _rows().get(comparable(gene))


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    return {key: row for row in _table()["genes"] for key in _keys(row["names"])}


def _keys(names: Iterable[object]) -> list[str]:
    return [comparable(str(name)) for name in names]
