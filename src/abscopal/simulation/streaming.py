"""A cohort too large for memory: every subject is solved and read, the trajectories of the first are kept.

End points are those of `results`, read block by block; quantiles come from counts in narrow bins. Finished blocks are
noted on disk where a folder is given, so that the same command goes on after a kill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal import cohort, engine
from abscopal.engine.ensemble.histogram import BINS
from abscopal.engine.ensemble.streaming import Stream, stream
from abscopal.model.fingerprint import model_hash
from abscopal.regimen import site_place
from abscopal.results.endpoints import EndPointRules, EndPoints, read_end_points
from abscopal.results.streamed import Streamed
from abscopal.results.trajectories import QUANTILES
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import FloatArray, Progress, Settings, recorded_times, step_of
from abscopal.simulation.solving import NOT_CONDITIONED, bytes_per_subject
from abscopal.simulation.start_volumes import TAKE
from abscopal.simulation.subjects import drawn_subjects
from abscopal.simulation.trajectories import readout_places
from abscopal.storage.drafts import held, writing
from abscopal.version import __version__

# Subjects of a streamed cohort whose trajectories are kept.
SUBJECTS_KEPT = 200
# Every trajectory of a smaller cohort is kept for its plots and tests.
MOST_MEMORY_BYTES = 2e9
# Counts of more than this are made of the volumes alone; other quantiles are then those of the kept subjects.
_MOST_COUNT_BYTES = 2e8
# Columns that need no full number.
_NARROW: dict[str, type[np.generic]] = {
    "status": np.int8,
    "reached": np.bool_,
    "classes": np.int8,
    "pair_classes": np.int8,
    "pair_volume_mm3": np.float32,
}
# What stands for a subject that could not be solved: no response, no event; other numbers stay NaN.
_MISSING = {"classes": -1.0, "pair_classes": -1.0, "reached": 0.0}


def fits_memory(prepared: Prepared, settings: Settings) -> bool:
    """Whether the trajectories of all subjects of a study can be held at once."""
    times = len(recorded_times(prepared.study, prepared.timelines, settings))
    return bytes_per_subject(prepared, times) * prepared.study.cohort.size <= MOST_MEMORY_BYTES


def first_of(prepared: Prepared) -> Prepared:
    """The same study with only the subjects whose trajectories are kept."""
    return replace(prepared, study=prepared.study.with_cohort(SUBJECTS_KEPT))


def stream_cohort(
    prepared: Prepared,
    rules: EndPointRules,
    settings: Settings,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> Streamed:
    """End points and quantiles of every subject of every arm, in bounded memory.

    Parameters
    ----------
    rules : what is read from the volumes of each subject.
    progress : called with (arm, subjects done, subjects).
    folder : where finished blocks are noted; the same call goes on from there.
    """
    with ExitStack() as stack:
        # Another run that notes its blocks there would take ours away when it ends.
        if folder is not None:
            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
            folder = folder if stack.enter_context(held(folder)) else None
        return _streamed(prepared, rules, settings, progress, folder)


def _streamed(
    prepared: Prepared, rules: EndPointRules, settings: Settings, progress: Progress | None, folder: Path | None
) -> Streamed:
    times, study = recorded_times(prepared.study, prepared.timelines, settings), prepared.study
    outputs = _counted_outputs(prepared, len(times))
    draws: dict[tuple[Any, ...], _Draw] = {}
    everyone = _Everyone(prepared, rules)
    for position, arm in enumerate(study.arms):
        changes, place = study.host_changes(arm.name), prepared.stream(arm.name)
        draw = draws.setdefault((place, changes), _Draw(prepared, changes, place, settings))
        done = stream(
            prepared.model.system,
            prepared.schedules[arm.name],
            draw,
            study.cohort.size,
            times,
            start=prepared.start_day,
            outputs=outputs,
            **settings.of_engine,
            end_points=partial(_read, rules, times),
            progress=partial(progress, arm.name) if progress else None,
            folder=None if folder is None else folder / _key(prepared, arm.name, rules, settings),
        )
        everyone.take(position, done)
        del done  # or its columns would stay while the next arm fills its own
    return everyone.streamed()


class _Draw:
    """Conditioned values of subjects `first` to `last` - 1; arms that share subjects condition them once.

    Of a subject that cannot have its start volume all values are NaN: the engine then reports it as failed.
    """

    def __init__(self, prepared: Prepared, changes: Sequence[str], place: str, settings: Settings) -> None:
        self.prepared, self.changes, self.place, self.settings = prepared, changes, place, settings
        names = prepared.model.parameter_names
        self.columns = [i for i, name in enumerate(names) if name.partition("@")[0] == TAKE]
        self.known: dict[tuple[int, int], tuple[FloatArray, NDArray[np.bool_]]] = {}

    def __call__(self, first: int, last: int) -> FloatArray:
        prepared = self.prepared
        if (first, last) in self.known:
            takes, possible = self.known[first, last]
            seed = prepared.study.cohort.seed
            drawn = cohort.draw(prepared.declared, seed, last - first, first, stream=self.place)
            values = cohort.apply_host_changes(drawn, prepared.model.parameter_names, self.changes)
            values[:, self.columns] = takes
        else:
            subjects = drawn_subjects(prepared, self.changes, self.place, self.settings, first, last)
            values, possible = subjects.values, subjects.possible
            if not prepared.has_tumour_by_diagnosis:  # a patient may have been drawn anew
                self.known[first, last] = (values[:, self.columns].copy(), possible)
        return np.where(possible[:, None], values, np.nan)


def _counted_outputs(prepared: Prepared, times: int) -> list[str]:
    """Outputs whose values are counted for quantiles: all, or the volumes where that would take too much memory."""
    names = [name for name, _ in prepared.model.system.outputs]
    if 4 * times * len(names) * BINS <= _MOST_COUNT_BYTES:
        return names
    return [f"volume@{site}" for site in prepared.model.sites]


def _read(rules: EndPointRules, times: FloatArray, solution: engine.Solution) -> dict[str, FloatArray]:
    """End points of a block as named columns, for the notes of the stream."""
    volume = np.stack([solution.output(f"volume@{site_place(site)}") for site in rules.sites], axis=1)
    columns = {}
    for name, values in read_end_points(times, volume, rules).items():
        if values is None:
            continue
        if values.ndim == 1:
            columns[name] = np.asarray(values, float)
            continue
        # Read on several days: a column for each.
        by_day = (
            {name: values} if values.ndim == 2 else {f"{name}#{d}": v for d, v in enumerate(np.moveaxis(values, -1, 0))}
        )
        for key, of_day in by_day.items():
            columns |= {
                f"{key}@{site_place(site)}": np.asarray(of_day[:, s], float) for s, site in enumerate(rules.sites)
            }
    return columns


class _Everyone:
    """What is kept of all arms, filled arm by arm in the narrowest types, as a million subjects must fit."""

    def __init__(self, prepared: Prepared, rules: EndPointRules) -> None:
        self.model, self.arms, self.rules = prepared.model, len(prepared.study.arms), rules
        self.columns: dict[str, NDArray[Any]] = {}
        self.quantiles: dict[str, list[FloatArray]] = {}

    def take(self, position: int, done: Stream) -> None:
        """Status, end points and quantiles of one arm."""
        unconditioned = done.status == int(engine.Status.INVALID_PARAMETERS)
        self._put("status", position, np.where(unconditioned, NOT_CONDITIONED, done.status))
        for name in dict.fromkeys(full.partition("@")[0] for full in done.end_points):
            if name in done.end_points:
                self._put(name, position, done.end_points[name])
            else:
                parts = [done.end_points[f"{name}@{site}"] for site in self.model.sites]
                self._put(name, position, np.stack(parts, axis=1))
        levels = np.stack([done.histogram.quantile(q) for q in QUANTILES])
        for name, places in readout_places(self.model).items():
            if all(place in done.names for place in places):
                parts = [levels[:, :, done.names.index(place)] for place in places]
                per_site = places[0].partition("@")[2] in self.model.sites
                self.quantiles.setdefault(name, []).append(np.stack(parts, axis=1) if per_site else parts[0])

    def _put(self, name: str, position: int, values: NDArray[Any]) -> None:
        plain = name.partition("#")[0]
        kind = _NARROW.get(plain, np.float64)
        if name not in self.columns:
            self.columns[name] = np.empty((self.arms, *values.shape), dtype=kind)
        self.columns[name][position] = np.nan_to_num(values, nan=_MISSING[plain]) if plain in _MISSING else values

    def _by_day(self, name: str) -> NDArray[Any] | None:
        """Columns that were read on several days, one behind the other."""
        days = [self.columns[key] for key in self.columns if key.startswith(f"{name}#")]
        return np.stack(days, axis=-1) if days else None

    def streamed(self) -> Streamed:
        """All arms together."""
        status = self.columns["status"]
        points = EndPoints(
            solved=engine.finished(status),
            volume_mm3=self.columns["volume_mm3"],
            days=self.columns.get("days"),
            reached=self.columns.get("reached"),
            classes=self.columns.get("classes"),
            growth_days=self.columns.get("growth_days"),
            pair_volume_mm3=self._by_day("pair_volume_mm3"),
            pair_classes=self._by_day("pair_classes"),
            pair_days=self.rules.pair_days,
            pair_baselines=self.rules.pair_baselines,
        )
        return Streamed(status, {name: np.stack(rows, axis=1) for name, rows in self.quantiles.items()}, points)


def _key(prepared: Prepared, arm: str, rules: EndPointRules, settings: Settings) -> str:
    """Name of what decides the subjects of an arm and what is read from them; the engine adds system and schedule."""
    study = prepared.study
    told: list[Any] = [
        __version__,
        model_hash(),
        study.cohort.seed,
        study.cohort.arms,
        arm,
        prepared.stream(arm),
        study.host_changes(arm),
        rules,
        settings.rtol,
        step_of(study, settings),
    ]
    told += [study.sites, *((name, p.value, p.spread, p.bounds) for name, p in prepared.declared.items())]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
