"""Another study simulated with the animals and parameters of a posterior: what `run --posterior` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Literal

from abscopal import pipeline
from abscopal.errors import InputError, Problem
from abscopal.fitting import FitPosterior
from abscopal.fitting.estimated import columns_of
from abscopal.report.study_result import StudyResult
from abscopal.simulation import Prepared, Progress, Settings
from abscopal.study import Study
from abscopal.version import __version__

Animals = Literal["same", "new"]
_ALIKE = 1e-6


def run_posterior(
    posterior: FitPosterior,
    study: Study | str | PathLike[str],
    file: str,
    *,
    animals: Animals | None = None,
    size: int | None = None,
    without: Sequence[str] = (),
    settings: Settings | None = None,
    progress: Progress | None = None,
    data: str | PathLike[str] | None = None,
) -> StudyResult:
    """Simulate a study whose subjects are draws of a posterior.

    Parameters
    ----------
    file : where the posterior comes from, for the result.
    animals : "same" are those of the data in turn, "new" ones are drawn from their spread; None takes the same, if the
        posterior has animals with parameters of their own.
    size : subjects per arm; None is the study's.
    without : mechanisms to switch off.

    Raises
    ------
    InputError
        The posterior is of another version, or of parameters that the study lacks or declares otherwise.
    """
    loaded = study if isinstance(study, Study) else pipeline.load(study)
    loaded = loaded.with_cohort(size, None)
    prepared = pipeline.prepare(loaded, without)
    _check(posterior, prepared, file)
    chosen: Animals = animals or ("same" if posterior.animals else "new")
    values = posterior.values(prepared, loaded.cohort.size, loaded.cohort.seed, chosen)
    draws = {arm.name: values for arm in loaded.arms}
    found = pipeline.run(loaded, draws=draws, without=without, settings=settings, progress=progress, data=data)
    result = StudyResult.of(found)
    told = {
        "file": file,
        "study": posterior.study,
        "label": posterior.label,
        "draws": posterior.draws,
        "parameters": [*posterior.names, *posterior.own_names],
        "animals": chosen,
        "sentence": _sentence(posterior, chosen),
    }
    return result.with_posterior(told)


def _sentence(posterior: FitPosterior, animals: Animals) -> str:
    of = f"{len(posterior.names)} parameters fitted to {posterior.study!r} ({posterior.label}, {posterior.draws} draws)"
    if animals == "same":
        return (
            f"Subjects are the {len(posterior.animals)} animals of the data in turn, each with a draw of {of}: bands "
            "are what that fit leaves uncertain of these animals; all that was not fitted keeps its declared value."
        )
    return (
        f"Subjects are new animals, each with a draw of {of}: bands are what that fit leaves uncertain, together with "
        "the spread between animals."
    )


def _check(posterior: FitPosterior, prepared: Prepared, file: str) -> None:
    """Refuse a posterior that says nothing of this study's model."""
    if posterior.abscopal_version != __version__:
        message = f"the posterior is of abscopal {posterior.abscopal_version}, this is {__version__}"
        raise InputError(Problem(message, advice="fit again with this version: abscopal fit"), file)
    problems = [
        Problem(
            f"the model of {prepared.study.name!r} has no {name}, which was fitted to {posterior.study!r}",
            advice="use a study of the same sites, drugs and host, or fit again without it",
        )
        for name in posterior.unused(prepared)
    ]
    problems += _declared_otherwise(posterior, prepared)
    if problems:
        raise InputError(problems, file)


def _declared_otherwise(posterior: FitPosterior, prepared: Prepared) -> Iterator[Problem]:
    for name, value in posterior.declared.items():
        for column in columns_of(name, prepared.declared)[:1]:
            here = prepared.declared[column].value
            if abs(here - value) > _ALIKE * max(abs(here), abs(value)):
                yield Problem(
                    f"{name} is declared as {here:.4g} in {prepared.study.name!r} and as {value:.4g} in "
                    f"{posterior.study!r}: another tumour, host or override",
                    advice="fit the data with this tumour and host, or run the study that was fitted",
                )
