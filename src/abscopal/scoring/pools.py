"""Pools of simulated animals: one per arm and variant of the model, from which simulated experiments draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from abscopal import pipeline, simulation
from abscopal.evidence.curation.culture import left_out
from abscopal.model import AssembledModel
from abscopal.model.generic import neutral_value
from abscopal.parameters import ParameterSet
from abscopal.regimen import Timeline
from abscopal.results.bench import ArmPool
from abscopal.results.questions import output_at
from abscopal.scoring.content_keys import canonical, study_key
from abscopal.scoring.declarations import Effort, declared
from abscopal.scoring.parameter_sets import animals_of, at_class_prior, plausible_medians, scaled
from abscopal.simulation import ArmTrajectories, Prepared, Settings
from abscopal.simulation.description import is_dish
from abscopal.statistics.accuracy import Floats
from abscopal.study import Arm, Study

MODEL, NO_IMMUNITY, CLASS_PRIOR = "model", "no immunity", "line at its class prior"
VARIANTS = (MODEL, NO_IMMUNITY, CLASS_PRIOR)

# Colonies are plated within half an hour of irradiation.
_PLATING_DAYS = 0.02


@dataclass(frozen=True)
class Pool:
    """Animals of a study's arms under each variant of the model.

    Attributes
    ----------
    study : the study as simulated, arms named by their content.
    time_days : days of the outputs.
    timelines : arm's name in the pool -> its timeline.
    parameters : the declared parameters.
    names : name of each arm asked for -> its name in the pool.
    arms : variant -> arm's name in the pool -> animals.
    units : unit of each output of the model.
    """

    study: Study
    time_days: Floats
    timelines: Mapping[str, Timeline]
    parameters: ParameterSet
    names: Mapping[str, str]
    arms: Mapping[str, Mapping[str, ArmPool]]
    units: Mapping[str, str]


def simulate_pool(
    study: Study,
    arms: Iterable[Arm],
    outputs: Iterable[str],
    sets: Sequence[int],
    effort: Effort,
    variants: Sequence[str] = VARIANTS,
) -> Pool:
    """Simulate arms for some of the plausible sets, under every variant of the model.

    Parameters
    ----------
    arms : arms to simulate, of the study or derived from its own.
    outputs : names of outputs wanted beside the volumes; those the model lacks in this study have their neutral value.
    sets : numbers of the plausible sets.
    variants : variants of the model to simulate.

    Raises
    ------
    InputError
        The study cannot be modelled.
    """
    plain, names = canonical(study, arms)
    if is_dish(plain):  # dishes of one line hold the same cells: they differ by errors of measurement alone
        effort = replace(effort, animals=1)
    prepared = pipeline.prepare(plain, left_out(plain))
    settings = Settings(threads=1)
    values = _values(prepared, study_key(study), sets, effort, variants)
    wanted = list(dict.fromkeys([output_at("volume", site.name) for site in plain.sites] + list(outputs)))
    there = {name for name, _ in prepared.model.system.outputs}
    times = _times(plain, settings)
    shape = (len(variants), len(sets), effort.animals)
    solved = simulation.simulate(
        prepared, values, settings, outputs=[name for name in wanted if name in there], times=times
    )
    found: dict[str, dict[str, ArmPool]] = {variant: {} for variant in variants}
    for arm, trajectories in solved.items():
        usable = trajectories.solved.reshape(shape)
        curves = {name: _curves(trajectories, prepared.model, name, (*shape, len(times))) for name in wanted}
        for v, variant in enumerate(variants):
            found[variant][arm] = ArmPool({name: curve[v] for name, curve in curves.items()}, usable[v])
    units = {f"{s.name}@{s.where}": s.unit for s in prepared.model.species}
    units |= {f"{q.name}@{q.where}": q.unit for q in prepared.model.quantities}
    return Pool(plain, times, prepared.timelines, prepared.undrawn, names, found, units)


def _times(study: Study, settings: Settings) -> Floats:
    """Days of the outputs; in a dish also minutes after each fraction, when colonies are plated."""
    times = simulation.output_times(study, settings)
    if not is_dish(study):
        return times
    fractions = [day + _PLATING_DAYS for arm in study.arms for course in arm.radiation for day in course.days]
    return np.unique([*times, *(day for day in fractions if day <= times[-1])])


def _values(
    prepared: Prepared, laboratory: str, sets: Sequence[int], effort: Effort, variants: Sequence[str]
) -> Floats:
    """Parameter values of every animal, variant by variant, shape (variants x sets x animals, parameters)."""

    def animals(parameters: ParameterSet) -> Floats:
        line = prepared.study.tumour
        medians = plausible_medians(parameters, sets, laboratory, effort.seed, effort.population, line)
        if is_dish(prepared.study):
            return medians
        return animals_of(parameters, medians, sets, effort).reshape(-1, len(parameters))

    usual = animals(prepared.undrawn)
    made = {
        MODEL: lambda: usual,
        NO_IMMUNITY: lambda: scaled(usual, prepared.model.parameter_names, declared()["without_immunity"]),
        CLASS_PRIOR: lambda: animals(at_class_prior(prepared.undrawn, prepared.study.tumour)),
    }
    return np.concatenate([made[variant]() for variant in variants])


def _curves(trajectories: ArmTrajectories, model: AssembledModel, name: str, shape: tuple[int, ...]) -> Floats:
    if name not in trajectories.names:
        return np.full(shape, neutral_value(model, name))
    return trajectories.output(name).reshape(shape)


def independent_action(untreated: ArmPool, single: Sequence[ArmPool], floors: Mapping[str, float]) -> ArmPool:
    r"""The animals of a combination if its treatments act independently (Bliss).

    Notes
    -----
    .. math:: \ln y = \ln y_0 + \sum_i (\ln y_i - \ln y_0)

    for every animal, output and day, with :math:`y_0` untreated; volumes and readouts are held above a floor.
    """
    solved = untreated.solved.copy()
    for part in single:
        solved &= part.solved
    outputs = {}
    for name, baseline in untreated.outputs.items():
        start = np.log(np.maximum(baseline, floors[name]))
        total = start.copy()
        for part in single:
            total += np.log(np.maximum(part.outputs[name], floors[name])) - start
        outputs[name] = np.exp(np.minimum(total, 700.0))
    return ArmPool(outputs, solved)
