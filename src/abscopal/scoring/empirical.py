"""Baselines that know no mechanism: what mice of one line under one class of treatment showed in the open data.

The committed table (`data/empirical.csv`, made by `python -m abscopal.calibrate.open_data --learn`) holds pooled shares
alive and mean logarithms of volumes by line and treatment, with the numbers of animals and studies; nothing of a
single animal.
"""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from abscopal.evidence import Record, RecordArm
from abscopal.evidence.curation.lines import lines_of
from abscopal.evidence.curation.names import NotCovered, agent_of, agents_among
from abscopal.scoring.declarations import read_text
from abscopal.scoring.result_scores import between_studies, declared
from abscopal.statistics import conventions
from abscopal.statistics.accuracy import Floats
from abscopal.statistics.predictive import Durations, Logarithms, Shares, joint_correlation
from abscopal.statistics.survival import kaplan_meier
from abscopal.vocabulary import comparable

UNTREATED, RADIATION, OTHER, CELLS, CHANGED = "untreated", "radiation", "other", "cells", "changed host"
COLUMNS = ("kind", "line", "treatment", "n", "studies")
# Usual day of the first treatment after inoculation, where a record gives no day of any.
_USUAL_START = 8.0
# On this day after the first treatment hazards are compared: most controls have left, most survivors are told.
_HAZARD_DAY = 28.0


@dataclass(frozen=True)
class Fact:
    """Animals of one arm of one study: days alive after the first treatment, or volumes on such a day."""

    study: str
    line: str
    treatment: str
    days: tuple[float, ...] = ()
    seen: tuple[bool, ...] = ()
    volumes: Mapping[float, tuple[float, ...]] | None = None


@dataclass(frozen=True)
class Cell:
    """What one line and treatment showed: values on `days`, and how many animals and studies they are from."""

    days: Floats
    values: Floats
    sd: Floats
    n: int
    studies: int


Key = tuple[str, str, str]
Table = Mapping[Key, Cell]


def treatment_class(arm: RecordArm) -> str:
    """The class of what an arm gets: `untreated`, or radiation and classes of drugs joined by ` + `."""
    parts = {RADIATION} if arm.radiation else set()
    parts |= {CELLS} if arm.cells else set()
    for course in arm.drugs:
        parts |= {_class_of(name) for name in agents_among(course.drug)} - {""}
    parts |= {CHANGED} if arm.host_modification else set()
    order = [RADIATION, *declared()["treatment_classes"], CELLS, OTHER, CHANGED]
    return " + ".join(sorted(parts, key=order.index)) or UNTREATED


def _class_of(drug: str) -> str:
    try:
        found = agent_of(drug)
    except NotCovered:
        names = {comparable(drug)}
    else:
        if not found.agent and not found.host_change:
            return ""
        names = {comparable(drug), comparable(found.agent)}
    for name, members in declared()["treatment_classes"].items():
        if names & {comparable(member) for member in members}:
            return str(name)
    return OTHER


def line_of(record: Record) -> str:
    """The line of a record as the catalogue calls it, or as it is written."""
    found = lines_of(record.model.tumour, record.model.strain)
    return next((line.name for line in found if line.name), record.model.tumour.strip())


def start_day(record: Record) -> float:
    """The day of the first treatment of any arm, on the record's clock [d]."""
    stated = [day for arm in record.arms for course in arm.radiation for day in course.days]
    stated += [day for arm in record.arms for drug in arm.drugs for day in drug.days]
    stated += [day for arm in record.arms for cells in arm.cells for day in cells.days]
    return min(stated, default=0.0 if record.clock == "rt" else _USUAL_START)


def table_of(facts: Sequence[Fact]) -> Table:
    """Pooled tables by line and treatment, by treatment alone (line ""), and of all (both "")."""
    grouped: dict[Key, list[Fact]] = defaultdict(list)
    for fact in facts:
        kind = "volume" if fact.volumes is not None else "alive"
        for line, treatment in ((fact.line, fact.treatment), ("", fact.treatment), ("", "")):
            grouped[kind, line, treatment].append(fact)
    found = {key: _volumes(rows) if key[0] == "volume" else _alive(rows) for key, rows in grouped.items()}
    return {key: cell for key, cell in found.items() if len(cell.days) and (not key[1] or _is_enough(cell))}


def _is_enough(cell: Cell) -> bool:
    least = declared()["baseline_least"]
    return bool(cell.studies >= least["studies"] or cell.n >= least["animals"])


def _alive(rows: Sequence[Fact]) -> Cell:
    days = np.array([max(day, 0.0) for row in rows for day in row.days])
    seen = np.array([s for row in rows for s in row.seen])
    curve = kaplan_meier(days, seen)
    # Nobody tells of days that no animal was watched.
    grid = np.array([d for d in declared()["baseline_days"] if d <= days.max()], float)
    return Cell(grid, curve.at(grid), np.full(len(grid), math.nan), len(days), len({row.study for row in rows}))


def _volumes(rows: Sequence[Fact]) -> Cell:
    """Mean and standard deviation of the logarithm of volumes on the days that at least three animals were measured."""
    smallest = conventions.instrument("calliper").smallest
    grid = np.array(declared()["baseline_days"], float)
    on: dict[float, list[float]] = defaultdict(list)
    for row in rows:
        for day, volumes in (row.volumes or {}).items():
            nearest = float(grid[np.argmin(np.abs(grid - day))])
            on[nearest] += [math.log(max(volume, smallest)) for volume in volumes]
    days = sorted(day for day, logs in on.items() if len(logs) >= 3)
    means, sds = [float(np.mean(on[d])) for d in days], [float(np.std(on[d], ddof=1)) for d in days]
    n = sum(max((len(v) for v in (row.volumes or {}).values()), default=0) for row in rows)
    return Cell(np.array(days), np.array(means), np.array(sds), n, len({row.study for row in rows}))


def as_csv(table: Table) -> str:
    """The table as the text of `empirical.csv`: a row per line and treatment, a column per day."""
    days = declared()["baseline_days"]
    lines = [",".join((*COLUMNS, *(f"day {day:g}" for day in days)))]
    for (kind, line, treatment), cell in sorted(table.items()):
        for what, values in ((kind, cell.values), (f"{kind} sd", cell.sd)):
            if np.isfinite(values).any():
                known = dict(zip(cell.days.tolist(), values.tolist(), strict=True))
                shown = (f"{known[day]:.3f}" if day in known else "" for day in days)
                lines.append(",".join((what, line, treatment, str(cell.n), str(cell.studies), *shown)))
    return "\n".join(lines) + "\n"


def parsed(text: str) -> Table:
    """The table in the text of `empirical.csv`."""
    rows = {(r["kind"], r["line"], r["treatment"]): r for r in csv.DictReader(io.StringIO(text))}
    found = {}
    for (kind, line, treatment), row in rows.items():
        if kind.endswith(" sd"):
            continue
        days = [key for key in row if key.startswith("day ") and row[key]]
        spread = rows.get((f"{kind} sd", line, treatment), {})
        found[kind, line, treatment] = Cell(
            np.array([float(day.removeprefix("day ")) for day in days]),
            np.array([float(row[day]) for day in days]),
            np.array([float(spread.get(day) or "nan") for day in days]),
            int(row["n"]),
            int(row["studies"]),
        )
    return found


@cache
def committed() -> Table:
    """The table that comes with the package, of the development part of the open data."""
    return parsed(read_text("empirical.csv"))


@cache
def learnt_from() -> frozenset[str]:
    """Studies that the committed table was learnt from."""
    return frozenset(row["study"] for row in csv.DictReader(io.StringIO(read_text("empirical_studies.csv"))))


@dataclass(frozen=True)
class Empirical:
    """An empirical mean: of line and treatment, or of the treatment alone.

    Attributes
    ----------
    by_line : whether the line counts, where the table has it.
    """

    table: Table
    by_line: bool

    def cell(self, kind: str, line: str, treatment: str) -> tuple[Cell, str] | None:
        """The nearest cell that the table has, and which it is in words."""
        tried = ([(line, treatment)] if self.by_line else []) + [("", treatment), ("", "")]
        words = ["line and treatment"] * self.by_line + ["treatment, any line", "all arms"]
        for (where, what), word in zip(tried, words, strict=True):
            cell = self.table.get((kind, where, what))
            if cell is not None:
                return cell, f"{word}: {cell.n} animals, {cell.studies} studies"
        return None

    def durations(self, edges: Floats, start: float, line: str, treatment: str) -> tuple[Durations, str] | None:
        """Days of leaving, in intervals of the record's clock."""
        found = self.cell("alive", line, treatment)
        if found is None:
            return None
        cell, words = found
        alive, everyone = (_interpolated(c, edges - start) for c in (cell, self.table["alive", "", ""]))
        masses, pool = (-np.diff(np.concatenate([[1.0], s[1:], [0.0]])) for s in (alive, everyone))
        shrunk = (cell.n * masses + pool) / (cell.n + 1.0)
        correlation = joint_correlation(between_studies("share_of_baselines"), cell.n)
        return Durations(edges, shrunk[None, :], correlation), words

    def share(self, day: float, start: float, line: str, treatment: str) -> tuple[Shares, str] | None:
        """Share alive on a day of the record's clock."""
        found = self.cell("alive", line, treatment)
        if found is None:
            return None
        cell, words = found
        everyone = _interpolated(self.table["alive", "", ""], np.array([day - start]))
        mean = (cell.n * _interpolated(cell, np.array([day - start])) + everyone) / (cell.n + 1.0)
        return Shares(mean, joint_correlation(between_studies("share_of_baselines"), cell.n)), words

    def volume(self, day: float, start: float, line: str, treatment: str, n: int) -> tuple[Logarithms, str] | None:
        """Mean volume of a group on a day of the record's clock."""
        found = self.cell("volume", line, treatment)
        if found is None:
            return None
        cell, words = found
        when = day - start
        mean, sd = float(np.interp(when, cell.days, cell.values)), float(np.interp(when, cell.days, cell.sd))
        scale = math.sqrt(between_studies("volume") ** 2 + sd**2 * (1.0 / n + 1.0 / cell.n))
        smallest = conventions.instrument("calliper").smallest
        # The arithmetic mean of log-normal volumes lies above their geometric one.
        centre = np.array([mean + sd**2 / 2.0])
        return Logarithms(centre, scale, between_studies("freedom"), smallest), words

    def hazard_ratio(self, line: str, treatments: tuple[str, str], n: int) -> tuple[Logarithms, str] | None:
        """Hazard ratio of two treatments, from the shares alive four weeks after the first treatment."""
        both = [self.share(_HAZARD_DAY, 0.0, line, treatment) for treatment in treatments]
        if both[0] is None or both[1] is None:
            return None
        alive = [min(max(float(shares.means[0]), 0.01), 0.99) for shares, _ in (both[0], both[1])]
        centre = np.array([math.log(math.log(alive[0]) / math.log(alive[1]))])
        events = [max(n * (1.0 - s), 0.5) for s in alive]
        scale = math.sqrt(between_studies("hazard_ratio") ** 2 + sum(1.0 / e for e in events))
        return Logarithms(centre, scale, between_studies("freedom"), 1e-6), f"{both[0][1]}; {both[1][1]}"


def _interpolated(cell: Cell, days: Floats) -> Floats:
    """Share alive, linear between the days of the table, and as at its end thereafter."""
    return np.asarray(np.interp(days, cell.days, cell.values, left=1.0), float)
