"""Every row of the battery solved: lines, sets and animals side by side, one solution for each schedule of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abscopal import pipeline, simulation
from abscopal.evidence.battery import CONTROL, Battery, BatteryRow, battery
from abscopal.parameters import ParameterSet
from abscopal.regimen import site_place
from abscopal.scoring.battery.parameter_sets import GivenSets, SetSource, subjects_of
from abscopal.scoring.battery.readouts import Group, read, read_outputs
from abscopal.simulation import Prepared, Settings, Subjects
from abscopal.statistics.accuracy import Floats

# Sets that are solved together: as many as fill the vectors of the solver, and no more memory than that.
BLOCK = 16
# So often is a patient drawn anew who cannot have the tumour asked for (a run tries longer); who is left is missing.
_MOST_REDRAWS = 2
# Called with (sets done, sets).
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Case:
    """A tumour line in a setting, with the treatments that its rows need."""

    line: str
    prepared: Prepared
    rows: tuple[BatteryRow, ...]
    times: Floats
    outputs: tuple[str, ...]

    @property
    def arms(self) -> tuple[str, ...]:
        """Treatments that are simulated."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.treatments))


def simulate(
    sets: Any,
    *,
    animals: int = 40,
    seed: int = 1,
    rows: Sequence[str] | None = None,
    threads: int | None = 1,
    progress: Progress | None = None,
    of: Battery | None = None,
) -> Any:
    """The quantity of every row in every parameter set.

    Parameters
    ----------
    sets : a table with one set a row, see `GivenSets` (a table of one row without columns is the declared values), or
        `PlausibleSets`.
    animals : subjects per arm; the same in every set and arm.
    seed : seed of the subjects.
    rows : ids of the rows wanted; None is all.
    threads : of the solver; None for one per processor.
    progress : called with (sets done, sets).
    of : another battery.

    Returns
    -------
    Table of row id by set; NaN where no subject could be solved.

    Raises
    ------
    InputError
        There is no such row or parameter.
    """
    import pandas as pd

    source: SetSource = sets if hasattr(sets, "medians") else GivenSets(sets)
    whole = of or battery()
    wanted = whole.rows if rows is None else tuple(whole.row(name) for name in rows)
    cases = list(_cases(whole, wanted, animals, seed))
    settings = Settings(threads=threads)
    count = len(source.names)
    found: dict[str, list[Floats]] = {row.id: [] for row in wanted}
    for first in range(0, count, BLOCK):
        part = source.part(range(first, min(first + BLOCK, count)))
        for name, values in _solved(cases, part, animals, seed, settings):
            found[name].append(values)
        if progress is not None:
            progress(first + len(part.names), count)
    return pd.DataFrame({name: np.concatenate(parts) for name, parts in found.items()}, index=list(source.names)).T


def _cases(whole: Battery, wanted: Sequence[BatteryRow], animals: int, seed: int) -> Iterator[Case]:
    """The lines of every setting, in the order of the rows."""
    places = dict.fromkeys((row.setting, row.line) for row in wanted)
    for setting, line in places:
        mine = tuple(row for row in wanted if (row.setting, row.line) == (setting, line))
        prepared = pipeline.prepare(whole.study(setting, line, animals, seed))
        times = simulation.output_times(prepared.study, Settings())
        outputs = dict.fromkeys(name for row in mine for name in read_outputs(row))
        volumes = [f"volume@{site_place(site.name)}" for site in prepared.study.sites]
        yield Case(line, prepared, mine, times, tuple(dict.fromkeys((*volumes, *outputs))))


@dataclass(frozen=True)
class _Task:
    """One arm of a case, with the subjects of a block of sets."""

    case: int
    arm: str
    subjects: Subjects


def _solved(
    cases: Sequence[Case], sets: SetSource, animals: int, seed: int, settings: Settings
) -> Iterator[tuple[str, Floats]]:
    """BatteryRow id and its values (sets,), for every row."""
    tasks: dict[tuple[Any, ...], list[_Task]] = {}
    for number, case in enumerate(cases):
        for arm, subjects in _subjects(case, sets, animals, seed, settings):
            tasks.setdefault(_alike(case, arm), []).append(_Task(number, arm, subjects))
    shape = (len(sets.names), animals)
    groups: dict[tuple[int, str], Group] = {}
    for together in tasks.values():
        groups.update(_groups(cases, together, shape, settings))
    for number, case in enumerate(cases):
        arms = {arm: groups[number, arm] for arm in case.arms}
        for row in case.rows:
            yield row.id, read(row, arms)


def _alike(case: Case, arm: str) -> tuple[Any, ...]:
    """What arms must share to be solved together: equations, schedule, days and outputs."""
    prepared, schedule = case.prepared, case.prepared.schedules[arm]
    given = (schedule.times.tobytes(), schedule.maps.tobytes(), schedule.arguments.tobytes())
    return (prepared.model.system.fingerprint, *given, prepared.start_day, case.times.tobytes(), case.outputs)


def _subjects(
    case: Case, sets: SetSource, animals: int, seed: int, settings: Settings
) -> Iterator[tuple[str, Subjects]]:
    """Each arm of a case with its conditioned subjects; arms in one host share them."""
    prepared = case.prepared
    declared: ParameterSet = prepared.declared
    medians, widths = sets.medians(prepared.study, declared), sets.widths(declared)

    def drawn(attempt: int) -> Floats:
        stream = f"#{attempt}" if attempt else ""
        return subjects_of(declared, medians, widths, seed, animals, stream)

    known: dict[tuple[str, ...], Subjects] = {}
    for arm in case.arms:
        changes = tuple(prepared.study.host_changes(arm))
        if changes not in known:
            known[changes] = simulation.redrawn_subjects(prepared, drawn, changes, settings, _MOST_REDRAWS)
        yield arm, known[changes]


def _groups(
    cases: Sequence[Case], together: Sequence[_Task], shape: tuple[int, int], settings: Settings
) -> Iterator[tuple[tuple[int, str], Group]]:
    """The trajectories of arms that are solved together, by case and arm."""
    first = cases[together[0].case]
    merged = Subjects(
        np.concatenate([task.subjects.values for task in together]),
        np.concatenate([task.subjects.possible for task in together]),
        np.concatenate([task.subjects.redraws for task in together]),
    )
    solved = simulation.solve_arm(first.prepared, together[0].arm, merged, first.times, settings, outputs=first.outputs)
    size = shape[0] * shape[1]
    for place, task in enumerate(together):
        block = slice(place * size, (place + 1) * size)
        usable = solved.solved[block].reshape(shape)
        outputs = {
            name: np.where(usable[..., None], solved.output(name)[block].reshape(*shape, -1), np.nan)
            for name in first.outputs
        }
        study = cases[task.case].prepared.study
        yield (task.case, task.arm), Group(study, first.times, outputs)


__all__ = ["CONTROL", "Case", "simulate"]
