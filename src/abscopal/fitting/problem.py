"""A fit before it is computed: rows, parameters and animals of a study, with what was understood of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from abscopal import cohort
from abscopal.errors import InputError, Problem
from abscopal.fitting.error_law import ErrorLaw
from abscopal.fitting.estimated import AUTO, Estimated, FitChoice, chosen, error_parameter
from abscopal.fitting.information import most_informative
from abscopal.fitting.reading import ArmReading, readings
from abscopal.fitting.rows import LEFT_OUT, FitRow, declared, rows_of
from abscopal.fitting.solving import Solver
from abscopal.measurements import Measurements
from abscopal.measurements.observation import VOLUME
from abscopal.model import Quantity, Species
from abscopal.simulation import FloatArray, Prepared, Settings
from abscopal.statistics import conventions
from abscopal.version import __version__

SURVIVAL = "survival"
_OF_SUMMARY = "_mean"


@dataclass(frozen=True)
class Animal:
    """One animal of the data, and the positions of its rows among those in use."""

    name: str
    arm: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class FitProblem:
    """What is fitted to what.

    Attributes
    ----------
    rows : every row of the table, in its order.
    shared, errors, individual : what is estimated; coordinates stand in this order.
    animals : those with rows in use, in the order of the table; they have coordinates where parameters are individual.
    series : names of what a row tells of: animals first, then series of summaries.
    series_of_row, error_of_row : position of each row in use in `series`, and in `errors`.
    baseline : values of all parameters of the model where none is estimated.
    remarks : sentences on what was understood of the data.
    """

    prepared: Prepared
    table: Measurements
    choice: FitChoice
    settings: Settings
    rows: tuple[FitRow, ...]
    shared: tuple[Estimated, ...]
    errors: tuple[Estimated, ...]
    individual: tuple[Estimated, ...]
    animals: tuple[Animal, ...]
    series: tuple[str, ...]
    series_of_row: tuple[int, ...]
    error_of_row: tuple[int, ...]
    readings: tuple[ArmReading, ...]
    error_law: ErrorLaw
    baseline: FloatArray
    remarks: tuple[str, ...]

    def __repr__(self) -> str:
        used, own = len(self.used), f", {len(self.individual)} of each animal" if self.individual else ""
        return f"FitProblem({self.prepared.study.name!r}: {used} rows, {len(self.shared)} shared parameters{own})"

    @property
    def used(self) -> tuple[FitRow, ...]:
        """The rows that are terms of the likelihood."""
        return tuple(row for row in self.rows if row.used)

    @property
    def parameters(self) -> tuple[Estimated, ...]:
        """All that is estimated."""
        return (*self.shared, *self.errors, *self.individual)

    @property
    def shared_coordinates(self) -> tuple[Estimated, ...]:
        """What all animals share: parameters of the model, and errors."""
        return (*self.shared, *self.errors)

    @property
    def animal_of_row(self) -> tuple[int, ...]:
        """Number of the animal of each row in use; -1 of a summary."""
        return tuple(s if s < len(self.animals) else -1 for s in self.series_of_row)

    def solver(self) -> Solver:
        """What turns coordinates into trajectories."""
        return Solver(self.prepared, self.shared, self.individual, len(self.errors), self.baseline, self.settings)

    @property
    def fingerprint(self) -> str:
        """Hash of model, schedules, data and choice: what decides a fit beside effort and seed."""
        prepared, study = self.prepared, self.prepared.study
        digest = hashlib.sha256(prepared.model.system.fingerprint.encode())
        for name, schedule in sorted(prepared.schedules.items()):
            digest.update(json.dumps([name, study.host_changes(name)]).encode())
            for array in (schedule.times, schedule.maps, schedule.arguments):
                digest.update(np.ascontiguousarray(array).tobytes())
        for array in (self.baseline, self.error_law.floor, self.error_law.upper):
            digest.update(array.tobytes())
        rows = [[repr(row.observation), row.role, row.before, row.total] for row in self.rows]
        sites = [[s.name, s.inoculated_day, s.inoculum_cells, repr(s.start_volume)] for s in study.sites]
        told = rows, repr(self.parameters), asdict(self.choice), self.settings.rtol, sites, __version__
        digest.update(json.dumps(told, default=repr).encode())
        return digest.hexdigest()[:32]

    def describe(self) -> dict[str, Any]:
        """The problem as plain values: what each row became, and what is estimated."""
        return {
            "study": self.prepared.study.name,
            "rows": [
                {
                    "line": row.observation.line,
                    "arm": row.observation.arm,
                    "of": row.series,
                    "day": row.observation.day,
                    "observable": row.observation.observable,
                    "site": row.observation.site,
                    "value": row.observation.value,
                    "role": row.role,
                    "why": row.why,
                }
                for row in self.rows
            ],
            "roles": dict(Counter(row.role for row in self.rows)),
            "parameters": [
                {
                    "name": item.name,
                    "kind": item.kind,
                    "columns": list(item.columns),
                    "declared": item.declared,
                    "unit": item.unit,
                    "meaning": item.meaning,
                    "reason": item.reason,
                }
                for item in self.parameters
            ],
            "animals": [
                {"animal": animal.name, "arm": animal.arm, "rows": len(animal.rows)} for animal in self.animals
            ],
            "remarks": list(self.remarks),
        }


def problem_of(
    prepared: Prepared, table: Measurements, choice: FitChoice | None = None, settings: Settings | None = None
) -> FitProblem:
    """The problem of fitting a study to measurements that match it.

    Raises
    ------
    InputError
        A row or a name cannot be used; all faults at once.
    """
    choice, settings = choice or FitChoice(), settings or Settings()
    rows = rows_of(prepared, table)
    baseline = _baseline(prepared, choice)
    names, reasons = _names(prepared, rows, choice, baseline, settings)
    shared = chosen(names, prepared.declared, "shared", reasons)
    individual = chosen(choice.individual, prepared.declared, "individual", {})
    return _problem(prepared, table, choice, settings, rows, shared, individual, baseline)


def without_arm(problem: FitProblem, arm: str) -> FitProblem:
    """The same problem without the rows of one arm. Raises InputError where nothing is left."""
    table = Measurements(
        tuple(row for row in problem.table if row.arm != arm), problem.table.remarks, problem.table.name
    )
    return _again(problem, table)


def of_arm(problem: FitProblem, arm: str) -> FitProblem:
    """The same problem with the rows of one arm alone."""
    table = Measurements(
        tuple(row for row in problem.table if row.arm == arm), problem.table.remarks, problem.table.name
    )
    return _again(problem, table)


def _again(problem: FitProblem, table: Measurements) -> FitProblem:
    rows = rows_of(problem.prepared, table)
    p = problem
    return _problem(p.prepared, table, p.choice, p.settings, rows, p.shared, p.individual, p.baseline)


def _problem(
    prepared: Prepared,
    table: Measurements,
    choice: FitChoice,
    settings: Settings,
    rows: tuple[FitRow, ...],
    shared: tuple[Estimated, ...],
    individual: tuple[Estimated, ...],
    baseline: FloatArray,
) -> FitProblem:
    used = tuple(row for row in rows if row.used)
    errors, error_of_row = _errors(prepared, used)
    keys = [(row.observation.arm, row.series, row.is_summary) for row in used]
    ordered = sorted(dict.fromkeys(keys), key=lambda key: key[2])  # stable: animals first
    position = [ordered.index(key) for key in keys]
    animals = tuple(
        Animal(name or f"unnamed in {arm}", arm, tuple(i for i, p in enumerate(position) if p == s))
        for s, (arm, name, is_summary) in enumerate(ordered)
        if not is_summary
    )
    labels = (*(a.name for a in animals), *(name for _, name, is_summary in ordered if is_summary))
    of_row = [p if p < len(animals) else -1 for p in position]
    arms = [arm.name for arm in prepared.study.arms]
    limit = prepared.study.endpoints.survival.volume_limit_mm3
    alike = [row.is_summary and not individual for row in used]
    return FitProblem(
        prepared,
        table,
        choice,
        settings,
        rows,
        shared,
        errors,
        individual,
        animals,
        labels,
        tuple(position),
        error_of_row,
        readings(used, of_row, len(individual), arms, prepared.start_day),
        ErrorLaw.of(used, choice.law, limit, _floors(prepared, used), alike),
        baseline,
        _remarks(rows, table),
    )


def _baseline(prepared: Prepared, choice: FitChoice) -> FloatArray:
    if choice.world is None:
        return np.array([item.value for item in prepared.declared.values()])
    if not 0 <= choice.world < max(choice.worlds, 1):
        raise InputError(Problem(f"world {choice.world} of {choice.worlds}", "worlds", allowed="0 to worlds - 1"))
    drawn = cohort.draw(prepared.declared, prepared.study.cohort.seed, choice.worlds, of="uncertainty")
    return np.asarray(drawn[choice.world])


def _names(
    prepared: Prepared, rows: Sequence[FitRow], choice: FitChoice, baseline: FloatArray, settings: Settings
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Names of shared parameters, with `auto:k` replaced by the k of which the data are expected to tell most."""
    found: list[str] = []
    reasons: dict[str, str] = {}
    asked = [name for name in choice.estimate if not name.startswith(AUTO)]
    for name in choice.estimate:
        if not name.startswith(AUTO):
            found.append(name)
            continue
        number = name.removeprefix(AUTO)
        if not number.isdecimal() or int(number) < 1:
            raise InputError(Problem(f"{name!r} names no number", "estimate", allowed="auto:12"))
        used = [row for row in rows if row.used]
        floors = _floors(prepared, used)
        for row in most_informative(prepared, used, floors, baseline, settings, int(number), asked):
            found.append(row["name"])
            reasons[row["name"]] = row["reason"]
    return tuple(found), reasons


def _errors(prepared: Prepared, used: Sequence[FitRow]) -> tuple[tuple[Estimated, ...], tuple[int, ...]]:
    """The coefficients of variation that are estimated, and which of them each row has."""
    found: dict[str, Estimated] = {}
    of_row = []
    for row in used:
        o = row.observation
        if row.role in ("death", "alive"):
            name, median = f"cv_{SURVIVAL}", declared(SURVIVAL)
            meaning = "scatter of the animals' volumes where only their deaths are known"
        elif row.is_summary:
            name, median = f"cv_{o.observable}{_OF_SUMMARY}", declared("unexplained")
            meaning = f"what the model leaves unexplained of a group's {o.observable}"
        else:
            name, median = f"cv_{o.observable}", _instrument(prepared, row).cv
            meaning = f"error of {o.observable} in one animal: of its reading and of the model"
        found.setdefault(name, error_parameter(name, median, declared("error_width"), meaning))
        of_row.append(list(found).index(name))
    return tuple(found.values()), tuple(of_row)


def _instrument(prepared: Prepared, row: FitRow) -> conventions.Instrument:
    if row.observation.observable == VOLUME:
        return conventions.instrument("calliper")
    name, _, place = row.output.partition("@")
    items: list[Species | Quantity] = [*prepared.model.species, *prepared.model.quantities]
    units = {(item.name, item.where): item.unit for item in items}
    return conventions.instrument(conventions.assay_of(units.get((name, place), "")))


def _floors(prepared: Prepared, used: Sequence[FitRow]) -> FloatArray:
    """Standard deviation of the reading of nothing, in the unit of each row."""
    values: dict[str, list[float]] = {}
    for row in used:
        values.setdefault(row.observation.observable, []).append(row.observation.value)
    found = []
    for row in used:
        smallest = _instrument(prepared, row).smallest if row.role not in ("death", "alive") else 0.0
        if smallest:
            found.append(smallest / declared("detection_in_sd"))
        elif row.role in ("death", "alive"):
            found.append(0.0)
        else:
            found.append(declared("floor_share") * float(np.median(values[row.observation.observable])))
    return np.array(found)


def _remarks(rows: Sequence[FitRow], table: Measurements) -> tuple[str, ...]:
    reasons: Mapping[str, int] = Counter(row.why for row in rows if row.role == LEFT_OUT)
    roles = Counter(row.role for row in rows if row.used)
    told = [f"{n} rows are left out: {why}" if n > 1 else f"1 row is left out: {why}" for why, n in reasons.items()]
    censored = sum(roles[role] for role in ("below", "above", "interval"))
    if censored:
        told.append(f"{censored} of {sum(roles.values())} values are censored and count as such")
    if roles["death"] or roles["alive"]:
        told.append(
            f"{roles['death']} removals count as intervals of one gap between measurements, {roles['alive']} as not yet"
        )
    return (*table.remarks, *told)
