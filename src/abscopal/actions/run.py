"""The main job: simulate every arm of a study and keep the result."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from threading import Thread
from typing import Literal

from abscopal import engine, pipeline, units
from abscopal.errors import InputError, Problem
from abscopal.report import study_result
from abscopal.report.study_result import StudyResult
from abscopal.results import Result
from abscopal.results.storage import result_files
from abscopal.simulation import COMPARED, Progress, Settings
from abscopal.storage.drafts import held
from abscopal.storage.folders import check_folder, hidden_beside
from abscopal.study import Study
from abscopal.study.specification import LEAST_STEP_DAYS, MOST_STEP_DAYS

Solver = Literal["fast", "reference"]
Animals = Literal["same", "new"]
_RESULTS = Path("out")
# What writing and printing a result needs, and what takes long to import in it.
_NEEDED_LATER = ("xarray", "h5netcdf", "scipy.stats", "matplotlib.backends.backend_agg")


@dataclass(frozen=True)
class StudyJob:
    """A study that can be run, and the folder that its result goes to."""

    study: Study
    folder: Path

    @property
    def subjects(self) -> int:
        """Subjects of all arms together."""
        return len(self.study.arms) * self.study.cohort.size

    def with_output(self, step: str | None = None, readouts: Sequence[str] = ()) -> StudyJob:
        """The same job with another spacing of its output, as text with a unit, or other readouts.

        Raises
        ------
        InputError
            The spacing is no time, or not a positive one of at most a year.
        """
        chosen = None if step is None else _step_days(step)
        return replace(self, study=self.study.with_output(chosen, readouts))


def _step_days(text: str) -> float:
    allowed = "a time from 0.001 d to 365 d, such as 6 h or 0.5 d"
    try:
        days = units.parse_quantity(text, "d")
    except units.QuantityError as error:
        raise InputError(Problem(str(error), key="--output-step", allowed=allowed)) from None
    if not LEAST_STEP_DAYS <= days <= MOST_STEP_DAYS:
        raise InputError(Problem(f"is {text}", key="--output-step", allowed=allowed))
    return days


def study_job(
    path: Path,
    overrides: Mapping[str, str] | None = None,
    folder: Path | None = None,
    size: int | None = None,
    seed: int | None = None,
    catalogue: Path | None = None,
) -> StudyJob:
    """A study file made ready to be run.

    Parameters
    ----------
    overrides : parameter name -> value with unit, as text.
    folder : where the result goes; None is `out/STUDY`.
    size, seed : of the cohort; None keeps the study's.
    catalogue : the user's own lines, drugs and cell products; None is `catalogue.yaml` beside the study, if any.

    Raises
    ------
    InputError
        The study cannot be used, or the folder cannot be written to.
    """
    study = pipeline.load(path, overrides, catalogue).with_cohort(size, seed)
    chosen = folder or _RESULTS / _folder_name(study.name)
    check_folder(chosen)
    return StudyJob(study, chosen)


def run_study(
    job: StudyJob,
    *,
    without: Sequence[str] = (),
    solver: Solver = "fast",
    rtol: float | None = None,
    csv: bool = False,
    data: Path | None = None,
    posterior: Path | None = None,
    animals: Animals | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Simulate every arm of a study and write its result into the folder of the job.

    A cohort too large for memory is streamed; its finished blocks are noted beside the folder until the result is
    written, so that the same command goes on after a kill.

    Parameters
    ----------
    without : mechanisms to switch off.
    rtol : relative tolerance of the solver; None is the usual one.
    csv : whether tidy tables are written too.
    data : measured values that figures and summary show too, as CSV.
    posterior : posterior.nc of a fit, whose draws the subjects are.
    animals : with a posterior: the `same` animals as in its data, or `new` ones; None takes the same, if it has any.
    progress : called with (arm, subjects done, subjects).

    Raises
    ------
    InputError
        An option cannot be used, or the result cannot be written.
    """
    check_folder(job.folder, result_files(csv))
    # A daemon: Ctrl-C would otherwise wait for its imports, for ever where they wait for one that was interrupted.
    Thread(target=_import_ahead, name="imports", daemon=True).start()
    notes = hidden_beside(job.folder, "blocks")
    settings = Settings(solver=solver, compared=COMPARED)
    settings = settings if rtol is None else replace(settings, rtol=rtol)
    if posterior is None:
        _refuse_animals(animals)
        result = study_result.run(
            job.study, without=without, settings=settings, progress=progress, notes=notes, data=data
        )
    else:
        # Here, because what reads a fit takes long to import.
        from abscopal.fitting import open_posterior
        from abscopal.report.posterior_run import run_posterior

        kept = open_posterior(posterior)
        result = run_posterior(
            kept,
            job.study,
            str(posterior),
            animals=animals,
            without=without,
            settings=settings,
            progress=progress,
            data=data,
        )
    result.save(job.folder, csv=csv)
    if notes.exists():
        with held(notes) as ours:
            if ours:
                rmtree(notes, ignore_errors=True)
    return result


def _refuse_animals(animals: Animals | None) -> None:
    if animals is not None:
        message = "says which animals of a posterior are meant, and none is given"
        raise InputError(Problem(message, key="--animals", advice="add --posterior FILE"))


def arms_without_subjects(result: Result) -> tuple[str, ...]:
    """Arms of which no subject could be simulated to finite volumes; nothing can be said of them."""
    trajectories = result.trajectories
    solved = trajectories.ok if trajectories.streamed is None else engine.finished(trajectories.streamed.status)
    return tuple(arm for a, arm in enumerate(trajectories.arms) if not solved[a].any())


def _import_ahead() -> None:
    """Imports while the model is compiled, which leaves the interpreter idle."""
    for name in _NEEDED_LATER:
        with suppress(Exception):  # whoever needs it says what is wrong
            import_module(name)


def _folder_name(study: str) -> str:
    """The study's name as one folder name: it stays inside `out`, whatever the name holds."""
    plain = "".join(c if (c.isalnum() and _can_name(c)) or c in " ._-" else "_" for c in study)
    return plain.strip(" .") or "study"


def _can_name(letter: str) -> bool:
    """Whether the system takes a letter in a file's name; in the C locale only ASCII."""
    try:
        os.fsencode(letter)
    except UnicodeEncodeError:
        return False
    return True
