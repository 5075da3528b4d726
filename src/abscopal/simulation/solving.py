"""Model, timeline and animals → labelled trajectories: what `pipeline.run` does for each arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from abscopal import cohort, engine, parameters, regimen
from abscopal.cohort.conditioning import scale_to_volume
from abscopal.errors import InputError, Problem
from abscopal.model import AssembledModel, Plan, Quantity, Species
from abscopal.model.generic import neutral_value
from abscopal.model.study_plan import schedule_of
from abscopal.parameters import Parameter, ParameterSet, Source
from abscopal.study import Study

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

# Widest factor on the inoculum that conditioning may use, besides starting at the target volume itself.
_SMALLEST_TAKE = 1e-5
# Every trajectory of a study is kept for its plots and tests; larger cohorts belong to the streaming engine.
_MOST_MEMORY_BYTES = 2e9
# Draws of one patient that are tried before it is given up.
_MOST_REDRAWS = 40
# An animal whose tumour cannot have the start volume asked for; after the engine's own codes.
NOT_CONDITIONED = 100


@dataclass(frozen=True)
class Settings:
    """How to solve.

    Attributes
    ----------
    solver : "fast" (Rosenbrock method, many animals side by side) or "reference" (SciPy LSODA, one by one).
    rtol : relative tolerance.
    step_days : spacing of the output [d].
    """

    solver: Literal["fast", "reference"] = "fast"
    rtol: float = 1e-4
    step_days: float = 1.0
    threads: int | None = None


@dataclass(frozen=True)
class ArmTrajectories:
    """Output of one arm: outputs (subjects, times, outputs), status (subjects,) and discarded draws (subjects,)."""

    outputs: FloatArray
    status: NDArray[np.int8]
    redraws: NDArray[np.int64]


def measured_pairs(plan: Plan, shared: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The line's measured ion coefficients as parameters of their field, and its antigens as parameters of theirs."""
    found = {}
    for field in plan.fields:
        if field.measured_pair is not None:
            alpha, beta, cite = field.measured_pair
            source = Source("measured", cite, "PIDE refit of the line's survival curve")
            found[f"alpha_ion@{field.key}"] = shared["alpha_ion"].with_value(alpha, source)
            found[f"beta_ion@{field.key}"] = shared["beta_ion"].with_value(beta, source)
    for antigen in plan.antigens:
        source = Source("assumed", note=antigen.note)
        for name, value in (("density", antigen.density), ("negative_share", antigen.negative_share)):
            full = f"antigen_{name}@{antigen.name}"
            found[full] = shared[f"antigen_{name}"].with_value(value, source)
    return found


@dataclass(frozen=True)
class Subjects:
    """Conditioned values (subjects, parameters), which could be so, and how many draws were discarded for each."""

    values: FloatArray
    possible: NDArray[np.bool_]
    redraws: NDArray[np.int64]


def output_times(study: Study, settings: Settings) -> FloatArray:
    """Days of output: from the first inoculation to the end of follow-up, day 0 and the response day among them [d]."""
    start = min(s.inoculated_day for s in study.sites)
    grid = np.arange(np.ceil(start), study.follow_up_days + 1e-9, settings.step_days)
    response = study.endpoints.response
    extra = [start, study.follow_up_days, response.day, response.baseline_day]
    wanted = np.concatenate([grid, [day for day in extra if start <= day <= study.follow_up_days]])
    return np.unique(wanted)


def simulate(
    study: Study,
    model: AssembledModel,
    declared: ParameterSet,
    draws: Mapping[str, FloatArray] | None,
    settings: Settings,
    progress: Progress | None = None,
) -> dict[str, ArmTrajectories]:
    """Trajectories of every arm, by name.

    Parameters
    ----------
    draws : values per arm (subjects, parameters), before host changes; None draws the study's cohort.
    """
    _check_memory(study, model, settings)
    arms: dict[str, ArmTrajectories] = {}
    conditioned: dict[tuple[Any, ...], Subjects] = {}
    for arm in study.arms:
        stream = "" if study.cohort.arms == "shared" else arm.name
        changes = study.host_changes(arm.name)
        key = (stream, changes) if draws is None else (arm.name,)
        if key not in conditioned:
            given = None if draws is None else draws[arm.name]
            conditioned[key] = _subjects(study, model, declared, given, stream, changes, settings)
        arms[arm.name] = _simulate_arm(study, model, arm.name, conditioned[key], settings, progress)
    return arms


def _subjects(
    study: Study,
    model: AssembledModel,
    declared: ParameterSet,
    given: FloatArray | None,
    stream: str,
    changes: Sequence[str],
    settings: Settings,
) -> Subjects:
    """Conditioned subjects; a patient is drawn anew until there is one that can have the tumour it is known to have.

    An animal was inoculated, and its tumour may fail to grow: it is not drawn anew. Nor are values that were given.
    """
    names, size = model.parameter_names, study.cohort.size

    def drawn(attempt: int) -> FloatArray:
        place = f"{stream}#{attempt}" if attempt else stream
        return cohort.draw(declared, study.cohort.seed, size, stream=place)

    values = cohort.apply_host_changes(drawn(0) if given is None else given, names, changes)
    values, possible = condition(study, model, values, settings)
    redraws = np.zeros(size, dtype=np.int64)
    if given is not None or not has_tumour_by_diagnosis(study.host.species):
        return Subjects(values, possible, redraws)
    for attempt in range(1, _MOST_REDRAWS + 1):
        missing = np.flatnonzero(~possible)
        if not missing.size:
            break
        redraws[missing] += 1
        again = cohort.apply_host_changes(drawn(attempt)[missing], names, changes)
        values[missing], possible[missing] = condition(study, model, again, settings)
    return Subjects(values, possible, redraws)


def has_tumour_by_diagnosis(species: str) -> bool:
    """Whether subjects of this species are chosen for a tumour that they have, rather than inoculated."""
    return "tumour_before_start" in parameters.entry("species", species).about


def _check_memory(study: Study, model: AssembledModel, settings: Settings) -> None:
    """Refuse a cohort whose trajectories would not fit, before any time is spent on it."""
    per_animal = 8 * len(study.arms) * len(output_times(study, settings)) * len(model.system.outputs)
    most = int(_MOST_MEMORY_BYTES // per_animal)
    if study.cohort.size > most:
        problem = Problem(
            f"a cohort of {study.cohort.size:,} animals in {len(study.arms)} arms would take "
            f"{per_animal * study.cohort.size / 1e9:.0f} GB, as every trajectory is kept",
            key="cohort.size",
            allowed=f"at most {most:,} animals for this study",
            advice=f"run with --size {most} or fewer",
        )
        raise InputError(problem, study.origin.path)


def _simulate_arm(
    study: Study,
    model: AssembledModel,
    arm: str,
    subjects: Subjects,
    settings: Settings,
    progress: Progress | None,
) -> ArmTrajectories:
    possible = subjects.possible
    timeline = regimen.timeline(study, arm)
    solution = _solve(
        model,
        schedule_of(study, model, timeline),
        subjects.values,
        output_times(study, settings),
        timeline.start_day,
        settings,
        (lambda done, total: progress(arm, done, total)) if progress else None,
    )
    status = np.where(possible, solution.status, NOT_CONDITIONED).astype(np.int8)
    return ArmTrajectories(np.where(possible[:, None, None], solution.outputs, np.nan), status, subjects.redraws)


def _solve(
    model: AssembledModel,
    schedule: Any,
    values: FloatArray,
    times: FloatArray,
    start: float,
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    outputs: Sequence[str] | None = None,
) -> engine.Solution:
    return engine.solve(
        model.system,
        schedule,
        values,
        times,
        start=start,
        rtol=settings.rtol,
        threads=settings.threads,
        outputs=outputs,
        progress=progress,
        solver=settings.solver,
    )


def condition(
    study: Study, model: AssembledModel, values: FloatArray, settings: Settings
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Values with the early growth scaled so that sites have their start volumes, and which animals could be so.

    Parameters
    ----------
    values : (subjects, parameters), host changes applied.
    """
    sites = [s for s in study.sites if s.start_volume is not None]
    if not sites:
        return values, np.ones(len(values), dtype=bool)
    timeline = regimen.timeline(study, study.control)
    columns = [model.parameter_names.index(f"inoculum_take@{s.name}") for s in sites]
    untreated = schedule_of(study, model, timeline, only=("inoculation",))
    days = [s.start_volume.day for s in sites if s.start_volume is not None]
    targets = np.array([s.start_volume.value_mm3 for s in sites if s.start_volume is not None])
    times = np.unique(days)
    at_day = [int(np.searchsorted(times, day)) for day in days]
    wanted = [f"volume@{s.name}" for s in sites]

    cells = np.maximum(np.array([s.inoculum_cells for s in sites]) * values[:, columns], 1.0)
    density = values[:, [model.parameter_names.index("cell_density")]]
    high = np.log(1.5 * targets * density / cells)

    def volume_of(log_scale: FloatArray) -> FloatArray:
        scaled = values.copy()
        scaled[:, columns] *= np.exp(np.minimum(log_scale, high))  # rounding where both ends agree
        solution = _solve(model, untreated, scaled, times, timeline.start_day, settings, outputs=wanted)
        found = np.stack([solution.output(name)[:, at] for name, at in zip(wanted, at_day, strict=True)], axis=1)
        return np.nan_to_num(found, nan=0.0)

    scale = scale_to_volume(volume_of, targets, np.minimum(np.log(_SMALLEST_TAKE), high - 1.0), high)
    possible = np.all(np.isfinite(scale), axis=1)
    values = values.copy()
    values[:, columns] *= np.exp(np.nan_to_num(scale, nan=0.0))
    return values, possible


def dataset(study: Study, model: AssembledModel, arms: Mapping[str, ArmTrajectories], settings: Settings) -> Any:
    """Trajectories of all arms as a labelled xarray dataset (arm, subject, site, time)."""
    import xarray as xr

    times = output_times(study, settings)
    cube = np.stack([arms[arm.name].outputs for arm in study.arms])
    variables: dict[str, Any] = {}
    for item in _readouts(model):
        name, places = item["name"], item["places"]
        if places == model.sites:
            parts = [_column(cube, model, f"{item['key']}@{site}") for site in places]
            variables[name] = (("arm", "subject", "site", "time"), np.stack(parts, axis=2), item["attrs"])
        else:
            variables[name] = (
                ("arm", "subject", "time"),
                _column(cube, model, f"{item['key']}@{places[0]}"),
                item["attrs"],
            )
    status = np.stack([arms[arm.name].status for arm in study.arms])
    advice = {str(int(s)): s.advice for s in engine.Status}
    advice[str(NOT_CONDITIONED)] = (
        "the tumour cannot have the start volume on that day: give more cells or an earlier inoculation"
    )
    variables["status"] = (("arm", "subject"), status, advice)
    if has_tumour_by_diagnosis(study.host.species):
        redraws = np.stack([arms[arm.name].redraws for arm in study.arms])
        meaning = "draws discarded because this patient could not have had the start volume"
        variables["redraws"] = (("arm", "subject"), redraws, {"unit": "1", "long_name": meaning})
    coordinates = {
        "arm": [arm.name for arm in study.arms],
        "subject": np.arange(study.cohort.size),
        "site": list(model.sites),
        "time": ("time", times, {"unit": "day", "long_name": f"day (0 = {study.clock.replace('_', ' ')})"}),
    }
    return xr.Dataset(variables, coords=coordinates)


def _column(cube: FloatArray, model: AssembledModel, name: str) -> FloatArray:
    names = [output for output, _ in model.system.outputs]
    if name not in names:  # some readouts are only of irradiated sites
        return np.full(cube.shape[:-1], neutral_value(model, name))
    return cube[..., names.index(name)]


def _readouts(model: AssembledModel) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    items: list[Species | Quantity] = [*model.species, *model.quantities]
    for item in items:
        if item.group == "internal":
            continue
        at_site = item.where in model.sites
        name = item.name if at_site else f"{item.where}_{item.name}"
        attrs = {"unit": item.unit, "long_name": item.meaning, "group": item.group}
        places = model.sites if at_site else (item.where,)
        found.setdefault(name, {"name": name, "key": item.name, "places": places, "attrs": attrs})
    return list(found.values())
