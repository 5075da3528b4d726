"""Models of others: those that abscopal carries, and SBML files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from abscopal import engine, published
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.published import Given, PublishedModel
from abscopal.published.model import FloatArray
from abscopal.published.output import save, summary
from abscopal.storage.folders import check_folder

# Beyond this many states a run is not there at once.
MANY_STATES = 100
# Times closer than this share of a run are one time of the output.
_SAME_TIME = 1e-9


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
    start : time at the start, in the model's unit of time.
    spread : parameter -> sigma of its log-normal spread between subjects; none is the model's own for several subjects.
    rtol : relative tolerance; None has one chosen, see `published.simulate`.
    """

    duration: float | None = None
    steps: int = 200
    changes: Mapping[str, float] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    doses: Sequence[AddedDose] = ()
    size: int = 1
    seed: int = 0
    solver: Literal["fast", "reference"] = "fast"
    start: float = 0.0
    rtol: float | None = None


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


def run_sbml(
    file: Path, task: PublishedTask, folder: Path | None = None, tell: Callable[[str], None] = lambda _: None
) -> PublishedRun:
    """Read an SBML file and run it; arguments and errors as of `run_published`.

    Parameters
    ----------
    tell : is told what a large model is waiting for.
    """
    if file.suffix.lower() in (".yaml", ".yml"):
        advice = f"for a PEtab problem: abscopal published petab {file}"
        raise InputError(Problem("this is not an SBML file", allowed="SBML (.xml)", advice=advice), str(file))
    model = published.import_sbml(file)
    states = len(model.system.states)
    if states > MANY_STATES:
        tell(f"{states} states are read; machine code is made for them and they are solved, which may take a minute")
    return _run(model, (), task, folder)


def _run(model: PublishedModel, given: tuple[Given, ...], task: PublishedTask, folder: Path | None) -> PublishedRun:
    if folder is not None:
        check_folder(folder)
    end = model.duration if task.duration is None else task.duration
    if not 0.0 < end < float("inf"):
        raise InputError(Problem(f"{end:g} is no length of a run", key="--duration", allowed="a positive number"))
    spread = task.spread or (dict(model.spread) if task.size > 1 else {})
    changes: dict[str, object] = {**task.changes, **published.draw(model, spread, task.size, task.seed)}
    if not np.isfinite(task.start):
        raise InputError(Problem(f"{task.start:g} is no time", key="--start", allowed="a finite number"))
    _check_doses(model, task, end)
    added = [dose for item in task.doses for dose in model.dose(item.species, item.amount, item.times)]
    times = _shown(task.start + np.linspace(0.0, end, task.steps + 1), [dose.time for dose in (*given, *added)])
    run = published.simulate(
        model, times, changes, (*given, *added), start=task.start, solver=task.solver, rtol=task.rtol, check=True
    )
    if task.spread and task.size == 1:
        note = "--spread with one subject: what it draws is one chance value, not the median; give --size"
        run = replace(run, notes=(note, *run.notes))
    if folder is not None:
        save(model, run, folder)
    return PublishedRun(summary(model, run), bool(engine.finished(run.status).any()))


def _shown(grid: FloatArray, doses: Sequence[float]) -> FloatArray:
    """Times of the output with those of doses among them, so that the peak after a dose is on the curve."""
    extra = [time for time in dict.fromkeys(doses) if np.abs(grid - time).min() > _SAME_TIME * (grid[-1] - grid[0])]
    return np.sort([*grid, *(time for time in extra if grid[0] < time < grid[-1])])


def _check_doses(model: PublishedModel, task: PublishedTask, duration: float) -> None:
    """Refuses doses of nothing known, that are no amounts, or that the run does not contain; all at once."""
    problems = []
    end = task.start + duration
    for item in task.doses:
        if item.species not in model.dosed():
            problems.append(unknown_name("state", item.species, model.dosed(), key="--dose"))
        if not 0.0 <= item.amount < float("inf"):
            words = f"{item.amount:g} of {item.species} is no amount"
            problems.append(Problem(words, key="--dose", allowed="a finite number, not negative"))
        for t in item.times:
            if not task.start <= t <= end:
                words = f"{item.species} at {t:g}: the run goes from {task.start:g} to {end:g} ({model.time_unit})"
                problems.append(
                    Problem(words, key="--dose", advice="give a time within the run, or a longer --duration")
                )
    if problems:
        raise InputError(problems)
