"""Measurements for a calibration: a tidy table, one row per value."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.measurements import read_text_file
from abscopal.numerals import advice_for
from abscopal.regimen import in_words, site_place
from abscopal.simulation import Prepared
from abscopal.study.characters import plain

COLUMNS = ("arm", "day", "observable", "value", "sd")
_SITE = "site"


@dataclass(frozen=True)
class Measurement:
    """One measured value.

    Attributes
    ----------
    output : the output of the model it is of, such as `volume@irradiated`.
    day : on the study's clock [d].
    sd : standard deviation of its error, in the unit of the output.
    """

    arm: str
    output: str
    day: float
    value: float
    sd: float


def read_measurements(file: str | PathLike[str], prepared: Prepared) -> tuple[Measurement, ...]:
    """The measurements of a CSV file with the columns arm, site, day, observable, value and sd.

    `site` may be empty, or missing, where the model has the observable at one place only.

    Raises
    ------
    InputError
        The file cannot be read, a column is missing, or a row does not fit the study; every problem with its line.
    """
    path = Path(file)
    rows = _rows(path)
    known = _places(prepared)
    sites = {site.name: site_place(site.name) for site in prepared.study.sites}
    start = min(s.inoculated_day for s in prepared.study.sites)
    arms = [a.name for a in prepared.study.arms]
    found: list[Measurement] = []
    problems: list[Problem] = []
    for line, row in rows:
        row = {**row, _SITE: sites.get(row.get(_SITE, ""), row.get(_SITE, ""))}
        faults = _faults(row, arms, known, start)
        problems += [Problem(p.message, p.key, line, p.allowed, p.advice) for p in faults]
        if not faults:
            site = row.get(_SITE) or known[row["observable"]][0]
            numbers = (float(row[c]) for c in ("day", "value", "sd"))
            found.append(Measurement(row["arm"], f"{row['observable']}@{site}", *numbers))
    if problems:
        raise InputError(problems, str(path))
    if not found:
        raise InputError(Problem("the table has no rows", advice="give it one row per measured value"), str(path))
    return tuple(found)


def _rows(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    text = read_text_file(path, "a table of measurements", "CSV in UTF-8")
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True, restkey="", restval="")
    heading = [str(name).strip() for name in reader.fieldnames or ()]
    missing = [c for c in COLUMNS if c not in heading]
    if missing:
        allowed = "arm, site, day, observable, value, sd"
        advice = "separate the columns by commas, and write decimals with a point" if ";" in "".join(heading) else ""
        raise InputError(Problem(f"no column {', '.join(missing)}", "", 1, allowed, advice), str(path))
    rows: list[tuple[int, Mapping[str, str]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row.get("") or ()):
                advice = "write decimals with a point, or put a value with a comma into quotes"
                raise InputError(Problem("more values than columns", line=reader.line_num, advice=advice), str(path))
            cells = {str(k).strip(): plain(str(v)) for k, v in row.items() if k}
            if any(cells.values()):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise InputError(Problem(f"it is not a CSV table: {error}", line=reader.line_num), str(path)) from error
    return rows


def _places(prepared: Prepared) -> dict[str, list[str]]:
    """Where the model has each of its outputs."""
    found: dict[str, list[str]] = {}
    for name, _ in prepared.model.system.outputs:
        base, _, place = name.partition("@")
        found.setdefault(base, []).append(place)
    return found


def _faults(
    row: Mapping[str, str], arms: Sequence[str], known: Mapping[str, Sequence[str]], start: float
) -> list[Problem]:
    problems = []
    if row["arm"] not in arms:
        problems.append(unknown_name("arm", row["arm"], arms, key="arm"))
    name, site = row["observable"], row.get(_SITE, "")
    if name not in known:
        problems.append(unknown_name("observable", name, known, key="observable"))
    elif site and site not in known[name]:
        problems.append(unknown_name(f"place of {name}", in_words(site), map(in_words, known[name]), key=_SITE))
    elif not site and len(known[name]) > 1:
        problems.append(Problem(f"{name} is at several places", key=_SITE, allowed=in_words(", ".join(known[name]))))
    for column in ("day", "value", "sd"):
        number = _number(row[column])
        if number is None:
            problems.append(
                Problem(f"{row[column]!r} is not a finite number", key=column, advice=advice_for(row[column]))
            )
        elif column == "sd" and number <= 0.0:
            problems.append(Problem(f"{number:g}", key="sd", allowed="above 0"))
        elif column == "day" and number < start:
            problems.append(Problem(f"day {number:g} is before the first inoculation, day {start:g}", key="day"))
    return problems


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
