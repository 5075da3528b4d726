"""One measured value, and all of a table: what was read of whom, when, with which censoring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import pandas as pd

# Censoring as population pharmacokinetics writes it: the true value is the one given, lies below it, or above it.
EXACT, BELOW, ABOVE = 0, 1, -1
# What a row may be: one animal's value, or a summary of a group.
VALUE = "value"
STATISTICS = (VALUE, "mean", "median", "geometric mean")
# The observable whose value is 1 where an animal died or reached its end point, 0 where it left alive.
DEATH = "death"
VOLUME = "volume"


@dataclass(frozen=True)
class Observation:
    """One row of a table of measurements.

    Attributes
    ----------
    arm : name of the study's arm.
    animal : name of the animal or patient; "" for a summary of a group.
    site : name of the tumour's site; "" where the observable belongs to none or to the only one.
    day : on the study's clock [d].
    observable : `volume` [mm3], `death`, or another output of the model.
    value : in the unit of the observable.
    censoring : `EXACT`, `BELOW` (the true value is below `value`) or `ABOVE`.
    lower : lower end of an interval whose upper end is `value`; None where there is none.
    statistic : `value`, or which summary of a group it is.
    sd : standard deviation between the animals of a summary, in the unit of the observable; None where unknown.
    n : animals behind the row.
    line : line of the file, from 1.
    """

    arm: str
    animal: str
    site: str
    day: float
    observable: str
    value: float
    censoring: int = EXACT
    lower: float | None = None
    statistic: str = VALUE
    sd: float | None = None
    n: int = 1
    line: int | None = None

    @property
    def is_summary(self) -> bool:
        """Whether it summarises a group rather than one animal."""
        return self.statistic != VALUE


@dataclass(frozen=True)
class Measurements:
    """All rows of a table, with what was assumed while reading it.

    Attributes
    ----------
    rows : in the order of the file.
    remarks : what was understood rather than read (aliases, decimal commas, volumes of 0), in sentences for the user.
    name : name of the file.
    """

    rows: tuple[Observation, ...]
    remarks: tuple[str, ...] = ()
    name: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self.rows)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the order of the file."""
        return tuple(dict.fromkeys(row.arm for row in self.rows))

    def animals(self, arm: str) -> tuple[str, ...]:
        """Names of an arm's animals, in the order of the file; without group summaries."""
        return tuple(dict.fromkeys(row.animal for row in self.rows if row.arm == arm and row.animal))

    def of(self, observable: str, site: str | None = None) -> Measurements:
        """The rows of one observable, at one site if given."""
        chosen = (r for r in self.rows if r.observable == observable and site in (None, r.site))
        return replace(self, rows=tuple(chosen))

    def frame(self) -> pd.DataFrame:
        """The rows as a table, one column per attribute of `Observation`."""
        names = [f.name for f in fields(Observation)]
        return pd.DataFrame([[getattr(row, name) for name in names] for row in self.rows], columns=names)
