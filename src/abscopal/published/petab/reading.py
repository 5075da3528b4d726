"""A PEtab problem, version 1 or 2 → what is simulated and what it is compared with, in one form for both versions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.published.petab.tables import TableRow, read_problem_file, read_tables

STEADY = -math.inf  # the time of a period that ends when nothing changes any more
# Columns that change what a problem says; a misspelt one must not be passed over.
_MEASURED = ("preequilibrationConditionId", "observableParameters", "noiseParameters", "datasetId", "replicateId")
_PLACEHOLDERS = ("observablePlaceholders", "noisePlaceholders")
_OBSERVED = ("observableName", "observableTransformation", "noiseDistribution", *_PLACEHOLDERS)
_TRANSFORMATIONS = ("lin", "log", "log10")
_NOISES = {"normal": "normal", "laplace": "laplace", "log-normal": "normal", "log-laplace": "laplace"}


@dataclass(frozen=True)
class Assignment:
    """A quantity of the model that a condition sets: to a number, or a formula of parameters."""

    target: str
    text: str
    row: TableRow


@dataclass(frozen=True)
class Period:
    """From `start` on (`STEADY`: before time 0, until nothing changes), what these assignments set holds."""

    start: float
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True)
class PetabExperiment:
    """What is done in one experiment, by time."""

    name: str
    periods: tuple[Period, ...]


@dataclass(frozen=True)
class ObservableRow:
    """What is observed.

    Attributes
    ----------
    formula, noise : texts of the two formulas.
    scale : lin, log or log10: on which the error is made.
    family : normal or laplace.
    placeholders, noise_placeholders : names in the formulas that every measurement gives a value of its own.
    """

    name: str
    formula: str
    noise: str
    scale: str
    family: str
    placeholders: tuple[str, ...]
    noise_placeholders: tuple[str, ...]
    row: TableRow


@dataclass(frozen=True)
class MeasuredRow:
    """One measured value, with the texts of its overrides."""

    observable: str
    experiment: str
    time: float
    value: float
    overrides: tuple[str, ...]
    noise_overrides: tuple[str, ...]
    row: TableRow


@dataclass(frozen=True)
class ModelPart:
    """One model of a problem with the experiments, observables and measurements that belong to it."""

    model_file: Path
    experiments: Mapping[str, PetabExperiment]
    observables: Mapping[str, ObservableRow]
    measurements: tuple[MeasuredRow, ...]


@dataclass(frozen=True)
class PetabTask:
    """A problem as it was read.

    Attributes
    ----------
    path : its YAML file.
    parameters : nominal value by id; None where the table gives none.
    parts : models with what belongs to them.
    notes : what of the problem is left unused.
    """

    path: str
    parameters: Mapping[str, float | None]
    parts: tuple[ModelPart, ...]
    notes: tuple[str, ...] = field(default=())


def read_petab(path: str | PathLike[str]) -> PetabTask:
    """The PEtab problem of a YAML file, version 1 or 2, with SBML models.

    Raises
    ------
    InputError
        A file cannot be read, a column is missing, an id is not known, or the problem uses something that is not
        supported; every problem of a table at once, with file, line and column.
    """
    file = Path(path)
    content = read_problem_file(file)
    version = str(content["format_version"])
    if version.split(".")[0] not in ("1", "2"):
        raise InputError(Problem(f"format version {version}", key="format_version", allowed="1 or 2"), str(file))
    _refuse_extensions(content, file)
    if version.startswith("1") or "problems" in content:
        return _read_version_1(content, file)
    return _read_version_2(content, file)


def _refuse_extensions(content: Mapping[str, Any], file: Path) -> None:
    extensions = content.get("extensions")
    names = list(extensions) if isinstance(extensions, Mapping | Sequence) and not isinstance(extensions, str) else []
    needed = [
        n
        for n in names
        if not isinstance(extensions, Mapping) or (extensions[n] or {}).get("required", True) is not False
    ]
    if needed:
        problem = Problem(f"it needs {', '.join(map(str, needed))}", key="extensions", allowed="problems without them")
        raise InputError(problem, str(file))


def _read_version_1(content: Mapping[str, Any], file: Path) -> PetabTask:
    given = content.get("problems")
    if not isinstance(given, list) or not given or not all(isinstance(p, Mapping) for p in given):
        raise InputError(
            Problem("it lists no problem", key="problems", allowed="a list with one model each"), str(file)
        )
    parameters = _parameters(file, _names(content, "parameter_file", file))
    parts = []
    for position, item in enumerate(given):
        where = f"problems[{position}]"
        models = _model_files(item, where, file)
        conditions = _wide_conditions(file.parent, _names(item, "condition_files", file, where))
        observables = _observables(file.parent, _names(item, "observable_files", file, where))
        names = _names(item, "measurement_files", file, where)
        needed = ("observableId", "simulationConditionId", "measurement", "time")
        rows = read_tables(file.parent, names, needed, known=_MEASURED)
        measured, experiments = _measured_in_conditions(rows, conditions, observables)
        parts.append(ModelPart(models, experiments, observables, measured))
    return PetabTask(str(file), parameters, tuple(parts))


def _read_version_2(content: Mapping[str, Any], file: Path) -> PetabTask:
    if content.get("mapping_files"):
        raise InputError(
            Problem("mapping tables are not read", key="mapping_files", advice="use the model's ids"), str(file)
        )
    parameters = _parameters(file, _names(content, "parameter_files", file))
    model = _model_files(content, "", file)
    folder = file.parent
    conditions = _long_conditions(folder, _names(content, "condition_files", file, needed=False))
    experiments = _experiments(folder, _names(content, "experiment_files", file, needed=False), conditions)
    observables = _observables(folder, _names(content, "observable_files", file))
    needed = ("observableId", "experimentId", "measurement", "time")
    rows = read_tables(folder, _names(content, "measurement_files", file), needed, known=_MEASURED)
    experiments[""] = PetabExperiment("", (Period(0.0, ()),))
    problems = [
        unknown_name("experiment", row["experimentId"], experiments, key=row.key("experimentId"))
        for row in rows
        if row["experimentId"] not in experiments
    ]
    if problems:
        raise InputError(problems)
    measured = _measured([(row, row["experimentId"]) for row in rows], observables)
    return PetabTask(str(file), parameters, (ModelPart(model, experiments, observables, measured),))


def _names(item: Mapping[str, Any], key: str, file: Path, where: str = "", needed: bool = True) -> list[str]:
    """The file names under a key. Raises InputError where there are none but must be."""
    found = item.get(key)
    names = [found] if isinstance(found, str) else found
    full = f"{where}.{key}" if where else key
    if not names and not needed:
        return []
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise InputError(Problem("no file is named", key=full, allowed="a list of file names"), str(file))
    return names


def _model_files(item: Mapping[str, Any], where: str, file: Path) -> Path:
    key = f"{where}.model_files" if where else "model_files"
    files: list[str] = []
    if "model_files" in item:
        models = item["model_files"]
        if not isinstance(models, Mapping) or not all(isinstance(m, Mapping) for m in models.values()):
            raise InputError(Problem("no model", key=key, allowed="ID: {language: sbml, location: FILE}"), str(file))
        other = sorted({str(m.get("language")) for m in models.values()} - {"sbml"})
        if other:
            raise InputError(Problem(f"a model in {', '.join(other)}", key=key, allowed="sbml"), str(file))
        files = [str(m.get("location")) for m in models.values()]
    else:
        files = _names(item, "sbml_files", file, where)
    if len(files) != 1:
        raise InputError(Problem(f"{len(files)} models", key=key, allowed="one model for each problem"), str(file))
    return file.parent / files[0]


def _parameters(file: Path, names: Sequence[str]) -> dict[str, float | None]:
    rows = read_tables(file.parent, names, ("parameterId",), once="parameterId")
    found: dict[str, float | None] = {}
    problems: list[Problem] = []
    for row in rows:
        text = row["nominalValue"]
        number = number_of(text) if text else None
        if text and (number is None or not math.isfinite(number)):
            problems.append(row.problem("nominalValue", f"{text!r} is not a finite number"))
        found[row["parameterId"]] = number
    if problems:
        raise InputError(problems)
    return found


def _wide_conditions(folder: Path, names: Sequence[str]) -> dict[str, tuple[Assignment, ...]]:
    """Condition id -> what its row sets; an empty cell keeps what is there."""
    found = {}
    for row in read_tables(folder, names, ("conditionId",), once="conditionId"):
        targets = [c for c in row.cells if c and c not in ("conditionId", "conditionName")]
        found[row["conditionId"]] = tuple(Assignment(t, row[t], row) for t in targets if row[t])
    return found


def _long_conditions(folder: Path, names: Sequence[str]) -> dict[str, tuple[Assignment, ...]]:
    found: dict[str, tuple[Assignment, ...]] = {}
    problems = []
    for row in read_tables(folder, names, ("conditionId", "targetId", "targetValue")) if names else []:
        before = found.get(row["conditionId"], ())
        if any(a.target == row["targetId"] for a in before):
            problems.append(row.problem("targetId", f"{row['targetId']} is set twice by {row['conditionId']}"))
        found[row["conditionId"]] = (*before, Assignment(row["targetId"], row["targetValue"], row))
    if problems:
        raise InputError(problems)
    return found


def _experiments(
    folder: Path, names: Sequence[str], conditions: Mapping[str, tuple[Assignment, ...]]
) -> dict[str, PetabExperiment]:
    periods: dict[str, dict[float, tuple[Assignment, ...]]] = {}
    problems: list[Problem] = []
    for row in read_tables(folder, names, ("experimentId", "time", "conditionId")) if names else []:
        time, condition = number_of(row["time"]), row["conditionId"]
        if time is None or math.isnan(time) or time == math.inf:
            problems.append(row.problem("time", f"{row['time']!r} is no time", "a number or -inf"))
            continue
        if condition and condition not in conditions:
            problems.append(unknown_name("condition", condition, conditions, key=row.key("conditionId")))
        own = periods.setdefault(row["experimentId"], {})
        own[time] = (*own.get(time, ()), *conditions.get(condition, ()))
    if problems:
        raise InputError(problems)
    return {n: PetabExperiment(n, tuple(Period(t, own[t]) for t in sorted(own))) for n, own in periods.items()}


def _observables(folder: Path, names: Sequence[str]) -> dict[str, ObservableRow]:
    found: dict[str, ObservableRow] = {}
    problems: list[Problem] = []
    needed = ("observableId", "observableFormula", "noiseFormula")
    for row in read_tables(folder, names, needed, once="observableId", known=_OBSERVED):
        noise = row["noiseDistribution"] or "normal"
        scale = row["observableTransformation"] or ("log" if noise.startswith("log-") else "lin")
        if noise not in _NOISES:
            problems.append(row.problem("noiseDistribution", f"{noise!r} is not known here", ", ".join(_NOISES)))
        if scale not in _TRANSFORMATIONS:
            allowed = ", ".join(_TRANSFORMATIONS)
            problems.append(row.problem("observableTransformation", f"{scale!r} is not known here", allowed))
        problems += [row.problem(c, "no formula") for c in needed[1:] if not row[c]]
        identifier = row["observableId"]
        found[identifier] = ObservableRow(
            identifier,
            row["observableFormula"],
            row["noiseFormula"],
            scale,
            _NOISES.get(noise, noise),
            _several(row["observablePlaceholders"]),
            _several(row["noisePlaceholders"]),
            row,
        )
    if problems:
        raise InputError(problems)
    return found


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";")) if text else ()


def _measured_in_conditions(
    rows: Sequence[TableRow],
    conditions: Mapping[str, tuple[Assignment, ...]],
    observables: Mapping[str, ObservableRow],
) -> tuple[tuple[MeasuredRow, ...], dict[str, PetabExperiment]]:
    """Measurements of version 1, with an experiment for each pair of conditions that they name."""
    experiments: dict[str, PetabExperiment] = {}
    named: list[tuple[TableRow, str]] = []
    problems: list[Problem] = []
    for row in rows:
        before, condition = row["preequilibrationConditionId"], row["simulationConditionId"]
        for column, given in (("preequilibrationConditionId", before), ("simulationConditionId", condition)):
            if given not in conditions and (given or column == "simulationConditionId"):
                problems.append(unknown_name("condition", given, conditions, key=row.key(column)))
        name = f"{condition} after {before}" if before else condition
        periods = [Period(STEADY, conditions.get(before, ()))] if before else []
        periods.append(Period(0.0, conditions.get(condition, ())))
        experiments.setdefault(name, PetabExperiment(name, tuple(periods)))
        named.append((row, name))
    if problems:
        raise InputError(problems)
    return _measured(named, observables), experiments


def _measured(
    rows: Sequence[tuple[TableRow, str]], observables: Mapping[str, ObservableRow]
) -> tuple[MeasuredRow, ...]:
    found: list[MeasuredRow] = []
    problems: list[Problem] = []
    for row, experiment in rows:
        observable = row["observableId"]
        if observable not in observables:
            problems.append(unknown_name("observable", observable, observables, key=row.key("observableId")))
        value, time = number_of(row["measurement"]), number_of(row["time"])
        if value is None or not math.isfinite(value):
            problems.append(row.problem("measurement", f"{row['measurement']!r} is not a finite number"))
        if time is None or math.isnan(time) or time == -math.inf:
            problems.append(row.problem("time", f"{row['time']!r} is no time", "a number or inf"))
        overrides = _several(row["observableParameters"]), _several(row["noiseParameters"])
        found.append(MeasuredRow(observable, experiment, time or 0.0, value or 0.0, *overrides, row))
    if not found:
        problems.append(Problem("no measurement to compare with", key="measurements"))
    if problems:
        raise InputError(problems)
    return tuple(found)


def number_of(text: str) -> float | None:
    """The number that a cell holds, or None."""
    try:
        return float(text)
    except ValueError:
        return None
