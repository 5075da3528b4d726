"""The one declared set of defaults that fills what records leave open: central values, or keyed draws."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.evidence.fields import Reader
from abscopal.evidence.tables import table
from abscopal.statistics.conventions import group_size_rows

LAWS = ("fixed", "choice", "integer", "uniform", "loguniform")
_DIGITS = 3


@dataclass(frozen=True)
class Default:
    """What is put where a record says nothing.

    Attributes
    ----------
    central : the value without a draw, in `unit`.
    law : fixed, choice (of `values`), integer, uniform or loguniform (from `low` to `high`).
    why : one sentence; every default is assumed.
    """

    name: str
    unit: str
    central: float
    law: str
    why: str
    values: tuple[float, ...] = ()
    low: float = math.nan
    high: float = math.nan

    def at(self, quantile: float) -> float:
        """Value at a quantile in (0, 1) of its law, to three digits."""
        if self.law == "fixed":
            return self.central
        if self.law == "choice":
            return self.values[int(quantile * len(self.values))]
        if self.law == "integer":
            return float(int(self.low) + int(quantile * (self.high - self.low + 1)))
        if self.law == "uniform":
            return _rounded(self.low + quantile * (self.high - self.low))
        return _rounded(self.low * (self.high / self.low) ** quantile)

    @property
    def spread(self) -> str:
        """The law in words: `7 to 10`."""
        if self.law == "fixed":
            return "fixed"
        if self.law == "choice":
            return "one of " + ", ".join(f"{v:g}" for v in self.values)
        return f"{self.low:g} to {self.high:g}"


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


@dataclass(frozen=True)
class DefaultSet:
    """A declared set of defaults, by name."""

    id: str
    items: Mapping[str, Default] = field(default_factory=dict)


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
            items[name] = _default(name, row)
        except (KeyError, TypeError, ValueError) as error:
            problems.append(Problem(f"cannot be read: {error}", f"defaults.{name}", allowed=", ".join(LAWS)))
    own = table("defaults.yaml")["defaults"]
    known = {**own, **group_size_rows()}
    problems += [unknown_name("default", name, known, f"defaults.{name}") for name in items if name not in known]
    problems += [Problem(f"default {name!r} is missing", "defaults") for name in own if name not in data["defaults"]]
    if problems:
        raise InputError(problems, path)
    return DefaultSet(str(data.get("id", "")), items)


def _default(name: str, row: Mapping[str, Any]) -> Default:
    law = str(row["law"])
    values = tuple(float(v) for v in row.get("values") or ())
    low, high = float(row.get("low", math.nan)), float(row.get("high", math.nan))
    if law not in LAWS or (law == "choice" and not values) or (law in LAWS[2:] and not low <= high):
        raise ValueError(f"law {law!r} with these numbers")
    return Default(name, str(row["unit"]), float(row["central"]), law, str(row["why"]), values, low, high)


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
            return item.central
        digest = hashlib.sha256(f"{self.seed}/{self.draw}/{name}/{what}".encode()).digest()
        quantile = (int.from_bytes(digest[:8], "big") + 0.5) / 2**64
        return item.at(min(quantile, 1.0 - 2.0**-53))

    def why(self, name: str) -> str:
        """Why this value, and where it lies in its law."""
        item = self.defaults.items[name]
        return f"{item.why} ({name}, {item.spread})"
