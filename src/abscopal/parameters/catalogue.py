"""The parameter catalogue: data files read once, with inheritance and aliases.

Files of `data/`: `shared/*.yaml` (full declarations, one file per mechanism) and `radiation/*.yaml` (the same for the
constants of the formulas of radiation that the model uses); `classes.yaml`, `lines.yaml`, `cell_lines.yaml`,
`tumours.yaml`, `line_distribution.yaml` (lines that are not known), `agents.yaml`, `products.yaml`, `antigens.yaml`,
`added_antigens.yaml` (see `variants`), `hosts.yaml`, `species.yaml` (facts, and values that replace shared ones, each
with its own source); `citations.yaml`. A user's own catalogue (see `own`) has lines, drugs and products in that form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

from abscopal.errors import InputError, unknown_name
from abscopal.parameters import variants
from abscopal.parameters.declaration import Parameter, ParameterSet, Source
from abscopal.parameters.own import OwnCatalogue, current
from abscopal.parameters.reading import data_file, declare, replaced
from abscopal.vocabulary import MOUSE, comparable


@dataclass(frozen=True)
class Entry:
    """A named set of the catalogue: a tumour line, a class, an agent, a product, a host change or a species.

    Attributes
    ----------
    name : canonical name.
    aliases : other accepted spellings.
    about : fixed facts that are not numbers of the model (strain, tissue, target, molar mass ...).
    values : parameter name -> {value, source ...} as written in the data file.
    inherits : the entry these values lie on top of, or "".
    by_species : species -> values that hold in its body only, on top of `values`.
    """

    name: str
    aliases: tuple[str, ...]
    about: Mapping[str, Any]
    values: Mapping[str, Mapping[str, Any]]
    inherits: str = ""
    by_species: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def dose_unit_kind(self) -> str:
        """Dimension in which a dose of this agent or product is given: 'mass', 'activity' or 'cells'."""
        return str(self.about.get("dose", "mass"))


def _rows(kind: str, own: OwnCatalogue | None) -> dict[str, Any]:
    # Tumours of patients have a file of their own, and so have lines known by their tissue alone, and unknown ones.
    of_lines = ("lines.yaml", "cell_lines.yaml", "tumours.yaml", "line_distribution.yaml")
    files = of_lines if kind == "lines" else (f"{kind}.yaml",)
    mine = own.rows.get(kind, {}) if own is not None else {}
    replaced_names = {comparable(name) for name in mine}
    rows = {name: row for file in files for name, row in data_file(file).items()}
    return {**{name: row for name, row in rows.items() if comparable(name) not in replaced_names}, **mine}


def _entries(kind: str) -> dict[str, Entry]:
    return _entries_of(kind, current())


@cache
def _entries_of(kind: str, own: OwnCatalogue | None) -> dict[str, Entry]:
    found = {}
    for name, row in _rows(kind, own).items():
        found[name] = Entry(
            name=name,
            aliases=tuple(str(a) for a in row.get("aliases", ())),
            about=row.get("about", {}),
            values=row.get("values", {}),
            inherits=row.get("inherits", ""),
            by_species={species: row[species] for species in data_file("species.yaml") if species in row},
        )
    return found


@cache
def _spellings_of(kind: str, own: OwnCatalogue | None) -> dict[str, str]:
    """Spelling -> name; those of the user's entries, which come last, hold."""
    spellings = {}
    for entry in _entries_of(kind, own).values():
        for spelling in (entry.name, *entry.aliases):
            spellings[comparable(spelling)] = entry.name
    return spellings


def canonical(kind: str, name: str) -> str:
    """The catalogue's own name for an entry of some kind; case, spaces and hyphens do not matter.

    Raises
    ------
    KeyError
        The catalogue does not know it.
    """
    spellings = _spellings_of(kind, current())
    found = spellings.get(comparable(name))
    if found is None and kind == "lines" and (parts := variants.parts_of(name)) is not None:
        return variants.name_of(canonical(kind, parts[0]), parts[1])
    return spellings[comparable(name)] if found is None else found


def names(kind: str) -> tuple[str, ...]:
    """Names of the entries of a kind (lines, agents, products, antigens, hosts, species, classes)."""
    return tuple(_entries(kind))


def lines() -> tuple[str, ...]:
    """Names of the tumour lines."""
    return names("lines")


def agents() -> tuple[str, ...]:
    """Names of the drugs."""
    return names("agents")


def products() -> tuple[str, ...]:
    """Names of the cell products."""
    return names("products")


def antigens() -> tuple[str, ...]:
    """Names of the antigens that cell products bind."""
    return names("antigens")


def host_changes() -> tuple[str, ...]:
    """Names of the changes of the host (nude, SCID, CD8 depletion ...)."""
    return names("hosts")


def species() -> tuple[str, ...]:
    """Names of the host species."""
    return names("species")


def entry(kind: str, name: str) -> Entry:
    """One entry of the catalogue, by any of its spellings.

    Raises
    ------
    InputError
        The name is not known; offers the nearest ones.
    """
    try:
        known = canonical(kind, name)
        return _entries(kind).get(known) or _variant(known)
    except KeyError:
        raise InputError(unknown_name(_LABEL[kind], name, names(kind))) from None


def _variant(name: str) -> Entry:
    """A line of the catalogue with an antigen put into it. Raises KeyError."""
    parts = variants.parts_of(name)
    if parts is None:
        raise KeyError(name)
    line, antigen = parts
    own = values_of("lines", line).get("antigenicity") or shared()["antigenicity"]
    row = variants.row_of(line, antigen, about_line(line), own.value)
    return Entry(name, (), row["about"], row["values"], line)


_LABEL = {
    "lines": "tumour line",
    "agents": "drug",
    "products": "cell product",
    "hosts": "host change",
    "species": "species",
    "classes": "tumour class",
    "antigens": "antigen",
}


def agent(name: str) -> Entry:
    """A drug of the catalogue."""
    return entry("agents", name)


def product(name: str) -> Entry:
    """A cell product of the catalogue."""
    return entry("products", name)


def antigen(name: str) -> Entry:
    """An antigen of the catalogue."""
    return entry("antigens", name)


def line(name: str) -> Entry:
    """A tumour line of the catalogue."""
    return entry("lines", name)


# Folder of the constants of radiation, and what they have in place of a mechanism.
RADIATION = "radiation"


@cache
def shared() -> ParameterSet:
    """Every declared parameter with its shared value, that of a mouse."""
    found: dict[str, Parameter] = {}
    for folder in ("shared", RADIATION):
        place = resources.files("abscopal.parameters").joinpath("data", folder)
        for file in sorted(f.name for f in place.iterdir() if f.name.endswith(".yaml")):
            mechanism = RADIATION if folder == RADIATION else file.removesuffix(".yaml")
            for name, row in data_file(f"{folder}/{file}").items():
                if name in found:
                    raise ValueError(f"{name} is declared twice")
                found[name] = declare(name, row, mechanism)
    return ParameterSet(found, "shared")


@cache
def in_species(species: str) -> ParameterSet:
    """Every declared parameter with its value in a body of a species."""
    return shared().overriding(values_of("species", species), species)


def values_of(kind: str, name: str, species: str = "") -> dict[str, Parameter]:
    """The parameters that an entry sets, its ancestors' first: only what differs from the body of a species.

    Parameters
    ----------
    species : the body it is in; "" is the one it is made for: a tumour line's host, otherwise the mouse.
    """
    item = entry(kind, name)
    species = species or (host_of(name) if kind == "lines" else MOUSE)
    found: dict[str, Parameter] = {}
    if item.inherits:
        parent = "classes" if kind == "lines" and item.inherits in names("classes") else kind
        found.update(values_of(parent, item.inherits, species))
    if kind == "species":
        found.update(_scaled(item.about.get("scaled")))
    body = shared() if kind == "species" else in_species(species)
    for rows in (item.values, item.by_species.get(species, {})):
        for key, row in rows.items():
            found[key] = replaced(found.get(key) or body[key], f"{name}.{key}", row)
    return found


def _scaled(rule: Mapping[str, Any] | None) -> dict[str, Parameter]:
    """The parameters that a species has as many times more of, value and bounds, as its rule says."""
    if rule is None:
        return {}
    factor = float(rule["factor"])
    found = {}
    for name in rule["parameters"]:
        base = shared()[name]
        source = Source("assumed", note=f"{factor:g} times the shared value {base.value:g}: {rule['note']}")
        low, high = base.bounds
        found[name] = replace(base, value=factor * base.value, bounds=(factor * low, factor * high), source=source)
    return found


def about_line(name: str) -> dict[str, Any]:
    """The fixed facts of a tumour line, those of its ancestors included."""
    item = line(name)
    is_of_class = item.inherits in names("classes")
    inherited = about_line(item.inherits) if item.inherits and not is_of_class else {}
    tumour_class = item.inherits if is_of_class else inherited.get("class", "")
    return {**inherited, "class": tumour_class, **item.about}


def host_of(line: str) -> str:
    """Species that a tumour line grows in."""
    return str(about_line(line).get("host", MOUSE))
