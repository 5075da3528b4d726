"""Models of others: those that abscopal carries, and SBML files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from abscopal import published
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.published import Given, PublishedModel
from abscopal.published.output import save, summary
from abscopal.storage.folders import check_folder


@dataclass(frozen=True)
class AddedDose:
    """An amount added to a species at some times, in the model's own units."""

    species: str
    amount: float
    times: tuple[float, ...]


@dataclass(frozen=True)
class PublishedTask:
    """How a published model is run.

    Attributes
    ----------
    duration : in the model's unit of time; None is the model's own.
    steps : points of output, less the first.
    changes : parameter -> another value.
    spread : parameter -> sigma of its log-normal spread between subjects; none is the model's own for several subjects.
    """

    duration: float | None = None
    steps: int = 200
    changes: Mapping[str, float] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    doses: Sequence[AddedDose] = ()
    size: int = 1
    seed: int = 0
    solver: Literal["fast", "reference"] = "fast"


@dataclass(frozen=True)
class PublishedRun:
    """The summary of a run, and whether any subject finished."""

    summary: dict[str, Any]
    any_finished: bool


def published_titles() -> Mapping[str, str]:
    """Name and title of the published models that abscopal carries."""
    return published.titles()


def run_published(name: str, protocol: str | None, task: PublishedTask, folder: Path | None = None) -> PublishedRun:
    """Run a published model that abscopal carries.

    Parameters
    ----------
    protocol : a treatment of the publication; None is untreated.
    folder : for summary, trajectories and a figure; None writes nothing.

    Raises
    ------
    InputError
        There is no such model, protocol or name in it, a value cannot be used, or the folder cannot be written to.
    """
    model = published.load_published(name)
    given: tuple[Given, ...] = ()
    if protocol is not None:
        if protocol not in model.protocols:
            raise InputError(unknown_name("protocol", protocol, model.protocols, key="--protocol"), model.name)
        given = model.protocols[protocol]
    return _run(model, given, task, folder)


def run_sbml(file: Path, task: PublishedTask, folder: Path | None = None) -> PublishedRun:
    """Read an SBML file and run it; arguments and errors as of `run_published`."""
    return _run(published.import_sbml(file), (), task, folder)


def _run(model: PublishedModel, given: tuple[Given, ...], task: PublishedTask, folder: Path | None) -> PublishedRun:
    if folder is not None:
        check_folder(folder)
    end = model.duration if task.duration is None else task.duration
    if not 0.0 < end < float("inf"):
        raise InputError(Problem(f"{end:g} is no length of a run", key="--duration", allowed="a positive number"))
    spread = task.spread or (dict(model.spread) if task.size > 1 else {})
    changes: dict[str, object] = {**task.changes, **published.draw(model, spread, task.size, task.seed)}
    added = [dose for item in task.doses for dose in model.dose(item.species, item.amount, item.times)]
    times = np.linspace(0.0, end, task.steps + 1)
    run = published.simulate(model, times, changes, (*given, *added), solver=task.solver)
    if folder is not None:
        save(model, run, folder)
    return PublishedRun(summary(model, run), bool((run.status == 0).any()))
