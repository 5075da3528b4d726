"""Numbers as people of other countries write them: decimal commas, digits in groups, ranges. None is taken as given.

Whoever reads a number refuses these and says what to write instead.
"""

from __future__ import annotations

import re

# Signs between groups of three digits, and signs that stand for the decimal point.
_GROUP = "[ \u00a0\u2007\u2009\u202f\u066c'’_]"
_COMMA = "[,，٫·]"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_NUMERAL = re.compile(
    rf"(?P<sign>[+\-−]?)(?:"
    rf"(?P<german>\d{{1,3}}(?:\.\d{{3}})+{_COMMA}\d+)"
    rf"|(?P<english>\d{{1,3}}(?:,\d{{3}})+\.\d+)"
    rf"|(?P<commas>\d{{1,3}}(?:,\d{{3}}){{2,}})"
    rf"|(?P<points>\d{{1,3}}(?:\.\d{{3}}){{2,}})"
    rf"|(?P<spaced>\d{{1,3}}(?:{_GROUP}\d{{3}})+(?:[.,]\d+)?)"
    rf"|(?P<decimal>\d*{_COMMA}\d+)"
    rf"|(?P<trailing>\d+{_COMMA})"
    rf")(?P<exponent>{_EXPONENT})(?![\d.,])(?P<rest>.*)",
    re.DOTALL,
)
_KINDS = ("german", "english", "commas", "points", "spaced", "decimal", "trailing")
_RANGE = re.compile(
    r"[+\-−]?[\d.,]+(?![eE][+\-−]?\d)\s*[^\d\s.,+\-–—−]{0,9}\s*"
    r"(?:-|–|—|−|\.\.+|…|±|\+/-|to\b|bis\b|à\b)\s*[\d.,]+"
)
_POWER = re.compile(
    r"(?P<number>[+\-−]?[\d.,]+)\s*[x×*·]\s*10\s*(?:\^|\*\*)?\s*(?P<power>[+\-−⁺⁻]?[\d⁰¹²³⁴-⁹]+)(?P<rest>.*)", re.DOTALL
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−", "0123456789+--")


def rewritten(text: str) -> tuple[str, ...]:
    """What a number with a comma or with groups of digits may mean, with a decimal point; the likeliest first.

    Whatever follows the number stays. Nothing where the text does not begin so.

    Examples
    --------
    >>> rewritten("8,5 Gy"), rewritten("1.234,5 mm3"), rewritten("1,234 mm3"), rewritten("8.5 Gy")
    (('8.5 Gy',), ('1234.5 mm3',), ('1.234 mm3', '1234 mm3'), ())
    """
    plain = text.strip()
    power = _POWER.match(plain)
    if power is not None:
        number = (rewritten(power["number"]) or (power["number"],))[0]
        return (f"{number}e{int(power['power'].translate(_RAISED))}{_spaced(power['rest'])}",)
    found = _NUMERAL.match(plain)
    if found is None:
        return ()
    kind = next(name for name in _KINDS if found[name])
    return tuple(
        f"{found['sign'].replace('−', '-').replace('+', '')}{number}{found['exponent']}{_spaced(found['rest'])}"
        for number in _meant(kind, found[kind])
    )


def _meant(kind: str, digits: str) -> tuple[str, ...]:
    if kind == "german":
        whole, _, part = re.sub(_COMMA, ",", digits).partition(",")
        return (f"{whole.replace('.', '')}.{part}",)
    if kind in ("english", "commas", "points"):
        return (digits.replace("," if kind != "points" else ".", ""),)
    if kind == "spaced":
        return (re.sub(_GROUP, "", digits).replace(",", "."),)
    whole, _, part = re.sub(_COMMA, ",", digits).partition(",")
    decimal = f"{whole or '0'}.{part}" if part else whole
    grouped = len(part) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return (decimal, whole + part) if grouped else (decimal,)


def _spaced(rest: str) -> str:
    return f" {rest.strip()}" if rest.strip() else ""


def is_range(text: str) -> bool:
    """Whether a text gives two numbers where one is wanted: `8-10 Gy`, `8 ± 1 Gy`."""
    return _RANGE.match(text.strip()) is not None


def advice_for(text: str) -> str:
    """What to write instead of a number with commas, groups or a range; "" where a text has none of these."""
    if is_range(text):
        return "write one number, such as the middle of the range"
    meant = rewritten(text)
    if not meant:
        return ""
    others = f", or {meant[1]!r} if the comma groups thousands" if len(meant) > 1 else ""
    return f"write {meant[0]!r}{others}"
