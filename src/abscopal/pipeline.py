"""The line that is the whole program: study → regimen → radiation → model → engine → results → report."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from abscopal import cohort, measurements, parameters, regimen, simulation, study
from abscopal.model import assemble
from abscopal.model.plan import plan_of
from abscopal.results import Result
from abscopal.results.endpoints import rules_of
from abscopal.simulation import COMPARED, FloatArray, Prepared, Progress, Settings, description, streaming
from abscopal.simulation.inocula import inocula
from abscopal.simulation.trajectories import check_readouts
from abscopal.study import Study


def load(
    path: str | PathLike[str],
    overrides: Mapping[str, str] | None = None,
    catalogue: str | PathLike[str] | None = None,
) -> Study:
    """A study from its file; `overrides` replaces parameters by NAME: "value unit".

    A file of the user's own lines, drugs and cell products is given as `catalogue`, or found as `catalogue.yaml` beside
    the study.

    Raises
    ------
    InputError
        The file cannot be used; every problem with its line.
    """
    return study.load(path, overrides, catalogue)


def prepare(chosen: Study, without: Sequence[str] = ()) -> Prepared:
    """A study made ready to be solved: study → regimen → radiation → model, each built once.

    Raises
    ------
    InputError
        A course cannot be given as the study says, or a mechanism cannot be left out.
    """
    with parameters.using(chosen.catalogue):
        return _prepared(chosen, without)


def _prepared(chosen: Study, without: Sequence[str]) -> Prepared:
    without = tuple(dict.fromkeys(name.strip() for name in without))
    regimen.check_treatment(chosen)
    timelines = regimen.timelines(chosen)
    plan = plan_of(chosen, timelines)
    model = assemble(plan, without)
    check_readouts(chosen, model)
    keys = model.event_keys
    undrawn = cohort.parameters_of(chosen, model.parameter_names, cohort.measured_values(plan))
    return Prepared(
        study=chosen,
        plan=plan,
        timelines=timelines,
        schedules={name: regimen.schedule_of(timeline, keys) for name, timeline in timelines.items()},
        untreated=regimen.schedule_of(timelines[chosen.control], keys, only=("inoculation",)),
        model=model,
        declared=cohort.with_drawn_line(undrawn, chosen.tumour, chosen.cohort.seed),
        undrawn=undrawn,
        without=without,
    )


def run(
    chosen: Study | str | PathLike[str],
    *,
    draws: Mapping[str, FloatArray] | None = None,
    without: Sequence[str] = (),
    settings: Settings | None = None,
    progress: Progress | None = None,
    notes: Path | None = None,
    data: str | PathLike[str] | None = None,
) -> Result:
    """Simulate every arm of a study; a cohort too large for memory is streamed.

    Parameters
    ----------
    chosen : the study, or the path of its file.
    draws : parameter values per arm (subjects, parameters) in the order of the prepared model; None draws the cohort.
    without : mechanisms to switch off.
    settings : how to solve; None is as usual, with some subjects solved again to see what the tolerance changes.
    progress : called with (arm, subjects done, subjects).
    notes : folder where a streamed cohort notes its finished blocks, so that the same call goes on after a kill.
    data : CSV of measured values that figures and summary show too; docs/measurements.md says how it looks.

    Raises
    ------
    InputError
        The study or an option cannot be used.
    """
    loaded = chosen if isinstance(chosen, Study) else load(chosen)
    with parameters.using(loaded.catalogue):
        return _run(loaded, draws, without, settings or Settings(compared=COMPARED), progress, notes, data)


def _run(
    loaded: Study,
    draws: Mapping[str, FloatArray] | None,
    without: Sequence[str],
    settings: Settings,
    progress: Progress | None,
    notes: Path | None,
    data: str | PathLike[str] | None,
) -> Result:
    began = time.perf_counter()
    whole = prepare(loaded, without)
    measured = None if data is None else simulation.matched(measurements.read(data), whole)
    streamed = draws is None and not streaming.fits_memory(whole, settings)
    prepared = streaming.first_of(whole) if streamed else whole
    trajectories = simulation.simulate(prepared, draws, settings, None if streamed else progress)
    labelled = simulation.dataset(
        prepared, trajectories, simulation.recorded_times(prepared.study, prepared.timelines, settings)
    )
    control = trajectories[prepared.study.control]
    origin = description.provenance(whole, settings, inocula(prepared, control.settled_cells))
    origin["warnings"] += description.accuracy_notes(trajectories, settings)
    everyone = None
    if streamed:
        first = Result.build(labelled, description.metadata(whole, origin))
        rules = rules_of(first.metadata, first.comparison_days)
        everyone = streaming.stream_cohort(whole, rules, settings, progress, notes)
    origin["runtime_s"] = round(time.perf_counter() - began, 3)
    result = Result.build(labelled, description.metadata(whole, origin), everyone)
    return result if measured is None else result.with_measurements(measured)
