"""A cohort solved: the one place from which run, scoring, fit and trials take their trajectories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal import engine
from abscopal.engine.accuracy import FINER, relative_changes
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import FloatArray, Progress, Settings, recorded_times
from abscopal.simulation.subjects import Subjects, drawn_subjects, given_subjects, settled_cells

# A subject whose tumour cannot have the start volume asked for; after the engine's own codes.
NOT_CONDITIONED = 100


@dataclass(frozen=True)
class ArmTrajectories:
    """The solved cohort of one arm.

    Attributes
    ----------
    outputs : array (subjects, times, outputs); NaN where a subject could not be solved.
    names : names of the outputs.
    status : array (subjects,): a code of the engine (`engine.finished` reads it), or `NOT_CONDITIONED`.
    redraws : array (subjects,): discarded draws of each patient.
    settled_cells : array (subjects, sites): tumour cells at the start [cells].
    changes : array (compared subjects,): the largest relative change of a readout at a hundredth of the tolerance.
    """

    outputs: FloatArray
    names: tuple[str, ...]
    status: NDArray[np.int8]
    redraws: NDArray[np.int64]
    settled_cells: FloatArray
    changes: FloatArray = field(default_factory=lambda: np.zeros(0))

    def output(self, name: str) -> FloatArray:
        """One output, array (subjects, times)."""
        return self.outputs[..., self.names.index(name)]

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Which subjects were solved."""
        return engine.finished(self.status)


def simulate(
    prepared: Prepared,
    draws: FloatArray | Mapping[str, FloatArray] | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    *,
    arms: Iterable[str] | None = None,
    outputs: Sequence[str] | None = None,
    times: FloatArray | None = None,
) -> dict[str, ArmTrajectories]:
    """Trajectories of every arm, by name. Subjects that differ in no change of their host are conditioned once.

    Parameters
    ----------
    draws : values (subjects, parameters), of all arms or by arm, before host changes; None draws the study's cohort.
    settings : how to solve.
    progress : called with (arm, subjects done, subjects).
    arms, outputs, times : names of arms and of outputs, and days [d], where not all are wanted.
    """
    settings = settings or Settings()
    study = prepared.study
    days = recorded_times(study, prepared.timelines, settings) if times is None else times
    known: dict[tuple[Any, ...], Subjects] = {}
    found: dict[str, ArmTrajectories] = {}
    for name in arms if arms is not None else (arm.name for arm in study.arms):
        changes = study.host_changes(name)
        stream = "" if draws is not None else prepared.stream(name)
        key = (name,) if isinstance(draws, Mapping) else (stream, changes)
        if key not in known:
            given = draws[name] if isinstance(draws, Mapping) else draws
            known[key] = (
                drawn_subjects(prepared, changes, stream, settings)
                if given is None
                else given_subjects(prepared, given, changes, settings)
            )
        found[name] = solve_arm(prepared, name, known[key], days, settings, progress, outputs)
    return found


def solve_arm(
    prepared: Prepared,
    arm: str,
    subjects: Subjects,
    times: FloatArray,
    settings: Settings,
    progress: Progress | None = None,
    outputs: Sequence[str] | None = None,
) -> ArmTrajectories:
    """The trajectories of one arm, failed subjects masked."""
    solution = engine.solve(
        prepared.model.system,
        prepared.schedules[arm],
        subjects.values,
        times,
        start=prepared.start_day,
        outputs=outputs,
        progress=partial(progress, arm) if progress else None,
        **settings.of_engine,
    )
    possible = subjects.possible
    settled = settled_cells(prepared, subjects.values)
    return ArmTrajectories(
        outputs=solution.outputs if possible.all() else np.where(possible[:, None, None], solution.outputs, np.nan),
        names=solution.names,
        status=np.where(possible, solution.status, NOT_CONDITIONED).astype(np.int8),
        redraws=subjects.redraws,
        settled_cells=np.where(possible[:, None], settled, np.nan),
        changes=_changes(prepared, arm, subjects, solution, settings) if settings.compared else np.zeros(0),
    )


def _changes(
    prepared: Prepared, arm: str, subjects: Subjects, solution: engine.Solution, settings: Settings
) -> FloatArray:
    """What a hundredth of the tolerance changes in the first subjects that were solved."""
    rows = np.flatnonzero(subjects.possible & solution.finished)[: settings.compared]
    finer = engine.solve(
        prepared.model.system,
        prepared.schedules[arm],
        subjects.values[rows],
        solution.times,
        start=prepared.start_day,
        outputs=solution.names,
        **replace(settings, rtol=FINER * settings.rtol).of_engine,
    )
    return np.asarray(relative_changes(solution.outputs[rows], finer.outputs).max(axis=1, initial=0.0))


def bytes_per_subject(prepared: Prepared, times: int) -> int:
    """Memory that the kept trajectories of one subject take in all arms [bytes]."""
    return 8 * len(prepared.study.arms) * times * len(prepared.model.system.outputs)
