"""The line that is the whole program: study → regimen → radiation → model → engine → results → report."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from abscopal import cohort, parameters, simulation, study
from abscopal.model import AssembledModel, assemble
from abscopal.model.study_plan import plan_of
from abscopal.parameters import ParameterSet
from abscopal.results import Result, description
from abscopal.simulation import FloatArray, Progress, Settings
from abscopal.study import Study


@dataclass(frozen=True)
class Prepared:
    """A study with its assembled model and declared parameters, ready to be solved.

    Attributes
    ----------
    without : mechanisms that are switched off.
    """

    study: Study
    model: AssembledModel
    declared: ParameterSet
    without: tuple[str, ...] = ()


def load(path: str | PathLike[str], overrides: Mapping[str, str] | None = None) -> Study:
    """A study from its file; `overrides` replaces parameters by NAME: "value unit".

    Raises
    ------
    InputError
        The file cannot be used; every problem with its line.
    """
    return study.load(path, overrides)


def prepare(chosen: Study, without: Sequence[str] = ()) -> Prepared:
    """The model of a study and its parameters: study → regimen → radiation → model."""
    plan = plan_of(chosen)
    model = assemble(plan, without)
    measured = simulation.measured_pairs(plan, parameters.shared())
    declared = cohort.parameters_of(chosen, model.parameter_names, measured)
    return Prepared(chosen, model, declared, tuple(without))


def run(
    chosen: Study | str | PathLike[str],
    *,
    draws: Mapping[str, FloatArray] | None = None,
    without: Sequence[str] = (),
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Result:
    """Simulate every arm of a study.

    Parameters
    ----------
    chosen : the study, or the path of its file.
    draws : parameter values per arm (subjects, parameters) in the order of the prepared model; None draws the cohort.
    without : mechanisms to switch off.
    settings : how to solve.
    progress : called with (arm, subjects done, subjects).

    Raises
    ------
    InputError
        The study or an option cannot be used.
    """
    began = time.perf_counter()
    prepared = prepare(chosen if isinstance(chosen, Study) else load(chosen), without)
    settings = settings or Settings()
    trajectories = simulation.simulate(prepared.study, prepared.model, prepared.declared, draws, settings, progress)
    data = simulation.dataset(prepared.study, prepared.model, trajectories, settings)
    origin = description.provenance(prepared.study, prepared.model, settings.solver, settings.rtol, without)
    origin["runtime_s"] = round(time.perf_counter() - began, 3)
    meta: dict[str, Any] = description.metadata(prepared.study, prepared.declared, origin)
    return Result.build(data, meta)
