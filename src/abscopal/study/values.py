"""Values of a study that are more than one number: amounts in one of several units, pairs of names, overrides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from abscopal import units
from abscopal.study.fields import LONGEST_NAME, QUANTITY_PATTERN, FieldError, Name, WrittenField

LARGEST_AMOUNT = 1e15


_MILLIGRAMS_FROM_UG = 1e4


@dataclass(frozen=True)
class Amount:
    """A number with its unit, for keys that take more than one dimension."""

    value: float
    unit: str

    def __str__(self) -> str:
        # A 6 MV accelerator is kept as 6000 kV; nobody calls it that.
        if self.unit == "kV" and self.value >= 1000:
            return f"{self.value / 1000:g} MV"
        # A dose of a patient is written in milligrams, not as 1.5e+06 ug.
        if self.unit == "ug" and self.value >= _MILLIGRAMS_FROM_UG:
            return f"{self.value / 1000:.10g} mg"
        return f"{self.value:g} {self.unit}"


@dataclass(frozen=True)
class AmountIn(WrittenField):
    """A quantity in one of several dimensions, read as an `Amount` in the unit listed for its dimension."""

    wanted: tuple[str, ...]
    description: str

    def read(self, raw: Any) -> Any:
        if raw is None or isinstance(raw, Amount):
            return raw
        if not isinstance(raw, str):
            raise FieldError("a number with its unit is wanted here", self.description)
        _, given = units.split_quantity(raw)
        if not given:
            raise FieldError(f"{raw.strip()!r} has no unit", self.description, "write the unit after the number")
        unit = self._unit(raw, given)
        converted = units.parse_quantity(raw, unit)
        if not 0 <= converted <= LARGEST_AMOUNT:
            what = "is negative" if converted < 0 else "is out of range"
            raise FieldError(f"{raw.strip()!r} {what}", f"at least 0, {self.description}", "check the number")
        return Amount(converted, unit)

    def _unit(self, raw: str, given: str) -> str:
        try:
            for unit in self.wanted:
                if units.same_dimension(given, unit):
                    return unit
        except units.QuantityError as error:
            raise FieldError(f"{raw.strip()!r}: {error.message}", self.description, error.advice) from None
        advice = "write it in " + " or ".join(self.wanted)
        if given.replace("^", "").replace("²", "2").endswith("/m2"):
            advice = "multiply by the body surface (m2) of the host and write the dose itself, such as '45 mg'"
        raise FieldError(f"{raw.strip()!r} is in {given}", self.description, advice)

    def written(self) -> dict[str, Any]:
        text = self.description[0].upper() + self.description[1:]
        return {"type": "string", "pattern": QUANTITY_PATTERN, "description": text}


@dataclass(frozen=True)
class NamedPairs(WrittenField):
    """A list of pairs of names, read as objects made from both."""

    make: type

    def read(self, raw: Any) -> Any:
        allowed = "a list of pairs of arms, such as [[Comb, Alone]]"
        if not isinstance(raw, Sequence) or isinstance(raw, str):
            raise FieldError("a list of pairs is wanted here", allowed)
        return tuple(self._pair(item, i, allowed) for i, item in enumerate(raw))

    def _pair(self, item: Any, position: int, allowed: str) -> Any:
        if isinstance(item, self.make):
            return item
        if not isinstance(item, Sequence) or isinstance(item, str) or len(item) != 2:
            raise FieldError("is not a pair of arms", allowed, below=(position,))
        return self.make(*(Name().read(name) for name in item))

    def written(self) -> dict[str, Any]:
        name = {"type": ["string", "number"]}
        return {
            "type": "array",
            "items": {"type": "array", "items": name, "minItems": 2, "maxItems": 2},
            "description": "Pairs of arms to compare",
        }


@dataclass(frozen=True)
class ParameterOverride:
    """A parameter that the study sets itself: its name, the value in `unit`, and who set it."""

    name: str
    value: float
    unit: str
    origin: str = "study file"

    @staticmethod
    def from_text(name: str, text: str, origin: str = "study file") -> ParameterOverride:
        """An override as written, with the unit as written; `1` if none. Raises QuantityError, FieldError."""
        value, unit = units.split_quantity(text, "1")
        if len(name) > LONGEST_NAME or not math.isfinite(value):
            raise FieldError(f"{name[:LONGEST_NAME]!r} is too long for a name")
        return ParameterOverride(name, value, unit, origin)


@dataclass(frozen=True)
class OverrideMapping(WrittenField):
    """`{NAME: value with unit}` in the file, a tuple of overrides in Python."""

    def read(self, raw: Any) -> Any:
        if raw is None:
            return ()
        if not isinstance(raw, Mapping):
            return raw
        return tuple(self._one(name, text) for name, text in raw.items())

    def _one(self, name: str, text: Any) -> ParameterOverride:
        try:
            return ParameterOverride.from_text(name, text if isinstance(text, str) else "")
        except (FieldError, units.QuantityError) as error:
            raise FieldError(error.message, error.allowed, error.advice, (name,)) from None

    def written(self) -> dict[str, Any]:
        value = {"type": ["string", "number"], "description": "A value in the unit of the parameter"}
        return {"type": "object", "additionalProperties": value, "description": "Parameters that this study sets"}
