"""What a calibration hands on: values and widths to be declared, and the places of its sets in them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.calibrate import levels
from abscopal.calibrate.ensemble import Floats
from abscopal.calibrate.levels import Level
from abscopal.parameters.population import OF_LINE, Population


@dataclass(frozen=True)
class Fitted:
    """One number of the population: median and uncertainty as a declaration has them, and what the data told.

    Attributes
    ----------
    contraction : 1 - s^2/s0^2, the variance that the data took away.
    places : place of every set in that uncertainty [standard deviations].
    """

    name: str
    value: float
    distribution: str
    width: float
    prior: float
    contraction: float
    places: Floats


def fitted(places: Floats, columns: Sequence[str]) -> Iterator[Fitted]:
    """Every number in the order of the columns."""
    for column, name in zip(places.T, columns, strict=True):
        level = level_of(name)
        mean, deviation = float(np.mean(column)), float(np.std(column))
        value = float(level.at(np.array(mean)))
        family, width = _declared(level, value, deviation)
        contraction = 1.0 - deviation**2
        yield Fitted(name, value, family, width, level.centre, contraction, (column - mean) / max(deviation, 1e-9))


def level_of(name: str) -> Level:
    """The level of a column."""
    base, _, line = name.partition(OF_LINE)
    return levels.line_levels(line)[base] if line else levels.shared_levels()[name]


def _declared(level: Level, value: float, deviation: float) -> tuple[str, float]:
    spread = level.width * deviation
    if level.scale == "log":
        return "lognormal", math.sqrt(math.expm1(spread**2))
    return ("logit", spread) if level.scale == "logit" else ("normal", abs(spread / value))


def files(places: Floats, columns: Sequence[str]) -> dict[str, str]:
    """`fitted.csv` and `population.csv`; factors on the spread of animals are declared, not drawn."""
    rows = list(fitted(places, columns))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["name", "value", "distribution", "uncertainty", "prior", "contraction"])
    for row in rows:
        numbers = (
            f"{row.value:.4g}",
            row.distribution,
            f"{row.width:.3g}",
            f"{row.prior:.4g}",
            f"{row.contraction:.2f}",
        )
        writer.writerow([row.name, *numbers])
    drawn = {row.name: tuple(row.places.tolist()) for row in rows if row.name not in (levels.GROWTH, levels.IMMUNITY)}
    return {"fitted.csv": table.getvalue(), "population.csv": Population(drawn).text()}
