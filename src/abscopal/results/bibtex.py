"""Citations as BibTeX: the fields of an article where the text has its usual form, else the whole text as a title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# "Arina A, Beckett M. Title of it. Nat Commun 2019;10:3959-3970." as journals print it.
_ARTICLE = re.compile(
    r"^(?P<authors>[^.]+?)\.\s+(?P<title>.+?)[.?!]\s+(?P<journal>[^.;]+?)\s+(?P<year>(?:19|20)\d\d)"
    r"(?:;(?P<volume>[^:;.\s(]+)(?:\((?P<number>[^)]*)\))?(?::(?P<pages>[A-Za-z]?\d[\w–-]*))?)?(?=[.;,\s(]|$)"
)
# "Takahashi Y et al. Oncotarget 2019;10:633-46", without a title.
_UNTITLED = re.compile(
    r"^(?P<authors>[^.]+?)\.\s+(?P<journal>[^.;]+?)\s+(?P<year>(?:19|20)\d\d)"
    r"(?:;(?P<volume>[^:;.\s(]+)(?:\((?P<number>[^)]*)\))?(?::(?P<pages>[A-Za-z]?\d[\w–-]*))?)?(?=[.;,\s(]|$)"
)
# "Chatterjee & Schaefer 1976, Radiat Environ Biophys 13:215", family names alone.
_SHORT = re.compile(
    r"^(?P<families>[^\W\d][^.,;:]*?)\s+(?P<year>(?:19|20)\d\d),\s+(?P<journal>[^.,;:\d]+?)\s+"
    r"(?P<volume>\d+)(?:\((?P<number>[^)]*)\))?:(?P<pages>[A-Za-z]?\d[\w–-]*)"
)
# A family name with its initials: "De Boer RJ".
_AUTHOR = re.compile(r"^(?P<family>[^\W\d].*?)\s+(?P<initials>[A-Z](?:-?[A-Z])*)$")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_DOI = re.compile(r"[\s.;,(]*\bdoi:\s*\S+", re.IGNORECASE)
_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True)
class Reference:
    """One work to cite.

    Attributes
    ----------
    key : wished for; the entry's key is this, made of letters and digits.
    text : the citation as a sentence.
    software_version : of a program; "" for a publication.
    """

    key: str
    text: str
    doi: str = ""
    software_version: str = ""


def to_bibtex(references: Sequence[Reference]) -> str:
    """The entries of a .bib file, each work and each key once, in the order given."""
    entries: list[str] = []
    keys: set[str] = set()
    seen: set[tuple[str, str]] = set()
    for reference in references:
        if (reference.text, reference.doi) in seen:
            continue
        seen.add((reference.text, reference.doi))
        base = re.sub(r"[^A-Za-z0-9:_-]", "", reference.key) or "reference"
        key, count = base, 1
        while key.lower() in keys:
            count += 1
            key = f"{base}-{count}"
        keys.add(key.lower())
        kind, fields = _entry(reference)
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        entries.append(f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}\n")
    return "\n".join(entries)


def _entry(reference: Reference) -> tuple[str, dict[str, str]]:
    if reference.software_version:
        return "misc", {
            "author": "{The abscopal developers}",
            "title": "{abscopal: radiotherapy with immunotherapy, simulated}",
            "version": reference.software_version,
            "note": f"Computer program, version {_escaped(reference.software_version)}",
        }
    text = _DOI.sub("", reference.text).strip()
    found = _ARTICLE.match(text) or _UNTITLED.match(text)
    authors = _authors(found["authors"]) if found else ""
    if not authors and (found := _SHORT.match(text)):
        authors = " and ".join(f"{{{_escaped(f.strip())}}}" for f in re.split(r"&|,| and ", found["families"]))
    if found is None or not authors:
        year = _YEAR.search(text)
        return "misc", {"title": f"{{{_escaped(text)}}}", "year": year[0] if year else "", "doi": reference.doi}
    parts = found.groupdict()
    rest = text[found.end() :].strip(" .;,()")
    return "article", {
        "author": authors,
        "title": f"{{{_escaped(parts['title'])}}}" if parts.get("title") else "",
        "journal": _escaped(parts["journal"]),
        "year": parts["year"],
        "volume": _escaped(parts["volume"] or ""),
        "number": _escaped(parts["number"] or ""),
        "pages": re.sub(r"[–-]+", "--", parts["pages"] or ""),
        "doi": reference.doi,
        "note": _escaped(rest),
    }


def _authors(text: str) -> str:
    """`Hallahan DE, Virudachalam S` as BibTeX has it; "" if it does not look like names."""
    alone = re.sub(r",?\s+(et al|and others)$", "", text.strip())
    names = []
    for part in re.split(r",\s*|\s+and\s+", alone):
        found = _AUTHOR.match(part.strip())
        if not found:
            return ""
        initials = " ".join(f"{c}." for c in found["initials"].replace("-", ""))
        names.append(f"{_escaped(found['family'])}, {initials}")
    return " and ".join([*names, *(["others"] if alone != text.strip() else [])])


def _escaped(text: str) -> str:
    """Text that LaTeX prints as it is."""
    plain = re.sub(r"([&%$#_{}])", r"\\\1", re.sub(r"[\\~^]", lambda m: f"\0{ord(m[0])}\0", text))
    return re.sub(r"\0(\d+)\0", lambda m: _SPECIAL[chr(int(m[1]))], plain)
