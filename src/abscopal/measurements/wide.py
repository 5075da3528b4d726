"""Wide tables, one row per animal and one column per day, as spreadsheets hold them: to the long table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from abscopal.errors import InputError, Problem
from abscopal.measurements.columns import ALIASES, plain
from abscopal.measurements.table import Table, read_table

_DAY = re.compile(r"^(?:d|day|days|tag|t)?[ _.]*(-?\d+(?:[.,]\d+)?)$", re.IGNORECASE)
# Fewer columns named after days are no wide table.
_FEWEST_DAYS = 2


def day_of(title: str) -> float | None:
    """The day that a column's title names (`12`, `Day 12`, `d12`), or None."""
    match = _DAY.match(title.strip())
    return float(match[1].replace(",", ".")) if match else None


def is_wide(table: Table) -> bool:
    """Whether the columns of a table are days."""
    return sum(day_of(title) is not None for title in table.header) >= _FEWEST_DAYS


def long_from_wide(file: str | PathLike[str]) -> str:
    """The long table of a wide one, as CSV text: arm, animal, day, value; cells keep their text.

    Raises
    ------
    InputError
        The table has no columns named after days, or none for the arm.
    """
    path = Path(file)
    table = read_table(path)
    if not is_wide(table):
        message = "no columns named after days (`7`, `Day 10`, `d12`)"
        raise InputError(
            Problem(message, line=table.header_line, advice="a long table is read as it is, without conversion"),
            str(path),
        )
    arm, animal, site = (_place(table.header, name) for name in ("arm", "animal", "site"))
    if arm is None:
        raise InputError(
            Problem("no column for the arm", "arm", table.header_line, "arm, group or treatment", "add one"), str(path)
        )
    days = [(place, day) for place, title in enumerate(table.header) if (day := day_of(title)) is not None]
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\n")
    out.writerow(["arm", "animal", *(["site"] if site is not None else []), "day", "value"])
    for number, (_, row) in enumerate(table.rows, 1):
        name = row[animal].strip() if animal is not None else f"{row[arm].strip()}-{number}"
        head = [row[arm].strip(), name, *([row[site].strip()] if site is not None else [])]
        out.writerows([*head, f"{day:g}", row[place].strip()] for place, day in days if row[place].strip())
    return written.getvalue()


def _place(header: Sequence[str], known: str) -> int | None:
    for place, title in enumerate(header):
        name = plain(title)
        if known in (name, ALIASES.get(name)) and day_of(title) is None:
            return place
    return None
