"""The one declared set of defaults that fills what records leave open: central values, or keyed draws."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.evidence.fields import Reader
from abscopal.evidence.tables import table
from abscopal.parameters import Parameter, declare
from abscopal.parameters.distribution import FAMILIES
from abscopal.statistics.conventions import group_size_rows

_ROUNDED = ("uniform", "loguniform")
_DIGITS = 3


@dataclass(frozen=True)
class DefaultSet:
    """A declared set of defaults, by name.

    A default is a declaration like that of a parameter: its value is taken without a draw, its uncertainty is drawn
    from, and as every default is assumed, the note of its source says why.
    """

    id: str
    items: Mapping[str, Parameter] = field(default_factory=dict)


def declared(file: str | os.PathLike[str] | None = None) -> DefaultSet:
    """The defaults that come with the package, or those of a file in the same format.

    Raises
    ------
    InputError
        The file cannot be used; every problem is listed.
    """
    data = table("defaults.yaml") if file is None else Reader(file).data
    path = "" if file is None else str(file)
    if not isinstance(data.get("defaults"), Mapping):
        raise InputError(Problem("holds no `defaults`", advice="see data/defaults.yaml of the evidence"), path)
    items, problems = {}, []
    # The sizes of groups have their home with the experiments; a file may hold others.
    for name, row in {**group_size_rows(), **data["defaults"]}.items():
        try:
            items[name] = declare(name, row)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            problems.append(Problem(f"cannot be read: {error}", f"defaults.{name}", allowed=", ".join(FAMILIES)))
    own = table("defaults.yaml")["defaults"]
    known, given = {**own, **group_size_rows()}, data["defaults"]
    problems += [unknown_name("default", name, known, f"defaults.{name}") for name in given if name not in known]
    problems += [Problem(f"default {name!r} is missing", "defaults") for name in own if name not in given]
    if problems:
        raise InputError(problems, path)
    return DefaultSet(str(data.get("id", "")), items)


@dataclass(frozen=True)
class Chooser:
    """Values of the defaults for one conversion: central ones, or draw number `draw` of a seed.

    A draw depends on seed, number and what is asked for, never on a record's id or the order of its arms.
    """

    defaults: DefaultSet
    draw: int | None = None
    seed: int = 0

    def value(self, name: str, what: str = "") -> float:
        """Value of a default; `what` keeps draws for different agents apart."""
        item = self.defaults.items[name]
        if self.draw is None:
            return item.value
        digest = hashlib.sha256(f"{self.seed}/{self.draw}/{name}/{what}".encode()).digest()
        quantile = (int.from_bytes(digest[:8], "big") + 0.5) / 2**64
        return default_at(item, min(quantile, 1.0 - 2.0**-53))

    def why(self, name: str) -> str:
        """Why this value, and where it lies in its distribution."""
        item = self.defaults.items[name]
        return f"{item.source.note} ({name}, {item.spread.uncertainty.words})"


def default_at(item: Parameter, quantile: float) -> float:
    """Value of a default at a quantile in (0, 1) of its uncertainty; of a range of numbers to three digits."""
    if not item.spread.uncertainty.varies(item.value):
        return item.value
    value = float(item.spread.uncertainty.at_quantile(item.value, quantile))
    return float(f"{value:.{_DIGITS}g}") if item.spread.uncertainty.family in _ROUNDED else value
