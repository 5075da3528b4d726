"""What is printed: text that a stream cannot encode is written with look-alikes, and a full disk is noticed."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata

_TEXT, _JSON = "abscopal.text", "abscopal.json"
_ALIKE = {
    "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2026": "...", "\u2022": "*",
    "\u00b7": "*", "\u00d7": "x", "\u00b1": "+/-", "\u2264": "<=", "\u2265": ">=", "\u2248": "~", "\u2243": "~",
    "\u221e": "inf", "\u2192": "->", "\u2190": "<-", "\u2194": "<->", "\u00b5": "u", "\u03bc": "u",
    "\u00b0": " degrees",
    "\u201c": '"', "\u201d": '"', "\u00ab": '"', "\u00bb": '"', "\u2018": "'", "\u2019": "'", "\u2032": "'",
    "\u00b2": "^2", "\u00b3": "^3", "\u207b": "^-", "\u221a": "sqrt", "\u2211": "sum", "\u222b": "integral",
    "\u2202": "d", "\u0394": "Delta", "\u00df": "ss", "\u00e6": "ae", "\u00f8": "o", "\u0142": "l", "\u2713": "yes",
    "\u2500": "-", "\u2501": "-", "\u2502": "|", "\u2503": "|", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip


def encodable_streams(json: bool = False) -> None:
    """Let stdout and stderr write what their encoding has no sign for, instead of failing.

    Parameters
    ----------
    json : whether JSON is printed: signs are then escaped as JSON does, which loses nothing. In other text they become
        look-alikes (u for the micro sign, alpha for the Greek letter), or a question mark.
    """
    codecs.register_error(_TEXT, _look_alike)
    codecs.register_error(_JSON, _escaped)
    for stream, errors in ((sys.stdout, _JSON if json else _TEXT), (sys.stderr, _TEXT)):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def flush() -> None:
    """Write out what is printed, so that an error is met here; raises OSError."""
    if sys.stdout is not None:
        sys.stdout.flush()


def silence() -> None:
    """Drop what is still to be printed: the interpreter would fail on it once more when it ends."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it stays open till the end


def _look_alike(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(sign: str) -> str:
    if sign in _ALIKE:
        return _ALIKE[sign]
    words = unicodedata.name(sign, "").split()
    if words[:1] == ["GREEK"] and "LETTER" in words:
        letter = words[words.index("LETTER") + 1]
        return letter.title() if "CAPITAL" in words else letter.lower()
    if words[:1] == ["BOX"]:
        return "+"
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return plain or ("" if unicodedata.combining(sign) else "?")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)), error.end
