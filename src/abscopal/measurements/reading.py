"""From a long table to measurements: one row per value, every fault with its line and a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from abscopal import units
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.measurements.checks import faults_between_rows
from abscopal.measurements.columns import Columns, columns_of
from abscopal.measurements.observation import (
    ABOVE,
    BELOW,
    DEATH,
    EXACT,
    STATISTICS,
    VALUE,
    VOLUME,
    Measurements,
    Observation,
)
from abscopal.measurements.table import read_table
from abscopal.measurements.texts import Cell, cell

# Below this a calliper finds nothing: what a volume of 0 is taken to mean [mm3].
DETECTION_LIMIT_MM3 = 4.0
# A median volume below this is one in cubic centimetres.
_LEAST_MEDIAN_MM3 = 5.0


@dataclass
class _TableReader:
    """What is gathered while the rows are read: counts become remarks, faults become problems."""

    columns: Columns
    detection_limit: float
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def fault(self, line: int, column: str, message: str, allowed: str = "", advice: str = "") -> None:
        self.problems.append(Problem(message, column, line, allowed, advice))


def read(file: str | PathLike[str], detection_limit_mm3: float = DETECTION_LIMIT_MM3) -> Measurements:
    """The measurements of a long table: columns arm, day, value; and animal, observable, site, cens, limit, sd, n ...

    Parameters
    ----------
    file : CSV; `;` and tabs may separate, decimal commas are understood, and names of columns of NONMEM, Monolix,
        SynergyLMM and TumGrowth.
    detection_limit_mm3 : volumes of 0 are read as "below this" [mm3].

    Raises
    ------
    InputError
        The table cannot be used; every fault with its line and what to do.
    """
    path = Path(file)
    table = read_table(path)
    columns, problems = columns_of(table.header, table.header_line)
    if problems:
        raise InputError(problems, str(path))
    reader = _TableReader(columns, detection_limit_mm3)
    rows = [row for line, cells in table.rows for row in _row(reader, line, cells)]
    problems = reader.problems + faults_between_rows(rows)
    problems += _unit_faults(rows, columns)
    if problems:
        raise InputError(sorted(problems, key=lambda p: p.line or 0), str(path))
    if not rows:
        raise InputError(Problem("the table has no values", advice="give it one row per measured value"), str(path))
    return Measurements(tuple(rows), (*table.remarks, *columns.remarks, *_remarks(reader)), path.name)


def _remarks(reader: _TableReader) -> list[str]:
    limit = reader.detection_limit
    sentences = {
        "comma": "numbers with a decimal comma or in groups of digits",
        "nothing": "cells without a value, left out",
        "zero": f"volumes of 0, read as below the limit of detection of {limit:g} mm3",
        "dead": "cells that say an animal is dead, read as its death on that day",
        "diameters": "volumes computed from two diameters as length x width^2 / 2",
    }
    return [f"{sentences[what]}: {n}" for what, n in reader.counts.items()]


def _row(reader: _TableReader, line: int, cells: tuple[str, ...]) -> list[Observation]:
    """The observation of a row; none where it has no value or a fault."""
    given = {name: cells[place].strip() for name, place in reader.columns.places.items()}
    arm, animal = given["arm"], given.get("animal", "")
    day = _number(reader, line, "day", given["day"])
    read_value = _value(reader, line, given)
    if not arm:
        reader.fault(line, "arm", "the arm is empty", advice="name the arm as the study does")
    statistic = given.get("statistic", "").lower() or VALUE
    if statistic not in STATISTICS:
        reader.problems.append(unknown_name("statistic", statistic, STATISTICS, "statistic", line))
    if not arm or day is None or read_value is None or statistic not in STATISTICS:
        return []
    observable = given.get("observable", "").lower() or VOLUME
    if read_value.dead or observable in ("dead", "survival", "event"):
        observable = DEATH
    number, censoring = (
        (1.0, EXACT) if read_value.dead else (read_value.number, _censoring(reader, line, given, read_value))
    )
    if number is None:
        return []
    number = _in_unit(reader, line, observable, number, given.get("unit", ""))
    if observable == DEATH and number not in (0.0, 1.0):
        reader.fault(line, "value", f"a death of {number:g}", "1 (died or reached the end point) or 0 (left alive)")
        return []
    if observable == VOLUME and number < 0:
        reader.fault(line, "value", f"a volume of {number:g}", "0 or more", "correct it, or write - for not measured")
        return []
    if observable == VOLUME and number == 0 and censoring == EXACT:
        reader.count("zero")
        number, censoring = reader.detection_limit, BELOW
    n = _whole(reader, line, given.get("n", ""))
    return [
        Observation(
            arm=arm,
            animal=animal,
            site=given.get("site", ""),
            day=day,
            observable=observable,
            value=number,
            censoring=censoring,
            lower=_optional(reader, line, "limit", given),
            statistic=statistic,
            sd=_spread(reader, line, given, n),
            n=n,
            line=line,
        )
    ]


def _value(reader: _TableReader, line: int, given: Mapping[str, str]) -> Cell | None:
    """The cell of the value, or of the volume that two diameters make; None where there is a fault."""
    text = given.get("value", "")
    if not text and given.get("length") and given.get("width"):
        length = _number(reader, line, "length", given["length"])
        width = _number(reader, line, "width", given["width"])
        if length is None or width is None:
            return None
        reader.count("diameters")
        return Cell(length * width * width / 2.0)
    found = cell(text)
    if found is None:
        reader.fault(
            line,
            "value",
            f"{text!r} is no number",
            "a number, <20, >2000, 0, or - for not measured",
            "correct the cell",
        )
        return None
    if found.comma:
        reader.count("comma")
    if found.dead:
        reader.count("dead")
    elif found.number is None:
        reader.count("nothing")
    return found


def _censoring(reader: _TableReader, line: int, given: Mapping[str, str], read_value: Cell) -> int:
    text = given.get("cens", "")
    if text in ("", "0"):
        return read_value.censoring
    if text in ("1", "-1"):
        return int(text)
    reader.fault(line, "cens", f"{text!r} is no censoring", f"0, {BELOW} (below the value) or {ABOVE} (above it)")
    return EXACT


def _in_unit(reader: _TableReader, line: int, observable: str, number: float, unit: str) -> float:
    """A number in the unit of its observable; the unit of a volume and of a blood count is read, of others kept."""
    if not unit or observable != VOLUME:
        return number
    try:
        return units.convert(number, unit, "mm3")
    except units.QuantityError as error:
        reader.fault(line, "unit", error.message, error.allowed, error.advice)
        return number


def _number(reader: _TableReader, line: int, column: str, text: str) -> float | None:
    found = cell(text)
    if found is None or found.number is None or found.censoring != EXACT:
        reader.fault(line, column, f"{text!r} is no number", "a number", "correct the cell")
        return None
    if found.comma:
        reader.count("comma")
    return found.number


def _optional(reader: _TableReader, line: int, column: str, given: Mapping[str, str]) -> float | None:
    text = given.get(column, "")
    found = cell(text)
    if found is not None and found.number is None:
        return None
    return _number(reader, line, column, text)


def _whole(reader: _TableReader, line: int, text: str) -> int:
    if not text:
        return 1
    number = _number(reader, line, "n", text)
    if number is None or number < 1 or number != int(number):
        reader.fault(line, "n", f"{text!r} animals", "a whole number from 1")
        return 1
    return int(number)


def _spread(reader: _TableReader, line: int, given: Mapping[str, str], n: int) -> float | None:
    """Standard deviation of a row: given, or the standard error times the root of n."""
    sd, sem = _optional(reader, line, "sd", given), _optional(reader, line, "sem", given)
    for column, number in (("sd", sd), ("sem", sem)):
        if number is not None and number <= 0:
            reader.fault(line, column, f"a spread of {number:g}", "more than 0, or empty where unknown")
    return sd if sd is not None or sem is None else sem * float(n) ** 0.5


def _unit_faults(rows: list[Observation], columns: Columns) -> list[Problem]:
    """Volumes that are in cubic centimetres, to judge by their median."""
    volumes = sorted(r.value for r in rows if r.observable == VOLUME and r.censoring == EXACT)
    if not volumes or "unit" in columns.places or volumes[len(volumes) // 2] >= _LEAST_MEDIAN_MM3:
        return []
    median = volumes[len(volumes) // 2]
    return [
        Problem(
            f"the median volume is {median:.3g} mm3: are these cubic centimetres?",
            "value",
            allowed="volumes in mm3",
            advice="add a column `unit` with cm3 (or mm3, if they are right)",
        )
    ]
