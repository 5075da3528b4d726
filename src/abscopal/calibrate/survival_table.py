"""Arms of the open survival table of mice: what they were given, when, and how long each animal lived.

The table lies in `../shared/data` and is never part of the package. Only arms are read whose every treatment has a
schedule that can be read, and that are checkpoint antibodies or radiation alone or together: nothing else tells of
shared parameters without a mechanism of its own.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

SURVIVAL_TABLE = Path("quant/icb_mouse_survival_metaanalysis/per_mouse_survival.csv.gz")
# Words of the table for what we give.
_AGENTS = {"antiPD1": "anti-PD-1", "antiPDL1": "anti-PD-L1", "antiCTLA4": "anti-CTLA-4"}
_REPEATED = re.compile(r"Q(\d+)Dx(\d+)")
# Antibodies are given per body weight; a mouse weighs 20 g.
_GRAMS = 20.0


@dataclass(frozen=True)
class Course:
    """One agent or photons: doses [ug, or Gy per fraction] on days after inoculation."""

    kind: str
    dose: float
    days: tuple[float, ...]


@dataclass(frozen=True)
class MeasuredArm:
    """One arm of a study.

    Attributes
    ----------
    cells : inoculated cells.
    courses : what was given; empty for an untreated arm.
    days, died : array-like (animals,) day of death or limit, or of the end of follow-up, and which of both.
    """

    study: str
    name: str
    line: str
    place: str
    strain: str
    cells: float
    start_day: float
    follow_up: float
    courses: tuple[Course, ...]
    days: tuple[float, ...] = field(repr=False)
    died: tuple[bool, ...] = field(repr=False)

    @property
    def treatment(self) -> str:
        """Class of treatment, such as `RT + PD-1`; PD-1 and PD-L1 are one class."""
        short = {"anti-PD-1": "PD-1", "anti-PD-L1": "PD-1", "anti-CTLA-4": "CTLA-4", "RT": "RT"}
        return " + ".join(sorted({short[c.kind] for c in self.courses}, reverse=True)) or "control"


@cache
def split() -> dict[str, tuple[str, ...]]:
    """The committed split of the open data: studies by part."""
    from ruamel.yaml import YAML

    text = resources.files("abscopal.calibrate").joinpath("data", "open_data_split.yaml").read_text(encoding="utf-8")
    return {part: tuple(studies) for part, studies in YAML(typ="safe", pure=True).load(text).items()}


def measured_arms(data: Path, part: str) -> list[MeasuredArm]:
    """Arms of a part of the split that can be simulated, in the order of the table."""
    studies = set(split()[part])
    rows: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    with gzip.open(data / SURVIVAL_TABLE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["study"] in studies:
                rows.setdefault((row["study"], row["figure"], row["experiment"]), []).append(row)
    return [arm for animals in rows.values() if (arm := _arm(animals)) is not None]


def _arm(animals: list[dict[str, str]]) -> MeasuredArm | None:
    first = animals[0]
    try:
        courses = tuple(_courses(first))
    except KeyError:
        return None
    return MeasuredArm(
        study=first["study"],
        name=first["experiment"],
        line=first["cell_family"],
        place=first["site"],
        strain=first["background"],
        cells=1e6 * float(first["t0_cells_millions"] or 0.5),
        start_day=float(first["baseline_days"]),
        follow_up=max(float(first["tf_days"]), *(float(a["day"]) for a in animals)),
        courses=courses,
        days=tuple(float(a["day"]) for a in animals),
        died=tuple(a["event"] == "1" for a in animals),
    )


def _courses(row: dict[str, str]) -> Iterator[Course]:
    """Courses of an arm; KeyError where one of them cannot be given."""
    for i in range(1, 5):
        given = row[f"treatment_{i}"]
        if given in ("", "NA", "Control"):
            continue
        kind = "RT" if given == "RT" else _AGENTS[given]
        dose = float(row[f"dose_{i}"])
        if kind == "RT" and dose == 0.0:
            # The table's documentation: irradiated arms of one study are coded 0 where 20 Gy were given.
            dose = 20.0
        days = _days(row[f"freq_{i}"], kind)
        start = float(row["baseline_days"]) + float(row[f"treat_start_{i}"])
        yield Course(kind, dose if kind == "RT" else dose * _GRAMS, tuple(start + day for day in days))


def _days(written: str, kind: str) -> tuple[float, ...]:
    if written == "SD":
        return (0.0,)
    if written in ("", "NA") and kind == "RT":
        # The same table's documentation: five daily fractions where the schedule is empty.
        return (0.0, 1.0, 2.0, 3.0, 4.0)
    found = _REPEATED.fullmatch(written)
    if not found:
        raise KeyError(written)
    every, times = int(found[1]), int(found[2])
    return tuple(float(every * i) for i in range(times))
