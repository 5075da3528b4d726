"""A study, its measurements and the parameters to estimate → a PEtab problem, version 1.

One SBML document holds the treatments of all arms; a condition is an arm: it switches on the arm's events, and sets
what changes of the host multiply. Bounds and priors are those of the parameter catalogue: its uncertainty, as normal
or log-normal prior around the declared value. SBML time 0 is the first inoculation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.parameters import Parameter
from abscopal.published.petab import treatments
from abscopal.published.petab.measurements import Measurement, read_measurements
from abscopal.published.sbml.export.writing import Written, values_by_symbol, write
from abscopal.simulation import Prepared
from abscopal.storage.folders import whole_folder

FILES = ("model.xml", "parameters.tsv", "conditions.tsv", "observables.tsv", "measurements.tsv", "problem.yaml")
_YAML = """format_version: 1
parameter_file: parameters.tsv
problems:
  - sbml_files: [model.xml]
    condition_files: [conditions.tsv]
    observable_files: [observables.tsv]
    measurement_files: [measurements.tsv]
"""


@dataclass(frozen=True)
class PetabProblem:
    """A calibration problem as PEtab has it.

    Attributes
    ----------
    files : text by file name.
    conditions : arm -> condition id.
    observables : output -> observable id.
    parameters : parameter -> id in model.xml.
    start_day : the study's day that is time 0.
    notes : what a user should know before using it.
    """

    files: Mapping[str, str]
    conditions: Mapping[str, str]
    observables: Mapping[str, str]
    parameters: Mapping[str, str]
    start_day: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"PetabProblem({len(self.conditions)} conditions, {len(self.observables)} observables)"

    def save(self, folder: str | PathLike[str]) -> Path:
        """Writes the files into a folder, whole or not at all; the folder."""
        with whole_folder(Path(folder)) as draft:
            for name, text in self.files.items():
                (draft / name).write_text(text, encoding="utf-8")
        return Path(folder)


def petab_problem(
    prepared: Prepared, measurements: Sequence[Measurement] | str | PathLike[str], estimate: Iterable[str]
) -> PetabProblem:
    """A calibration problem in PEtab.

    Parameters
    ----------
    prepared : the study, see `pipeline.prepare`.
    measurements : what was measured, or the CSV file of it, see `read_measurements`.
    estimate : names of parameters of the model, `name@place` where one differs by place.

    Raises
    ------
    InputError
        A name is not a parameter of this model, or has no finite bounds; or the measurements do not fit the study.
    """
    found = measurements if isinstance(measurements, Sequence) and not isinstance(measurements, str) else None
    wanted = tuple(dict.fromkeys(estimate))
    chosen = _chosen(prepared, wanted)
    rows = tuple(found) if found is not None else read_measurements(measurements, prepared)  # type: ignore[arg-type]
    arms = [a.name for a in prepared.study.arms]
    start = prepared.start_day
    factors, takes = treatments.host_factors(prepared), treatments.takes(prepared)
    written = _model(prepared, factors, takes, start)
    conditions = _ids(arms)
    observables = _ids(dict.fromkeys(m.output for m in rows), "observed_")
    table = _condition_table(prepared, written, factors, takes, wanted)
    return PetabProblem(
        files={
            "model.xml": written.text,
            "parameters.tsv": _parameter_table(chosen, written, takes[prepared.study.control]),
            "conditions.tsv": _tsv(
                [
                    ("conditionId", "conditionName", *table[0]),
                    *((conditions[arm], arm, *cells) for arm, cells in zip(arms, table[1:], strict=True)),
                ]
            ),
            "observables.tsv": _observable_table(prepared, observables, written),
            "measurements.tsv": _measurement_table(rows, conditions, observables, start),
            "problem.yaml": _YAML,
        },
        conditions=conditions,
        observables=observables,
        parameters=written.parameters,
        start_day=start,
        notes=_notes(chosen, takes),
    )


def _chosen(prepared: Prepared, wanted: Sequence[str]) -> dict[str, Parameter]:
    problems = []
    if not wanted:
        problems.append(Problem("no parameter to estimate", key="estimate", advice="name at least one"))
    for name in wanted:
        if name not in prepared.declared:
            problems.append(unknown_name("parameter", name, prepared.declared, key="estimate"))
            continue
        low, high = prepared.declared[name].bounds
        if not (math.isfinite(low) and math.isfinite(high)):
            problems.append(Problem(f"its bounds are {low:g} and {high:g}", key=name, allowed="finite bounds"))
        elif not low <= prepared.declared[name].value <= high:
            value = prepared.declared[name].value
            problems.append(Problem(f"{value:g} is outside its bounds", key=name, allowed=f"{low:g} to {high:g}"))
    if problems:
        raise InputError(problems)
    return {name: prepared.declared[name] for name in wanted}


def _model(
    prepared: Prepared,
    factors: Mapping[str, Mapping[str, float]],
    takes: Mapping[str, Mapping[str, float]],
    start: float,
) -> Written:
    control = prepared.study.control
    values = {name: p.value for name, p in prepared.declared.items()} | dict(takes[control])
    values |= {f"{treatments.FACTOR_PREFIX}{name}": f for name, f in factors[control].items()}
    model = treatments.with_factors(prepared, tuple(factors[control]))
    switches = {treatments.switch_of(a.name): float(a.name == control) for a in prepared.study.arms}
    return write(
        model,
        values_by_symbol(model.system, values),
        treatments.acts(prepared, start),
        prepared.study.name,
        declared=prepared.declared,
        switches=switches,
        remarks=[f"Time 0 is day {start:g} of the study. Each arm's parameter is 1 in that arm and 0 in the others."],
    )


def _condition_table(
    prepared: Prepared,
    written: Written,
    factors: Mapping[str, Mapping[str, float]],
    takes: Mapping[str, Mapping[str, float]],
    estimated: Sequence[str],
) -> list[list[str]]:
    """Heading, then one row per arm: switches, factors of host changes, and takes that are not estimated."""
    arms = [a.name for a in prepared.study.arms]
    fixed = [n for n in takes[arms[0]] if n not in estimated]
    heading = [written.switches[treatments.switch_of(a)] for a in arms]
    heading += [written.parameters[f"{treatments.FACTOR_PREFIX}{n}"] for n in factors[arms[0]]]
    heading += [written.parameters[n] for n in fixed]
    rows = [heading]
    for arm in arms:
        cells = [float(arm == other) for other in arms] + list(factors[arm].values()) + [takes[arm][n] for n in fixed]
        rows.append([repr(c) for c in cells])
    return rows


def _parameter_table(chosen: Mapping[str, Parameter], written: Written, takes: Mapping[str, float]) -> str:
    rows: list[Sequence[str]] = [
        (
            "parameterId",
            "parameterName",
            "parameterScale",
            "lowerBound",
            "upperBound",
            "nominalValue",
            "estimate",
            "objectivePriorType",
            "objectivePriorParameters",
        )
    ]
    for name, item in chosen.items():
        low, high = item.bounds
        value = min(max(takes.get(name, item.value), low), high)
        scale = "log10" if low > 0.0 and item.spread.uncertainty.family == "lognormal" else "lin"
        numbers = (repr(float(low)), repr(float(high)), repr(value))
        label = f"{item.meaning} [{item.unit}]"
        rows.append((written.parameters[name], label, scale, *numbers, "1", *_prior(item, value)))
    return _tsv(rows)


def _prior(item: Parameter, value: float) -> tuple[str, str]:
    """Type and parameters of the prior that the uncertainty of a parameter stands for; a flat one if there is none."""
    low, high = item.bounds
    uncertainty = item.spread.uncertainty
    family, spread = uncertainty.family, uncertainty.width
    if family == "uniform":
        return "uniform", f"{max(low, uncertainty.low)!r};{min(high, uncertainty.high)!r}"
    if spread == 0.0 or (value <= 0.0 and family == "lognormal"):
        return "uniform", f"{low!r};{high!r}".replace("inf", "1e308")
    if family == "lognormal":
        return "logNormal", f"{math.log(value)!r};{math.sqrt(math.log1p(spread**2))!r}"
    if family == "normal":
        return "normal", f"{value!r};{abs(value) * spread!r}"
    # PEtab has no prior on the logit scale: a normal one of the same width at the declared value.
    return "normal", f"{value!r};{spread * value * (1.0 - value)!r}"


def _observable_table(prepared: Prepared, observables: Mapping[str, str], written: Written) -> str:
    meanings = {f"{q.name}@{q.where}": f"{q.meaning} [{q.unit}]" for q in prepared.model.quantities}
    meanings |= {f"{s.name}@{s.where}": f"{s.meaning} [{s.unit}]" for s in prepared.model.species}
    rows: list[Sequence[str]] = [("observableId", "observableName", "observableFormula", "noiseFormula")]
    for output, identifier in observables.items():
        label = f"{output.partition('@')[2]}: {meanings.get(output, output)}"
        rows.append((identifier, label, written.outputs[output], f"noiseParameter1_{identifier}"))
    return _tsv(rows)


def _measurement_table(
    rows: Sequence[Measurement], conditions: Mapping[str, str], observables: Mapping[str, str], start: float
) -> str:
    lines: list[Sequence[str]] = [("observableId", "simulationConditionId", "measurement", "time", "noiseParameters")]
    for m in rows:
        numbers = (repr(m.value), repr(m.day - start), repr(m.sd))
        lines.append((observables[m.output], conditions[m.arm], *numbers))
    return _tsv(lines)


def _notes(chosen: Mapping[str, Parameter], takes: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    notes = []
    held = sorted({n for row in takes.values() for n in row} - chosen.keys())
    if held:
        notes.append(
            f"the study gives start volumes: {', '.join(held)} is held at the value that gives them with the declared "
            "parameters; estimate it too if a parameter of early growth is estimated"
        )
    flat = [n for n, p in chosen.items() if not p.spread.uncertainty.varies(p.value)]
    if flat:
        notes.append(f"no prior but the bounds: {', '.join(flat)}")
    logit = [n for n, p in chosen.items() if p.spread.uncertainty.family == "logit" and p.spread.uncertainty.width]
    if logit:
        notes.append(f"normal prior in place of the logit-normal one: {', '.join(logit)}")
    return tuple(notes)


def _ids(names: Iterable[str], prefix: str = "") -> dict[str, str]:
    """PEtab ids for names, each once."""
    found: dict[str, str] = {}
    for name in names:
        base = prefix + re.sub(r"\W", "_", name, flags=re.ASCII)
        base = base if re.match(r"[A-Za-z_]", base) else f"_{base}"
        chosen, count = base, 1
        while chosen in found.values():
            count += 1
            chosen = f"{base}_{count}"
        found[name] = chosen
    return found


def _tsv(rows: Iterable[Sequence[str]]) -> str:
    return "".join("\t".join(re.sub(r"[\t\r\n]+", " ", cell) for cell in row) + "\n" for row in rows)
