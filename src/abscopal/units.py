"""Units at the door: the one place where text with a unit becomes a plain number in a known unit.

Inside the program numbers are plain floats whose names carry the unit (`dose_gy`, `volume_mm3`); time is in days.
Absorbed dose (Gy), RBE-weighted dose (Gy(RBE)) and equivalent dose (Sv) are three dimensions, and so are cells.
Common spellings are read from the register below; anything else goes to a small pint registry built from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from abscopal.errors import AbscopalError, nearest
from abscopal.numerals import advice_for, is_range

Reason = Literal["missing unit", "missing number", "unknown unit", "wrong dimension", "not finite", "unparsable"]

LONGEST_TEXT = 100


class QuantityError(AbscopalError, ValueError):
    """A text is not a quantity of the wanted dimension; says why, what is allowed and what to write."""

    def __init__(self, reason: Reason, message: str, allowed: str = "", advice: str = "") -> None:
        self.reason: Reason = reason
        self.message = message
        self.allowed = allowed
        self.advice = advice
        super().__init__(message)


@dataclass(frozen=True)
class Dimension:
    """A kind of quantity that the program reads.

    Attributes
    ----------
    name : what a radiobiologist calls it, without article.
    canonical : the unit that the program computes in.
    example : a number that reads naturally with the canonical unit.
    factors : accepted spelling -> number of canonical units in one of it.
    """

    name: str
    canonical: str
    example: str
    factors: Mapping[str, float]


def _dimension(name: str, canonical: str, example: str, factors: dict[str, float]) -> Dimension:
    return Dimension(name, canonical, example, MappingProxyType({canonical: 1.0, **factors}))


_MINUTES_PER_DAY = 1440.0

DIMENSIONS: tuple[Dimension, ...] = (
    _dimension(
        "time",
        "d",
        "3 d",
        {
            "day": 1.0,
            "days": 1.0,
            "h": 1 / 24,
            "hour": 1 / 24,
            "hours": 1 / 24,
            "min": 1 / 1440,
            "minute": 1 / 1440,
            "minutes": 1 / 1440,
            "s": 1 / 86400,
            "week": 7.0,
            "weeks": 7.0,
            "wk": 7.0,
        },
    ),
    _dimension("absorbed dose", "Gy", "8 Gy", {"cGy": 0.01, "mGy": 0.001, "gray": 1.0}),
    _dimension(
        "RBE-weighted dose",
        "Gy(RBE)",
        "4 Gy(RBE)",
        {"Gy (RBE)": 1.0, "GyRBE": 1.0, "Gy_RBE": 1.0, "GyE": 1.0, "cGy(RBE)": 0.01},
    ),
    _dimension("equivalent dose", "Sv", "1 Sv", {"mSv": 0.001}),
    _dimension(
        "absorbed dose rate",
        "Gy/min",
        "1 Gy/min",
        {
            "cGy/min": 0.01,
            "mGy/min": 0.001,
            "Gy/s": 60.0,
            "Gy/h": 1 / 60,
            "cGy/h": 0.01 / 60,
            "Gy/d": 1 / _MINUTES_PER_DAY,
        },
    ),
    _dimension("LET", "keV/um", "50 keV/um", {"MeV/mm": 1.0, "MeV/cm": 0.1}),
    _dimension("energy per nucleon", "MeV/u", "290 MeV/u", {"MeV/n": 1.0, "MeV/nucleon": 1.0, "GeV/u": 1000.0}),
    _dimension("energy", "MeV", "0.662 MeV", {"keV": 0.001, "eV": 1e-6}),
    _dimension("tube or accelerator voltage", "kV", "225 kV", {"kVp": 1.0, "MV": 1000.0}),
    _dimension("mass", "ug", "200 ug", {"mcg": 1.0, "pg": 1e-6, "ng": 0.001, "mg": 1000.0, "g": 1e6, "kg": 1e9}),
    _dimension("mass per body weight", "mg/kg", "10 mg/kg", {"ug/g": 1.0, "ug/kg": 0.001, "g/kg": 1000.0}),
    _dimension("biological activity", "IU", "1e5 IU", {"kIU": 1e3, "MIU": 1e6}),
    _dimension("biological activity per body weight", "IU/kg", "1e5 IU/kg", {"kIU/kg": 1e3, "MIU/kg": 1e6}),
    _dimension("amount of substance", "nmol", "2 nmol", {"pmol": 0.001, "umol": 1e3, "mmol": 1e6, "mol": 1e9}),
    _dimension("number of cells", "cells", "1e6 cells", {"cell": 1.0}),
    _dimension(
        "volume",
        "mm3",
        "80 mm3",
        {"uL": 1.0, "ul": 1.0, "cm3": 1e3, "cc": 1e3, "mL": 1e3, "ml": 1e3, "L": 1e6, "l": 1e6},
    ),
    _dimension("length", "mm", "5 mm", {"um": 0.001, "cm": 10.0, "m": 1000.0}),
    _dimension("pressure", "mmHg", "5 mmHg", {"kPa": 1000 / 133.322387415, "Pa": 1 / 133.322387415}),
    _dimension("percentage", "%", "70 %", {"percent": 1.0}),
)

# Mean lengths in days of what has no fixed one: for advice alone.
_CALENDAR_DAYS = {
    **dict.fromkeys(("month", "months", "mo", "mos"), 365.25 / 12),
    **dict.fromkeys(("year", "years", "yr", "yrs", "y", "a"), 365.25),
}

_BY_SPELLING: dict[str, tuple[Dimension, float]] = {
    spelling: (dimension, factor) for dimension in DIMENSIONS for spelling, factor in dimension.factors.items()
}

# Base units of the pint registry; each dimension above is a product of these and of nothing else.
_PINT_DEFINITIONS = """
pico- = 1e-12 = p-
nano- = 1e-9 = n-
micro- = 1e-6 = u-
milli- = 1e-3 = m-
centi- = 1e-2 = c-
kilo- = 1e3 = k-
mega- = 1e6 = M-
giga- = 1e9 = G-
day = [time] = d = days
hour = day / 24 = h = hours
minute = day / 1440 = min = minutes
second = day / 86400 = s
week = 7 * day = wk = weeks
gray = [absorbed_dose] = Gy
gray_rbe = [rbe_weighted_dose] = Gy_RBE = GyE
sievert = [equivalent_dose] = Sv
electronvolt = [energy] = eV
nucleon = [nucleon] = u = n
volt = [voltage] = V = Vp
gram = [mass] = g
gram_body_weight = [body_weight] = g_bw
microgram_ = 1e-6 * gram = mcg
international_unit = [biological_activity] = IU
mole = [amount] = mol
molar = mole / litre = M
cell = [cell] = cells
metre = [length] = m
litre = 1e-3 * metre**3 = L = l
cubic_centimetre = 1e-6 * metre**3 = cc
pascal = [pressure] = Pa
millimetre_of_mercury = 133.322387415 * pascal = mmHg
percent = 0.01 = percent
"""

_NUMBER = re.compile(
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\d_.,])|[+-]?(?:\.?nan|\.?inf|infinity)(?!\w)", re.IGNORECASE
)
_FACTOR = r"[A-Za-z_]+[1-9]?(?:(?:\*\*|\^)-?[1-9])?"
_GROUP = rf"(?:{_FACTOR}|\(\s*{_FACTOR}(?:\s*[*/]\s*{_FACTOR})*\s*\))"
_UNIT_EXPRESSION = re.compile(rf"(?:1|{_GROUP})(?:\s*[*/]\s*{_GROUP})*")
_TYPOGRAPHY = str.maketrans({"µ": "u", "μ": "u", "−": "-", "·": "*", "³": "3", "²": "2", "\u00a0": " "})


def parse_quantity(text: str, unit: str) -> float:
    """Number of `unit` that a text such as `5.3 Gy` stands for.

    Parameters
    ----------
    text : a number, a space and a unit.
    unit : the unit wanted, such as `Gy`; `1` wants a plain number.

    Valid for
    ---------
    Units of the register and products of powers of them (`1/d`, `cells/mm^3`).

    Raises
    ------
    QuantityError : no unit, no number, unknown unit, another dimension, or a number that is not finite.

    Examples
    --------
    >>> parse_quantity("48 h", "d")
    2.0
    """
    value, given = split_quantity(text, unit)
    if given == unit:
        return value
    if not given and unit != "1":
        raise QuantityError(
            "missing unit",
            f"{text.strip()!r} has no unit",
            allowed=describe(unit),
            advice=f"write '{text.strip()} {unit}' if that is what is meant",
        )
    try:
        return _finite(convert(value, given, unit, shown=text.strip()), text)
    except QuantityError as error:
        if error.reason != "unknown unit":
            raise
        entry = _BY_SPELLING.get(canonical_spelling(unit))
        close = nearest(given, entry[0].factors) if entry else []
        advice = f"did you mean {' or '.join(repr(c) for c in close)}?" if close else f"write the unit {unit}"
        if entry and entry[0].canonical == "d" and given.lower() in _CALENDAR_DAYS:
            days = value * _CALENDAR_DAYS[given.lower()]
            advice = f"months and years differ in length: write days, such as '{days:.0f} d'"
        advice = _OTHER_UNITS.get(given.lower(), advice)
        raise QuantityError("unknown unit", f"{text.strip()!r}: {error.message}", describe(unit), advice) from None


# Units that are not read, and what to write.
_OTHER_UNITS = {"rad": "write grays: 100 rad are 1 Gy"}


def split_quantity(text: str, unit: str = "") -> tuple[float, str]:
    """The finite number and the unit text of a quantity; the unit is `""` if none is written (`1` if that is wanted).

    Raises
    ------
    QuantityError : no number, or a number that is not finite. `unit` only serves the wording.
    """
    shown = text.strip() if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "..."
    allowed = describe(unit) if unit else "a number and a unit, such as '3 d'"
    if len(text) > LONGEST_TEXT:
        raise QuantityError("unparsable", f"{shown!r} is too long for a quantity", allowed)
    plain = text.translate(_TYPOGRAPHY).strip()
    match = _NUMBER.match(plain)
    if match is None:
        raise _unreadable(plain, shown, allowed)
    value = _finite(float(match.group().lstrip("+").replace(".nan", "nan").replace(".inf", "inf")), shown, allowed)
    given = " ".join(plain[match.end() :].split())
    given = f"1{given}" if given.startswith("/") else given
    if given and not _UNIT_EXPRESSION.fullmatch(given) and (foreign := _foreign(shown, allowed)) is not None:
        raise foreign
    return value, given or ("1" if unit == "1" else "")


def _unreadable(plain: str, shown: str, allowed: str) -> QuantityError:
    foreign = _foreign(shown, allowed)
    if foreign is not None:
        return foreign
    if re.match(r"[+-]?\.?\d", plain):
        return QuantityError("unparsable", f"{shown!r} is not a number and a unit", allowed, "write digits only")
    return QuantityError("missing number", f"{shown!r} does not start with a number", allowed)


def _foreign(shown: str, allowed: str) -> QuantityError | None:
    """The problem of a decimal comma, of digits in groups or of a range, with the number that may be meant."""
    advice = advice_for(shown)
    if not advice:
        return None
    what = "a comma in the number" if "," in shown else "digits in groups"
    what = "a range, where one number is wanted" if is_range(shown) else what
    return QuantityError("unparsable", f"{shown!r}: {what}", allowed, advice)


def _finite(value: float, shown: str, allowed: str = "") -> float:
    if math.isfinite(value):
        return value
    message = f"{shown.strip()!r} is not a finite number"
    raise QuantityError("not finite", message, allowed or "a finite number", "check the number")


def convert(value: float, given: str, wanted: str, *, shown: str = "") -> float:
    """`value` in unit `wanted` instead of `given`; `1` is the unit of plain numbers and takes `%` as well.

    Raises
    ------
    QuantityError : an unknown unit, or units of two dimensions.

    Examples
    --------
    >>> convert(25.0, "mg/kg", "ug/g")
    25.0
    """
    given, wanted = canonical_spelling(given), canonical_spelling(wanted)
    if given == wanted:
        return value
    here, there = _BY_SPELLING.get(given), _BY_SPELLING.get(wanted)
    if here and there and here[0] is there[0]:
        return value * here[1] / there[1]
    source, target = _pint_unit(given), _pint_unit(wanted)
    if source.dimensionality != target.dimensionality:
        raise _wrong_dimension(shown or f"{value:g} {given}", given, wanted)
    return value * float(_pint_registry().convert(1.0, source, target))


def same_dimension(first: str, second: str) -> bool:
    """Whether two units measure the same kind of quantity. Raises QuantityError for an unknown unit."""
    first, second = canonical_spelling(first), canonical_spelling(second)
    here, there = _BY_SPELLING.get(first), _BY_SPELLING.get(second)
    if here and there and "percentage" not in (here[0].name, there[0].name):
        return here[0] is there[0]
    return bool(_pint_unit(first).dimensionality == _pint_unit(second).dimensionality)


def describe(unit: str) -> str:
    """What a quantity in this unit is and how to write one: `an absorbed dose, such as '8 Gy'`."""
    if unit == "1":
        return "a plain number"
    entry = _BY_SPELLING.get(canonical_spelling(unit))
    if entry is None:
        return f"a quantity in {unit}"
    dimension, factor = entry
    example = dimension.example if factor == 1.0 else f"20 {unit}"
    return f"{_with_article(dimension.name)}, such as '{example}'"


def _with_article(name: str) -> str:
    if name == "time":
        return "a time"
    return ("an " if name[0] in "aeioLR" else "a ") + name


def canonical_spelling(unit: str) -> str:
    """The spelling of a unit that the register uses: `mm^3` -> `mm3`, `µg` -> `ug`, `Gy_RBE` -> `Gy(RBE)`."""
    plain = " ".join(unit.translate(_TYPOGRAPHY).split())
    for candidate in (plain, plain.replace("**", "").replace("^", ""), plain.replace(" ", "")):
        entry = _BY_SPELLING.get(candidate)
        if entry is not None:
            return entry[0].canonical if entry[1] == 1.0 else candidate
    return plain


def _wrong_dimension(shown: str, given: str, wanted: str) -> QuantityError:
    here, there = _BY_SPELLING.get(given), _BY_SPELLING.get(wanted)
    is_what = f"is {_with_article(here[0].name)}" if here else f"is in {given}"
    names = (here[0].canonical if here else given, there[0].canonical if there else wanted)
    advice = "check which quantity this key takes"
    if names == ("Gy(RBE)", "Gy"):
        advice = "give the absorbed dose, Gy(RBE) divided by the RBE its source used: the model has its own RBE"
    elif names == ("Gy", "Gy(RBE)"):
        advice = "give the RBE-weighted dose in Gy(RBE), that is Gy times the RBE in use"
    elif "Sv" in names:
        advice = "sievert is for radiation protection: give the absorbed dose in Gy"
    return QuantityError("wrong dimension", f"{shown!r} {is_what}", allowed=describe(wanted), advice=advice)


@lru_cache(maxsize=1)
def _pint_registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(None)
    registry.load_definitions(_PINT_DEFINITIONS.strip().splitlines())
    return registry


@lru_cache(maxsize=512)
def _pint_unit(text: str) -> Any:
    """The pint unit of a text; only names, products, quotients and small powers ever reach pint's parser."""
    plain = text.replace("%", "percent").replace("Gy(RBE)", "Gy_RBE").replace("Gy (RBE)", "Gy_RBE")
    plain = plain.replace("GyRBE", "Gy_RBE")
    # Per body weight is no plain number, though mass/mass would be one.
    plain = re.sub(r"^(\w+)/(k?g)$", r"\1/\2_bw", plain)
    if plain == "1":
        return _pint_registry().parse_units("")
    if len(plain) > LONGEST_TEXT or not _UNIT_EXPRESSION.fullmatch(plain):
        raise _unknown_unit(text)
    plain = re.sub(r"([A-Za-z_])([1-9])", r"\1**\2", plain).replace("^", "**")
    try:
        return _pint_registry().parse_units(plain)
    except Exception as error:
        # pint raises its own errors, AttributeError and tokenizer errors alike for what it cannot read.
        raise _unknown_unit(text) from error


def _unknown_unit(text: str) -> QuantityError:
    close = nearest(text, _BY_SPELLING)
    known = ", ".join(dimension.canonical for dimension in DIMENSIONS)
    return QuantityError(
        "unknown unit",
        f"unknown unit {text!r}",
        allowed=f"units such as {known}",
        advice=f"did you mean {' or '.join(repr(c) for c in close)}?" if close else "write a unit listed above",
    )
