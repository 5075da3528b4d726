"""The numbers of the formulas of radiation: declared parameters, or what a model puts in their place.

Constants that the model of a study uses are parameters like all others (`parameters/data/radiation`). What only the
calculator uses, in `data/*.yaml` of this package, is declared by the same rules. Each formula takes its constants
through one argument, `numbers`, which turns a name into a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from abscopal import parameters
from abscopal.errors import InputError, unknown_name
from abscopal.expr.functions import Value
from abscopal.parameters import Parameter
from abscopal.storage.packaged import read_yaml

# Name of a declared number -> its value: a float, an array or an expression.
Numbers = Callable[[str], Value]

_TABLES = ("beams", "dna", "fractions", "icd", "lymphocytes", "microdosimetry", "oxygen", "qualities", "rbe")


def load_data(file_name: str) -> Any:
    """The content of one YAML data file of this package."""
    return read_yaml("abscopal.radiation", file_name)


@cache
def table(name: str) -> Mapping[str, Parameter]:
    """The declarations of one data file of this package, by name."""
    rows = load_data(f"{name}.yaml")
    return MappingProxyType({key: parameters.declare(key, row, parameters.RADIATION) for key, row in rows.items()})


@cache
def constants() -> Mapping[str, Parameter]:
    """Every declared number that a formula of radiation can ask for, by name."""
    found = dict(parameters.shared())
    for name in _TABLES:
        twice = found.keys() & table(name).keys()
        if twice:
            raise ValueError(f"{sorted(twice)[0]} is declared twice")
        found.update(table(name))
    return MappingProxyType(found)


def constant(name: str) -> Parameter:
    """A declared number with its unit, spread and source.

    Parameters
    ----------
    name : of a parameter of the model, or of a number that only the calculator uses

    Raises
    ------
    InputError
        There is none of this name; offers the nearest ones.

    Examples
    --------
    >>> constant("misrepair_per_let").unit
    'um/keV'
    """
    known = constants()
    if name not in known:
        raise InputError(unknown_name("constant", name, known))
    return known[name]


def declared(name: str) -> float:
    """The declared value of a number, in its unit: what every formula uses unless told otherwise.

    Raises
    ------
    InputError
        There is none of this name.
    """
    return constant(name).value


def numbers_with(**values: Value) -> Numbers:
    """The declared numbers with some replaced, for the argument `numbers` of a formula.

    Parameters
    ----------
    values : name of a number = its value, a float, an array or an expression, in the declared unit

    Raises
    ------
    InputError
        A name is not that of a declared number.

    Examples
    --------
    >>> numbers_with(arrest_dose=30.0)("arrest_dose")
    30.0
    """
    for name in values:
        constant(name)
    return lambda name: values[name] if name in values else declared(name)


def default(given: Any, name: str) -> Any:
    """The given value, or the declared one where none was given."""
    return declared(name) if given is None else given
