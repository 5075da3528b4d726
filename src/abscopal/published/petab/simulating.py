"""Every experiment of a PEtab problem, simulated; every formula of its tables, evaluated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.published.petab.conditioned_model import ConditionedModel, SimulationFailure
from abscopal.published.petab.formulas import Formula, FormulaError, parse_formula
from abscopal.published.petab.reading import (
    STEADY,
    Assignment,
    MeasuredRow,
    ModelPart,
    ObservableRow,
    PetabExperiment,
    number_of,
)

_Values = Mapping[str, float]


@dataclass(frozen=True)
class Simulated:
    """What the model says to one measurement.

    Attributes
    ----------
    value, noise : of the observable formula and of the noise formula; NaN where `problem` says why there is none.
    """

    value: float
    noise: float
    problem: str = ""


def simulate_part(part: ModelPart, parameters: _Values) -> list[Simulated]:
    """Value and noise for every measurement of a model, in their order.

    Parameters
    ----------
    parameters : value by id.

    Raises
    ------
    InputError
        The model cannot be read, or a table names what neither it nor the parameters hold.
    """
    model = ConditionedModel(part.model_file)
    problems = _faults_of_overrides(part, model, parameters)
    formulas, more = _formulas(part, model, parameters)
    problems += [*more, *_faults_of_assignments(part, model, parameters, formulas)]
    if problems:
        raise InputError(problems)
    for name, value in parameters.items():
        if name in model.names and name not in model.ruled:
            model.set(name, value)
    used = {n for pair in formulas.values() for f in pair for n in f.names} & model.names
    by_experiment: dict[str, list[int]] = {}
    for position, row in enumerate(part.measurements):
        by_experiment.setdefault(row.experiment, []).append(position)
    found: dict[int, Simulated] = {}
    for name, positions in by_experiment.items():
        rows = [part.measurements[i] for i in positions]
        results = _experiment(model.copy(), part, part.experiments[name], rows, formulas, parameters, used)
        found |= dict(zip(positions, results, strict=True))
    return [found[i] for i in range(len(part.measurements))]


_Pairs = Mapping[str, tuple[Formula, Formula]]


def _experiment(
    model: ConditionedModel,
    part: ModelPart,
    experiment: PetabExperiment,
    rows: Sequence[MeasuredRow],
    formulas: _Pairs,
    parameters: _Values,
    used: set[str],
) -> list[Simulated]:
    """What the model says to the measurements of one experiment."""
    times = sorted({r.time for r in rows})
    try:
        known = dict(_course(model, experiment, times, parameters, used))
    except SimulationFailure as failure:
        return [Simulated(math.nan, math.nan, f"{experiment.name or 'the model'}: {failure}")] * len(rows)
    return [_evaluated(part.observables[r.observable], r, formulas[r.observable], known.get(r.time)) for r in rows]


def _course(
    model: ConditionedModel, experiment: PetabExperiment, times: Sequence[float], parameters: _Values, used: set[str]
) -> Iterator[tuple[float, dict[str, float]]]:
    """Time and the value of every name, for each of the times, one period after the other."""
    own = dict(parameters)
    state: dict[str, float] = {}
    periods = experiment.periods
    wanted = {*used, *model.moving}
    for position, period in enumerate(periods):
        _assign(model, period.assignments, own, state)
        end = periods[position + 1].start if position + 1 < len(periods) else math.inf
        if period.start == STEADY:
            state = model.steady(used, 0.0)
            model.continue_from(state)
            if position + 1 == len(periods):
                yield from ((t, {**own, **state, "time": t}) for t in times)
            continue
        shown = [t for t in times if period.start <= t < end and math.isfinite(t)]
        asked = np.array(sorted({*shown, *([end] if math.isfinite(end) else [])}), dtype=float)
        if len(asked):
            found = model.run(wanted, asked, period.start)
            for i, t in enumerate(asked):
                state = {n: float(found[n][i]) for n in wanted}
                if t in shown:
                    yield float(t), {**own, **state, "time": float(t)}
        if math.isfinite(end):
            model.continue_from(state)
        elif math.inf in times:
            yield math.inf, {**own, **model.steady(used, period.start), "time": math.inf}


def _assign(model: ConditionedModel, assignments: Sequence[Assignment], own: dict[str, float], state: _Values) -> None:
    """Set what a condition sets, all of it with the values from before."""
    new = {}
    for item in assignments:
        number = number_of(item.text)
        if number is None:
            try:
                number = parse_formula(item.text, model.sbml).value({**state, **own})
            except FormulaError as error:
                raise SimulationFailure(f"{item.target}: {error}") from error
        if not math.isnan(number):
            new[item.target] = number
    for name, value in new.items():
        own[name] = value
        if name in model.names:
            model.set(name, value)
            own.pop(name)


def _evaluated(
    observable: ObservableRow, row: MeasuredRow, formulas: tuple[Formula, Formula], values: _Values | None
) -> Simulated:
    if values is None:
        return Simulated(math.nan, math.nan, f"{row.row.key('time')}: {row.time:g} is before the experiment starts")
    own = {
        **values,
        **_placed(observable.placeholders, "observableParameter", row.observable, row.overrides, values),
        **_placed(observable.noise_placeholders, "noiseParameter", row.observable, row.noise_overrides, values),
    }
    try:
        value = formulas[0].value(own)
        noise = formulas[1].value({**own, row.observable: value})
    except FormulaError as error:
        return Simulated(math.nan, math.nan, f"{row.row.file}:{row.row.line}: {error}")
    if noise <= 0.0:
        problem = f"{row.row.file}:{row.row.line}: the noise of {row.observable} is {noise:g}, it must be above 0"
        return Simulated(value, math.nan, problem)
    return Simulated(value, noise)


def _placed(
    names: Sequence[str], prefix: str, observable: str, texts: Sequence[str], values: _Values
) -> dict[str, float]:
    """Value by placeholder: `observableParameter1_ID` and so on, or the names that version 2 gives."""
    found = {}
    for position, text in enumerate(texts):
        name = names[position] if position < len(names) else f"{prefix}{position + 1}_{observable}"
        number = number_of(text)
        found[name] = values[text] if number is None else number
    return found


def _formulas(
    part: ModelPart, model: ConditionedModel, parameters: _Values
) -> tuple[dict[str, tuple[Formula, Formula]], list[Problem]]:
    """Both formulas of every observable that is measured, and what is wrong with them."""
    found, problems = {}, []
    measured = {m.observable for m in part.measurements}
    for name in sorted(measured):
        item = part.observables[name]
        known = {*model.names, *parameters, *part.observables, "time", *item.placeholders, *item.noise_placeholders}
        known |= {a.target for e in part.experiments.values() for p in e.periods for a in p.assignments}
        pair = []
        for column, text in (("observableFormula", item.formula), ("noiseFormula", item.noise)):
            try:
                formula = parse_formula(text, model.sbml)
            except FormulaError as error:
                problems.append(item.row.problem(column, str(error)))
                continue
            missing = [n for n in sorted(formula.names - known) if not _placeholder(n, name)]
            problems += [unknown_name("id", n, known, key=item.row.key(column)) for n in missing]
            pair.append(formula)
        if len(pair) == 2:
            found[name] = (pair[0], pair[1])
    problems += [p for m in part.measurements if m.observable in found for p in _unfilled(part, m, found[m.observable])]
    return found, problems


def _placeholder(name: str, observable: str) -> bool:
    return name.startswith(("observableParameter", "noiseParameter")) and name.endswith(f"_{observable}")


def _unfilled(part: ModelPart, row: MeasuredRow, formulas: tuple[Formula, Formula]) -> list[Problem]:
    """A measurement gives as many overrides as the formulas of its observable have placeholders."""
    item = part.observables[row.observable]
    problems = []
    kinds = (
        ("observableParameters", "observableParameter", row.overrides, item.placeholders),
        ("noiseParameters", "noiseParameter", row.noise_overrides, item.noise_placeholders),
    )
    for column, prefix, given, declared in kinds:
        names = {n for f in formulas for n in f.names if n.startswith(prefix) and _placeholder(n, row.observable)}
        needed = len(declared) or len(names)
        if len(given) != needed:
            message = f"{len(given)} given, the formulas of {row.observable} need {needed}"
            problems.append(row.row.problem(column, message, advice="separate several by a semicolon"))
    return problems


def _faults_of_overrides(part: ModelPart, model: ConditionedModel, parameters: _Values) -> list[Problem]:
    problems = []
    for row in part.measurements:
        for column, texts in (("observableParameters", row.overrides), ("noiseParameters", row.noise_overrides)):
            problems += [
                unknown_name("parameter", t, parameters, key=row.row.key(column))
                for t in texts
                if number_of(t) is None and t not in parameters
            ]
    return problems


def _faults_of_assignments(
    part: ModelPart, model: ConditionedModel, parameters: _Values, formulas: _Pairs
) -> list[Problem]:
    """What conditions set must be something of the model that no rule decides, or stand in a formula."""
    used = {n for pair in formulas.values() for f in pair for n in f.names}
    seen: set[str] = set()
    problems: list[Problem] = []
    for experiment in part.experiments.values():
        for item in (a for p in experiment.periods for a in p.assignments):
            if item.row.key(item.target) not in seen:
                problems += _faults(item, model, parameters, used)
            seen.add(item.row.key(item.target))
    return problems


def _faults(item: Assignment, model: ConditionedModel, parameters: _Values, used: set[str]) -> list[Problem]:
    if item.target not in model.names and item.target not in used:
        return [unknown_name("quantity of the model", item.target, model.names, key=item.row.key(item.target))]
    if item.target in model.ruled:
        return [item.row.problem(item.target, "a rule of the model decides it, so a condition cannot")]
    number = number_of(item.text)
    if number is None:
        try:
            missing = parse_formula(item.text, model.sbml).names - {*parameters, *model.names, "time"}
        except FormulaError as error:
            return [item.row.problem(item.target, str(error))]
        return [unknown_name("parameter", n, parameters, key=item.row.key(item.target)) for n in sorted(missing)]
    if math.isinf(number) or (math.isnan(number) and item.target not in model.moving):
        return [item.row.problem(item.target, f"{item.text!r} is not a finite number")]
    return []
