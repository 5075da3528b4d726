"""Parameter sets for the battery: those of a table, whose columns are rows of the catalogue, or the plausible ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from abscopal import cohort, parameters
from abscopal.errors import InputError, unknown_name
from abscopal.parameters import Parameter, ParameterSet
from abscopal.parameters.distribution import AROUND
from abscopal.parameters.population import Population, shipped
from abscopal.scoring.parameter_sets import plausible_medians
from abscopal.statistics.accuracy import Floats
from abscopal.study import Study

# Ends of the columns that set how much animals differ: the width of one parameter, or a factor on all widths.
SPREAD = ":spread"
EVERY = "*"
_KINDS = ("species", "classes", "lines", "agents", "products", "antigens")


class SetSource(Protocol):
    """Parameter sets that know their values in any study."""

    @property
    def names(self) -> Sequence[Any]:
        """Name of each set."""
        ...

    def part(self, numbers: Sequence[int]) -> SetSource:
        """The sets at these positions."""
        ...

    def medians(self, study: Study, declared: ParameterSet) -> Floats:
        """Values of the median subject of each set (sets, parameters)."""
        ...

    def widths(self, declared: ParameterSet) -> Floats:
        """Width of the distribution between subjects of each set (sets, parameters)."""
        ...


def declared_widths(declared: ParameterSet) -> Floats:
    """Width of the distribution between subjects of each parameter."""
    return np.array([item.spread.between_subjects.width for item in declared.values()])


@dataclass(frozen=True)
class PlausibleSets:
    """The plausible sets of the score, without the factors of one laboratory: a published range is of several."""

    numbers: tuple[int, ...]
    seed: int = 1
    population: Population | None = None

    @property
    def names(self) -> tuple[int, ...]:
        """Their numbers."""
        return self.numbers

    def part(self, numbers: Sequence[int]) -> PlausibleSets:
        """The sets at these positions."""
        return replace(self, numbers=tuple(self.numbers[i] for i in numbers))

    def medians(self, study: Study, declared: ParameterSet) -> Floats:
        """Values of the median subject of each set (sets, parameters)."""
        return plausible_medians(declared, self.numbers, None, self.seed, self.population, study.tumour)

    def widths(self, declared: ParameterSet) -> Floats:
        """The declared widths."""
        return np.tile(declared_widths(declared), (len(self.numbers), 1))


def shipped_sets(sets: int, seed: int = 1) -> PlausibleSets:
    """The first sets of the shipped population."""
    return PlausibleSets(tuple(range(sets)), seed, shipped())


class GivenSets:
    """Sets of a table: one row a set, one column a row of the parameter catalogue.

    A column is `NAME`, the shared value of a parameter; `ENTRY.NAME`, the value that a species, class, tumour line,
    drug or product has of its own (`CT26.doubling_time`, `cold.antigenicity`, `human.cd8_precursors`); `NAME:spread`,
    the width of the distribution between subjects; or `*:spread`, a factor on all widths. As in the catalogue a shared
    value holds where no entry declares its own, and what a species has so many times of follows the shared value.

    Raises
    ------
    InputError
        Names every column that the catalogue does not have, with the nearest names.
    """

    def __init__(self, table: Any) -> None:
        self._table = table
        problems = [problem for column in table.columns for problem in _column_problems(str(column))]
        if problems:
            raise InputError(problems)

    @property
    def names(self) -> Sequence[Any]:
        """The index of the table."""
        return list(self._table.index)

    def part(self, numbers: Sequence[int]) -> GivenSets:
        """The sets at these positions."""
        return GivenSets(self._table.iloc[list(numbers)])

    def medians(self, study: Study, declared: ParameterSet) -> Floats:
        """Values of the median subject of each set (sets, parameters)."""
        values = np.tile([item.value for item in declared.values()], (len(self._table), 1))
        levels = list(_levels(study))
        for column, (name, item) in enumerate(declared.items()):
            given = self._given(name, levels, study.host.species)
            if given is not None:
                values[:, column] = np.clip(given, *item.bounds)
        return values

    def _given(self, name: str, levels: Sequence[parameters.Entry], species: str) -> Floats | None:
        """What the table says of a parameter of the model, or None where the declared value holds."""
        base, _, place = name.partition("@")
        there = self._table.columns
        found = self._column(base) if base in there else None
        for entry in (*levels, *_entry_at(place)):
            scaled = entry.about.get("scaled")
            if found is not None and scaled and base in scaled["parameters"]:
                found = float(scaled["factor"]) * found
            if base in entry.values or base in entry.by_species.get(species, {}):
                found = None
            if f"{entry.name}.{base}" in there:
                found = self._column(f"{entry.name}.{base}")
        return found

    def _column(self, name: str) -> Floats:
        return np.asarray(self._table[name], dtype=float)

    def widths(self, declared: ParameterSet) -> Floats:
        """Width of the distribution between subjects of each set (sets, parameters)."""
        widths = np.tile(declared_widths(declared), (len(self._table), 1))
        there = self._table.columns
        if f"{EVERY}{SPREAD}" in there:
            widths *= self._column(f"{EVERY}{SPREAD}")[:, None]
        for column, name in enumerate(declared):
            key = f"{name.partition('@')[0]}{SPREAD}"
            if key in there:
                widths[:, column] = self._column(key)
        return widths


def _levels(study: Study) -> Iterator[parameters.Entry]:
    """Entries of the catalogue that replace shared values in a study, the strongest last."""
    yield parameters.entry("species", study.host.species)
    chain = [parameters.line(study.tumour)]
    while chain[-1].inherits:
        above = chain[-1].inherits
        if above in parameters.names("classes"):
            yield parameters.entry("classes", above)
            break
        chain.append(parameters.line(above))
    yield from reversed(chain)


def _entry_at(place: str) -> Iterator[parameters.Entry]:
    for kind in ("agents", "products", "antigens"):
        if place in parameters.names(kind):
            yield parameters.entry(kind, place)


def _column_problems(column: str) -> Iterator[Any]:
    name = column.removesuffix(SPREAD)
    if name == EVERY and column.endswith(SPREAD):
        return
    entry, _, base = name.rpartition(".")
    known = {item for kind in _KINDS for item in parameters.names(kind)}
    if entry and entry not in known:
        yield unknown_name("entry of the catalogue", entry, known, key=f"column {column!r}")
    if base not in parameters.shared():
        yield unknown_name("parameter", base, parameters.shared(), key=f"column {column!r}")


def subjects_of(
    declared: ParameterSet, medians: Floats, widths: Floats, seed: int, subjects: int, stream: str = ""
) -> Floats:
    """Values of the subjects of every set (sets x subjects, parameters).

    All sets have the same subjects, those of a study's own cohort of this seed: sets differ by their parameters only.
    """
    values = np.repeat(medians[:, None, :], subjects, axis=1)
    for column, (name, item) in enumerate(declared.items()):
        usual = item.spread.between_subjects
        if widths[:, column].any() or usual.family not in (*AROUND, "fixed"):
            normals = cohort.standard_normals(seed, f"{stream}/{item.stream or name}", subjects)
            values[..., column] = _between(item, medians[:, column], widths[:, column], normals)
    return values.reshape(-1, len(declared))


def _between(item: Parameter, medians: Floats, widths: Floats, normals: Floats) -> Floats:
    """Values of subjects (sets, subjects) about the median of each set."""
    usual = item.spread.between_subjects
    found = np.repeat(medians[:, None], len(normals), axis=1)
    if usual.family in AROUND:
        about = {width: replace(usual, width=float(width)) for width in np.unique(widths)}
        for row in np.flatnonzero((widths > 0.0) & (medians != 0.0)).tolist():
            found[row] = about[widths[row]].at(float(medians[row]), normals)
    else:
        for row, median in enumerate(medians.tolist()):
            found[row] = item.with_value(float(median), item.source).spread.between_subjects.at(float(median), normals)
    return np.asarray(np.clip(found, *item.bounds))
