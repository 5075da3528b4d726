"""A study fitted to measured values, with its report; and what would be fitted, without computing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abscopal import fitting, pipeline
from abscopal.fitting import FitChoice, FitEffort, FitProblem, FitProgress
from abscopal.report import study_fit
from abscopal.report.study_fit import REPORT_FILE, WORLDS_FILE, StudyFit
from abscopal.storage.folders import check_folder

_FITS = Path("fits")


@dataclass(frozen=True)
class FitJob:
    """A fit that can be computed, and the folder that it goes to."""

    problem: FitProblem
    folder: Path
    seed: int


def fit_job(
    study: Path,
    data: Path,
    estimate: Sequence[str] = (),
    individual: Sequence[str] = (),
    *,
    overrides: Mapping[str, str] | None = None,
    catalogue: Path | None = None,
    folder: Path | None = None,
    seed: int = 1,
) -> FitJob:
    """A study and a table made ready to be fitted.

    Parameters
    ----------
    estimate : names of parameters, or `auto:12`; none is `auto:12`.
    individual : names of parameters that every animal has of its own.
    folder : where the fit goes; None is `fits/STUDY`.

    Raises
    ------
    InputError
        The study, the table, a name or the folder cannot be used.
    """
    loaded = pipeline.load(study, overrides, catalogue)
    choice = FitChoice(tuple(estimate) or ("auto:12",), tuple(individual))
    problem = study_fit.problem(loaded, data, choice)
    chosen = folder or _FITS / study.stem
    files = (fitting.POSTERIOR_FILE, fitting.SUMMARY_FILE, fitting.DRAWS_FILE, REPORT_FILE, WORLDS_FILE)
    check_folder(chosen, files)
    return FitJob(problem, chosen, seed)


def check_fit(job: FitJob) -> dict[str, Any]:
    """What each row became, and what would be estimated, as plain values."""
    return job.problem.describe()


def run_fit(
    job: FitJob,
    *,
    preview: bool = False,
    leave_out: bool = True,
    worlds: int = 0,
    resume: bool = False,
    progress: FitProgress | None = None,
) -> StudyFit:
    """Fit, and write posterior.nc, fit.json, draws.csv and report.html into the folder of the job.

    The posterior is written before arms are left out and worlds tried, so that a kill there leaves a whole fit.

    Parameters
    ----------
    preview : stop at the Gaussian around the mode.
    leave_out : foretell each arm by a fit to the others; not done for a preview.
    worlds : so many previews in which what is not estimated has other plausible values.
    resume : go on with the sweeps that an earlier call of the same fit noted in the folder.
    progress : called with (what, done, all).

    Raises
    ------
    InputError
        The model cannot be solved, the notes are of another fit, or the folder cannot be written to.
    """
    effort = FitEffort.usual(bool(job.problem.individual), preview)
    found = StudyFit(fitting.fit(job.problem, effort, job.seed, job.folder, resume, progress))
    found.save(job.folder)
    more = found
    if leave_out and not preview:
        more = study_fit.with_left_out(more, progress)
    if worlds:
        more = study_fit.with_worlds(more, worlds, progress)
    if more is not found:
        more.save(job.folder)
    return more
