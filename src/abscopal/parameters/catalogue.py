"""The parameter catalogue: data files read once, with inheritance and aliases.

Files of `data/`: `shared/*.yaml` (full declarations, one file per mechanism); `classes.yaml`, `lines.yaml`,
`agents.yaml`, `products.yaml`, `hosts.yaml`, `species.yaml` (facts, and values that replace shared
ones, each with its own source); `citations.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from abscopal.errors import InputError, unknown_name
from abscopal.parameters.declaration import SOURCE_KINDS, Parameter, ParameterSet, Source, Spread


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
    """

    name: str
    aliases: tuple[str, ...]
    about: Mapping[str, Any]
    values: Mapping[str, Mapping[str, Any]]
    inherits: str = ""

    @property
    def dose_unit_kind(self) -> str:
        """Dimension in which a dose of this agent or product is given: 'mass', 'activity' or 'cells'."""
        return str(self.about.get("dose", "mass"))


@cache
def _read(file: str) -> Any:
    from ruamel.yaml import YAML

    text = resources.files("abscopal.parameters").joinpath("data", file).read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)


@cache
def _entries(kind: str) -> dict[str, Entry]:
    found = {}
    for name, row in _read(f"{kind}.yaml").items():
        found[name] = Entry(
            name=name,
            aliases=tuple(str(a) for a in row.get("aliases", ())),
            about=row.get("about", {}),
            values=row.get("values", {}),
            inherits=row.get("inherits", ""),
        )
    return found


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


@cache
def _spellings(kind: str) -> dict[str, str]:
    spellings = {}
    for entry in _entries(kind).values():
        for spelling in (entry.name, *entry.aliases):
            spellings[_plain(spelling)] = entry.name
    return spellings


def canonical(kind: str, name: str) -> str:
    """The catalogue's own name for an entry of some kind; case, spaces and hyphens do not matter.

    Raises
    ------
    KeyError
        The catalogue does not know it.
    """
    return _spellings(kind)[_plain(name)]


def _names(kind: str) -> tuple[str, ...]:
    return tuple(_entries(kind))


def lines() -> tuple[str, ...]:
    """Names of the tumour lines."""
    return _names("lines")


def agents() -> tuple[str, ...]:
    """Names of the drugs."""
    return _names("agents")


def products() -> tuple[str, ...]:
    """Names of the cell products."""
    return _names("products")


def host_changes() -> tuple[str, ...]:
    """Names of the changes of the host (nude, SCID, CD8 depletion ...)."""
    return _names("hosts")


def species() -> tuple[str, ...]:
    """Names of the host species."""
    return _names("species")


def entry(kind: str, name: str) -> Entry:
    """One entry of the catalogue, by any of its spellings.

    Raises
    ------
    InputError
        The name is not known; offers the nearest ones.
    """
    try:
        return _entries(kind)[canonical(kind, name)]
    except KeyError:
        raise InputError(unknown_name(_LABEL[kind], name, _names(kind))) from None


_LABEL = {
    "lines": "tumour line",
    "agents": "drug",
    "products": "cell product",
    "hosts": "host change",
    "species": "species",
    "classes": "tumour class",
}


def agent(name: str) -> Entry:
    """A drug of the catalogue."""
    return entry("agents", name)


def product(name: str) -> Entry:
    """A cell product of the catalogue."""
    return entry("products", name)


def line(name: str) -> Entry:
    """A tumour line of the catalogue."""
    return entry("lines", name)


@cache
def citations() -> dict[str, str]:
    """Citation key -> reference as text."""
    return dict(_read("citations.yaml"))


@cache
def shared() -> ParameterSet:
    """Every declared parameter with its shared value."""
    found: dict[str, Parameter] = {}
    folder = resources.files("abscopal.parameters").joinpath("data", "shared")
    for file in sorted(f.name for f in folder.iterdir() if f.name.endswith(".yaml")):
        for name, row in _read(f"shared/{file}").items():
            found[name] = declare(name, row, mechanism=file.removesuffix(".yaml"))
    return ParameterSet(found, "shared")


def declare(name: str, row: Mapping[str, Any], mechanism: str = "") -> Parameter:
    """A parameter from its row in a data file. Raises ValueError where the row breaks the rules of the catalogue."""
    source = _source(name, row["source"])
    spread = row.get("spread", {})
    low, high = row.get("bounds", (0.0, float("inf")))
    return Parameter(
        name=name,
        symbol=row["symbol"],
        meaning=row["meaning"],
        value=float(row["value"]),
        unit=str(row["unit"]),
        source=source,
        spread=Spread(
            spread.get("law", "lognormal"), float(spread.get("animals", 0)), float(spread.get("knowledge", 0))
        ),
        bounds=(float(low), float(high)),
        mechanism=mechanism,
    )


def _source(name: str, row: Mapping[str, Any]) -> Source:
    source = Source(row["kind"], row.get("cite", ""), str(row.get("where", "")), row.get("note", ""))
    if source.kind not in SOURCE_KINDS:
        raise ValueError(f"{name}: source kind {source.kind!r} is not one of {', '.join(SOURCE_KINDS)}")
    if source.kind == "assumed" and not source.note:
        raise ValueError(f"{name}: an assumed value needs a note that says why")
    if source.kind != "assumed" and not source.cite:
        raise ValueError(f"{name}: a {source.kind} value needs a citation")
    if source.cite and source.cite not in citations():
        raise ValueError(f"{name}: citation {source.cite!r} is not in citations.yaml")
    return source


def values_of(kind: str, name: str) -> dict[str, Parameter]:
    """The parameters that an entry sets, its ancestors' first: only what differs from the shared set."""
    item = entry(kind, name)
    found: dict[str, Parameter] = {}
    if item.inherits:
        parent = "classes" if kind == "lines" and item.inherits in _names("classes") else kind
        found.update(values_of(parent, item.inherits))
    for key, row in item.values.items():
        base = found.get(key) or shared()[key]
        changed = base.with_value(float(row["value"]), _source(f"{name}.{key}", row["source"]))
        if "spread" in row:
            spread = row["spread"]
            changed = Parameter(
                **{
                    **changed.__dict__,
                    "spread": Spread(
                        spread.get("law", base.spread.law),
                        float(spread.get("animals", base.spread.animals)),
                        float(spread.get("knowledge", base.spread.knowledge)),
                    ),
                }
            )
        found[key] = changed
    return found


def about_line(name: str) -> dict[str, Any]:
    """The fixed facts of a tumour line, those of its ancestors included."""
    item = line(name)
    inherited = about_line(item.inherits) if item.inherits in _names("lines") else {}
    tumour_class = item.inherits if item.inherits in _names("classes") else inherited.get("class", "")
    return {**inherited, "class": tumour_class, **item.about}
