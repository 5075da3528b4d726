"""A study file as text: reading it safely and knowing on which line every key stands."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abscopal.errors import InputError, Problem

LARGEST_FILE_BYTES = 1_000_000
MOST_VALUES = 50_000
DEEPEST = 30

Step = str | int
KeyPath = tuple[Step, ...]
# Nested dict[str, Value] | list[Value] | str | None; scalars stay text, so that an arm called 007 stays 007.
Value = Any


@dataclass
class Document:
    """Keys and values of a study file as nested dictionaries, lists and text, with the line of each key."""

    data: Value
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: KeyPath) -> int | None:
        """Line of a key, or of the nearest key around it that the file has."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return self.lines.get((), None)


def dotted(path: KeyPath) -> str:
    """A key path as people write it: `arms.Comb.drugs[0].dose`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def read_text(path: str | os.PathLike[str]) -> str:
    """Text of a study file.

    Raises
    ------
    InputError
        Nothing there, a directory or device, too large, not readable, or not UTF-8.
    """
    shown = str(path)
    try:
        facts = Path(path).stat()
    except FileNotFoundError:
        raise _unusable(shown, "no such file", "check the path, or write one with `abscopal new NAME`") from None
    except (OSError, ValueError) as error:
        raise _unusable(shown, f"cannot be read: {_reason(error)}", "check the path") from None
    if stat.S_ISDIR(facts.st_mode):
        raise _unusable(shown, "is a directory", "name the study file inside it")
    if not stat.S_ISREG(facts.st_mode):
        raise _unusable(shown, "is not a regular file", "name a study file (.yaml)")
    if facts.st_size > LARGEST_FILE_BYTES:
        size = f"{facts.st_size / 1e6:.0f} MB is too large for a study file"
        raise _unusable(shown, size, "name a study file, not a result", f"at most {LARGEST_FILE_BYTES // 10**6} MB")
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise _unusable(shown, f"cannot be read: {_reason(error)}", "check the permissions of the file") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problem = Problem("is not UTF-8 text", line=line, allowed="text in UTF-8", advice="save the file as UTF-8")
        raise InputError(problem, shown) from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _unusable(path: str, message: str, advice: str, allowed: str = "") -> InputError:
    return InputError(Problem(message, allowed=allowed or "a YAML study file", advice=advice), path)


def read_document(text: str, path: str = "") -> Document:
    """The values and line numbers of a study text.

    Duplicate keys and odd tags are collected in `problems`; a text that is not YAML at all ends the reading.

    Raises
    ------
    InputError
        Empty, not YAML 1.2, not a mapping, nested too deeply or too many values.
    """
    root = _compose(text, path)
    if root is None:
        raise _unusable(path, "the file is empty", "write a commented study with `abscopal new NAME` and edit it")
    document = Document(None)
    _Reader(document, path).read_root(root)
    if not isinstance(document.data, dict):
        problem = Problem("is not a study", line=1, allowed="keys and values such as `tumour: LM8`", advice=_NEW)
        raise InputError(problem, path)
    return document


_NEW = "see docs/study-files.md, or write a commented study with `abscopal new NAME`"


def _compose(text: str, path: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = "YAML syntax: " + (error.problem or error.context or "cannot be read")
        advice = "check indentation, colons, brackets and quotes on this line and the one before"
        problem = Problem(message, line=mark.line + 1 if mark else None, allowed="YAML 1.2", advice=advice)
    except RecursionError:
        problem = Problem("is nested too deeply", allowed=f"at most {DEEPEST} levels", advice=_NEW)
    except (YAMLError, ValueError) as error:
        position = getattr(error, "position", None)
        line = text[:position].count("\n") + 1 if isinstance(position, int) else None
        problem = Problem("holds characters that YAML does not allow", line=line, advice="remove control characters")
    raise InputError(problem, path)


class _Reader:
    """Turns composed nodes into plain values; counts them, so that aliases cannot blow a small file up."""

    def __init__(self, document: Document, path: str) -> None:
        self.document = document
        self.path = path
        self.count = 0

    def read_root(self, node: Any) -> None:
        self.document.lines[()] = node.start_mark.line + 1
        self.document.data = self.read(node, ())

    def read(self, node: Any, path: KeyPath) -> Value:
        self.count += 1
        if self.count > MOST_VALUES or len(path) > DEEPEST:
            what = "repeats itself through aliases or holds too many values"
            limit = f"at most {MOST_VALUES} values, nested at most {DEEPEST} deep"
            raise InputError(Problem(what, dotted(path[:3]), node.start_mark.line + 1, limit, _NEW), self.path)
        kind = type(node).__name__
        if kind == "MappingNode":
            return dict(self._pairs(node, path))
        if kind == "SequenceNode":
            return [self._item(child, (*path, i)) for i, child in enumerate(node.value)]
        tag = str(node.tag or "")
        if not tag.startswith("tag:yaml.org,2002:"):
            self._problem(f"tag {tag!r} has no meaning here", path, node, "remove the tag")
        return None if tag.endswith(":null") else str(node.value)

    def _item(self, node: Any, path: KeyPath) -> Value:
        self.document.lines[path] = node.start_mark.line + 1
        return self.read(node, path)

    def _pairs(self, node: Any, path: KeyPath) -> Iterator[tuple[str, Value]]:
        first_line: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if type(key_node).__name__ != "ScalarNode":
                self._problem("a key must be a word", path, key_node, "write `key: value`")
                continue
            key = str(key_node.value)
            if key in first_line:
                message = f"{key!r} is written twice, first on line {first_line[key]}"
                self._problem(message, (*path, key), key_node, "keep one, or give the other another name")
                continue
            first_line[key] = line
            self.document.lines[(*path, key)] = line
            yield key, self.read(value_node, (*path, key))

    def _problem(self, message: str, path: KeyPath, node: Any, advice: str) -> None:
        self.document.problems.append(Problem(message, dotted(path), node.start_mark.line + 1, advice=advice))
