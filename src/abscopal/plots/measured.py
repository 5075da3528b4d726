"""Measured values as lines and marks: shared by paper figures and the report."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abscopal.measurements import ABOVE, BELOW, EXACT, Observation, ends_of_animals
from abscopal.results.measured import measured_rows
from abscopal.statistics.survival import KaplanMeier, kaplan_meier

if TYPE_CHECKING:
    from abscopal.results import Result
    from abscopal.results.trajectories import Readout

# What the figures say of their marks, in one place.
LEGEND = (
    "Measured: a thin line and dots for each animal; squares with bars for means of a group with their standard "
    "deviation; open triangles for values known only to lie below (▽) or above (△)."
)


@dataclass(frozen=True)
class Marks:
    """Places of marks: days [d] and values, with the reach of a bar to each side or NaN."""

    days: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    reach: tuple[float, ...] = ()


@dataclass(frozen=True)
class MeasuredCurves:
    """What was measured of one readout in one arm at one place.

    Attributes
    ----------
    animals : a line for each animal with more than one value: its days and values.
    exact, below, above : values of animals, and of groups where they are censored.
    groups : summaries of groups, with their standard deviation.
    """

    animals: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    exact: Marks
    below: Marks
    above: Marks
    groups: Marks

    @property
    def highest(self) -> float:
        """The largest value."""
        parts = (self.exact, self.below, self.above, self.groups)
        return max((v for part in parts for v in part.values), default=-math.inf)


def measured_curves(result: Result, readout: Readout | str, arm: str, site: str) -> MeasuredCurves | None:
    """Lines and marks of a readout in an arm at a site, or of the body; None where nothing was measured."""
    chosen = result.trajectories.readout(readout) if isinstance(readout, str) else readout
    rows = measured_rows(result.metadata.measured, chosen, arm, site)
    if not rows:
        return None
    by_animal: dict[str, list[Observation]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: r.day):
        if row.animal:
            by_animal[row.animal].append(row)
    lines = [(tuple(r.day for r in own), tuple(r.value for r in own)) for own in by_animal.values() if len(own) > 1]
    return MeasuredCurves(
        tuple(lines),
        _marks([r for r in rows if not r.is_summary and r.censoring == EXACT]),
        _marks([r for r in rows if r.censoring == BELOW]),
        _marks([r for r in rows if r.censoring == ABOVE]),
        _marks([r for r in rows if r.is_summary and r.censoring == EXACT]),
    )


def _marks(rows: Sequence[Observation]) -> Marks:
    reach = tuple(math.nan if r.sd is None else r.sd for r in rows)
    return Marks(tuple(r.day for r in rows), tuple(r.value for r in rows), reach)


def measured_survival(result: Result, arm: str) -> KaplanMeier | None:
    """Step curve of the measured animals of an arm to the study's volume limit or their death; None without any."""
    rule, given = result.metadata.survival, result.metadata.measured
    if rule is None or given is None or not given.animals(arm):
        return None
    return kaplan_meier(*ends_of_animals(given, arm, rule.volume_limit_mm3, rule.of))
