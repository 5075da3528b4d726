"""The main job: simulate every arm of a study and keep the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from threading import Thread
from typing import Literal

from abscopal import pipeline
from abscopal.report import study_result
from abscopal.report.study_result import StudyResult
from abscopal.results import Result
from abscopal.simulation import Progress, Settings
from abscopal.storage.folders import check_folder
from abscopal.study import Study

Solver = Literal["fast", "reference"]
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


def study_job(
    path: Path,
    overrides: Mapping[str, str] | None = None,
    folder: Path | None = None,
    size: int | None = None,
    seed: int | None = None,
) -> StudyJob:
    """A study file made ready to be run.

    Parameters
    ----------
    overrides : parameter name -> value with unit, as text.
    folder : where the result goes; None is `out/STUDY`.
    size, seed : of the cohort; None keeps the study's.

    Raises
    ------
    InputError
        The study cannot be used, or the folder cannot be written to.
    """
    study = pipeline.load(path, overrides).with_cohort(size, seed)
    chosen = folder or _RESULTS / _folder_name(study.name)
    check_folder(chosen)
    return StudyJob(study, chosen)


def run_study(
    job: StudyJob,
    *,
    without: Sequence[str] = (),
    solver: Solver = "fast",
    csv: bool = False,
    progress: Progress | None = None,
) -> StudyResult:
    """Simulate every arm of a study and write its result into the folder of the job.

    A cohort too large for memory is streamed; its finished blocks are noted beside the folder until the result is
    written, so that the same command goes on after a kill.

    Parameters
    ----------
    without : mechanisms to switch off.
    csv : whether tidy tables are written too.
    progress : called with (arm, subjects done, subjects).

    Raises
    ------
    InputError
        An option cannot be used, or the result cannot be written.
    """
    Thread(target=_import_ahead, name="imports").start()
    notes = job.folder.absolute().parent / f".{job.folder.name}-blocks"
    result = study_result.run(
        job.study, without=without, settings=Settings(solver=solver), progress=progress, notes=notes
    )
    result.save(job.folder, csv=csv)
    rmtree(notes, ignore_errors=True)
    return result


def any_subject_solved(result: Result) -> bool:
    """Whether at least one subject of any arm could be simulated."""
    return bool((result.data["status"] == 0).any())


def _import_ahead() -> None:
    """Imports while the model is compiled, which leaves the interpreter idle."""
    for name in _NEEDED_LATER:
        import_module(name)


def _folder_name(study: str) -> str:
    """The study's name as one folder name: it stays inside `out`, whatever the name holds."""
    plain = "".join(c if c.isalnum() or c in " ._-" else "_" for c in study)
    return plain.strip(" .") or "study"
