"""From what validation found wrong to problems with a line, a key, what is allowed and one thing to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from abscopal import parameters, units
from abscopal.errors import Problem, nearest, shortened
from abscopal.study.document import Document, KeyPath, dotted
from abscopal.study.fields import NAME_KEY, FieldError
from abscopal.study.species import set_or_declared, species_of

SEE_FORMAT = "see docs/study-files.md"


def problems_of(error: ValidationError, document: Document, schema: dict[str, Any]) -> Iterator[Problem]:
    """Every problem of a validation, in the order of the file's keys."""
    rows = [(key_path(row["loc"], document.data), row) for row in error.errors(include_url=False)]
    explained = _explained([path for path, row in rows if row["type"] == "extra_forbidden"], document, schema)
    for path, row in rows:
        cause = row.get("ctx", {}).get("error")
        if isinstance(cause, FieldError):
            yield _problem(document, (*path, *cause.below), cause.message, cause.allowed, cause.advice)
        elif isinstance(cause, units.QuantityError):
            yield _problem(document, path, cause.message, cause.allowed, cause.advice)
        elif row["type"] == "extra_forbidden":
            yield _unknown_key(document, path, schema)
        elif row["type"] != "missing":
            yield _other(document, path, row)
        elif path not in explained and path[-1] != "fractions":  # counted from days, where these can be read
            yield _missing_key(document, path, schema)


def _explained(unknown: list[KeyPath], document: Document, schema: dict[str, Any]) -> set[KeyPath]:
    """Missing keys that need no line of their own: mistyped ones, and those that other checks tell better."""
    explained: set[KeyPath] = {("compare",)}
    for path in unknown:
        close = nearest(str(path[-1]), _keys_at(schema, path[:-1]))
        explained.update((*path[:-1], key) for key in close[:1])
    if isinstance(document.data.get("arms"), dict) and document.data["arms"]:
        explained.add(("control",))
    if document.data.get("follow_up") is not None:  # it could not be read, or the day were filled in from it
        explained.add(("endpoints", "response", "day"))
    return explained | _seedings(document.data)


def _seedings(data: Any) -> set[KeyPath]:
    """What would be filled in of seeding if the tumour line were known, of a species whose tumours nobody injects."""
    sites = data.get("sites")
    filled = parameters.entry("species", species_of(data)).about.get("tumour_before_start") is not None
    if not filled or not isinstance(sites, dict) or set_or_declared("doubling_time", data, {}) is not None:
        return set()
    return {
        ("sites", name, key)
        for name, site in sites.items()
        for key in ("inoculum", "inoculated")
        if isinstance(site, dict) and isinstance(site.get("start_volume"), dict)
    }


def key_path(location: tuple[str | int, ...], data: Any) -> KeyPath:
    """The path in the file of a pydantic location: positions of named things become their names."""
    path: list[str | int] = []
    for step in location:
        if isinstance(data, dict) and isinstance(step, int):
            step = list(data)[step]
        if step == NAME_KEY:  # the name itself is wrong: its place is the key
            break
        path.append(step)
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            data = None
    return tuple(path)


def _problem(document: Document, path: KeyPath, message: str, allowed: str = "", advice: str = "") -> Problem:
    return Problem(message, dotted(path), document.line(path), allowed, advice or SEE_FORMAT)


def _unknown_key(document: Document, path: KeyPath, schema: dict[str, Any]) -> Problem:
    allowed = sorted(_keys_at(schema, path[:-1]))
    close = nearest(str(path[-1]), allowed)
    meant = " or ".join(repr(c) for c in close)
    advice = f"did you mean {meant}?" if close else "remove it, or see docs/study-files.md"
    return _problem(document, path, f"unknown key {path[-1]!r}", ", ".join(allowed), advice)


def _missing_key(document: Document, path: KeyPath, schema: dict[str, Any]) -> Problem:
    node = _node_at(schema, path)
    wanted = shortened(node.get("description", "").split(", "))
    examples = node.get("examples", [])
    example = examples[0] if examples else "..."
    return _problem(document, path, f"{path[-1]!r} is missing", wanted, f"add `{path[-1]}: {example}`")


_WANTED = {
    "tuple_type": ("is not a list", "a list: `- item` on lines of their own, or [item, item]"),
    "model_type": ("has no keys of its own", "keys and values: `{key: value}`"),
    "model_attributes_type": ("has no keys of its own", "keys and values: `{key: value}`"),
    "string_type": ("is not text", "text"),
    "bool_parsing": ("is neither true nor false", "true or false"),
    "bool_type": ("is neither true nor false", "true or false"),
    "too_short": ("is empty", "at least one entry"),
    "string_too_long": ("is too long", "shorter text"),
    "float_type": ("is empty", "a number with its unit"),
}


def _other(document: Document, path: KeyPath, row: Any) -> Problem:
    message, allowed = _WANTED.get(row["type"], (str(row["msg"]), ""))
    given = row.get("input")
    if given is None:
        message, advice = "is empty", "write a value or remove the key"
    else:
        message = f"{given!r} {message}" if isinstance(given, str) and len(given) < 60 else message
        advice = ""
    return _problem(document, path, message, allowed, advice)


def _keys_at(schema: dict[str, Any], path: KeyPath) -> set[str]:
    return set(_node_at(schema, path).get("properties", {}))


def _node_at(schema: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    """The part of the JSON Schema that a path leads to; {} where it leads nowhere."""
    node = _resolved(schema, schema)
    for step in path:
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(step) or node.get("additionalProperties") or {}
        node = _resolved(node if isinstance(node, dict) else {}, schema)
    return node


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for choice in node.get("anyOf", ()):
        if "$ref" in choice or "properties" in choice:
            node = {**choice, **{key: value for key, value in node.items() if key != "anyOf"}}
    if "$ref" in node:
        target = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node
