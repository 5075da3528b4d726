"""Units of the model's declarations, as SBML has them, and the units that formulas of them have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from abscopal.expr import Expr, topological

# The powers of named units that make up a unit, such as {"cells": 1, "mm3": -1, "day": -1}; none is dimensionless.
Powers = Mapping[str, float]

# What SBML makes of a named unit: kind, exponent, power of ten, multiplier. Counts are plain numbers, as in the model.
_MADE_OF: dict[str, tuple[tuple[str, int, int, float], ...]] = {
    "cells": (("dimensionless", 1, 0, 1.0),),
    "dead cells": (("dimensionless", 1, 0, 1.0),),
    "dying cells": (("dimensionless", 1, 0, 1.0),),
    "micronuclei": (("dimensionless", 1, 0, 1.0),),
    "day": (("second", 1, 0, 86400.0),),
    "mm3": (("metre", 3, -3, 1.0),),
    "uL": (("litre", 1, -6, 1.0),),
    "mL": (("litre", 1, -3, 1.0),),
    "L": (("litre", 1, 0, 1.0),),
    "um": (("metre", 1, -6, 1.0),),
    "Gy": (("gray", 1, 0, 1.0),),
    "keV": (("joule", 1, 0, 1.602176634e-16),),
    "mmHg": (("pascal", 1, 0, 133.322387415),),
    "nmol": (("mole", 1, -9, 1.0),),
    "fmol": (("mole", 1, -15, 1.0),),
    "nM": (("mole", 1, -9, 1.0), ("litre", -1, 0, 1.0)),
    "pg": (("gram", 1, -12, 1.0),),
    "fg": (("gram", 1, -15, 1.0),),
}
DIMENSIONLESS = "dimensionless"
PLACE_VOLUME = "uL"
# Units of stocks that are counts or levels, or amounts of another kind; and of concentrations, with the amount in 1 uL.
COUNTS = frozenset({"1", "cells", "dead cells", "dying cells", "micronuclei"})
AMOUNTS = COUNTS | {"nmol"}
CONCENTRATIONS = {"cells/uL": "cells", "nM": "fmol", "pg/mL": "fg"}
# Arguments of events carry their unit in their name.
_SUFFIXES = {
    "gy": "Gy",
    "gy_per_day": "Gy/day",
    "kev_um": "keV/um",
    "nmol": "nmol",
    "days": "day",
    "nm": "nM",
    "cells": "cells",
}


def powers_of(text: str) -> Powers | None:
    """What a unit such as `cells/mm3/day` or `Gy um/keV` is made of; None where a part of it is not known here."""
    found: dict[str, float] = {}
    for position, part in enumerate(text.split("/")):
        for factor in [part] if part in _MADE_OF else part.split():
            if factor == "1":
                continue
            name, power = (factor, "1") if factor in _MADE_OF else _split(factor)
            if name not in _MADE_OF:
                return None
            found[name] = found.get(name, 0.0) + (-float(power) if position else float(power))
    return found


def unit_of_argument(name: str) -> str:
    """The unit of an argument of an event such as `dose_gy`."""
    return next((unit for suffix, unit in _SUFFIXES.items() if f"_{name}".endswith(f"_{suffix}")), "1")


def _split(part: str) -> tuple[str, str]:
    """`Gy2` as `Gy` and `2`."""
    match = re.fullmatch(r"(\D+)(\d)", part)
    return (match[1], match[2]) if match else (part, "1")


class UnitDefinitions:
    """The unit definitions of a document, made when they are first asked for."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._made: set[str] = set()

    def id_of(self, powers: Powers | None) -> str | None:
        """The id of a unit in the document, such as `cells_per_mm3_per_day`; None if it is not known."""
        if powers is None:
            return None
        used = {name: power for name, power in powers.items() if power}
        if not used:
            return DIMENSIONLESS
        identifier = _id(used)
        if identifier not in self._made:
            self._made.add(identifier)
            self._define(identifier, used)
        return identifier

    def _define(self, identifier: str, powers: Powers) -> None:
        import libsbml

        definition = self._model.createUnitDefinition()
        definition.setId(identifier)
        for name, power in powers.items():
            for kind, exponent, scale, multiplier in _MADE_OF[name]:
                unit = definition.createUnit()
                unit.setKind(libsbml.UnitKind_forName(kind))
                unit.setExponent(exponent * power)
                unit.setScale(scale)
                unit.setMultiplier(multiplier)


def _id(powers: Powers) -> str:
    above = [_word(name, power) for name, power in powers.items() if power > 0]
    below = [f"per_{_word(name, -power)}" for name, power in powers.items() if power < 0]
    return "_".join([*above, *below])


def _word(name: str, power: float) -> str:
    base = name.replace(" ", "_")
    return base if power == 1 else f"{base}_to_{f'{power:g}'.replace('.', '_')}"


def units_of(roots: Iterable[Expr], known: Mapping[Expr, Powers | None]) -> dict[Expr, Powers | None]:
    """The unit of every node that the roots need; None where it cannot be said.

    Parameters
    ----------
    known : units of symbols, and of formulas whose unit is declared. Numbers have none: they take that of what they
        are added to or compared with.
    """
    found: dict[Expr, Powers | None] = {}
    for node in topological(roots):
        found[node] = known.get(node) if node in known or node.op == "symbol" else _unit(node, found)
    return found


def _unit(node: Expr, found: Mapping[Expr, Powers | None]) -> Powers | None:
    inner = [found[a] for a in node.args]
    match node.op:
        case "add" | "sub" | "min" | "max" | "where":
            terms = node.args[1:] if node.op == "where" else node.args
            return next((found[a] for a in terms if a.op != "const"), {})
        case "neg":
            return inner[0]
        case "mul":
            return _product(inner[0], inner[1], 1.0)
        case "div":
            return _product(inner[0], inner[1], -1.0)
        case "sqrt":
            return _product({}, inner[0], 0.5)
        case "pow" if inner[0]:
            exponent = node.args[1]
            return _product({}, inner[0], exponent.value) if exponent.op == "const" else None
    return {}


def _product(a: Powers | None, b: Powers | None, power: float) -> Powers | None:
    """The unit of a times b to a power."""
    if a is None or b is None:
        return None
    total = {name: a.get(name, 0.0) + power * b.get(name, 0.0) for name in {**a, **b}}
    return {name: p for name, p in total.items() if p}
