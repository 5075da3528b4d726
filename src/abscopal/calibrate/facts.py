"""Facts beside survival: rows of the battery on mice that are sourced, and the flagship effect, in every set.

Shares alive are left to the arms themselves. Rows from memory are no target.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abscopal import parameters
from abscopal.calibrate import levels
from abscopal.calibrate.ensemble import Floats
from abscopal.evidence.battery import BatteryRow, battery
from abscopal.parameters import Distribution
from abscopal.parameters.population import OF_LINE
from abscopal.scoring import battery as simulated

# Half of a range over its standard error, as if it held 80 % of what is plausible.
_HALF_RANGE = 1.28
_LEAST_ERROR = 0.02
# A wide range is no licence to miss it by much: largest standard error outside the range, of shares and inhibitions.
_LARGEST_ERROR_OF_SHARES = 0.08
_SHARES = ("alive", "cured", "inhibition")
# Measures that are ratios by nature: compared on the logarithmic scale.
_RATIOS = ("fold", "tcd50", "tcd50_ratio", "log_sd", "volume_ratio", "days_to_volume")
_FLOOR = 1e-3


@dataclass(frozen=True)
class Facts:
    """Rows, and their quantities in sets (sets, rows) on the scale of each, with centre and half width of the range."""

    rows: tuple[BatteryRow, ...]
    predicted: Floats
    centre: Floats
    half: Floats

    @property
    def error(self) -> Floats:
        """Standard error of each row, outside its range."""
        shares = np.array([row.measure in _SHARES for row in self.rows])
        usual = np.maximum(self.half / _HALF_RANGE, _LEAST_ERROR)
        return np.where(shares, np.minimum(usual, _LARGEST_ERROR_OF_SHARES), usual)

    @property
    def misfit(self) -> Floats:
        """Distance to the range in standard errors; inside it there is none."""
        nearest = np.clip(self.predicted, self.centre - self.half, self.centre + self.half)
        return (nearest - self.predicted) / self.error


def rows_wanted() -> tuple[BatteryRow, ...]:
    """Rows that calibrate: of mice, counted or of the flagship effect, and not a share alive or cured by a drug."""
    return tuple(
        row
        for row in battery().rows
        if parameters.host_of(row.line) == "mouse"
        and (row.flagship or (row.counted and not row.claim))
        and row.measure not in ("alive",)
    )


def facts(
    places: Floats,
    columns: Sequence[str],
    animals: int,
    seed: int,
    threads: int | None = None,
    rows: Sequence[BatteryRow] | None = None,
) -> Facts:
    """Every row, or some, in every set; sets, columns and seed as in `pool.MeasuredPool.simulate`."""
    rows = rows_wanted() if rows is None else tuple(rows)
    table = simulated.simulate(
        _table(places, columns, rows, seed), animals=animals, seed=seed, rows=[row.id for row in rows], threads=threads
    )
    ends = [(_scaled(row, np.array([row.low]))[0], _scaled(row, np.array([row.high]))[0]) for row in rows]
    centre, half = np.array([(b + a) / 2.0 for a, b in ends]), np.array([(b - a) / 2.0 for a, b in ends])
    found = np.stack([_scaled(row, table.loc[row.id].to_numpy(dtype=float)) for row in rows], axis=1)
    # What cannot be read (no animal reached the volume) is as far out as counts.
    return Facts(rows, np.where(np.isfinite(found), found, centre + 10.0 * half), centre, half)


def _scaled(row: BatteryRow, values: Floats) -> Floats:
    return np.log(np.maximum(values, _FLOOR)) if row.measure in _RATIOS else values


def _table(places: Floats, columns: Sequence[str], rows: Sequence[BatteryRow], seed: int) -> object:
    """The sets as a table of the catalogue's rows, with the widths between animals that each set has."""
    import pandas as pd

    shared, found = levels.shared_levels(), {}
    at = dict(zip(columns, places.T, strict=True))
    for name in levels.declared()["shared"]:
        found[name] = shared[name].at(at[name])
    for line in dict.fromkeys(row.line for row in rows):
        keys = {name: f"{name}{OF_LINE}{line}" for name in levels.line_levels(line)}
        effects = {
            name: level.at(levels.line_places(keys[name], at, len(places), seed))
            for name, level in levels.line_levels(line).items()
        }
        found.update({f"{line}.{name}": value for name, value in levels.with_quadratic(line, effects).items()})
    growth, immunity = (shared[name].at(at[name]) for name in (levels.GROWTH, levels.IMMUNITY))
    for name, item in parameters.shared().items():
        between = item.spread.between_subjects
        if between.varies(item.value) and name != levels.TAKE:
            factor = growth if name in levels.OF_GROWTH else immunity
            found[f"{name}:spread"] = widened(between, factor)
    return pd.DataFrame(found)


def widened(between: Distribution, factor: Floats) -> Floats:
    """Width of a distribution whose standard deviation on its own scale is multiplied."""
    if between.family == "lognormal":
        return np.sqrt(np.expm1((math.sqrt(math.log1p(between.width**2)) * factor) ** 2))
    return np.asarray(between.width * factor)
