"""A study written in Python: parts by keyword, made into the nested dictionaries that a file would give."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from abscopal.errors import InputError, Problem, unknown_name

# Sections of named things, and what one of them is called.
_NAMED = {"arms": "arm", "sites": "site"}
_LISTS = ("radiation", "drugs", "cells")
_COHORT = ("size", "seed")


class WrittenPart(Mapping[str, Any]):
    """A part of a study as one writes it, with the keys of a study file; checked when the study is made.

    Values are text with a unit ("8 Gy"), quantities of pint, numbers where the file has plain numbers, lists of them,
    or other parts. A key that is left out gets the default that a file would get.

    Raises
    ------
    InputError : a key that a study file does not have there, with the nearest one.
    """

    title: ClassVar[str] = ""
    keys_allowed: ClassVar[tuple[str, ...]] = ()
    positional: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *first: Any, **keys: Any) -> None:
        if len(first) > len(self.positional):
            allowed = ", ".join(self.positional) or "none"
            problem = Problem(f"{len(first)} values without a key", self.title, None, f"{allowed}; others by key")
            raise InputError(problem)
        given = dict(zip(self.positional, first, strict=False))
        problems = [Problem("given twice", f"{self.title}({key}=...)") for key in given if key in keys]
        allowed_keys = tuple(dict.fromkeys((*self.positional, *self.keys_allowed)))
        problems += [unknown_name("key", key, allowed_keys, self.title) for key in keys if key not in allowed_keys]
        if problems:
            raise InputError(problems)
        self._content = {k: v for k, v in {**given, **keys}.items() if v is not None}

    def __init_subclass__(cls) -> None:
        """Gives the class the signature that editors and `help` show."""
        by_key = [k for k in cls.keys_allowed if k not in cls.positional]
        cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(k, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None) for k in cls.positional]
            + [inspect.Parameter(k, inspect.Parameter.KEYWORD_ONLY, default=None) for k in by_key]
        )

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __repr__(self) -> str:
        return f"{self.title}({', '.join(f'{key}={value!r}' for key, value in self._content.items())})"


def as_in_a_file(value: Any) -> Any:
    """What a study file would hold in place of a Python value: dictionaries, lists, numbers and text."""
    if isinstance(value, Mapping):
        return {str(key): _content(str(key), content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [as_in_a_file(content) for content in value]
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        return f"{value.magnitude} {value.units:~}"
    if hasattr(value, "tolist"):
        return as_in_a_file(value.tolist())
    if value is None or isinstance(value, str | int | float | bool):
        return value
    kind = type(value).__name__
    advice = "give a part such as Radiation(...), a dictionary, or text with a unit; vary a study by study.with_(...)"
    raise InputError(Problem(f"a value of the type {kind} cannot be a part of a study", advice=advice))


def _content(key: str, value: Any) -> Any:
    if key in _NAMED and isinstance(value, list | tuple):
        return _by_name(key, value)
    if key in _LISTS and isinstance(value, Mapping):
        return [as_in_a_file(value)]
    plain = as_in_a_file(value)
    if key in _NAMED and isinstance(plain, dict):
        return {name: _without_name(key, name, part) for name, part in plain.items()}
    return plain


def _by_name(section: str, parts: list[Any] | tuple[Any, ...]) -> dict[str, Any]:
    """Arms or sites of a list, by their names."""
    found: dict[str, Any] = {}
    problems = []
    for position, part in enumerate(parts):
        plain = as_in_a_file(part)
        name = plain.pop("name", None) if isinstance(plain, dict) else None
        where = f"{section}[{position}]"
        if not name:
            advice = f'begin it with its name, such as {_NAMED[section].capitalize()}("untreated")'
            problems.append(Problem(f"this {_NAMED[section]} has no name", where, advice=advice))
        elif str(name) in found:
            problems.append(Problem(f"two {section} are called {name!r}", where, advice="give each a name of its own"))
        else:
            found[str(name)] = plain
    if problems:
        raise InputError(problems)
    return found


def _without_name(section: str, name: str, part: Any) -> Any:
    """A part of a section by name; the name that it may have of its own must be that one."""
    if isinstance(part, dict) and "name" in part:
        own = part.pop("name")
        if own != name:
            raise InputError(Problem(f"it is called {own!r} itself", f"{section}.{name}", advice="use one name"))
    return part


def study_keys(given: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of a study as in a file; `name`, `size` and `seed` are short for `study` and those of the cohort."""
    found = dict(given)
    if "name" in found:
        found["study"] = found.pop("name")
    cohort = {key: found.pop(key) for key in _COHORT if found.get(key) is not None}
    found = {key: value for key, value in found.items() if key not in _COHORT}
    if cohort:
        found["cohort"] = {**(found.get("cohort") or {}), **cohort}
    return found


def merged(written: Mapping[str, Any], changes: Mapping[str, Any], section: str = "") -> dict[str, Any]:
    """What was written with changes: dictionaries go into each other, parts and other values replace, None removes.

    Raises
    ------
    InputError : an arm or a site that is taken away is not there, or a value cannot be part of a study.
    """
    found = dict(written)
    for key, change in changes.items():
        old = found.get(key)
        if change is None:
            if section in _NAMED and key not in found:
                raise InputError(unknown_name(_NAMED[section], key, found, section))
            found.pop(key, None)
        elif isinstance(change, Mapping) and not isinstance(change, WrittenPart) and isinstance(old, Mapping):
            found[key] = merged(old, change, key)
        elif section in _NAMED:
            found[key] = _without_name(section, key, as_in_a_file(change))
        else:
            found[key] = _content(str(key), change)
    return found
