"""Reading typed values out of a record: every problem is kept with its line, and reading goes on."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from abscopal.errors import InputError, Problem, nearest
from abscopal.study.document import Document, KeyPath, dotted, read_document, read_text

SEE_FORMAT = "see docs/evidence.md for the record format"
# Notes, sources and gradings may stand anywhere in a record; nothing is computed from them.
_ANNOTATIONS = ("note", "notes", "source", "comment", "confidence", "basis")
_ANNOTATION_ENDS = ("_note", "_notes", "_basis", "_source", "_confidence")
_LONGEST_SHOWN = 60
_LONGEST_ID = 200
_DAY_WORD = re.compile(r"\b(?:days?|d)\.?\s*(?=\d)", re.IGNORECASE)
_SERIES = re.compile(r"\s*(\d+)\s*(?:[-–]|to)\s*(\d+)\s*")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*[-–]\s*(\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_LONGEST_SERIES = 100


class InvalidRecord(InputError):  # noqa: N818 - named by the brief of the catalogue; reads as what it is
    """A record of the evidence catalogue cannot be used; carries every problem with its line."""


class Reader:
    """The values of one record file, read with checks; `problems` collects what is wrong."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = str(path)
        try:
            self.document: Document = read_document(read_text(path), self.path)
        except InputError as error:
            raise InvalidRecord([_of_record(p) for p in error.problems], self.path) from None
        self.problems: list[Problem] = [_of_record(p) for p in self.document.problems]

    @property
    def data(self) -> dict[str, Any]:
        """Keys and values of the record; scalars are text."""
        return dict(self.document.data)

    def line(self, path: KeyPath) -> int:
        """Line of a key, or of the nearest one around it."""
        return self.document.line(path) or 1

    def finish(self) -> None:
        """Raises InvalidRecord if anything was wrong."""
        if self.problems:
            raise InvalidRecord(sorted(self.problems, key=lambda p: p.line or 0), self.path)

    def problem(self, path: KeyPath, message: str, allowed: str = "", advice: str = "") -> None:
        """Notes a problem at a key."""
        self.problems.append(Problem(message, dotted(path), self.line(path), allowed, advice or SEE_FORMAT))

    def keys(
        self, raw: Any, path: KeyPath, known: Iterable[str], required: Iterable[str] = (), what: str = ""
    ) -> dict[str, Any]:
        """A mapping whose keys are known; {} if it is none."""
        if not isinstance(raw, Mapping):
            self.problem(path, f"{_shown(raw)} has no keys of its own", f"keys and values of {what or 'this part'}")
            return {}
        names = list(known)
        for key in raw:
            if key not in names and key not in _ANNOTATIONS and not key.endswith(_ANNOTATION_ENDS):
                close = nearest(key, names)
                advice = f"did you mean {' or '.join(repr(c) for c in close)}?" if close else "remove it"
                self.problem((*path, key), f"unknown key {key[:_LONGEST_SHOWN]!r}", ", ".join(names), advice)
        for key in required:
            if key not in raw:
                self.problem(path, f"{key!r} is missing", advice=f"add `{key}:`")
        return dict(raw)

    def items(self, raw: Any, path: KeyPath) -> list[Any]:
        """A list; null is an empty one."""
        if raw is None:
            return []
        if isinstance(raw, list):
            return raw
        self.problem(path, f"{_shown(raw)} is not a list", "a list: `- item` on lines of their own, or []")
        return []

    def text(self, raw: Any, path: KeyPath) -> str:
        """A text; null is empty."""
        if raw is None or isinstance(raw, str):
            return (raw or "").strip()
        self.problem(path, f"{_shown(raw)} is not text", "text, or null")
        return ""

    def joined(self, raw: Any, path: KeyPath) -> str:
        """A text, or a list of texts as one."""
        return "; ".join(self.texts(raw, path)) if isinstance(raw, list) else self.text(raw, path)

    def identifier(self, raw: Any, path: KeyPath) -> str:
        """A name that other keys refer to; it must be there."""
        name = self.text(raw, path)
        if not name and (raw is None or isinstance(raw, str)):
            self.problem(path, "an id is wanted here", "text that is not empty", "give it a short name")
        elif len(name) > _LONGEST_ID or not name.isprintable():
            self.problem(path, "an id of this kind cannot be used", f"at most {_LONGEST_ID} printable characters")
        return name

    def number(self, raw: Any, path: KeyPath, low: float, high: float, what: str) -> float | None:
        """A number within bounds; None for null."""
        if raw is None:
            return None
        try:
            value = float(raw) if isinstance(raw, str) else math.nan
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            wrong = "is out of range" if math.isfinite(value) else "is not a number"
            self.problem(path, f"{_shown(raw)} {wrong}", f"{what}: a number from {low:g} to {high:g}, or null")
            return None
        return value

    def numbers(self, raw: Any, path: KeyPath, low: float, high: float, what: str) -> tuple[float, ...]:
        """One number, two with a hyphen between them, or a list; () for null."""
        if isinstance(raw, str) and (match := _RANGE.fullmatch(raw.strip())):
            raw = [match[1], match[2]]
        if not isinstance(raw, list):
            value = self.number(raw, path, low, high, what)
            return () if value is None else (value,)
        found = [self.number(item, (*path, i), low, high, what) for i, item in enumerate(raw)]
        return tuple(value for value in found if value is not None)

    def days(self, raw: Any, path: KeyPath, low: float, high: float, what: str) -> tuple[float, ...]:
        """Days as numbers, also as texts: `d3`, `3, 5, 7`, and `d3-d7`, which is every day from 3 to 7; () for null."""
        items = raw if isinstance(raw, list) else [raw]
        found: list[float] = []
        for i, item in enumerate(items):
            here = (*path, i) if isinstance(raw, list) else path
            for piece in re.split(r"\s*[,;]\s*|\s+and\s+", item.strip()) if isinstance(item, str) else [item]:
                found += self._series(piece, here, low, high, what)
        return tuple(found)

    def _series(self, piece: Any, path: KeyPath, low: float, high: float, what: str) -> list[float]:
        text = _DAY_WORD.sub("", piece) if isinstance(piece, str) else piece
        match = _SERIES.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            bare = isinstance(text, str) and _NUMBER.fullmatch(text.strip())
            value = self.number(text if bare else piece, path, low, high, what)
            return [] if value is None else [value]
        first, last = int(match[1]), int(match[2])
        if not low <= first < last <= min(high, first + _LONGEST_SERIES):
            self.problem(
                path, f"{_shown(piece)} is no series of days", "such as 3-7: every day from the first to the last"
            )
            return []
        return [float(day) for day in range(first, last + 1)]

    def count(self, raw: Any, path: KeyPath, high: int, what: str) -> int | None:
        """A whole number of at least 1; None for null."""
        value = self.number(raw, path, 1, high, what)
        if value is not None and value != int(value):
            self.problem(path, f"{_shown(raw)} is not a whole number", f"{what}: a whole number, or null")
            return None
        return None if value is None else int(value)

    def boolean(self, raw: Any, path: KeyPath) -> bool | None:
        """True or false; None for null."""
        if raw is None:
            return None
        if isinstance(raw, str) and raw.lower() in ("true", "false"):
            return raw.lower() == "true"
        self.problem(path, f"{_shown(raw)} is neither true nor false", "true, false or null")
        return None

    def choice(self, raw: Any, path: KeyPath, allowed: Sequence[str], what: str) -> str:
        """One of a few words; "" if it is none."""
        word = raw.strip() if isinstance(raw, str) else raw
        if word in allowed:
            return str(word)
        close = nearest(str(raw), allowed)
        advice = f"did you mean {close[0]!r}?" if close else ""
        self.problem(path, f"unknown {what} {_shown(raw)}", ", ".join(allowed), advice)
        return ""

    def texts(self, raw: Any, path: KeyPath) -> tuple[str, ...]:
        """A list of texts, such as notes."""
        return tuple(self.text(item, (*path, i)) for i, item in enumerate(self.items(raw, path)))

    def unique(self, names: Sequence[str], path: KeyPath, what: str) -> None:
        """Notes every name that stands there twice."""
        first: dict[str, int] = {}
        for i, name in enumerate(names):
            if name and name in first:
                line = self.line((*path, first[name], "id"))
                message = f"{what} {name!r} stands there twice, first on line {line}"
                self.problem((*path, i, "id"), message, "each id once", "rename one of them")
            first.setdefault(name, i)


def _shown(raw: Any) -> str:
    if raw is None:
        return "null"
    if isinstance(raw, str):
        return repr(raw if len(raw) <= _LONGEST_SHOWN else raw[:_LONGEST_SHOWN] + "...")
    return "a list" if isinstance(raw, list) else "a mapping"


def _of_record(problem: Problem) -> Problem:
    """A problem of the YAML reader in the words of a record: it was written for study files."""
    message = problem.message.replace("is not a study", "is not a record").replace("a study file", "a record")
    allowed = problem.allowed.replace("a YAML study file", "a YAML record of the evidence catalogue")
    allowed = allowed.replace("`tumour: LM8`", "`id: author2020_line`")
    advice = problem.advice
    if "study" in advice or "abscopal new" in advice:
        advice = SEE_FORMAT
    if message == "is a directory":
        advice = "name the record files inside it, such as FOLDER/*.yaml"
    return replace(problem, message=message, allowed=allowed, advice=advice)
