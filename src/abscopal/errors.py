"""Errors that a user can act on: what is wrong, where, what was given, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class AbscopalError(Exception):
    """Base of every error that abscopal raises on purpose."""


# Blanks that are no plain blank. Bytes of a file's name that are no text are left to the stream, which writes `?`.
_HARMLESS = "\n\t\u00a0\u2009\u202f"


def printable(text: str) -> str:
    """A text for a terminal: what would steer the terminal, or nobody would see, is written as its code.

    Examples
    --------
    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return "".join(c if c.isprintable() or c in _HARMLESS or "\ud800" <= c <= "\udfff" else repr(c)[1:-1] for c in text)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    Attributes
    ----------
    message : what is wrong, with what was given.
    key : where in the input, as a dotted path (`arms.combination.drugs[0].dose`), or "".
    line : line number in the file, counted from 1, or None.
    allowed : what would be right, or "".
    advice : one thing to do, or "".
    """

    message: str
    key: str = ""
    line: int | None = None
    allowed: str = ""
    advice: str = ""

    def format(self, path: str = "") -> str:
        """The problem as `file:line: key: message`, with what is allowed and what to do on lines of their own.

        It is fit for a terminal, whatever the input holds.
        """
        place = f"{path}:{self.line}" if path and self.line else path
        head = ": ".join(part for part in (place, self.key, self.message) if part)
        lines = [head]
        if self.allowed:
            lines.append(f"    allowed: {self.allowed}")
        if self.advice:
            lines.append(f"    do: {self.advice}")
        return "\n".join(printable(line) for line in lines)


class InputError(AbscopalError):
    """A file or an option cannot be used; carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem] | Problem | str, path: str = "") -> None:
        if isinstance(problems, str):
            problems = [Problem(problems)]
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        self.path = path
        super().__init__("\n".join(p.format(path) for p in self.problems))


def nearest(given: str, allowed: Iterable[str], count: int = 3) -> list[str]:
    """The allowed names closest to the given one, best first, ignoring case; empty if none is close."""
    names = {name.lower(): name for name in allowed}
    close = difflib.get_close_matches(given.lower(), names, n=count, cutoff=0.5)
    return [names[c] for c in close]


def shortened(names: Sequence[str]) -> str:
    """Names in one line, the first 30 of them."""
    return ", ".join(names if len(names) <= 30 else [*names[:30], "..."])


def unknown_name(kind: str, given: str, allowed: Iterable[str], key: str = "", line: int | None = None) -> Problem:
    """The problem 'no such KIND', with the nearest names."""
    names = sorted(allowed)
    close = nearest(given, names)
    return Problem(
        f"unknown {kind} {given!r}",
        key=key,
        line=line,
        allowed=shortened(names),
        advice=f"did you mean {' or '.join(repr(c) for c in close)}?" if close else "choose one of those allowed",
    )
