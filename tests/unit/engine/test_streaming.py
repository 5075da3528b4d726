"""Streaming: the same numbers as keeping everything, in any blocks, and after being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from abscopal import engine
from abscopal.engine import Status, solve, stream
from abscopal.engine.ensemble.histogram import BINS, Histogram, edges
from abscopal.errors import InputError
from abscopal.expr import Schedule

TIMES = np.arange(0.0, 21.0, 2.0)


@pytest.fixture
def population(treated, draws):
    system, schedule, values = treated
    parameters = draws(values, 500)
    return system, schedule, parameters, lambda first, last: parameters[first:last]


def cleared_on(solution):
    gone = solution.output("tumour") == 0.0
    return {"cleared_day": np.where(gone.any(axis=1), solution.times[gone.argmax(axis=1)], np.inf)}


def test_quantiles_are_those_of_the_whole_ensemble(population):
    system, schedule, parameters, draw = population
    whole = solve(system, schedule, parameters, TIMES)
    got = stream(system, schedule, draw, 500, TIMES, block=64, keep=[3, 499], end_points=cleared_on)
    for q in (0.05, 0.5, 0.95):
        exact = np.quantile(whole.outputs, q, axis=0, method="hazen")
        near = np.quantile(whole.outputs, [q - 0.003, q + 0.003], axis=0, method="hazen")
        found = got.quantile(q)
        assert (found <= near[1] * 1.07 + 1e-9).all()
        assert (found >= near[0] / 1.07 - 1e-9).all()
        assert np.median(np.abs(found - exact) / (exact + 1e-9)) < 0.01
    assert np.array_equal(got.kept[3], whole.outputs[3])
    assert np.array_equal(got.kept[499], whole.outputs[499])
    assert np.array_equal(got.end_points["cleared_day"], cleared_on(whole)["cleared_day"])


def test_blocks_do_not_matter(population):
    system, schedule, _, draw = population
    one = stream(system, schedule, draw, 500, TIMES, block=500)
    many = stream(system, schedule, draw, 500, TIMES, block=33, threads=2)
    assert np.array_equal(one.histogram.counts, many.histogram.counts)


def test_failures_are_left_out_and_named(population):
    system, schedule, parameters, draw = population
    parameters[7, 0] = np.nan
    got = stream(system, schedule, draw, 500, TIMES, block=100)
    assert np.flatnonzero(got.status).tolist() == [7]
    assert got.status[7] == Status.INVALID_PARAMETERS
    assert (got.histogram.counts.sum(axis=2) == 499).all()


def test_a_run_that_stops_goes_on_from_its_finished_blocks(population, tmp_path):
    system, schedule, _, draw = population
    asked = []

    def unreliable(first, last):
        asked.append(first)
        if first == 300:
            raise RuntimeError("power cut")
        return draw(first, last)

    options = {"block": 100, "keep": [50], "end_points": cleared_on, "folder": tmp_path / "run"}
    with pytest.raises(RuntimeError, match="power cut"):
        stream(system, schedule, unreliable, 500, TIMES, **options)
    asked.clear()

    def reliable(first, last):
        asked.append((first, last))
        return draw(first, last)

    resumed = stream(system, schedule, reliable, 500, TIMES, **options)
    # A few subjects are always asked for, to know whose notes these are.
    assert min(first for first, last in asked if last - first == 100) >= 100
    straight = stream(system, schedule, draw, 500, TIMES, block=100, keep=[50], end_points=cleared_on)
    assert np.array_equal(resumed.histogram.counts, straight.histogram.counts)
    assert np.array_equal(resumed.end_points["cleared_day"], straight.end_points["cleared_day"])
    assert np.array_equal(resumed.kept[50], straight.kept[50])
    with pytest.raises(InputError, match="another run"):
        stream(system, schedule, draw, 400, TIMES, block=100, folder=tmp_path / "run")


def limit_of(limit):
    def passed_on(solution):
        over = solution.output("tumour") > limit
        return {"passed_day": np.where(over.any(axis=1), solution.times[over.argmax(axis=1)], np.inf)}

    return passed_on


def named(name):
    return lambda solution: {name: solution.status}


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({}, {"end_points": limit_of(1e30)}),
        ({"end_points": limit_of(1e30)}, {"end_points": limit_of(2e30)}),
        ({"end_points": named("one")}, {"end_points": named("other")}),
        ({"end_points": cleared_on}, {"end_points": partial(cleared_on)}),
        ({"keep": [3]}, {"keep": [4]}),
        ({}, {"rtol": 1e-7}),
    ],
)
def test_a_finished_folder_of_another_task_is_refused(population, tmp_path, first, then):
    """Nobody gets the end points, the subjects or the accuracy of somebody else's run."""
    system, schedule, _, draw = population
    stream(system, schedule, draw, 60, TIMES, block=30, folder=tmp_path, **first)
    again = stream(system, schedule, lambda a, b: draw(a, b), 60, TIMES, block=30, folder=tmp_path, **first)
    assert again.subjects == 60
    with pytest.raises(InputError, match="another run"):
        stream(system, schedule, draw, 60, TIMES, block=30, folder=tmp_path, **then)


def test_a_finished_folder_of_another_seed_is_refused(population, draws, treated, tmp_path):
    system, schedule, parameters, draw = population
    other = parameters[::-1].copy()
    stream(system, schedule, draw, 60, TIMES, block=30, folder=tmp_path)
    with pytest.raises(InputError, match="another run"):
        stream(system, schedule, lambda a, b: other[a:b], 60, TIMES, block=30, folder=tmp_path)


def test_a_finished_folder_of_another_version_is_refused(population, tmp_path, monkeypatch):
    system, schedule, _, draw = population
    stream(system, schedule, draw, 60, TIMES, block=30, folder=tmp_path)
    monkeypatch.setattr("abscopal.engine.ensemble.streaming.__version__", "0.0.1")
    with pytest.raises(InputError, match="another run"):
        stream(system, schedule, draw, 60, TIMES, block=30, folder=tmp_path)


@pytest.mark.parametrize("how", ["half", "head", "changed", "parts", "no blocks"])
def test_notes_damaged_in_any_way_are_made_again(population, tmp_path, how):
    system, schedule, _, draw = population
    options = {"block": 30, "folder": tmp_path, "end_points": cleared_on}
    whole = stream(system, schedule, draw, 60, TIMES, **options)
    file = tmp_path / "stream.npz"
    content = file.read_bytes()
    if how in ("parts", "no blocks"):
        with np.load(file) as held:
            arrays = {name: held[name] for name in held.files if how == "parts" or name != "blocks"}
        if how == "parts":
            arrays["status"][5] += 1
        np.savez(file, **arrays)
    else:
        middle = len(content) // 2
        changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        file.write_bytes({"half": content[:middle], "head": content[middle:], "changed": changed}[how])
    again = stream(system, schedule, draw, 60, TIMES, **options)
    assert np.array_equal(whole.histogram.counts, again.histogram.counts)
    assert np.array_equal(whole.status, again.status)
    assert np.array_equal(whole.end_points["cleared_day"], again.end_points["cleared_day"])


def test_damaged_notes_start_over(population, tmp_path):
    system, schedule, _, draw = population
    (tmp_path / "stream.npz").write_bytes(b"PK\x03\x04 cut short")
    got = stream(system, schedule, draw, 100, TIMES, block=50, folder=tmp_path)
    assert (got.histogram.counts.sum(axis=2) == 100).all()


def test_a_killed_process_leaves_notes_that_can_be_read(tmp_path):
    program = (
        "import sys, numpy as np\n"
        "from abscopal.engine import stream\n"
        "from abscopal.expr import Schedule, System, symbol, const\n"
        "y, k = symbol('y'), symbol('k')\n"
        "s = System((y,), (k,), (-k * y,), (const(1.0),), (('y', y),), (), (1.0,), (0.0,))\n"
        "def draw(a, b): return np.linspace(0.1, 1.0, 400000)[a:b, None]\n"
        "g = stream(s, Schedule(), draw, 400000, np.arange(20.0), block=500, folder=sys.argv[1])\n"
        "print(g.histogram.counts.sum())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(engine.__file__).parents[2])}
    command = [sys.executable, "-c", program, str(tmp_path)]
    first = subprocess.Popen(command, env=environment)
    notes = tmp_path / "stream.npz"
    for _ in range(1000):
        if notes.exists():
            break
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    assert first.wait() != 0
    with np.load(notes) as held:
        assert 0 < int(held["blocks"]) < 800


def test_bins_are_even_and_cover_what_they_should():
    lower = edges()
    assert len(lower) == BINS
    assert (np.diff(np.log(lower[1:])) < 0.062).all()
    counted = Histogram.empty(1, 7)
    values = np.array([0.0, -1.0, 1e-13, 1.0, 1e6, 1e30, np.nan]).reshape(1, 1, 7)
    counted.add(values)
    where = [np.flatnonzero(counted.counts[0, i]).tolist() for i in range(7)]
    assert where[:3] == [[0], [0], [0]]
    for i in (3, 4):
        (bin_,) = where[i]
        assert lower[bin_] <= values[0, 0, i] < lower[bin_ + 1]
    assert where[5:] == [[BINS - 1], []]


def test_nobody(decay):
    got = stream(decay, Schedule(), lambda a, b: np.zeros((0, 2)), 0, TIMES)
    assert got.subjects == 0
    assert np.isnan(got.quantile(0.5)).all()
