"""How many cells each tumour starts from, beside the number that the study types."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import FloatArray, Settings
from abscopal.simulation.subjects import given_subjects, settled_cells

# A start volume that needs more than this many times the typed cells, or fewer than one in as many, is told.
TOLD_FACTOR = 3.0


@dataclass(frozen=True)
class Inoculum:
    """The start of one tumour.

    Attributes
    ----------
    typed : cells inoculated, as the study says [cells].
    simulated : cells from which the trajectory of the median subject starts [cells]; NaN where none could be so.
    """

    site: str
    typed: float
    simulated: float

    @property
    def factor(self) -> float:
        """Cells simulated over cells typed."""
        return self.simulated / self.typed

    @property
    def told(self) -> bool:
        """Whether the factor is worth a warning."""
        return math.isfinite(self.factor) and abs(math.log(max(self.factor, 1e-300))) > math.log(TOLD_FACTOR)


def of_the_median_subject(prepared: Prepared) -> tuple[Inoculum, ...]:
    """The start of every tumour in a subject with all parameters at their declared values, in the control arm."""
    medians = np.array([[p.value for p in prepared.declared.values()]])
    changes = prepared.study.host_changes(prepared.study.control)
    subjects = given_subjects(prepared, medians, changes, Settings(threads=1))
    cells = settled_cells(prepared, subjects.values)
    return inocula(prepared, np.where(subjects.possible[:, None], cells, np.nan))


def inocula(prepared: Prepared, cells: FloatArray) -> tuple[Inoculum, ...]:
    """The start of every tumour from the settled cells of a cohort (subjects, sites), at its median."""
    some = np.isfinite(cells).all(axis=1)
    middle = np.median(cells[some], axis=0) if some.any() else np.full(cells.shape[1], np.nan)
    sites = prepared.study.sites
    return tuple(Inoculum(s.name, s.inoculum_cells, float(m)) for s, m in zip(sites, middle, strict=True))


def notes(prepared: Prepared, found: Sequence[Inoculum]) -> tuple[str, ...]:
    """A warning for every tumour that cannot start, or starts from far more or fewer cells than typed."""
    if prepared.has_tumour_by_diagnosis:  # a patient is drawn anew until the tumour fits
        return ()
    impossible = tuple(
        f"{item.site}: no number of cells gives the start volume on its day in the median subject; check the start "
        "volume, its day, the day of inoculation and the line"
        for item in found
        if not math.isfinite(item.simulated)
    )
    return impossible + tuple(
        f"{item.site}: {item.simulated:.2g} cells are simulated where {item.typed:.2g} are typed "
        f"(x {item.factor:.2g}), so that a start volume is reached on its day; check the inoculum, its day and the line"
        for item in found
        if item.told
    )
