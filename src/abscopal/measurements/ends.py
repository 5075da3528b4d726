"""When measured animals left their experiment, and why: what a step curve of them is drawn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from abscopal.measurements.observation import BELOW, DEATH, VOLUME, Measurements, Observation

# Whose volume a limit is about, where it is no site: the largest tumour of an animal, or all of them together.
ANY, TOTAL = "any", "total"


def ends_of_animals(
    given: Measurements, arm: str, limit_mm3: float, of: str = ANY
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The last day of every measured animal of an arm, and whether it ended there.

    An animal ends on the day of its death, or on the first day on which its volume is measured at the limit or above;
    one that does neither is censored on its last day. Group summaries have no animals.

    Parameters
    ----------
    limit_mm3 : volume at which animals are taken out [mm3].
    of : `any` site, the `total` of all sites, or the name of a site.

    Returns
    -------
    days : array (animals,) on the study's clock [d].
    ended : array (animals,), True for a death or a volume at the limit.
    """
    rows: dict[str, list[Observation]] = defaultdict(list)
    for row in given:
        if row.arm == arm and row.animal:
            rows[row.animal].append(row)
    ends = [_end(own, limit_mm3, of) for own in rows.values()]
    days = np.array([day for day, _ in ends], dtype=np.float64)
    return days, np.array([ended for _, ended in ends], dtype=np.bool_)


def _end(rows: Sequence[Observation], limit_mm3: float, of: str) -> tuple[float, bool]:
    left = [row for row in rows if row.observable == DEATH]
    days = [row.day for row in left if row.value == 1.0]
    days += [day for day, volume in _volumes(rows, of).items() if volume >= limit_mm3]
    if days:
        return min(days), True
    return min((row.day for row in left), default=max(row.day for row in rows)), False


def _volumes(rows: Sequence[Observation], of: str) -> dict[float, float]:
    """Day -> the volume that the limit is about; a volume below a limit of detection is not at the limit."""
    by_day: dict[float, list[float]] = defaultdict(list)
    for row in rows:
        if row.observable == VOLUME and row.censoring != BELOW and of in (ANY, TOTAL, row.site):
            by_day[row.day].append(row.value)
    return {day: sum(values) if of == TOTAL else max(values) for day, values in by_day.items()}
