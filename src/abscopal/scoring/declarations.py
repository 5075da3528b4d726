"""Declared numbers of the score alone; those of every simulated experiment are in `statistics.conventions`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from abscopal.parameters.population import Population, shipped
from abscopal.statistics.conventions import declared_text

if TYPE_CHECKING:
    from abscopal.evidence import DefaultSet


@cache
def declared() -> dict[str, Any]:
    """Everything in `data/scoring.yaml`."""
    loaded: dict[str, Any] = read_yaml("scoring.yaml")
    return loaded


@cache
def read_yaml(file: str) -> Any:
    """One data file of this package."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(read_text(file))


def read_text(file: str) -> str:
    """Text of one data file of this package."""
    return resources.files("abscopal.scoring").joinpath("data", file).read_text(encoding="utf-8")


@cache
def defaults_id() -> str:
    """Short hash of the declared numbers of the score and of its experiments; a changed number is another score."""
    told = read_text("scoring.yaml") + read_text("results.yaml") + declared_text()
    return hashlib.sha256(told.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Effort:
    """How finely probabilities are computed.

    Attributes
    ----------
    sets : plausible parameter sets.
    animals : animals per arm and set.
    draws : draws of the nulls of a record, among which the sets are dealt out.
    experiments_per_set : simulated experiments per set.
    seed : seed of every stream.
    filled_by : what fills the nulls of records; None for the declared set.
    population : the calibrated population; None for the declared spread of every parameter.
    """

    sets: int
    animals: int
    draws: int
    experiments_per_set: int
    seed: int = 1
    filled_by: DefaultSet | None = None
    population: Population | None = None

    @classmethod
    def usual(cls, sets: int | None = None, animals: int | None = None, seed: int = 1) -> Effort:
        """The declared effort, with another number of sets or animals where given."""
        table = declared()["computing"]
        chosen = sets or int(table["sets"]["value"])
        return cls(
            sets=chosen,
            animals=animals or int(table["animals"]["value"]),
            draws=min(int(table["draws"]["value"]), chosen),
            experiments_per_set=int(table["experiments_per_set"]["value"]),
            seed=seed,
            population=shipped(),
        )
