"""From the tumour field of a record to lines of the catalogue: lists, variants, types of tumours; never a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from abscopal import parameters
from abscopal.evidence.curation import gene_changes, unknown_lines
from abscopal.evidence.curation.names import NotCovered, canonical, without_brackets, words_of
from abscopal.evidence.tables import table
from abscopal.vocabulary import HUMAN, MOUSE, HostSpecies, comparable

_SEPARATORS = re.compile(r"[;,]|\s[/&+]\s|\b(?:and|vs\.?|versus)\b")
_MOST_WORDS = 4
# The antigen of generic products: whatever it is, every line shows it.
_ANY_TARGET = "product target"


@dataclass(frozen=True)
class Line:
    """One tumour line of a record: the catalogue's name, or the text that names none and why.

    `change` is a change of its cells that the record says of it (`MC38 cGAS-/-`), as a change of the host.
    """

    name: str
    text: str
    reason: str = ""
    note: str = ""
    change: str = ""


def _names() -> Mapping[str, Any]:
    found: Mapping[str, Any] = table("names.yaml")
    return found


def origin_of(in_vitro: bool, *texts: str) -> HostSpecies:
    """Whether a type of tumour means human cells or the mouse's, by the words for tumour, species, strain and host."""
    words = {comparable(word) for text in texts for word in re.split(r"[\s,;/()]+", text)}
    if words & words_of("human_words"):
        return HUMAN
    return HUMAN if in_vitro and not words & words_of("mouse_words") else MOUSE


def lines_of(
    tumour: str, strain: str = "", origin: HostSpecies = MOUSE, types_first: bool = False, site: str = ""
) -> tuple[Line, ...]:
    """The tumour lines that a record's tumour field names, each once, in the order written.

    Beside a known line, a part without one is returned with the reason; text in brackets counts if the part has no line
    outside, or begins with "also". A type of human tumour stands for a declared set of lines. A spontaneous tumour may
    be named by its strain. Where no line is known, one is drawn from the lines of its tissue.

    Parameters
    ----------
    origin : whose cells an unknown line or a type of tumour means.
    site : words of the site of implantation, which may say the tissue.
    types_first : cells in a dish: a type means that set, before any entry that stands for such tumours of animals.
    """
    found: dict[str, Line] = {}
    parts = [part.strip() for part in _SEPARATORS.split(_protected(tumour)) if part.strip()]
    for part in parts:
        for line in _lines_in(_unprotected(part), origin, types_first):
            found.setdefault(line.name or line.text, _changed(line, _unprotected(part)))
    if any(line.name for line in found.values()):
        # Beside a known line, a part without digits and capitals describes it: footpad, two tumours.
        return tuple(line for line in found.values() if line.name or not _describes(line.text))
    return tuple(line for line in _lines_in(strain, origin, False) if line.name) or (_drawn(tumour, site, origin),)


def _changed(line: Line, part: str) -> Line:
    """The line with the change of its cells that the words around it name."""
    change = gene_changes.change_in_tumour(part) if line.name else ""
    note = "; ".join(text for text in (line.note, f"{part}: {change}" if change else "") if text)
    return replace(line, change=change, note=note)


def _drawn(tumour: str, site: str, origin: HostSpecies) -> Line:
    """A line that is drawn from those of its tissue, as none is known; or why it cannot be."""
    derived = _derived_from(without_brackets(tumour))
    if derived is not None:
        return derived
    try:
        entry = unknown_lines.distribution_for(tumour, site, origin)
    except NotCovered as why:
        return Line("", tumour, str(why))
    is_named = not _names_none(tumour) and not _type_of(without_brackets(tumour))
    return Line(entry, tumour, note=unknown_lines.remark(tumour, entry, is_named))


@cache
def _on_every_line() -> frozenset[str]:
    return frozenset(name for name in parameters.antigens() if parameters.antigen(name).about.get("common"))


def product_for(product: str, line: str) -> tuple[str, str]:
    """The product for a line, and why: cells whose target the catalogue does not give it are taken as seeing it.

    A publication tries cells on a tumour that shows their target. The generic product of the same kind and
    costimulation binds what the tumour shows; a product without a target, or on a line that shows it, stays.
    """
    about = parameters.product(product).about
    targets = [str(antigen) for antigen in about.get("antigens", ())]
    shown = parameters.about_line(line).get("antigens", {}) if line else targets
    if not targets or any(a in shown or a in _on_every_line() for a in targets):
        return product, ""
    alike = {name: parameters.product(name).about for name in parameters.products()}
    generic = [name for name, other in alike.items() if other.get("antigens") == [_ANY_TARGET]]
    generic = [
        name for name in generic if alike[name]["adds_to"] == about["adds_to"] and not alike[name].get("armoured")
    ]
    same = [name for name in generic if alike[name].get("costimulation") == about.get("costimulation")]
    note = f"the catalogue does not say whether {line} shows {' or '.join(targets)}: it is taken as shown"
    return (*same, *generic)[0], note


def _derived_from(text: str) -> Line | None:
    """The line that a name with something unknown added to it begins with: `B16-XYZ`."""
    for word in text.split():
        parent, _, added = word.partition("-")
        line = _line(parent) if added else None
        if line:
            return Line(line.name, word, note=f"{word}: what {added!r} adds to {parent} is not in the model")
    return None


def antigen_note(antigen: str, line: str) -> str:
    """What to say of T cells that recognise an antigen which the catalogue does not give a line; "" if it does."""
    about = parameters.about_line(line) if antigen and line else {}
    if not about or antigen in (*about.get("antigens", {}), about.get("neoantigen")):
        return ""
    return f"the catalogue does not say whether {line} shows {antigen}: it is taken as shown"


def _names_none(tumour: str) -> bool:
    shown = without_brackets(tumour) or tumour
    return not shown or comparable(shown) in words_of("no_line")


def _no_line(tumour: str) -> Line:
    if _names_none(tumour):
        return Line("", tumour, f"the record names no tumour line ({tumour or 'null'})")
    return Line("", tumour, f"tumour {tumour!r} is not in the model")


def _describes(text: str) -> bool:
    return text == text.lower() and not any(c.isdigit() for c in text)


_HIDDEN = {",": "\0", ";": "\1", "/": "\2", "&": "\3", "+": "\4", "and": "\5"}


def _protected(text: str) -> str:
    """The text with separators hidden from splitting inside brackets and in names that hold one (head and neck)."""

    def hide(match: re.Match[str]) -> str:
        inside = match[0]
        for separator, sign in _HIDDEN.items():
            inside = re.sub(rf"\b{separator}\b" if separator.isalpha() else re.escape(separator), sign, inside)
        return inside

    phrases = "|".join(re.escape(phrase) for phrase in _names()["whole_phrases"])
    return re.sub(rf"\([^()]*\)|\b(?:{phrases})\b", hide, text, flags=re.IGNORECASE)


def _unprotected(text: str) -> str:
    for separator, sign in _HIDDEN.items():
        text = text.replace(sign, separator)
    return text


def _lines_in(part: str, origin: HostSpecies, types_first: bool) -> list[Line]:
    outside = without_brackets(part)
    kind = _type_of(outside)
    first = None if types_first and kind else _line_among(outside)
    found = [first] if first else []
    for text in re.findall(r"\(([^()]*)\)", part):
        if not found or text.lower().startswith("also"):
            named = [_line_among(piece) for piece in _SEPARATORS.split(text)]
            found += [line for line in named if line and line.name not in {other.name for other in found}]
    return found or _several_in(outside) or _of_type(kind, outside, origin) or [_no_line(outside or part)]


def _several_in(text: str) -> list[Line]:
    """Lines joined by a stroke, `MC38/CT26`; [] unless one of them is known."""
    pieces = [piece.strip() for piece in text.split("/")] if "/" in text else []
    found = [_line_among(piece) or _no_line(piece) for piece in pieces]
    return found if any(line.name for line in found) else []


def _line_among(text: str) -> Line | None:
    """The first known line among the words of a text; longer names first."""
    words = text.split()
    for length in range(min(_MOST_WORDS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            name = " ".join(words[start : start + length]).strip(".,:")
            line = _line(name)
            if line:
                return line
    return None


@cache
def _variants() -> dict[str, tuple[str, str]]:
    rows = _names()["lines"].items()
    return {comparable(name): (line, str(row.get("note", ""))) for line, row in rows for name in row["names"]}


def _line(name: str) -> Line | None:
    known = canonical("lines", name)
    # A record is of animals: a tumour type of patients is none of its lines.
    if known and parameters.host_of(known) == MOUSE:
        return Line(known, name)
    variant, note = _variants().get(comparable(name), ("", ""))
    known = canonical("lines", variant)
    return Line(known, name, note=f"{name}: {note}") if known else _with_antigen(name) or _with_addition(name)


def _with_antigen(name: str) -> Line | None:
    """A line by one of its names in records, with an antigen of the catalogue put into it: `Pan02-OVA`."""
    parts = parameters.parts_of_variant(name)
    line = _line(parts[0]) if parts else None
    if parts is None or line is None:
        return None
    return replace(line, name=parameters.canonical("lines", f"{line.name}-{parts[1]}"), text=name)


def _with_addition(name: str) -> Line | None:
    """A known line with a reporter or a foreign antigen added to it: `LLC-luc`, `MC38-OVA`."""
    for row in _names()["additions"]:
        for added in row["names"]:
            match = re.fullmatch(rf"(.+?)[-_/.]{re.escape(added)}", name, flags=re.IGNORECASE)
            line = _line(match[1]) if match else None
            if line:
                return Line(
                    line.name, name, note="; ".join(note for note in (line.note, f"{name}: {row['note']}") if note)
                )
    return None


def _type_of(text: str) -> str:
    """The type of tumour that all words of a text name, beside words such as `cancer cell lines`; "" if none."""
    unsaying = {"", *words_of("type_words")}
    words = [word for word in re.split(r"[\s\-]+", text.lower()) if comparable(word) not in unsaying]
    phrase = comparable(" ".join(words))
    for name, row in _names()["tumour_types"].items():
        if phrase in {comparable(word) for word in row["words"]}:
            return str(name)
    return ""


def _of_type(kind: str, text: str, origin: HostSpecies) -> list[Line]:
    """The lines that stand for a type of tumour: a declared set of human ones, a drawn one of the mouse; [] if none."""
    if kind and origin == MOUSE:
        return [_drawn(text, "", origin)]
    chosen = _names()["tumour_types"].get(kind, {}).get(origin, ())
    others = " and ".join(str(name) for name in chosen)
    note = f"the record names the type of tumour only: {others} stand{'s' if len(chosen) == 1 else ''} for {text!r}"
    return [Line(str(name), text, note=note) for name in chosen]
