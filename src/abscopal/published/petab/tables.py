"""The files of a PEtab problem as text: the list of files, and tables whose cells know their line."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abscopal.errors import InputError, Problem
from abscopal.measurements import read_text_file

_MISSPELT = 0.85  # how alike two names are that are taken for one


@dataclass(frozen=True)
class TableRow:
    """One row of a table.

    Attributes
    ----------
    file, line : where it stands.
    cells : stripped text by column; a cell that is left out is "".
    """

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def key(self, column: str) -> str:
        """Where a cell stands, for messages."""
        return f"{self.file}:{self.line}: {column}"

    def problem(self, column: str, message: str, allowed: str = "", advice: str = "") -> Problem:
        """What is wrong with a cell."""
        return Problem(message, key=self.key(column), allowed=allowed, advice=advice)


def read_tables(
    folder: Path, names: Sequence[str], needed: Sequence[str], *, once: str = "", known: Sequence[str] = ()
) -> list[TableRow]:
    """The rows of several tables of one kind, one after the other.

    Parameters
    ----------
    needed : columns that every one of them has.
    once : a column whose every value stands in one row only.
    known : columns that may be there. Others may too, as PEtab allows, but not one that is nearly called like a known.

    Raises
    ------
    InputError
        A file cannot be read, a column is missing, stands twice or seems misspelt, or an id stands twice.
    """
    rows = [row for name in names for row in _read(folder / name, needed, known)]
    seen: dict[str, TableRow] = {}
    problems = []
    for row in rows if once else ():
        identifier = row[once]
        if not identifier:
            problems.append(row.problem(once, "it has no id", advice="give the row an id"))
        elif identifier in seen:
            advice = "keep one of the two rows"
            problems.append(row.problem(once, f"{identifier!r} stands in line {seen[identifier].line} too", "", advice))
        seen.setdefault(identifier, row)
    if problems:
        raise InputError(problems)
    return rows


def read_problem_file(path: Path) -> dict[str, Any]:
    """What the YAML file of a problem says. Raises InputError where it is no mapping."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = read_text_file(path, "a PEtab problem")
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        line = mark.line + 1 if mark is not None else None
        raise InputError(
            Problem("this is not YAML", line=line, advice="check brackets and indents"), str(path)
        ) from error
    if not isinstance(found, dict) or "format_version" not in found:
        problem = Problem(
            "this is not a PEtab problem: it has no format_version",
            allowed="the YAML file of a PEtab problem, version 1 or 2",
            advice="name the file that lists the tables",
        )
        raise InputError(problem, str(path))
    return found


def _read(path: Path, needed: Sequence[str], known: Sequence[str]) -> list[TableRow]:
    lines = read_text_file(path, "a PEtab problem").splitlines()
    reader = csv.reader(lines, delimiter="\t")
    rows: list[TableRow] = []
    heading: list[str] = []
    try:
        for cells in reader:
            stripped = [c.strip() for c in cells]
            if not any(stripped):
                continue
            if not heading:
                heading = _heading(path, stripped, needed, known, reader.line_num)
                continue
            if len(stripped) > len(heading):
                message = f"{len(stripped)} cells under {len(heading)} headings"
                raise InputError(Problem(message, line=reader.line_num, advice="check the tabs"), str(path))
            rows.append(TableRow(str(path), reader.line_num, dict(zip(heading, stripped, strict=False))))
    except csv.Error as error:
        raise InputError(Problem(f"it is not a table: {error}", line=reader.line_num), str(path)) from error
    if not heading:
        raise InputError(Problem("the table is empty", allowed=", ".join(needed)), str(path))
    return rows


def _heading(path: Path, cells: list[str], needed: Sequence[str], known: Sequence[str], line: int) -> list[str]:
    problems = [
        Problem(f"no column {name}", line=line, allowed=", ".join(needed), advice="columns are separated by tabs")
        for name in needed
        if name not in cells
    ]
    twice = sorted({c for c in cells if c and cells.count(c) > 1})
    problems += [Problem(f"two columns {name}", line=line, advice="keep one of them") for name in twice]
    for name in cells:
        meant = [] if name in (*needed, *known) else difflib.get_close_matches(name, known, n=1, cutoff=_MISSPELT)
        problems += [Problem(f"unknown column {name}", line=line, advice=f"did you mean {m}?") for m in meant]
    if problems:
        raise InputError(problems, str(path))
    return cells
