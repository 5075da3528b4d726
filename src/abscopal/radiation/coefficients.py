"""Numbers of the radiation models with unit, spread and source, read once from `data/*.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from abscopal import parameters
from abscopal.errors import InputError, unknown_name
from abscopal.storage.packaged import read_yaml

TABLES = ("beams", "dna", "icd", "lymphocytes", "microdosimetry", "oxygen", "qualities", "rbe", "survival")


@dataclass(frozen=True)
class Coefficient:
    """One number of a radiation model.

    Attributes
    ----------
    name, meaning : identifier inside its table; what the number is.
    value, unit : the number and its unit ("1" if it has none).
    spread : law (normal, lognormal, uniform, none) with its numbers and what it is between.
    source : kind (measured, fitted, derived, borrowed, assumed), cite, where, note.
    """

    name: str
    meaning: str
    value: float
    unit: str
    spread: Mapping[str, Any]
    source: Mapping[str, Any]


def load_data(file_name: str) -> Any:
    """The content of one YAML data file of this package."""
    return read_yaml("abscopal.radiation", file_name)


@cache
def table(name: str) -> Mapping[str, Coefficient]:
    """All coefficients of one table ("survival", "rbe", "oxygen", ...), by name.

    Raises
    ------
    InputError
        There is no such table.
    """
    if name not in TABLES:
        raise InputError(unknown_name("coefficient table", name, TABLES))
    read = load_data(f"{name}.yaml")
    return MappingProxyType({key: _coefficient(key, row) for key, row in read.items()})


def _coefficient(key: str, row: Mapping[str, Any]) -> Coefficient:
    """A row of a data file; `shared: NAME` stands for a parameter of the model, so that its number has one place."""
    if "shared" in row:
        return _of_parameter(key, row["shared"])
    spread, source = MappingProxyType(row["spread"]), MappingProxyType(row["source"])
    return Coefficient(key, row["meaning"], float(row["value"]), row["unit"], spread, source)


def _of_parameter(key: str, name: str) -> Coefficient:
    declared = parameters.shared()[name]
    law, width = declared.spread.law, declared.spread.knowledge
    size = {"sd": width * declared.value} if law == "normal" else {"cv": width}
    spread = {"law": law, **size, "between": "plausible values"}
    return Coefficient(key, declared.meaning, declared.value, declared.unit, spread, asdict(declared.source))


def coefficient(table_name: str, name: str) -> Coefficient:
    """One coefficient with its unit, spread and source.

    Raises
    ------
    InputError
        There is no such table or coefficient.
    """
    rows = table(table_name)
    if name not in rows:
        raise InputError(unknown_name("coefficient", name, rows))
    return rows[name]


def default(given: Any, table_name: str, name: str) -> Any:
    """The given value, or the coefficient's value where none was given."""
    return coefficient(table_name, name).value if given is None else given
