"""The kinds of values that stand in a study file: quantities, days, catalogue names, mappings of named things.

A text is what a person wrote and needs a unit; a number comes from Python and is taken in the unit of the field's name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from abscopal import parameters, units
from abscopal.errors import Problem, nearest
from abscopal.study.characters import forbidden_in_name, plain
from abscopal.study.document import KeyPath
from abscopal.vocabulary import comparable

QUANTITY_PATTERN = r"^\s*[+\-−]?(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?\s*[A-Za-zµμ%1/].*$"
LONGEST_NAME = 80


class FieldError(ValueError):
    """A value that a field does not take: the message, what is allowed, what to do, and where below the field."""

    def __init__(self, message: str, allowed: str = "", advice: str = "", below: KeyPath = ()) -> None:
        self.message = message
        self.allowed = allowed
        self.advice = advice
        self.below = below
        super().__init__(message)


class WrittenField:
    """Base of the annotations below: a function that reads the raw value, and the JSON Schema of what is written."""

    def read(self, raw: Any) -> Any:
        raise NotImplementedError

    def written(self) -> dict[str, Any]:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        handler(schema)
        return self.written()


@dataclass(frozen=True)
class QuantityField(WrittenField):
    """A number with a unit, read as a float in `unit`, within bounds that only keep nonsense out."""

    unit: str
    least: float = -math.inf
    most: float = math.inf
    more_than: float = -math.inf

    def read(self, raw: Any) -> Any:
        if raw is None:
            return None
        if isinstance(raw, str):
            value = units.parse_quantity(raw, self.unit)
        elif isinstance(raw, int | float) and not isinstance(raw, bool):
            value = float(raw)
        else:
            raise FieldError("a quantity is wanted here", units.describe(self.unit), "write one number with its unit")
        if not (self.least <= value <= self.most and value > self.more_than):
            what = "is negative" if value < 0 <= max(self.least, self.more_than) else "is out of range"
            raise FieldError(f"{raw!r} {what}", allowed=self._range(), advice="check the number and its unit")
        return value

    def _range(self) -> str:
        low = f"more than {self.more_than:g}" if self.more_than > -math.inf else f"at least {self.least:g}"
        high = f" and at most {self.most:g}" if self.most < math.inf else ""
        return f"{low}{high} {self.unit}"

    def written(self) -> dict[str, Any]:
        text = units.describe(self.unit)
        return {"type": "string", "pattern": QUANTITY_PATTERN, "description": text[0].upper() + text[1:]}


EARLIEST_DAY, LATEST_DAY = -3650.0, 3650.0
# Days are kept to a tenth of a millisecond, so that times reached by different arithmetic are the same time.
DAY_DECIMALS = 9


@dataclass(frozen=True)
class DayField(QuantityField):
    """A day on the clock of the study."""

    unit: str = "d"
    least: float = EARLIEST_DAY
    most: float = LATEST_DAY

    def read(self, raw: Any) -> Any:
        day = super().read(raw)
        return round(day, DAY_DECIMALS) + 0.0 if isinstance(day, float) else day


DAY = DayField()


def below(read: Callable[[Any], Any], raw: Any, below: KeyPath) -> Any:
    """What a field reads of a value below another; what is wrong is told at its own place."""
    try:
        return read(raw)
    except (FieldError, units.QuantityError) as error:
        raise FieldError(error.message, error.allowed, error.advice, below) from None


@dataclass(frozen=True)
class Count(WrittenField):
    """A whole number without unit."""

    least: int
    most: int

    def read(self, raw: Any) -> Any:
        allowed = f"a whole number from {self.least} to {self.most}" if self.least < self.most else str(self.least)
        try:
            number = float(raw) if isinstance(raw, str) else raw
            whole = int(number) if math.isfinite(number) else None
        except (TypeError, ValueError, OverflowError):
            raise FieldError(f"{raw!r} is not a whole number", allowed, "write digits only, without unit") from None
        if whole is None or whole != number or isinstance(raw, bool):
            raise FieldError(f"{raw!r} is not a whole number", allowed, "write digits only, without unit")
        if not self.least <= whole <= self.most:
            raise FieldError(f"{raw!r} is out of range", allowed, "write an allowed number")
        # A long integer in text loses digits as a float; seeds must not.
        return int(raw) if isinstance(raw, str) and raw.strip().isdigit() else whole

    def written(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Name(WrittenField):
    """A word that the user chooses: a site, an arm, a study."""

    def read(self, raw: Any) -> Any:
        text = plain(raw) if isinstance(raw, str) else raw
        allowed = f"1 to {LONGEST_NAME} printable characters"
        if not isinstance(text, str) or not text or len(text) > LONGEST_NAME:
            raise FieldError("a name is wanted here", allowed, "write a short name")
        unseen = forbidden_in_name(text)
        if unseen:
            raise FieldError(f"the name {text!r} holds {unseen}, which nobody sees", allowed, "write the name anew")
        return text

    def written(self) -> dict[str, Any]:
        return {"type": ["string", "number"], "description": "A name that you choose"}


@dataclass(frozen=True)
class Choice(WrittenField):
    """One of a few words; case, spaces and hyphens do not matter. `words` maps each word to its other spellings."""

    what: str
    words: tuple[tuple[str, tuple[str, ...]], ...]

    def read(self, raw: Any) -> Any:
        if raw is None:
            return None
        spellings = {_comparable(s): word for word, others in self.words for s in (word, *others)}
        found = spellings.get(_comparable(raw)) if isinstance(raw, str) else None
        if found is None:
            allowed = [word for word, _ in self.words]
            close = list(dict.fromkeys(spellings[c] for c in nearest(_comparable(str(raw)), spellings)))
            advice = f"did you mean {' or '.join(repr(c) for c in close)}?" if close else f"choose one {self.what}"
            raise FieldError(f"unknown {self.what} {raw!r}", ", ".join(allowed), advice)
        return found

    def written(self) -> dict[str, Any]:
        return {"type": "string", "enum": [s for word, others in self.words for s in (word, *others)]}


# What is given to a host, for a name that stands under the wrong key.
_ELSEWHERE = {
    "agents": "it is a drug: give it under `drugs:`, as `agent:`",
    "products": "it is a cell product: give it under `cells:`, as `product:`",
    "hosts": "it is a change of the host: give it under `host_changes:`",
}


def _is_known(kind: str, name: str) -> bool:
    try:
        parameters.canonical(kind, name)
    except KeyError:
        return False
    return True


@dataclass(frozen=True)
class Known(WrittenField):
    """A name of the parameter catalogue, read as the catalogue's own spelling."""

    kind: str
    label: str

    def read(self, raw: Any) -> Any:
        if raw is None:
            return None
        try:
            return parameters.canonical(self.kind, str(raw))
        except KeyError:
            problem = self._unknown(str(raw))
        raise FieldError(problem.message, problem.allowed, problem.advice)

    def names(self) -> tuple[str, ...]:
        catalogue: dict[str, Callable[[], tuple[str, ...]]] = {
            "lines": parameters.lines,
            "agents": parameters.agents,
            "products": parameters.products,
            "hosts": parameters.host_changes,
            "species": parameters.species,
            "body_sites": parameters.body_sites,
        }
        return catalogue[self.kind]()

    def _unknown(self, given: str) -> Problem:
        from abscopal.errors import unknown_name

        problem = unknown_name(self.label, given[:LONGEST_NAME], self.names())
        for kind, advice in _ELSEWHERE.items():
            if kind != self.kind and self.kind in _ELSEWHERE and _is_known(kind, given):
                return replace(problem, advice=advice)
        return problem

    def written(self) -> dict[str, Any]:
        return {"type": "string", "description": f"A {self.label}: {', '.join(self.names())}, or an alias of one"}


@dataclass(frozen=True)
class OneOrMore(WrittenField):
    """One name or a list of names, read as a tuple."""

    description: str

    def read(self, raw: Any) -> Any:
        return (raw,) if isinstance(raw, str) else raw

    def written(self) -> dict[str, Any]:
        name = {"type": ["string", "number"]}
        return {"anyOf": [name, {"type": "array", "items": name, "minItems": 1}], "description": self.description}


@dataclass(frozen=True)
class NamedMapping:
    """`{name: {...}}` in the file, a tuple of objects with a `name` in Python."""

    what: str

    def read(self, raw: Any) -> Any:
        if isinstance(raw, tuple):
            self._refuse_same_names(raw)
            return raw
        if not isinstance(raw, Mapping) or not raw:
            what = "is empty" if not raw else "is not a mapping of names"
            raise FieldError(what, f"`NAME: {{...}}`, one {self.what} or more", f"give each {self.what} a name")
        rows = []
        for name, content in raw.items():
            if content is not None and not isinstance(content, Mapping):
                message, allowed = f"{self.what} {name!r} has no keys of its own", f"`{name}: {{...}}`"
                raise FieldError(message, allowed, below=(name,))
            rows.append({**(content or {}), NAME_KEY: name})
        return rows

    def _refuse_same_names(self, parts: tuple[Any, ...]) -> None:
        """Parts made in Python have their names already; a file cannot hold the same key twice."""
        names = [part.name for part in parts if hasattr(part, "name")]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise FieldError(f"{self.what} {twice!r} is there twice", "a name for each", "rename one of them")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        listed = handler.resolve_ref_schema(handler(schema))
        content = {"anyOf": [listed["items"], {"type": "null"}]}
        return {"type": "object", "additionalProperties": content, "minProperties": 1}


# The key under which a mapping's name travels to the model: no file can hold it, as it holds a control character.
NAME_KEY = "\0name"


def _comparable(text: str) -> str:
    # Words that are signs only, such as > and ~, are themselves.
    return comparable(text) or text.strip()
