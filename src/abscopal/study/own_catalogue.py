"""A user's catalogue file: read, checked by the rules of the package's own data, all problems at once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, get_args

from abscopal import parameters, units
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.parameters import OwnCatalogue, Parameter
from abscopal.parameters.reading import replaced
from abscopal.study.document import Document, KeyPath, dotted, read_document, read_text
from abscopal.vocabulary import MOUSE, PARTICLE_OF, Route, comparable

BESIDE = "catalogue.yaml"
_FORM, _SEE = "a YAML file of lines, drugs and products", "see docs/catalogue.md for the form"
_CITATIONS = "citations"
# Key of the file -> kind of entry of the catalogue, and what it is called in messages.
KINDS = {"lines": ("lines", "tumour line"), "drugs": ("agents", "drug"), "products": ("products", "cell product")}
_ROW_KEYS = ("aliases", "inherits", "about", "values")
_NEEDED = {"lines": (), "agents": ("target", "molar_mass_kda", "dose"), "products": ("adds_to",)}
_MORE_FACTS = {"lines": ("host", "meaning"), "agents": ("meaning",), "products": ("meaning",)}
_ROUTES: tuple[str, ...] = get_args(Route)
_DOSES = ("mass", "activity")


def own_catalogue(study: str | PathLike[str], given: str | PathLike[str] | None) -> OwnCatalogue | None:
    """The catalogue of a study: the file given, or else `catalogue.yaml` beside the study if there is one.

    Raises
    ------
    InputError
        The file cannot be used; every problem with its line.
    """
    beside = Path(study).parent / BESIDE
    if given is None:
        return read_catalogue(beside) if beside.is_file() and beside != Path(study) else None
    return read_catalogue(given)


def read_catalogue(path: str | PathLike[str]) -> OwnCatalogue:
    """The lines, drugs, cell products and citations of a file, see docs/catalogue.md.

    Raises
    ------
    InputError
        The file cannot be used; every problem with its line.
    """
    shown = str(path)
    if not Path(path).is_file():
        raise InputError(Problem(f"there is no catalogue file {shown}", advice="check the path"))
    try:
        text = read_text(path)
        document = read_document(text, shown)
    except InputError as error:
        told = [replace(p, allowed=_FORM, advice=_SEE) if "study" in p.allowed else p for p in error.problems]
        raise InputError(told, shown) from None
    if document.problems:
        raise InputError(document.problems, shown)
    from ruamel.yaml import YAML

    check = _Check(document)
    data = YAML(typ="safe", pure=True).load(text)
    found = check.file(data if isinstance(data, Mapping) else {})
    if check.problems:
        raise InputError(sorted(check.problems, key=lambda p: p.line or 0), shown)
    return OwnCatalogue(shown, hashlib.sha256(text.encode()).hexdigest(), found, data.get(_CITATIONS) or {})


class _Check:
    """Checks a file part by part and keeps what is wrong."""

    def __init__(self, document: Document) -> None:
        self.document, self.problems = document, list[Problem]()

    def wrong(self, path: KeyPath, message: str, allowed: str = "", advice: str = "") -> None:
        self.problems.append(Problem(message, dotted(path), self.document.line(path), allowed, advice))

    def unknown(self, path: KeyPath, kind: str, given: str, allowed: Iterable[str]) -> None:
        self.problems.append(unknown_name(kind, given, allowed, dotted(path), self.document.line(path)))

    def known_keys(self, path: KeyPath, row: Mapping[Any, Any], allowed: Iterable[str]) -> None:
        for key in row:
            if str(key) not in allowed:
                self.unknown((*path, str(key)), "key", str(key), allowed)

    def file(self, data: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
        self.known_keys((), data, (_CITATIONS, *KINDS))
        cited = data.get(_CITATIONS) or {}
        if not isinstance(cited, Mapping) or not all(isinstance(text, str) for text in cited.values()):
            self.wrong((_CITATIONS,), "is not a list of references", "KEY: text of the reference")
            cited = {}
        found: dict[str, dict[str, dict[str, Any]]] = {}
        # Their own citations are known while the values are checked.
        with parameters.using(OwnCatalogue(str(cited), "", {}, cited)):
            for key, (kind, label) in KINDS.items():
                rows = data.get(key) or {}
                if not isinstance(rows, Mapping):
                    self.wrong((key,), f"is not a list of {key}", "NAME: {about: ..., values: ...}")
                    continue
                rows = {str(name): row for name, row in rows.items()}
                self._names((key,), rows)
                found[kind] = self._entries((key,), kind, label, rows)
        return found

    def _names(self, path: KeyPath, rows: Mapping[str, Any]) -> None:
        """Every spelling stands for one entry of the file."""
        taken: dict[str, str] = {}
        for name, row in rows.items():
            aliases = row.get("aliases") if isinstance(row, Mapping) else None
            if aliases is not None and not (
                isinstance(aliases, list) and all(isinstance(a, str | int | float) for a in aliases)
            ):
                self.wrong((*path, name, "aliases"), "is not a list of names", "[NAME, NAME]")
                aliases = None
            for spelling in dict.fromkeys((name, *map(str, aliases or ()))):
                other = taken.setdefault(comparable(spelling), name)
                if other != name:
                    self.wrong((*path, name), f"{spelling!r} stands for {other!r} too", advice="choose another name")
                if not comparable(spelling):
                    self.wrong((*path, name), f"{spelling!r} has neither letter nor digit")

    def _entries(self, path: KeyPath, kind: str, label: str, rows: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        parents = {
            name: _called(kind, str(row["inherits"]), rows)
            for name, row in rows.items()
            if isinstance(row, Mapping) and row.get("inherits")
        }
        found: dict[str, dict[str, Any]] = {}
        for name in _parents_first(parents, rows):
            row, there = rows[name], (*path, name)
            if not isinstance(row, Mapping):
                self.wrong(there, "is not an entry", "{inherits: ..., about: ..., values: ...}")
                continue
            self.known_keys(there, row, (*_ROW_KEYS, *parameters.species()))
            parent = self._parent(there, kind, label, parents, found)
            about = {**parent, **self._mapping(there, row, "about")}
            if kind == "products":
                about.setdefault("dose", "cells")
            self._facts(there, kind, about, row)
            entry = {**row, "aliases": row.get("aliases") or [], "inherits": parents.get(name, ""), "about": about}
            for group in ("values", *parameters.species()):
                if group in row:
                    species = group if group in parameters.species() else self._host(kind, about, parents, name)
                    entry[group] = self._values((*there, group), self._mapping(there, row, group), species)
            found[name] = entry
        return found

    def _mapping(self, path: KeyPath, row: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = row.get(key) or {}
        if isinstance(value, Mapping):
            return {str(name): content for name, content in value.items()}
        self.wrong((*path, key), "is not a list of keys and values")
        return {}

    def _parent(
        self, path: KeyPath, kind: str, label: str, parents: Mapping[str, str], found: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The facts that a drug or product takes over; lines take theirs over when they are read."""
        name = str(path[-1])
        parent = parents.get(name, "")
        if not parent:
            if kind == "lines":
                allowed = "hot, intermediate, cold, or a line that it is like"
                self.wrong(path, "has no `inherits`", allowed, "say which class or line it is like")
            return {}
        chain, step = [name], parent
        while step in parents and step not in chain:
            chain, step = [*chain, step], parents[step]
        if step in chain:
            self.wrong((*path, "inherits"), f"{name!r} inherits itself", advice="give it a name of its own")
            return {}
        if parent in self.document.data.get(str(path[0]), {}):
            if parent not in found:  # it is wrong itself
                return {}
            return dict(found[parent]["about"]) if kind != "lines" else {}
        classes = parameters.names("classes") if kind == "lines" else ()
        known = parameters.names(kind)
        if parent not in (*classes, *known):
            self.unknown((*path, "inherits"), label, parent, (*classes, *known))
            return {}
        return {} if kind == "lines" else dict(parameters.entry(kind, parent).about)

    def _facts(self, path: KeyPath, kind: str, about: Mapping[str, Any], row: Mapping[str, Any]) -> None:
        entries = [parameters.entry(kind, name).about for name in parameters.names(kind)]
        there = (*path, "about")
        self.known_keys(
            there, self._mapping(path, row, "about"), {*_MORE_FACTS[kind], *(k for e in entries for k in e)}
        )
        for key in _NEEDED[kind]:
            if key not in about:
                self.wrong(there, f"has no `{key}`", advice="add it, or inherit from an entry that is alike")
        for key, allowed in _choices(kind, entries, self._own_antigens()).items():
            given = about.get(key, [])
            for item in given if isinstance(given, list | Mapping) else [given]:
                if str(item) not in allowed:
                    self.unknown((*there, key), key, str(item), allowed)
        for key in ("molar_mass_kda", "units_per_ug"):
            if key in about and not _is_positive(about[key]):
                self.wrong((*there, key), f"{about[key]!r} is not a number above 0")
        for key in ("strain", "tissue", "meaning"):
            if not isinstance(about.get(key, ""), str):
                self.wrong((*there, key), f"{about[key]!r} is not text", advice="write it in quotes")
        shown = about.get("antigens", {}) if kind == "lines" else {}
        if not isinstance(shown, Mapping) or not all(
            isinstance(a, Mapping) and _is_positive(a.get("density")) for a in shown.values()
        ):
            self.wrong((*there, "antigens"), "needs the density of each antigen", "{CD19: {density: 20000}}")
        rows = about.get("ion_lq", [])
        if not isinstance(rows, list) or not all(_is_ion_fit(row) for row in rows):
            what = "is not a list of fits of ions, with numbers in 1/Gy, 1/Gy2 and keV/um"
            self.wrong((*there, "ion_lq"), what, f"{{{', '.join(sorted(_ION))}}}, particle one of {_PARTICLES}")

    def _host(self, kind: str, about: Mapping[str, Any], parents: Mapping[str, str], name: str) -> str:
        """The body that the values of an entry are meant for: that of the mouse, or of a line's patients."""
        if kind != "lines":
            return MOUSE
        parent = parents.get(name, "")
        usual = parameters.host_of(parent) if parent in parameters.lines() else MOUSE
        host = about.get("host", usual)
        return str(host) if host in parameters.species() else MOUSE

    def _own_antigens(self) -> set[str]:
        """Antigens that a line of the file shows and a product of the file binds: they need not be known."""

        def named(key: str) -> set[str]:
            rows = self.document.data.get(key)
            entries = rows.values() if isinstance(rows, Mapping) else ()
            facts = [row.get("about") for row in entries if isinstance(row, Mapping)]
            given = [about.get("antigens") for about in facts if isinstance(about, Mapping)]
            return {str(name) for names in given if isinstance(names, list | Mapping) for name in names}

        return named("lines") & named("products")

    def _values(self, path: KeyPath, rows: Mapping[str, Any], species: str) -> dict[str, dict[str, Any]]:
        found = {}
        for name, row in rows.items():
            there = (*path, name)
            if name not in parameters.shared():
                self.unknown(there, "parameter", name, parameters.shared())
                continue
            checked = self._value(there, parameters.in_species(species)[name], row)
            if checked is not None:
                found[name] = checked
        return found

    def _value(self, path: KeyPath, base: Parameter, row: Any) -> dict[str, Any] | None:
        if not isinstance(row, Mapping) or "value" not in row or not isinstance(row.get("source"), Mapping):
            allowed = "{value: 3 d, source: {kind: assumed, note: why}}"
            self.wrong(path, "needs a value and a source", allowed)
            return None
        try:
            checked = {**row, "value": _number(row["value"], base.unit)}
            if "kind" not in checked["source"]:
                raise ValueError(f"the source has no kind: {', '.join(parameters.SOURCE_KINDS)}")
            item = replaced(base, base.name, checked)
        except (ValueError, TypeError, KeyError, units.QuantityError) as error:
            self.wrong(path, str(error).removeprefix(f"{base.name}: "))
            return None
        (low, high), given = item.bounds, item.value
        if not low <= given <= high:
            self.wrong(path, f"{given:g} {base.unit} is out of the range", f"{low:g} to {high:g} {base.unit}")
        return checked


_PARTICLES = tuple(dict.fromkeys(PARTICLE_OF.values()))
_ION = {"particle", "let_kev_um", "alpha_per_gy", "beta_per_gy2"}


def _called(kind: str, parent: str, rows: Mapping[str, Any]) -> str:
    """The name of the entry that a spelling stands for, of the file first; the spelling itself if of none."""
    for name, row in rows.items():
        aliases = row.get("aliases") if isinstance(row, Mapping) else ()
        spellings = [name, *(map(str, aliases) if isinstance(aliases, list) else ())]
        if comparable(parent) in map(comparable, spellings):
            return name
    for among in ("classes", kind) if kind == "lines" else (kind,):
        try:
            return parameters.canonical(among, parent)
        except KeyError:
            continue
    return parent


def _choices(kind: str, entries: Iterable[Mapping[str, Any]], own: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Facts that have a limited number of values, by what the model knows."""

    def seen(key: str) -> tuple[str, ...]:
        lists = [e[key] if isinstance(e[key], list | Mapping) else [e[key]] for e in entries if key in e]
        return tuple(sorted({str(item) for items in lists for item in items}))

    antigens = tuple(sorted({*parameters.antigens(), *seen("antigens"), *own}))
    if kind == "lines":
        return {"host": parameters.species(), "antigens": antigens}
    if kind == "agents":
        return {"target": seen("target"), "dose": _DOSES, "routes": _ROUTES}
    return {
        "adds_to": seen("adds_to"),
        "dose": ("cells",),
        "antigens": antigens,
        "costimulation": seen("costimulation"),
        "generation": ("1", "2", "3", "4"),
        "routes": _ROUTES,
    }


def _parents_first(parents: Mapping[str, str], rows: Iterable[str]) -> list[str]:
    """Names, each after the one that it inherits from; those of a circle in the order written."""
    done: list[str] = []

    def add(name: str, above: tuple[str, ...]) -> None:
        parent = parents.get(name, "")
        if parent in names and parent not in above:
            add(parent, (*above, name))
        if name not in done:
            done.append(name)

    names = list(rows)
    for name in names:
        add(name, (name,))
    return done


def _number(value: Any, unit: str) -> float:
    """A value in its declared unit; a number alone is in that unit, as in the data of the package."""
    if isinstance(value, str):
        number = units.parse_quantity(value, unit)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is not a number")
    else:
        number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def _is_ion_fit(row: Any) -> bool:
    if not isinstance(row, Mapping) or not _ION.issubset(row) or row["particle"] not in _PARTICLES:
        return False
    beta = row["beta_per_gy2"]
    return all(_is_positive(row[key]) for key in ("let_kev_um", "alpha_per_gy")) and (beta == 0 or _is_positive(beta))


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
