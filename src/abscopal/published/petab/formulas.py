"""Formulas of PEtab tables: read by libSBML, evaluated with numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from abscopal.published.sbml.mathematics import names_in
from abscopal.published.sbml.reading import import_libsbml


class FormulaError(ValueError):
    """A formula cannot be read, or has no value; the text says why."""


@dataclass(frozen=True)
class Formula:
    """A formula of a table.

    Attributes
    ----------
    text : as it is written.
    names : the ids it reads; `time` is one of them where it reads the time.
    """

    text: str
    names: frozenset[str]
    _tree: Any

    def value(self, values: Mapping[str, float]) -> float:
        """The value where every name has this value. Raises FormulaError where it has none that is finite."""
        try:
            found = _value(self._tree, values)
        except (ArithmeticError, ValueError) as error:
            raise FormulaError(f"{self.text!r} has no value: {error}") from error
        if not math.isfinite(found):
            raise FormulaError(f"{self.text!r} is {found}")
        return found


def parse_formula(text: str, model: Any = None) -> Formula:
    """The formula of a text; ids of the SBML model come before names that libSBML keeps for itself.

    Raises
    ------
    FormulaError
        It cannot be read, or uses a function that is not known here.
    """
    lib = import_libsbml()
    settings = lib.L3ParserSettings()
    settings.setParseLog(lib.L3P_PARSE_LOG_AS_LN)
    settings.setParseUnits(False)
    settings.setComparisonCaseSensitivity(lib.L3P_COMPARE_BUILTINS_CASE_SENSITIVE)
    # libSBML has log(base, x) and writes log10(x) so; PEtab has log(x, base).
    written = re.sub(r"\blog10\s*\(", "log10_of(", text.replace("**", "^"))
    if model is not None:
        settings.setModel(model)
    tree = lib.parseL3FormulaWithSettings(written, settings)
    if tree is None:
        reason = lib.getLastParseL3Error().strip().rpartition("\n")[2].strip()
        raise FormulaError(f"{text!r} cannot be read: {reason}")
    _check(tree, text)
    names = set(names_in(tree)) | ({"time"} if _reads_time(tree) else set())
    return Formula(text, frozenset(names), tree)


def _nodes(tree: Any) -> list[Any]:
    found, todo = [], [tree]
    while todo:
        node = todo.pop()
        found.append(node)
        todo += [node.getChild(i) for i in range(node.getNumChildren())]
    return found


def _reads_time(tree: Any) -> bool:
    lib = import_libsbml()
    return any(node.getType() == lib.AST_NAME_TIME for node in _nodes(tree))


def _check(tree: Any, text: str) -> None:
    lib = import_libsbml()
    known = {lib.AST_NAME, lib.AST_NAME_TIME, lib.AST_FUNCTION_PIECEWISE, *_constants(), *_operations()}
    for node in _nodes(tree):
        called = node.getType() == lib.AST_FUNCTION and node.getName() in _FUNCTIONS
        if not called and not node.isNumber() and node.getType() not in known:
            raise FormulaError(f"{text!r} uses {node.getName() or 'something'}, which is not known here")


def _value(node: Any, values: Mapping[str, float]) -> float:
    lib, kind = import_libsbml(), node.getType()
    if node.isNumber():
        return float(node.getValue())
    if kind == lib.AST_NAME:
        return values[node.getName()]
    if kind == lib.AST_NAME_TIME:
        return values["time"]
    if kind in _constants():
        return _constants()[kind]
    children = [node.getChild(i) for i in range(node.getNumChildren())]
    if kind == lib.AST_FUNCTION_PIECEWISE:
        for piece, condition in zip(children[0::2], children[1::2], strict=False):
            if _value(condition, values):
                return _value(piece, values)
        if len(children) % 2 == 0:
            raise ValueError("no piece applies")
        return _value(children[-1], values)
    operation = _FUNCTIONS[node.getName()] if kind == lib.AST_FUNCTION else _operations()[kind]
    try:
        return float(operation(*(_value(c, values) for c in children)))
    except TypeError:
        raise ValueError(f"{node.getName() or 'an operation'} has {len(children)} arguments") from None


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "log10_of": math.log10,
    "log2": math.log2,
    "sign": lambda a: math.copysign(1.0, a) if a else 0.0,
}


@cache
def _constants() -> dict[int, float]:
    lib = import_libsbml()
    return {
        lib.AST_CONSTANT_E: math.e,
        lib.AST_CONSTANT_PI: math.pi,
        lib.AST_CONSTANT_TRUE: 1.0,
        lib.AST_CONSTANT_FALSE: 0.0,
    }


@cache
def _operations() -> dict[int, Callable[..., float]]:
    lib = import_libsbml()
    return {
        lib.AST_PLUS: lambda *a: math.fsum(a),
        lib.AST_MINUS: lambda a, b=None: -a if b is None else a - b,
        lib.AST_TIMES: lambda *a: math.prod(a),
        lib.AST_DIVIDE: lambda a, b: a / b,
        lib.AST_POWER: math.pow,
        lib.AST_FUNCTION_POWER: math.pow,
        lib.AST_FUNCTION_ROOT: lambda n, a: math.pow(a, 1.0 / n),
        lib.AST_FUNCTION_EXP: math.exp,
        lib.AST_FUNCTION_LN: math.log,
        lib.AST_FUNCTION_LOG: math.log,
        lib.AST_FUNCTION_ABS: abs,
        lib.AST_FUNCTION_MIN: min,
        lib.AST_FUNCTION_MAX: max,
        lib.AST_FUNCTION_FLOOR: math.floor,
        lib.AST_FUNCTION_CEILING: math.ceil,
        **{getattr(lib, f"AST_FUNCTION_{n.upper()}"): getattr(math, n) for n in ("sin", "cos", "tan")},
        **{getattr(lib, f"AST_FUNCTION_{n.upper()}"): getattr(math, n) for n in ("sinh", "cosh", "tanh")},
        **{getattr(lib, f"AST_FUNCTION_ARC{n.upper()}"): getattr(math, f"a{n}") for n in ("sin", "cos", "tan")},
        lib.AST_RELATIONAL_LT: lambda a, b: a < b,
        lib.AST_RELATIONAL_LEQ: lambda a, b: a <= b,
        lib.AST_RELATIONAL_GT: lambda a, b: a > b,
        lib.AST_RELATIONAL_GEQ: lambda a, b: a >= b,
        lib.AST_RELATIONAL_EQ: lambda a, b: a == b,
        lib.AST_RELATIONAL_NEQ: lambda a, b: a != b,
        lib.AST_LOGICAL_AND: lambda *a: all(a),
        lib.AST_LOGICAL_OR: lambda *a: any(a),
        lib.AST_LOGICAL_NOT: lambda a: not a,
    }
