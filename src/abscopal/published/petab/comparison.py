"""A PEtab problem simulated at its nominal values and compared with its measurements."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.published.petab.reading import MeasuredRow, ObservableRow, PetabTask, read_petab
from abscopal.published.petab.simulating import Simulated, simulate_part
from abscopal.storage.folders import whole_folder

_LN10 = math.log(10.0)


@dataclass(frozen=True)
class ComparedMeasurement:
    """One measurement beside what the model says.

    Attributes
    ----------
    simulation : value of the observable; NaN where the model gives none.
    noise : standard deviation (normal) or scale (Laplace) of the error, on the observable's scale.
    residual : (simulated - measured) / noise on that scale.
    log_likelihood : logarithm of the density of the measurement.
    """

    observable: str
    experiment: str
    time: float
    measurement: float
    simulation: float
    noise: float
    residual: float
    log_likelihood: float


@dataclass(frozen=True)
class PetabComparison:
    """A problem compared with its measurements.

    Attributes
    ----------
    path : the YAML file of the problem.
    rows : every measurement, in the order of the tables.
    parameters : the values it was simulated with.
    problems : why measurements could not be compared.
    """

    path: str
    rows: tuple[ComparedMeasurement, ...]
    parameters: Mapping[str, float]
    problems: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"PetabComparison({Path(self.path).name!r}: {len(self.rows)} measurements, chi2 {self.chi2:.6g}, "
            f"log-likelihood {self.log_likelihood:.6g})"
        )

    @property
    def chi2(self) -> float:
        """Sum of the squared residuals; NaN if one is missing."""
        return math.fsum(r.residual**2 for r in self.rows)

    @property
    def log_likelihood(self) -> float:
        """Sum over the measurements, priors left out; NaN if one is missing."""
        return math.fsum(r.log_likelihood for r in self.rows)

    def by_observable(self) -> list[dict[str, Any]]:
        """For every observable: how many measurements, chi2 and log-likelihood."""
        names = dict.fromkeys(r.observable for r in self.rows)
        found = []
        for name in names:
            rows = [r for r in self.rows if r.observable == name]
            chi2, likelihood = math.fsum(r.residual**2 for r in rows), math.fsum(r.log_likelihood for r in rows)
            found.append({"observable": name, "measurements": len(rows), "chi2": chi2, "log_likelihood": likelihood})
        return found

    def table(self) -> Any:
        """A pandas table with a row per measurement."""
        import pandas as pd

        return pd.DataFrame([vars(r) for r in self.rows])

    def summary(self) -> dict[str, Any]:
        """The totals, those of each observable, and what went wrong; None where there is no finite number."""
        rows = [{k: _finite(v) for k, v in row.items()} for row in self.by_observable()]
        return {
            "problem": self.path,
            "measurements": len(self.rows),
            "chi2": _finite(self.chi2),
            "log_likelihood": _finite(self.log_likelihood),
            "observables": rows,
            "parameters": dict(self.parameters),
            "problems": list(self.problems),
        }

    def save(self, folder: str | PathLike[str]) -> Path:
        """Writes summary.json and comparison.csv into a folder, both or none. Raises InputError."""
        with whole_folder(Path(folder)) as draft:
            text = json.dumps(self.summary(), indent=2, ensure_ascii=False, allow_nan=False)
            (draft / "summary.json").write_text(text + "\n", encoding="utf-8")
            self.table().to_csv(draft / "comparison.csv", index=False)
        return Path(folder)


def compare_petab(path: str | PathLike[str], changes: Mapping[str, float] | None = None) -> PetabComparison:
    """Simulate every condition of a PEtab problem at its nominal values and compare it with the measurements.

    Parameters
    ----------
    path : the YAML file of the problem, version 1 or 2, whose model is SBML.
    changes : other values of parameters of its parameter table, by id, on the linear scale.

    Raises
    ------
    InputError
        The problem cannot be read or uses something that is not supported, a name of `changes` is not in its parameter
        table, or a parameter has no value.
    """
    task = read_petab(path)
    parameters = _values(task, dict(changes or {}))
    rows: list[ComparedMeasurement] = []
    problems: list[str] = []
    for part in task.parts:
        simulated = simulate_part(part, parameters)
        problems += [s.problem for s in simulated if s.problem]
        for measured, found in zip(part.measurements, simulated, strict=True):
            row, problem = _compared(measured, found, part.observables[measured.observable])
            rows.append(row)
            problems += [problem] if problem else []
    return PetabComparison(task.path, tuple(rows), parameters, tuple(dict.fromkeys(problems)))


def _values(task: PetabTask, changes: Mapping[str, float]) -> dict[str, float]:
    problems = [unknown_name("parameter", n, task.parameters, key="--set") for n in changes if n not in task.parameters]
    problems += [Problem(f"{v} is not finite", key=n) for n, v in changes.items() if not math.isfinite(v)]
    given = {**task.parameters, **changes}
    problems += [
        Problem("no nominalValue", key=n, advice=f"give it in the parameter table, or by --set {n}=VALUE")
        for n, v in given.items()
        if v is None
    ]
    if problems:
        raise InputError(problems, task.path)
    return {n: float(v) for n, v in given.items() if v is not None}


def _compared(measured: MeasuredRow, found: Simulated, item: ObservableRow) -> tuple[ComparedMeasurement, str]:
    """A measurement with its residual and log-likelihood, and why it has none."""
    value, simulated, noise = measured.value, found.value, found.noise
    residual, likelihood, problem = math.nan, math.nan, ""
    if item.scale != "lin" and (value <= 0.0 or simulated <= 0.0):
        which = f"measurement {value:g}" if value <= 0.0 else f"simulation {simulated:g}"
        problem = f"{measured.row.key(item.name)}: no logarithm of the {which}"
    elif not (math.isnan(simulated) or math.isnan(noise)):
        residual = (_scaled(simulated, item.scale) - _scaled(value, item.scale)) / noise
        likelihood = _log_density(residual, noise, item.family) + _log_stretch(value, item.scale)
    row = (measured.observable, measured.experiment, measured.time, value, simulated, noise, residual, likelihood)
    return ComparedMeasurement(*row), problem


def _scaled(value: float, scale: str) -> float:
    return value if scale == "lin" else math.log(value) if scale == "log" else math.log10(value)


def _log_density(residual: float, noise: float, family: str) -> float:
    """Of a residual that is divided by its noise, on the scale of the error."""
    if family == "laplace":
        return -math.log(2.0 * noise) - abs(residual)
    return -0.5 * math.log(2.0 * math.pi * noise**2) - 0.5 * residual**2


def _log_stretch(measurement: float, scale: str) -> float:
    """Logarithm of d(scaled)/d(measurement): the density is that of the measurement itself."""
    return {"lin": lambda: 0.0, "log": lambda: -math.log(measurement), "log10": lambda: -math.log(measurement * _LN10)}[
        scale
    ]()


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
