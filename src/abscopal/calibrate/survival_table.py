"""Arms of the open survival table of mice: what they were given, when, and how long each animal lived.

The table lies in `../shared/data` and is never part of the package. Only arms are read whose every treatment has a
schedule that can be read, and that are checkpoint antibodies or radiation alone or together: nothing else tells of
shared parameters without a mechanism of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abscopal.calibrate.open_survival import SURVIVAL_SET, corrected, split_of_part, table, treatment_days

SURVIVAL_TABLE = Path(SURVIVAL_SET) / "per_mouse_survival.csv.gz"
# Words of the table for what we give.
_AGENTS = {"antiPD1": "anti-PD-1", "antiPDL1": "anti-PD-L1", "antiCTLA4": "anti-CTLA-4"}
# Antibodies are given per body weight; a mouse weighs 20 g.
_GRAMS = 20.0
# What is taken where the table does not tell the inoculum.
_USUAL_CELLS = 5e5


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


def measured_arms(data: Path, part: str) -> list[MeasuredArm]:
    """Arms of a part of the split that can be simulated, in the order of the table.

    Raises
    ------
    InputError
        The table is not there.
    KeyError
        There is no such part.
    """
    studies = split_of_part(part)
    mice = table(data, str(SURVIVAL_TABLE))
    arms = mice[mice["study"].isin(studies)].groupby(["study", "figure", "experiment"], sort=False)
    return [arm for _, animals in arms if (arm := _arm(animals)) is not None]


def _arm(animals: Any) -> MeasuredArm | None:
    first = animals.iloc[0]
    try:
        courses = tuple(_courses(first))
    except KeyError:
        return None
    cells = float(first["t0_cells_millions"])
    return MeasuredArm(
        study=first["study"],
        name=first["experiment"],
        line=str(first["cell_family"]),
        place=first["site"],
        strain=first["background"],
        cells=1e6 * cells if cells > 0.0 else _USUAL_CELLS,
        start_day=float(first["baseline_days"]),
        follow_up=max(float(first["tf_days"]), float(animals["day"].max())),
        courses=courses,
        days=tuple(float(day) for day in animals["day"]),
        died=tuple(bool(event) for event in animals["event"]),
    )


def _courses(row: Any) -> Iterator[Course]:
    """Courses of an arm; KeyError where one of them cannot be given."""
    for i in range(1, 5):
        treatment = row[f"treatment_{i}"]
        if not isinstance(treatment, str) or treatment == "Control":
            continue
        kind = "RT" if treatment == "RT" else _AGENTS[treatment]
        given, _ = corrected(row["study"], treatment, row[f"dose_{i}"], row[f"freq_{i}"])
        days = treatment_days(row, i, given["freq"])
        if not days or given["dose"] <= 0.0:
            raise KeyError(treatment)
        yield Course(kind, given["dose"] * (1.0 if kind == "RT" else _GRAMS), tuple(days))
