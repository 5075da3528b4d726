"""Measured values beside what was simulated: which readout a row is of, and how many lie among the animals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.measurements import ABOVE, BELOW, Measurements, Observation, by_arm
from abscopal.results.trajectories import QUANTILES

if TYPE_CHECKING:
    from abscopal.results.result import Result
    from abscopal.results.trajectories import Readout

# The band that growth figures draw, by its place in QUANTILES.
_LOW, _HIGH = 0, len(QUANTILES) - 1


@dataclass(frozen=True)
class Inside:
    """Of how many measured values of single animals the 5 to 95 % of simulated ones hold how many."""

    count: int
    of: int


def measured_rows(given: Measurements | None, readout: Readout, arm: str, site: str) -> list[Observation]:
    """The rows of a readout in an arm, at a site; of a readout of the body wherever it is measured."""
    if given is None:
        return []
    if readout.per_site:
        return [r for r in given if r.arm == arm and r.observable == readout.name and r.site == site]
    return [r for r in given if r.arm == arm and f"{r.site}_{r.observable}" == readout.name]


def inside(result: Result) -> Inside:
    """How many measured values of animals lie between the 5 and 95 % quantiles of the simulated ones on their day.

    A censored value counts if what it may be overlaps them. Days that are not simulated are left out.
    """
    t, given = result.trajectories, result.metadata.measured
    count = of = 0
    for readout in t.readouts:
        for a, arm in enumerate(t.arms):
            for s, site in enumerate(t.sites if readout.per_site else t.sites[:1]):
                rows = [r for r in measured_rows(given, readout, arm, site) if not r.is_summary]
                rows = [r for r in rows if t.time_days[0] <= r.day <= t.time_days[-1]]
                if not rows:
                    continue
                quantiles = t.quantiles(readout.name)[:, a, s] if readout.per_site else t.quantiles(readout.name)[:, a]
                days = [row.day for row in rows]
                low, high = (np.interp(days, t.time_days, quantiles[q]) for q in (_LOW, _HIGH))
                least = np.array([-np.inf if r.censoring == BELOW and r.lower is None else _least(r) for r in rows])
                most = np.array([np.inf if r.censoring == ABOVE else r.value for r in rows])
                count += int(((least <= high) & (most >= low)).sum())
                of += len(rows)
    return Inside(count, of)


def _least(row: Observation) -> float:
    return row.value if row.lower is None else row.lower


def measured_summary(result: Result) -> dict[str, Any] | None:
    """What was measured, for summary.json; None where no data were given."""
    given = result.metadata.measured
    if given is None:
        return None
    found = inside(result)
    return {
        "file": given.name,
        "values": len(given),
        "arms": by_arm(given),
        "remarks": list(given.remarks),
        "inside_simulated_90": {"count": found.count, "of": found.of},
    }


def measured_sentence(result: Result) -> str:
    """One sentence on the measured values beside the simulated ones; "" where no data were given."""
    given = result.metadata.measured
    if given is None:
        return ""
    found, animals = inside(result), sum(len(given.animals(arm)) for arm in given.arms)
    told = f"{given.name}: {len(given)} measured values of {len(given.arms)} arms"
    told += f" and {animals} animals" if animals else ""
    if found.of:
        told += f"; {found.count} of {found.of} values of animals lie within the 5 to 95 % of the simulated ones"
    return told + "."
