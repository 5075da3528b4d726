"""Lines that a record leaves open or the catalogue lacks: drawn from the lines of their tissue, and said so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from abscopal import cohort
from abscopal.evidence.curation.names import NotCovered
from abscopal.evidence.tables import table
from abscopal.vocabulary import HostSpecies, comparable


def _tables() -> Mapping[str, Any]:
    found: Mapping[str, Any] = table("unknown_lines.yaml")
    return found


def distribution_for(tumour: str, site: str, origin: HostSpecies) -> str:
    """The entry of the catalogue that a line is drawn from, by the words of the tumour field, else those of the site.

    Raises
    ------
    NotCovered
        The words name no tumour, or one that grows in no mouse.
    """
    _refuse(tumour)
    tissue = _tissue_of(tumour) or _by_site(site)
    row = _tables()["tissues"].get(tissue, {})
    return str(row.get(origin) or _tables()["any"][origin])


def remark(text: str, entry: str, is_named: bool) -> str:
    """What is said of a draw: why, and from how many lines."""
    source = cohort.drawn_from(entry) or {}
    why = f"the line {text!r} is not known" if is_named else f"the record names no line ({text or 'null'})"
    return f"{why}: drawn from the distribution of {source.get('kind', entry)}, n = {source.get('n', 0)}"


def _refuse(tumour: str) -> None:
    for species, lines in _tables()["of_other_species"].items():
        if _holds(tumour, lines):
            raise NotCovered(f"tumour {tumour!r} is not in the model: it is of the {species}")
    if _holds(tumour, _tables()["no_tumour"]) and not _tissue_of(tumour):
        raise NotCovered(f"tumour {tumour!r} is not in the model: these cells are no tumour")


@cache
def _tissue_of(tumour: str) -> str:
    """The first tissue, in the order of the table, of which a line or else a word stands in a text; "" if none."""
    text = tumour
    for phrase in _tables()["not_a_tissue"]:
        text = re.sub(re.escape(phrase), " ", text, flags=re.IGNORECASE)
    for key in ("lines", "words"):
        for tissue, row in _tables()["tissues"].items():
            if _holds(text, row.get(key, ())):
                return str(tissue)
    return ""


def _by_site(site: str) -> str:
    return next((str(tissue) for tissue, words in _tables()["site_words"].items() if _holds(site, words)), "")


def _holds(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words or phrases stands in a text, as a whole word; case and hyphens do not matter."""
    plain = f" {_plain(text)} "
    return any(f" {_plain(str(word))} " in plain for word in words if comparable(str(word)))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
