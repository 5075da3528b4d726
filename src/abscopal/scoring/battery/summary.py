"""The battery held against its published ranges: median and 80 % interval over parameter sets, and the totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abscopal.evidence.battery import Battery, Row, battery


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

    row: Row
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
    flagship : share of the sets with every row of the flagship effect in its range; None where a row was not simulated.
    """

    counted: int
    by_median: int
    by_interval: int
    flagship: float | None


def summarise(values: Any, of: Battery | None = None) -> list[RowSummary]:
    """Every simulated row against its range.

    Parameters
    ----------
    values : table of row id by set, of `simulate`.
    of : another battery.
    """
    whole = of or battery()
    return [_summary(whole.row(name), np.asarray(values.loc[name], dtype=float)) for name in values.index]


def within(row: Row, values: Any) -> Any:
    """Whether values lie in the published range of a row, ends included."""
    return (values >= row.low) & (values <= row.high)


def _summary(row: Row, values: Any) -> RowSummary:
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
        bool(within(row, median)),
        bool(low <= row.high and high >= row.low),
        float(np.mean(within(row, known))),
        float(np.mean(np.isnan(values))),
    )


def totals(summaries: Sequence[RowSummary], values: Any) -> Totals:
    """Totals over the counted rows, and the share of the sets with the flagship effect."""
    counted = [one for one in summaries if one.row.counted]
    flagship = [one.row for one in summaries if one.row.flagship]
    share = None
    if flagship:
        met = np.all([within(row, np.asarray(values.loc[row.id], dtype=float)) for row in flagship], axis=0)
        share = float(np.mean(met))
    return Totals(
        len(counted),
        sum(one.in_range for one in counted),
        sum(one.interval_meets for one in counted),
        share,
    )
