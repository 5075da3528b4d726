"""Ensembles too large to keep: trajectories are reduced block by block, and a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal.engine.ensemble.histogram import Histogram
from abscopal.engine.ensemble.identity import written
from abscopal.engine.solution import Solution
from abscopal.engine.solving import solve
from abscopal.errors import InputError, Problem
from abscopal.expr import Schedule, System
from abscopal.storage.drafts import writing
from abscopal.storage.files import whole_file
from abscopal.version import __version__

FloatArray = NDArray[np.float64]
Draw = Callable[[int, int], ArrayLike]
EndPoints = Callable[[Solution], Mapping[str, ArrayLike]]

# A block's outputs take about this much memory, and notes at most this share of the time.
_BLOCK_BYTES = 48e6
_NOTES_SHARE = 0.05
# Subjects at either end whose values tell one population from another.
_SAMPLE = 8


@dataclass(frozen=True)
class Stream:
    """What is left of an ensemble that was not kept.

    Attributes
    ----------
    subjects : how many were solved.
    times, names : as in `Solution`.
    histogram : counts over finished subjects per time and output; `quantile` reads them.
    end_points : one value per subject for every end point asked for, array (subjects,).
    status : array (subjects,), values of `Status`.
    kept : {subject: its outputs, array (times, outputs)} for the subjects asked for.
    """

    subjects: int
    times: FloatArray
    names: tuple[str, ...]
    histogram: Histogram
    end_points: dict[str, FloatArray]
    status: NDArray[np.int8]
    kept: dict[int, FloatArray]

    def quantile(self, q: float) -> FloatArray:
        """The q-quantile over subjects, array (times, outputs); to the width of a bin, 4.4 % at most."""
        return self.histogram.quantile(q)


@dataclass
class _Totals:
    histogram: Histogram
    status: NDArray[np.int8]
    end_points: dict[str, FloatArray] = field(default_factory=dict)
    kept: dict[int, FloatArray] = field(default_factory=dict)
    blocks: int = 0


def stream(
    system: System,
    schedule: Schedule,
    draw: Draw,
    subjects: int,
    times: ArrayLike,
    *,
    end_points: EndPoints | None = None,
    keep: Sequence[int] = (),
    folder: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    block: int | None = None,
    **options: Any,
) -> Stream:
    """An ensemble of any size in bounded memory.

    Parameters
    ----------
    system, schedule, times, options : as for `solve`.
    draw : (first, last) -> parameters of subjects first to last - 1, one row each; the same whenever asked.
    subjects : how many.
    end_points : reduces the solution of a block to named arrays (block,), e.g. the day a limit is passed.
    keep : subjects whose outputs are kept.
    folder : where finished blocks are noted; a later call with the same task and folder goes on from there. The task
        is the system, schedule and options, what `draw` gives and `end_points` finds for some subjects (so their seed
        and names too), `keep`, and the version.
    progress : called with (subjects done, all subjects).
    block : subjects solved at a time; None for what fits well. It does not change the results.

    Raises
    ------
    InputError
        As `solve`; or `folder` holds the notes of another task. Notes that are damaged are made again.
    """
    t = np.ascontiguousarray(times, dtype=float)
    if subjects < 0 or (block is not None and block < 1) or any(not 0 <= k < subjects for k in keep):
        raise InputError(Problem("subjects, block or keep is out of range", key="subjects"))
    probe = solve(system, schedule, np.zeros((0, len(system.parameters))), t, **options)
    block = block or _usual_block(len(t) * len(probe.names))
    notes = None
    if folder is not None:
        key = _task_key(system, schedule, t, [subjects, block, sorted(keep)], options)
        notes = _Notes(Path(folder), key + _sample_key(system, schedule, draw, subjects, t, end_points, options))
    totals = _Totals(Histogram.empty(len(t), len(probe.names)), np.zeros(subjects, dtype=np.int8))
    if notes is not None:
        totals = notes.read(totals)
    for solution, first in _solved(system, schedule, draw, subjects, t, block, totals.blocks, options):
        _reduce(totals, solution, first, end_points, keep, subjects)
        if notes is not None:
            notes.write_sometimes(totals)
        if progress is not None:
            progress(min(subjects, first + len(solution.status)), subjects)
    if notes is not None:
        notes.write(totals)
    return Stream(subjects, t, probe.names, totals.histogram, totals.end_points, totals.status, totals.kept)


def _usual_block(values: int) -> int:
    """How many subjects are solved at a time, each with so many values."""
    return int(np.clip(_BLOCK_BYTES / (8 * max(1, values)), 256, 16384))


def _solved(
    system: System,
    schedule: Schedule,
    draw: Draw,
    subjects: int,
    times: FloatArray,
    block: int,
    done: int,
    options: Mapping[str, Any],
) -> Iterator[tuple[Solution, int]]:
    """Blocks in order; while one is reduced by the caller, the next is solved and the one after it drawn."""
    starts = list(range(done * block, subjects, block))

    def drawn(first: int) -> FloatArray:
        return np.asarray(draw(first, min(subjects, first + block)), dtype=float)

    def solved(parameters: Future[FloatArray]) -> Solution:
        return solve(system, schedule, parameters.result(), times, **options)

    with ThreadPoolExecutor(max_workers=1) as drawing, ThreadPoolExecutor(max_workers=1) as solving:
        ahead: deque[Future[Solution]] = deque()
        for position, first in enumerate(starts):
            for coming in starts[position + len(ahead) : position + 2]:
                ahead.append(solving.submit(solved, drawing.submit(drawn, coming)))
            yield ahead.popleft().result(), first


def _reduce(
    totals: _Totals, solution: Solution, first: int, end_points: EndPoints | None, keep: Sequence[int], subjects: int
) -> None:
    last = first + len(solution.status)
    totals.status[first:last] = solution.status
    finished = solution.finished
    totals.histogram.add(solution.outputs if finished.all() else solution.outputs[finished])
    for subject in keep:
        if first <= subject < last:
            totals.kept[subject] = solution.outputs[subject - first].copy()
    for name, values in (end_points(solution) if end_points is not None else {}).items():
        column = totals.end_points.setdefault(name, np.full(subjects, np.nan))
        column[first:last] = values
    totals.blocks += 1


def _task_key(
    system: System, schedule: Schedule, times: FloatArray, shape: Sequence[Any], options: Mapping[str, Any]
) -> str:
    digest = hashlib.sha256(system.fingerprint.encode())
    for array in (schedule.times, schedule.maps, schedule.arguments, times):
        digest.update(np.ascontiguousarray(array).tobytes())
    plain = {k: v for k, v in options.items() if k not in ("threads", "progress")}
    digest.update(json.dumps([__version__, *shape, plain], sort_keys=True, default=repr).encode())
    return digest.hexdigest()


def _sample_key(
    system: System,
    schedule: Schedule,
    draw: Draw,
    subjects: int,
    times: FloatArray,
    end_points: EndPoints | None,
    options: Mapping[str, Any],
) -> str:
    """Hash of the values of the first and last subjects, of their end points, and of the text of the end points."""
    digest = hashlib.sha256(written(end_points).encode())
    ends = [(0, min(_SAMPLE, subjects)), (max(0, subjects - _SAMPLE), subjects)]
    parameters = np.concatenate([np.asarray(draw(*part), dtype=float) for part in ends]) if subjects else None
    if parameters is not None:
        digest.update(parameters.tobytes())
    if parameters is not None and end_points is not None:
        found = end_points(solve(system, schedule, parameters, times, **options))
        # Six digits: the last ones may differ between machines that share a folder.
        told = {name: [f"{value:.6g}" for value in np.ravel(values)] for name, values in found.items()}
        digest.update(json.dumps(told, sort_keys=True).encode())
    return digest.hexdigest()


class _Notes:
    """The totals after the last finished block, on disk; replaced whole, so that a kill leaves the one before."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.key = folder, key
        self.file = folder / "stream.npz"
        self._due = 0.0

    def read(self, fresh: _Totals) -> _Totals:
        try:
            with self.file.open("rb") as file, np.load(file, allow_pickle=False) as data:
                held = {name: data[name] for name in data.files}
            key, seal = str(held.pop("key")), str(held.pop("seal"))
            if seal != _seal(key, held):
                return fresh
            found = _Totals(
                histogram=Histogram(held["counts"]),
                status=held["status"],
                end_points={name[4:]: value for name, value in held.items() if name.startswith("end:")},
                kept={int(name[5:]): value for name, value in held.items() if name.startswith("kept:")},
                blocks=int(held["blocks"]),
            )
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error, NotImplementedError, RuntimeError):
            return fresh
        if key != self.key:
            raise InputError(
                Problem(f"{self.file} holds another run", key="folder", advice="choose an empty folder, or remove it")
            )
        return found

    def write_sometimes(self, totals: _Totals) -> None:
        """Writes if the last time is long enough ago for writing to cost little."""
        begin = time.monotonic()
        if begin >= self._due:
            self.write(totals)
            now = time.monotonic()
            self._due = now + (now - begin) / _NOTES_SHARE

    def write(self, totals: _Totals) -> None:
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self.file) as file:
            arrays: dict[str, Any] = {
                "counts": totals.histogram.counts,
                "status": totals.status,
                "blocks": np.array(totals.blocks),
                **{f"end:{name}": value for name, value in totals.end_points.items()},
                **{f"kept:{subject}": value for subject, value in totals.kept.items()},
            }
            np.savez(file, key=np.array(self.key), seal=np.array(_seal(self.key, arrays)), **arrays)


def _seal(key: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Hash of what notes hold, so that damaged ones are known."""
    digest = hashlib.sha256(key.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
