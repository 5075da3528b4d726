"""A cohort solved: the one place from which run, scoring, fit and trials take their trajectories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal import engine
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import FloatArray, Progress, Settings, output_times
from abscopal.simulation.subjects import Subjects, drawn_subjects, given_subjects, settled_cells
from abscopal.vocabulary import SHARED

# A subject whose tumour cannot have the start volume asked for; after the engine's own codes.
NOT_CONDITIONED = 100


@dataclass(frozen=True)
class ArmTrajectories:
    """The solved cohort of one arm.

    Attributes
    ----------
    outputs : array (subjects, times, outputs); NaN where a subject could not be solved.
    names : names of the outputs.
    status : array (subjects,): 0 solved, else a code of the engine or `NOT_CONDITIONED`.
    redraws : array (subjects,): discarded draws of each patient.
    settled_cells : array (subjects, sites): tumour cells at the start [cells].
    """

    outputs: FloatArray
    names: tuple[str, ...]
    status: NDArray[np.int8]
    redraws: NDArray[np.int64]
    settled_cells: FloatArray

    def output(self, name: str) -> FloatArray:
        """One output, array (subjects, times)."""
        return self.outputs[..., self.names.index(name)]

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Which subjects were solved."""
        return np.asarray(self.status == 0)


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
    days = output_times(study, settings) if times is None else times
    known: dict[tuple[Any, ...], Subjects] = {}
    found: dict[str, ArmTrajectories] = {}
    for name in arms if arms is not None else (arm.name for arm in study.arms):
        changes = study.host_changes(name)
        stream = "" if draws is not None or study.cohort.arms == SHARED else name
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
    )


def bytes_per_subject(prepared: Prepared, times: int) -> int:
    """Memory that the kept trajectories of one subject take in all arms [bytes]."""
    return 8 * len(prepared.study.arms) * times * len(prepared.model.system.outputs)
