"""From a model in the model language and its data file to a published model that can be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from abscopal import expr
from abscopal.errors import InputError
from abscopal.expr import EventMap, Expr, System, substitute_all
from abscopal.model.language import AssembledModel
from abscopal.published.model import DOSE_PREFIX, Given, Item, PublishedModel
from abscopal.storage.packaged import read_yaml

_AMOUNT = expr.symbol("amount:")
_SOURCES = ("measured", "fitted", "derived", "borrowed", "assumed")


@cache
def read_data(name: str) -> Mapping[str, Any]:
    """The data file of a re-implemented model: publication, defects, parameters with unit and source, protocols."""
    data: Mapping[str, Any] = read_yaml("abscopal.published", f"{name.lower()}.yaml")
    for parameter, about in data["parameters"].items():
        source = about["source"]
        if source["kind"] not in _SOURCES or (source["kind"] == "assumed" and not source.get("note")):
            raise InputError(f"{name}: the source of {parameter} is not one of {_SOURCES}, or assumed without a note")
    return data


def published(name: str, assembled: AssembledModel) -> PublishedModel:
    """A model with the values of its data file; states and parameters under the short names of the publication."""
    data = read_data(name)
    system = _renamed(assembled)
    about = {n: data["parameters"][n] for n in (p.name for p in system.parameters)}
    items = {s.name: Item(s.name, s.meaning, s.unit) for s in assembled.species}
    items |= {q.name: Item(q.name, q.meaning, q.unit) for q in assembled.quantities}
    items |= {n: Item(n, a["meaning"], a["unit"]) for n, a in about.items()}
    protocols = {
        protocol: tuple(
            Given(float(t), step["event"], tuple(float(a) for a in step["arguments"]))
            for step in steps
            for t in step["at"]
        )
        for protocol, steps in data.get("protocols", {}).items()
    }
    return PublishedModel(
        name=name,
        title=data["title"],
        source=data["source"],
        system=system,
        values={n: float(a["value"]) for n, a in about.items()},
        items=items,
        time_unit=data["time_unit"],
        defects=tuple(data.get("defects", ())),
        duration=float(data["duration"]),
        protocols=protocols,
        spread={n: float(a["spread"]["sigma"]) for n, a in about.items() if "spread" in a},
    )


def _renamed(assembled: AssembledModel) -> System:
    """The system with plain names, and a `dose:STATE` map per state."""
    old = assembled.system
    names: dict[Expr, Expr] = {s.symbol: expr.symbol(s.name) for s in assembled.species}
    names |= {p: expr.symbol(n) for p, n in zip(old.parameters, assembled.parameter_names, strict=True)}
    states = tuple(substitute_all(old.states, names))
    maps = [
        EventMap(m.name, m.arguments, tuple((i, substitute_all([e], names)[0]) for i, e in m.updates)) for m in old.maps
    ]
    maps += [EventMap(DOSE_PREFIX + state.name, (_AMOUNT,), ((i, state + _AMOUNT),)) for i, state in enumerate(states)]
    return replace(
        old,
        states=states,
        parameters=tuple(substitute_all(old.parameters, names)),
        rates=tuple(substitute_all(old.rates, names)),
        initial=tuple(substitute_all(old.initial, names)),
        outputs=tuple((n.partition("@")[0], substitute_all([e], names)[0]) for n, e in old.outputs),
        maps=tuple(maps),
    )
