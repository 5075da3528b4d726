"""From the names of records to those of the parameter catalogue, by declared tables: never a guess.

Each function returns what a name means, or raises `NotCovered` with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from abscopal import parameters
from abscopal.evidence.curation import gene_changes
from abscopal.evidence.tables import table
from abscopal.vocabulary import COMPETENT, SCID, comparable


class NotCovered(Exception):  # noqa: N818 - an outcome of conversion, not an error
    """A part of a record that the model has no counterpart for; the text is the reason."""


@dataclass(frozen=True)
class Agent:
    """What a drug of a record is in the model: an agent, or a change of the host that stands for it."""

    agent: str = ""
    host_change: str = ""
    depletion: bool = False
    note: str = ""


def _names() -> Mapping[str, Any]:
    found: Mapping[str, Any] = table("names.yaml")
    return found


_GREEK = str.maketrans({"α": "a", "β": "b", "γ": "g", "δ": "d", "κ": "k", "µ": "u", "μ": "u"})


def latin(text: str) -> str:
    """A text with Greek letters as the Latin ones that stand for them in names."""
    return text.translate(_GREEK)


def without_brackets(text: str) -> str:
    """A text without what stands in round brackets, square brackets or after a semicolon."""
    return " ".join(re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", text).split(";")[0].split())


def canonical(kind: str, name: str) -> str | None:
    """The catalogue's name for an entry of a kind, or None."""
    try:
        return parameters.canonical(kind, name) if comparable(name) else None
    except KeyError:
        return None


def _spellings(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((text, without_brackets(text))))


def _drug_spellings(text: str) -> tuple[str, ...]:
    """The name of a drug as written, in Latin letters, with `a` or `anti-mouse` before it as anti-, without clones."""
    found = [*_spellings(text), *_spellings(latin(text))]
    found += [re.sub(r"^(?:[aα]-?(?=[A-Z])|anti[- ](?:mouse|murine|human)[- ])", "anti-", name) for name in found]
    found += [name for spelling in found for name in _without_clone(without_brackets(spelling))]
    return tuple(dict.fromkeys(found))


# --- drugs, cells, hosts


@cache
def _rows(section: str) -> Mapping[str, Any]:
    """Row of each spelling in a section that is a list of rows with `names`."""
    return {comparable(str(name)): row for row in _names()[section] for name in row["names"]}


@cache
def _keys(section: str) -> Mapping[str, str]:
    """Key of each spelling in a section that maps a key to its spellings."""
    return {comparable(name): str(key) for key, names in _names()[section].items() for name in names}


@cache
def words_of(section: str) -> frozenset[str]:
    """The words of a section that is a list of them, as names are compared."""
    return frozenset(comparable(str(word)) for word in _names()[section])


@cache
def agent_of(drug: str) -> Agent:
    """The agent of a drug. Raises NotCovered."""
    for spelling in _drug_spellings(drug):
        row = _rows("agents").get(comparable(spelling))
        if row is not None:
            return _declared_agent(drug, row)
        known = canonical("agents", spelling)
        if known:
            row = _rows("agents").get(comparable(known), {})
            return Agent(known, depletion=bool(row.get("depletion")))
    missing = next((_rows("not_modelled_agents").get(comparable(name)) for name in _drug_spellings(drug)), None)
    why = f": {missing['why']}" if missing else ""
    raise NotCovered(f"{drug or 'a drug without a name'} is not among the drugs of the model{why}")


def agents_among(drug: str) -> tuple[str, ...]:
    """The drugs that one entry of a record names: itself, or what it joins (`anti-PD-1 + anti-CTLA-4`), if known."""
    pieces = [piece.strip() for piece in re.split(r"\s\+\s|\s&\s|\bplus\b|\band\b|(?<=\d)/(?=anti)", drug)]
    if len(pieces) < 2 or _is_agent(drug):
        return (drug,)
    return tuple(pieces) if all(_is_agent(piece) for piece in pieces) else (drug,)


def _is_agent(drug: str) -> bool:
    try:
        agent_of(drug)
    except NotCovered:
        return False
    return True


def kind_of(agent: str) -> str:
    """Which defaults fill the dose and days of an agent: antibody, cytokine, small_molecule or vaccine."""
    about = parameters.agent(agent).about
    for kind, rule in _names()["drug_kinds"].items():
        if about.get("target") == rule.get("target") or float(about["molar_mass_kda"]) < rule.get("below_kda", 0.0):
            return str(kind)
    return "antibody"


def refers_elsewhere(text: str) -> bool:
    """Whether a text in place of a dose only refers to another arm."""
    return comparable(text) in words_of("as_elsewhere")


def _declared_agent(drug: str, row: Mapping[str, Any]) -> Agent:
    note, depletion = str(row.get("note", "")), bool(row.get("depletion"))
    if row.get("as") == "":
        return Agent(note=note)
    if "host" in row:
        return Agent(host_change=_host_entry(row["host"], drug), note=note)
    known = canonical("agents", row["as"])
    if known:
        return Agent(known, depletion=depletion, note=note)
    change = canonical("hosts", row["as"])  # a depletion may be known as a change of the host only
    if change:
        return Agent(host_change=change, note=note)
    raise NotCovered(f"{drug} is not among the drugs of the model")


def _without_clone(text: str) -> tuple[str, ...]:
    """The name of an agent without words that are clones or change nothing; () if other words are left."""
    words = text.split()
    names = []
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            rest = words[:start] + words[end:]
            if rest and all(_is_neutral(word) for word in rest):
                kept = " ".join(words[start:end])
                names += (
                    [kept, f"anti-{kept}"] if any(comparable(w) in words_of("blocking_words") for w in rest) else [kept]
                )
    return tuple(sorted(names, key=len, reverse=True))


def _is_neutral(word: str) -> bool:
    if comparable(word) in words_of("agent_words"):
        return True
    begins = tuple(_names()["no_clones"])
    is_clone = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.\-]*", word) and sum(c.isdigit() for c in word) >= 2
    return bool(is_clone) and not word.upper().startswith(begins)


def product_of(kind: str) -> str:
    """The cell product of the catalogue. Raises NotCovered."""
    for spelling in _spellings(kind):
        known = canonical("products", _rows("products").get(comparable(spelling), {}).get("as", spelling))
        if known:
            return known
    raise NotCovered(f"cells {kind!r} are not among the cell products of the model")


def product_fact(kind: str, fact: str) -> str:
    """What the table says of the cells of a record: `note`, their `antigen`, the default of their specific `share`."""
    rows = (_rows("products").get(comparable(spelling), {}) for spelling in _spellings(kind))
    return next((str(row[fact]) for row in rows if fact in row), "")


def _host_entry(name: str, shown: str) -> str:
    known = canonical("hosts", name)
    if known is None:
        raise NotCovered(f"{shown}: the model has no {name}")
    return known


def host_change_of(change: str) -> str:
    """The change of the host of an arm; "" if it is none. Raises NotCovered."""
    rows = _rows("host_changes")
    for spelling in _spellings(change):
        if comparable(spelling) in rows:
            target = rows[comparable(spelling)]["as"]
            return _host_entry(target, change) if target else ""
        known = canonical("hosts", spelling)
        if known:
            return known
    found = gene_changes.change_of(change)
    if found:
        return _host_entry(found, change)
    raise NotCovered(f"host or tumour change {change!r} is not in the model")


def host_changes_of(text: str) -> tuple[str, ...]:
    """The changes that a text names: one, or several joined by `+` or `and`. Raises NotCovered."""
    try:
        found: tuple[str, ...] = (host_change_of(text),)
    except NotCovered:
        pieces = [piece.strip() for piece in re.split(r"\s\+\s|\s&\s|;|,|\band\b", text) if comparable(piece)]
        if len(pieces) < 2:
            raise
        found = tuple(host_change_of(piece) for piece in pieces)
    return tuple(change for change in found if change)


def culture_change_of(change: str) -> str:
    """The change of the cells or the medium of a dish; "" if it is none. Raises NotCovered."""
    text = change
    for word in _names()["in_vitro_words"]:
        text = re.sub(rf"[\s,]*{re.escape(word)}", " ", text, flags=re.IGNORECASE)
    rows = _rows("culture_changes")
    for spelling in _spellings(text.strip(" ,;")):
        if not comparable(spelling):
            return ""
        if comparable(spelling) in rows:
            target = rows[comparable(spelling)]["as"]
            return _host_entry(target, change) if target else ""
    raise NotCovered(f"change of the cells {change!r} is not in the model")


@dataclass(frozen=True)
class Immune:
    """Immune status of all animals of a record, a change that all of them have, and what to say about it."""

    status: str
    note: str = ""
    assumed: bool = False
    change: str = ""


def immune_of(host: str, strain: str) -> Immune:
    """Immune status of the host. Raises NotCovered."""
    rows = _rows("hosts")
    for spelling in _spellings(host):
        if comparable(spelling) in rows:
            row = rows[comparable(spelling)]
            return _immune(row)
    if not any(comparable(spelling) in words_of("unknown_hosts") for spelling in _spellings(host)):
        return _by_words(host)
    # Nothing is said of the host: a strain that is immunodeficient by name says it.
    for word in re.split(r"[\s,;()]+", strain):
        row = rows.get(comparable(word)) if comparable(word) else None
        if row is not None and row["status"] != COMPETENT:
            return Immune(row["status"], f"strain {strain!r}", True, str(row.get("change", "")))
    return Immune(COMPETENT, "no immune defect of the host is stated", True)


def _immune(row: Mapping[str, Any]) -> Immune:
    return Immune(row["status"], str(row.get("note", "")), "note" in row, str(row.get("change", "")))


def _by_words(host: str) -> Immune:
    """Immune status where every word of a host field is known, or all of it is a change. Raises NotCovered."""
    rows = _rows("hosts")
    words = [word for word in re.split(r"[\s,;()]+", host) if comparable(word)]
    found = [rows[comparable(word)] for word in words if comparable(word) in rows]
    if all(comparable(w) in {*rows, *words_of("host_words")} or comparable(w).isdigit() for w in words):
        deficient = [row for row in found if row["status"] != COMPETENT]
        if deficient:  # the most deficient: SCID in "immunodeficient SCID"
            return _immune(max(deficient, key=lambda row: (row["status"] == SCID, "change" in row, "note" not in row)))
        return Immune(COMPETENT)
    try:
        return Immune(COMPETENT, change=host_change_of(host))
    except NotCovered:
        raise NotCovered(f"host {host!r} is not in the model") from None


def species_of(species: str) -> str:
    """Species of the host, of those that records are converted for. Raises NotCovered."""
    words = [species, *re.split(r"[\s,;/()]+", species)]
    for word in words:
        known = _keys("species").get(comparable(word))
        if known:
            return known
    raise NotCovered(f"species {species or 'not stated'!r} is not in the model")


# --- radiation


def target_of(target: str) -> tuple[str, ...]:
    """Names of the irradiated sites, or `whole_body`. Raises NotCovered."""
    rows = _keys("targets")
    for spelling in _spellings(target):
        if comparable(spelling) in rows:
            return tuple(rows[comparable(spelling)].split("+"))
    raise NotCovered(f"radiation target {target!r} is not in the model")


def quality_of(quality: str, energy: str, words: Iterable[str]) -> str:
    """The radiation quality of the study; gamma rays by the isotope of the energy. Raises NotCovered."""
    for word, why in _names()["not_modelled_fields"].items():
        if any(word.lower() in text.lower() for text in words):
            raise NotCovered(why)
    for name, why in _names()["not_modelled_qualities"].items():
        if comparable(name) == comparable(quality):
            raise NotCovered(f"{quality}: {why}")
    rows = _keys("qualities")
    found = rows.get(comparable(quality)) or rows.get(comparable(without_brackets(quality)))
    if found is None:
        raise NotCovered(f"radiation quality {quality!r} is not in the model")
    if found != "gamma":
        return str(found)
    for isotope, spellings in _names()["isotopes"].items():
        if any(comparable(s) in comparable(energy) for s in spellings):
            return str(isotope)
    return "Cs-137"


def is_spatial(words: Iterable[str]) -> bool:
    """Whether any of the texts says that only a part of the target is irradiated."""
    return any(field.lower() in text.lower() for field in _names()["spatial_fields"] for text in words)


_ENERGY = re.compile(r"(\d+(?:\.\d+)?)(?:\s*[-–]\s*(\d+(?:\.\d+)?))?\s*(MeV/u|MeV/n|kVp|kV|MV|MeV)")


def energy_of(energy: str, is_ion: bool) -> str:
    """The nominal energy as a study writes it, the middle of a range; "" where none fits the quality."""
    match = _ENERGY.search(energy)
    if match is None:
        return ""
    value = float(match[1]) if match[2] is None else (float(match[1]) + float(match[2])) / 2
    unit = {"kVp": "kV", "MeV/n": "MeV/u"}.get(match[3], match[3])
    if value <= 0 or is_ion != (unit == "MeV/u") or unit == "MeV":
        return ""
    return f"{value:g} {unit}"


def route_of(route: str, usual: str) -> str:
    """The route of a drug or of cells; the usual one if none is stated. Raises NotCovered."""
    if not comparable(route):
        return usual
    rows = _keys("routes")
    for spelling in _spellings(route):
        if comparable(spelling) in rows:
            return str(rows[comparable(spelling)])
    raise NotCovered(f"route {route!r} is not in the model")


def is_in_vitro(*texts: str) -> bool:
    """Whether any of the texts says that an arm is a cell culture."""
    return any(word in text.lower() for text in texts for word in _names()["in_vitro_words"])


def is_intracranial(*texts: str) -> bool:
    """Whether the tumour lies inside the skull."""
    words = {word for text in texts for word in re.split(r"[^a-z0-9]+", text.lower())}
    return any(comparable(word) in words for word in _names()["intracranial_words"])
