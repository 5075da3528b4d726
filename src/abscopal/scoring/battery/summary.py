"""The battery held against its published ranges: median and 80 % interval over parameter sets, and the totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abscopal.evidence.battery import MEASURES, Battery, BatteryRow, battery


@dataclass(frozen=True)
class RowSummary:
    """One row in all sets.

    Attributes
    ----------
    median, low, high : median and 80 % interval over the sets, in the unit of the row.
    in_range : whether the median lies in the published range.
    interval_meets : whether the 80 % interval has a value in the published range.
    share : share of the sets whose value lies in the range.
    unsolved : share of the sets in which no subject could be solved.
    """

    row: BatteryRow
    median: float
    low: float
    high: float
    in_range: bool
    interval_meets: bool
    share: float
    unsolved: float


@dataclass(frozen=True)
class Totals:
    """Counted rows: how many there are, are in range by the median, and are met by the 80 % interval.

    Attributes
    ----------
    mean_share : mean over the counted rows of the share of the sets in range: an interval that covers everything meets
        every range, and says little.
    flagship : share of the sets with every row of the flagship effect in its range; None where a row was not simulated.
    """

    counted: int
    by_median: int
    by_interval: int
    mean_share: float
    flagship: float | None


def summarise(values: Any, animals: int, of: Battery | None = None) -> list[RowSummary]:
    """Every simulated row against its range.

    Parameters
    ----------
    values : table of row id by set, of `simulate`.
    animals : subjects per arm with which it was simulated.
    of : another battery.
    """
    whole = of or battery()
    return [_summary(whole.row(name), np.asarray(values.loc[name], dtype=float), animals) for name in values.index]


def ends(row: BatteryRow, animals: int) -> tuple[float, float]:
    """Ends of the published range as so many simulated subjects resolve them: a share to half a subject."""
    half = 0.5 / animals if MEASURES[row.measure].of_subjects else 0.0
    return row.low - half, row.high + half


def within(row: BatteryRow, values: Any, animals: int) -> Any:
    """Whether values lie in the published range of a row, ends included."""
    low, high = ends(row, animals)
    return (values >= low) & (values <= high)


def _summary(row: BatteryRow, values: Any, animals: int) -> RowSummary:
    known = values[~np.isnan(values)]
    if not known.size:
        return RowSummary(row, np.nan, np.nan, np.nan, False, False, 0.0, 1.0)
    # Nearest ranks: a value may be infinite, between which there is nothing.
    low, median, high = (float(np.quantile(known, q, method="inverted_cdf")) for q in (0.1, 0.5, 0.9))
    return RowSummary(
        row,
        median,
        low,
        high,
        bool(within(row, median, animals)),
        bool(low <= ends(row, animals)[1] and high >= ends(row, animals)[0]),
        float(np.mean(within(row, known, animals))),
        float(np.mean(np.isnan(values))),
    )


def totals(summaries: Sequence[RowSummary], values: Any, animals: int) -> Totals:
    """Totals over the counted rows, and the share of the sets with the flagship effect."""
    counted = [one for one in summaries if one.row.counted]
    flagship = [one.row for one in summaries if one.row.flagship]
    share = None
    if flagship:
        met = np.all([within(row, np.asarray(values.loc[row.id], dtype=float), animals) for row in flagship], axis=0)
        share = float(np.mean(met))
    return Totals(
        len(counted),
        sum(one.in_range for one in counted),
        sum(one.interval_meets for one in counted),
        float(np.mean([one.share for one in counted])) if counted else 0.0,
        share,
    )
