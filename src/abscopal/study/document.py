"""A study file as text: reading it safely and knowing on which line every key stands."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abscopal.errors import InputError, Problem
from abscopal.study.characters import forbidden_in_text, plain
from abscopal.study.commas import cut_in_mapping, cut_in_sequence

LARGEST_FILE_BYTES = 1_000_000
MOST_VALUES = 50_000
DEEPEST = 30

Step = str | int
KeyPath = tuple[Step, ...]
# Nested dict[str, Value] | list[Value] | str | None; scalars stay text, so that an arm called 007 stays 007.
Value = Any


@dataclass
class Document:
    """Keys and values of a study file as nested dictionaries, lists and text, with the line of each key.

    `nulls` holds the word of every value that YAML reads as nothing, such as `null` or `~`.
    """

    data: Value
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    nulls: dict[KeyPath, str] = field(default_factory=dict)

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
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0\0" in (raw[0:4:2], raw[1:4:2]):
        raise _unusable(shown, "is UTF-16 text", "save the file as UTF-8", "text in UTF-8")
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
    _restore_names(document)
    return document


def document_of(data: Mapping[Any, Any]) -> Document:
    """Nested dictionaries and lists of Python as a document, with keys and values as a file would hold them.

    Raises
    ------
    InputError
        Nested too deeply or too many values.
    """
    document = Document(None)
    document.data = _Reader(document, "").read_plain(data)
    return document


# Keys whose values name sites or arms; a site called `null` is named by the word that YAML reads as nothing.
_NAMING = ("control", "target", "of", "better", "worse", "arm", "site", "compare")


def _restore_names(document: Document) -> None:
    """Names that YAML has read as nothing, put back where the study has a site or arm of that name."""
    data = document.data
    held = {name for part in ("sites", "arms") if isinstance(data.get(part), dict) for name in data[part]}
    for path, word in document.nulls.items():
        key = next((step for step in reversed(path) if isinstance(step, str)), "")
        if word in held and key in _NAMING:
            holder = data
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = word


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
        if "'\\t'" in message:
            advice = "indent with blanks: YAML takes no tabs"
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
        self._count(path, node.start_mark.line + 1)
        kind, tag = type(node).__name__, str(node.tag or "")
        if tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            self._problem(f"tag {tag!r} has no meaning here", path, node, "remove the tag")
        if kind == "MappingNode":
            return dict(self._pairs(node, path))
        if kind == "SequenceNode":
            return self._items(node, path)
        text = str(node.value)
        if not tag.endswith(":null"):
            return self._text(text, path, node.start_mark.line + 1)
        if text:
            self.document.nulls[path] = text
        return None

    def read_plain(self, value: Any, path: KeyPath = ()) -> Value:
        """Values of Python as the text that a file would hold, so that a missing unit is an error here too."""
        self._count(path, None)
        if isinstance(value, Mapping):
            return dict(self._plain_pairs(value, path))
        if isinstance(value, list | tuple):
            return [self.read_plain(content, (*path, i)) for i, content in enumerate(value)]
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if value is None else self._text(str(value), path, None)

    def _plain_pairs(self, value: Mapping[Any, Any], path: KeyPath) -> Iterator[tuple[str, Value]]:
        seen: set[str] = set()
        for raw, content in value.items():
            if not isinstance(raw, str | int | float) or isinstance(raw, bool):
                self._tell(f"{raw!r} is no key", path, None, "give every key a name")
                continue
            key = self._text(str(raw), path, None)
            if key in seen:
                self._tell(f"{key!r} is given twice", (*path, key), None, "keep one, or give the other another name")
                continue
            seen.add(key)
            yield key, self.read_plain(content, (*path, key))

    def _count(self, path: KeyPath, line: int | None) -> None:
        self.count += 1
        if self.count > MOST_VALUES or len(path) > DEEPEST:
            what = "repeats itself through aliases or holds too many values"
            limit = f"at most {MOST_VALUES} values, nested at most {DEEPEST} deep"
            raise InputError(Problem(what, dotted(path[:3]), line, limit, _NEW), self.path)

    def _text(self, text: str, path: KeyPath, line: int | None) -> str:
        """A text without blanks around it, in composed characters; controls are told and taken out."""
        unseen = forbidden_in_text(text)
        if unseen:
            self._tell(f"holds the control character {unseen}", path, line, "remove it")
            text = "".join(c for c in text if not forbidden_in_text(c))
        return plain(text)

    def _items(self, node: Any, path: KeyPath) -> list[Value]:
        items, given = list(node.value), {}
        if node.flow_style and path and path[-1] in _LISTS_OF_NUMBERS:
            for first, after, cut in reversed(list(cut_in_sequence(items))):
                self._problem(_COMMA.format(cut.text), (*path, first), cut.node, cut.advice)
                items[first:after], given[first] = [items[first]], cut.meant
        return [self._item(child, (*path, i), given.get(i)) for i, child in enumerate(items)]

    def _item(self, node: Any, path: KeyPath, given: str | None) -> Value:
        self.document.lines[path] = node.start_mark.line + 1
        return self.read(node, path) if given is None else given

    def _pairs(self, node: Any, path: KeyPath) -> Iterator[tuple[str, Value]]:
        first_line: dict[str, int] = {}
        pairs = self._merged(node, path)
        cuts = {first: (after, cut) for first, after, cut in cut_in_mapping(pairs if node.flow_style else [])}
        skipped = {i for first, (after, _) in cuts.items() for i in range(first + 1, after)}
        for i, (key_node, value_node) in enumerate(pairs):
            line = key_node.start_mark.line + 1
            if i in skipped:
                continue
            if type(key_node).__name__ != "ScalarNode":
                self._problem("a key must be a word", path, key_node, "write `key: value`")
                continue
            key = self._text(str(key_node.value), path, line)
            if key in first_line:
                message = f"{key!r} is written twice, first on line {first_line[key]}"
                self._problem(message, (*path, key), key_node, "keep one, or give the other another name")
                continue
            first_line[key] = line
            self.document.lines[(*path, key)] = line
            if i in cuts:
                _, cut = cuts[i]
                self._problem(_COMMA.format(cut.text), (*path, key), cut.node, cut.advice)
                yield key, cut.meant
            else:
                yield key, self.read(value_node, (*path, key))

    def _merged(self, node: Any, path: KeyPath, depth: int = 0) -> list[tuple[Any, Any]]:
        """Key and value nodes of a mapping, its own first, then those that it merges in (`<<: *anchor`)."""
        own = [pair for pair in node.value if not _is_merge(pair[0])]
        if len(own) == len(node.value):
            return own
        taken = {str(key.value) for key, _ in own if type(key).__name__ == "ScalarNode"}
        for merge, source in (pair for pair in node.value if _is_merge(pair[0])):
            parts = source.value if type(source).__name__ == "SequenceNode" else [source]
            for part in parts:
                self._count(path, merge.start_mark.line + 1)
                if type(part).__name__ != "MappingNode" or depth > DEEPEST:
                    self._problem("`<<` merges the keys of another part", path, merge, "write `<<: *anchor`")
                    continue
                for key, value in self._merged(part, path, depth + 1):
                    if str(key.value) not in taken:
                        taken.add(str(key.value))
                        own.append((key, value))
        return own

    def _problem(self, message: str, path: KeyPath, node: Any, advice: str) -> None:
        self._tell(message, path, node.start_mark.line + 1, advice)

    def _tell(self, message: str, path: KeyPath, line: int | None, advice: str) -> None:
        self.document.problems.append(Problem(message, dotted(path), line, advice=advice))


# Kinds of values that YAML itself tells apart; here all single values are text.
_TAGS = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value", "")
_COMMA = "{!r}: a comma in the number"
# Lists under these keys hold numbers; names in a list may be numbers, and those are never joined.
_LISTS_OF_NUMBERS = ("days", "skip")


def _is_merge(key: Any) -> bool:
    return type(key).__name__ == "ScalarNode" and key.style is None and key.value == "<<"
