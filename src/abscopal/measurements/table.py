"""A text file as a header and rows of cells, whatever its separator and its decimal mark."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from abscopal.errors import InputError, Problem

MOST_BYTES = 50_000_000
_SEPARATORS = (",", ";", "\t")
_SHEETS = (".xlsx", ".xls", ".ods", ".numbers")


@dataclass(frozen=True)
class Table:
    """The cells of a file.

    Attributes
    ----------
    header : titles of the columns.
    header_line : line of the header, from 1.
    rows : (line, cells) of every row that is not empty.
    remarks : sentences on what was understood.
    """

    header: tuple[str, ...]
    header_line: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    remarks: tuple[str, ...] = ()


def read_table(file: str | PathLike[str]) -> Table:
    """The cells of a CSV file; `;` and tabs separate too, and lines that begin with `#` are comments.

    Raises
    ------
    InputError
        The file cannot be read, is no text, or has rows of another length than its header; each with its line.
    """
    path = Path(file)
    if path.suffix.lower() in _SHEETS:
        message, advice = f"a spreadsheet ({path.suffix}) is not read", "save it as CSV, one table per file"
        raise InputError(Problem(message, advice=advice), str(path))
    text = read_text_file(path, "a table of measurements", "CSV in UTF-8")
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError(Problem("the table is empty", advice="give it a header and one row per value"), str(path))
    header_line, first = lines[0]
    separator = max(_SEPARATORS, key=first.count)
    cells = [(n, tuple(next(csv.reader([line], delimiter=separator)))) for n, line in lines]
    header = cells[0][1]
    rows = tuple((n, row) for n, row in cells[1:] if any(c.strip() for c in row))
    wrong = [
        Problem(
            f"the row has {len(row)} cells, the header {len(header)}",
            line=n,
            advice="a comma inside a number? Quote it, or separate columns by `;`",
        )
        for n, row in rows
        if len(row) != len(header)
    ]
    if wrong:
        raise InputError(wrong, str(path))
    names = {";": "semicolons", "\t": "tabs"}
    remarks = (f"columns are separated by {names[separator]}",) if separator in names else ()
    return Table(header, header_line, rows, remarks)


def read_text_file(path: Path, what: str, save_as: str = "UTF-8") -> str:
    """The text of a file, without a byte-order mark.

    Parameters
    ----------
    what : what the file is, for messages: `a table of measurements`.
    save_as : how a file that is no UTF-8 text should be saved.

    Raises
    ------
    InputError
        There is no such file, it is too large, it may not be read, or it is no UTF-8 text.
    """
    try:
        if not path.is_file():
            raise InputError(Problem("no such file", advice="check the name"), str(path))
        if path.stat().st_size > MOST_BYTES:
            raise InputError(Problem(f"too large for {what}", allowed="files up to 50 MB"), str(path))
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror}"), str(path)) from error
    except UnicodeDecodeError as error:
        problem = Problem(f"it is not UTF-8 text: {error}", advice=f"save it as {save_as}")
        raise InputError(problem, str(path)) from error
