"""Characters of names and texts: the same name is written one way, and what cannot be seen is refused."""

from __future__ import annotations

import unicodedata

# Controls that change the direction of all that follows, or end a line where no line end is seen.
_UNSEEN_IN_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff")
_LINE_ENDS = frozenset("\n\t")


def plain(text: str) -> str:
    """A text as texts are compared: composed characters, no blanks around it.

    Examples
    --------
    >>> plain(" caf" + "e\\u0301 ") == "caf\\u00e9"
    True
    """
    return unicodedata.normalize("NFC", text).strip()


def forbidden_in_text(text: str) -> str:
    """The first character that no text of a study may hold, such as `U+001B`; "" if it has none."""
    return next((_code(c) for c in text if _is_control(c) and c not in _LINE_ENDS), "")


def forbidden_in_name(text: str) -> str:
    """The first character that a name may not hold as nobody sees it; "" if it has none. A blank is seen."""
    return next((_code(c) for c in text if not c.isprintable()), "")


def lookalike(name: str) -> str:
    """What people take two names for the same by: letters without case and form, single blanks, no invisible marks."""
    bare = unicodedata.normalize("NFKD", " ".join(name.split())).casefold()
    return "".join(_TWINS.get(c, c) for c in bare if unicodedata.category(c) not in ("Mn", "Cf"))


# Cyrillic and Greek letters that are drawn like Latin ones, and signs that are drawn like a hyphen.
_TWINS = dict(zip("аеорсхуіјѕαορνικτ", "aeopcxyijsaopvikt", strict=True)) | dict.fromkeys("‐‑‒–—−_", "-")


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in _UNSEEN_IN_TEXT or _is_nobody(character)


def _is_nobody(character: str) -> bool:
    """Code points that are no characters and that files of UTF-8 or XML refuse."""
    return ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
