"""Rows of a table of measurements as terms of the likelihood: what each became, and why one is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.measurements import ABOVE, BELOW, Measurements, Observation
from abscopal.measurements.observation import DEATH, VOLUME
from abscopal.regimen import site_place
from abscopal.simulation import Prepared
from abscopal.simulation.trajectories import readout_places
from abscopal.storage.packaged import read_yaml

LEFT_OUT = "left out"
SUMMARIES = ("mean", "median", "geometric mean")
ROLES = ("exact", "below", "above", "interval", "death", "alive", *SUMMARIES)
# Words of `endpoints.survival.of` that are no site.
_ANY, _TOTAL = "any", "total"


@cache
def declared(name: str) -> float:
    """A number of `data/errors.yaml`."""
    return float(read_yaml("abscopal.fitting", "errors.yaml")[name]["value"])


@dataclass(frozen=True)
class FitRow:
    """One row of the table as a term of the likelihood.

    Attributes
    ----------
    observation : as it was read.
    role : one of `ROLES`, or `LEFT_OUT`.
    why : what it became, in a sentence.
    outputs : outputs of the model that it tells of; of a death several, whose sum or largest one is limited.
    total : whether the outputs are added.
    before : day at which an animal that died was still there [d].
    """

    observation: Observation
    role: str
    why: str
    outputs: tuple[str, ...] = ()
    total: bool = False
    before: float = 0.0

    @property
    def output(self) -> str:
        """The output it tells of, or the first of several."""
        return self.outputs[0] if self.outputs else ""

    @property
    def used(self) -> bool:
        """Whether it is a term of the likelihood."""
        return self.role != LEFT_OUT

    @property
    def is_summary(self) -> bool:
        """Whether it tells of a group."""
        return self.observation.is_summary

    @property
    def series(self) -> str:
        """Whom it tells of: an animal, or a series of summaries of an arm."""
        o = self.observation
        return (
            f"{o.statistic} of {o.observable} {o.site} in {o.arm}".replace("  ", " ") if self.is_summary else o.animal
        )


_WHY = {
    "exact": "a value with its error",
    "below": "below what is seen: the probability of a value below it",
    "above": "above what is seen: the probability of a value above it",
    "interval": "between two values: the probability of the interval",
    "death": "reached the limit between day {before:g} and day {day:g}",
    "alive": "had not reached the limit by day {day:g}",
    "mean": "a mean of {n} animals, by the sampling law of the mean",
    "median": "a median of {n} animals, by the sampling law of the median",
    "geometric mean": "a geometric mean of {n} animals, by the sampling law of their logarithms",
}


def rows_of(prepared: Prepared, table: Measurements) -> tuple[FitRow, ...]:
    """Every row of a table, in its order.

    Raises
    ------
    InputError
        An observable or its site is none of the model, a value is zero or less, or the table says nothing that can be
        used; all faults at once.
    """
    problems: list[Problem] = []
    gap = _measurement_gap(table)
    first = [_row(prepared, observation, gap, problems) for observation in table]
    if problems:
        raise InputError(problems, table.name)
    rows = tuple(_ended(prepared, first))
    if not any(row.used for row in rows):
        message = "no row of the table can be used"
        raise InputError(Problem(message, advice=f"the first is left out because {first[0].why}"), table.name)
    return rows


def _row(prepared: Prepared, observation: Observation, gap: float, problems: list[Problem]) -> FitRow:
    if observation.observable == DEATH:
        return _death(prepared, observation, gap)
    output = _output(prepared, observation, problems)
    role = _role(observation)
    if observation.value <= 0.0 and role != "below":
        advice = "give the smallest value that is seen, with cens 1"
        problems.append(Problem(f"a value of {observation.value:g}", "value", observation.line, "more than 0", advice))
    why = _WHY[role].format(n=observation.n)
    if output and observation.day < _inoculated(prepared, output):
        return FitRow(observation, LEFT_OUT, "it lies before its site was inoculated", (output,))
    return FitRow(observation, role, why, (output,))


def _role(observation: Observation) -> str:
    if observation.lower is not None and observation.censoring != ABOVE:
        return "interval"
    exact = observation.statistic if observation.is_summary else "exact"
    return {BELOW: "below", ABOVE: "above"}.get(observation.censoring, exact)


def _output(prepared: Prepared, observation: Observation, problems: list[Problem]) -> str:
    """The output that an observable means: by its own name and place, or as the readout of that name."""
    names = [name for name, _ in prepared.model.system.outputs]
    for place in (observation.site, site_place(observation.site) if observation.site else ""):
        if f"{observation.observable}@{place}" in names:
            return f"{observation.observable}@{place}"
    readouts = readout_places(prepared.model)
    places = readouts.get(observation.observable, ())
    known = [output for output in places if output in names]
    if len(known) == 1:
        return known[0]
    if not places:
        problems.append(unknown_name("observable", observation.observable, readouts, "observable", observation.line))
    else:
        message = f"{observation.observable} of which site?" if len(known) > 1 else "no arm changes this readout"
        problems.append(Problem(message, "site", observation.line, advice="add a column `site`, or drop the row"))
    return ""


def _inoculated(prepared: Prepared, output: str) -> float:
    place = output.partition("@")[2]
    days = [site.inoculated_day for site in prepared.study.sites if site_place(site.name) == place]
    return days[0] if days else -np.inf


def _death(prepared: Prepared, observation: Observation, gap: float) -> FitRow:
    survival = prepared.study.endpoints.survival
    sites = [s.name for s in prepared.study.sites if survival.of in (_ANY, _TOTAL, s.name)]
    outputs = tuple(f"volume@{site_place(name)}" for name in sites)
    role = "death" if observation.value == 1.0 else "alive"
    before = observation.day - gap
    why = _WHY[role].format(before=before, day=observation.day)
    return FitRow(observation, role, why, outputs, survival.of == _TOTAL, before)


def _measurement_gap(table: Measurements) -> float:
    """Median days between two measurements of volume in the same arm [d]."""
    gaps: list[float] = []
    for arm in table.arms:
        days = sorted({row.day for row in table if row.arm == arm and row.observable == VOLUME})
        gaps += [after - before for before, after in pairwise(days)]
    return float(np.median(gaps)) if gaps else declared("measurement_gap")


def _ended(prepared: Prepared, rows: Sequence[FitRow]) -> Iterator[FitRow]:
    """The rows with those left out that come after an animal has passed the limit or a group has lost one."""
    limit = prepared.study.endpoints.survival.volume_limit_mm3
    over = _first_days(rows, lambda row: row.observation.observable == VOLUME and row.observation.value >= limit)
    most = _most_animals(rows)
    lost = _first_days(rows, lambda row: row.observation.n < most[_key(row)])
    last = _last_volumes(rows)
    for row in rows:
        o, key = row.observation, _key(row)
        if not row.used:
            yield row
        elif row.is_summary and o.day >= lost.get(key, np.inf):
            yield _out(row, f"its group had lost animals: fewer than {most[key]} are behind it")
        elif o.observable == VOLUME and o.day > over.get(key, np.inf):
            yield _out(row, f"it lies after the volume passed the limit of {limit:g} mm3 on day {over[key]:g}")
        elif row.role in ("death", "alive") and (o.arm, o.animal) in last:
            yield _death_beside_volumes(row, last[o.arm, o.animal], limit)
        else:
            yield row


def _death_beside_volumes(row: FitRow, last: Observation, limit: float) -> FitRow:
    """The volumes of an animal say all that its removal could; one that was small was removed for another reason."""
    if row.role == "death" and last.value < declared("other_reason_share") * limit:
        return _out(row, f"its last volume was {last.value:g} mm3, so that it left for another reason: censored there")
    return _out(row, "its measured volumes tell when it reached the limit")


def _out(row: FitRow, why: str) -> FitRow:
    return replace(row, role=LEFT_OUT, why=why)


def _key(row: FitRow) -> tuple[str, str, str, str]:
    o = row.observation
    return (o.arm, row.series, o.observable, o.site)


def _first_days(rows: Sequence[FitRow], condition: Callable[[FitRow], bool]) -> dict[tuple[str, str, str, str], float]:
    found: dict[tuple[str, str, str, str], float] = {}
    for row in rows:
        if row.used and condition(row):
            key = _key(row)
            found[key] = min(found.get(key, np.inf), row.observation.day)
    return found


def _most_animals(rows: Sequence[FitRow]) -> Mapping[tuple[str, str, str, str], int]:
    most: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        most[_key(row)] = max(most.get(_key(row), 0), row.observation.n)
    return most


def _last_volumes(rows: Sequence[FitRow]) -> dict[tuple[str, str], Observation]:
    last: dict[tuple[str, str], Observation] = {}
    for row in rows:
        o = row.observation
        if row.used and o.observable == VOLUME and not row.is_summary:
            known = last.get((o.arm, o.animal))
            if known is None or (o.day, o.value) > (known.day, known.value):
                last[o.arm, o.animal] = o
    return last
