"""The calibrated population: plausible joint values of the parameters that were fitted.

A row holds, per calibrated parameter, its place in its uncertainty in standard deviations: 0 is the median, of a
parameter with a lognormal, normal or logit distribution the declared value.
So a row fits every tumour line, whatever value the line declares. A column `parameter|line` holds the effect of one
line, which was fitted together with what all lines share. All other parameters keep their uncertainty.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

FILE = "population.csv"
# Joins the name of a parameter and a line: the effect of that line alone.
OF_LINE = "|"


@dataclass(frozen=True)
class Population:
    """Plausible sets.

    Attributes
    ----------
    places : calibrated parameter -> its place in its spread in each row [standard deviations].
    """

    places: Mapping[str, tuple[float, ...]]

    def __len__(self) -> int:
        return len(next(iter(self.places.values())))

    def of(self, parameter: str, line: str) -> tuple[float, ...] | None:
        """Places of a parameter in studies of a line; None where it was not calibrated."""
        return self.places.get(f"{parameter}{OF_LINE}{line}", self.places.get(parameter))

    @property
    def shared(self) -> frozenset[str]:
        """Calibrated parameters that all lines share."""
        return frozenset(name for name in self.places if OF_LINE not in name)

    @property
    def of_lines(self) -> frozenset[str]:
        """Parameters that are effects of lines; those of a line without data are not known."""
        return frozenset(name.partition(OF_LINE)[0] for name in self.places if OF_LINE in name)

    def text(self) -> str:
        """The population as the text of its file."""
        names = sorted(self.places)
        rows = zip(*(self.places[name] for name in names), strict=True)
        return "\n".join([",".join(names), *(",".join(f"{place:.3f}" for place in row) for row in rows)]) + "\n"


def parse_population(text: str) -> Population:
    """A population from the text of its file. Raises ValueError where it is not one."""
    rows = list(csv.DictReader(text.splitlines()))
    if not rows:
        raise ValueError("a population needs a line of parameter names and at least one row")
    return Population({name: tuple(float(row[name]) for row in rows) for name in rows[0]})


@cache
def shipped() -> Population | None:
    """The population of this version, or None if it is not calibrated."""
    file = resources.files("abscopal.parameters").joinpath("data", FILE)
    return parse_population(file.read_text(encoding="utf-8")) if file.is_file() else None
