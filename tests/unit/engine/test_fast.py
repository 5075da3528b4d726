"""The fast solver against the reference, and the independence of every trajectory from its company."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from abscopal.engine import Status, solve
from abscopal.engine.ensemble import kernel
from abscopal.engine.ensemble.fast import solve_fast
from abscopal.engine.integration import module
from abscopal.engine.machine import host, lanes_for
from abscopal.engine.task import make_task
from abscopal.expr import Schedule, log, symbol

TIMES = np.arange(0.0, 31.0)


def task(system, schedule, parameters, rtol=1e-4, **other):
    options = {"start": 0.0, "initial": None, "atol": 1e-2 * rtol, "outputs": None, "max_steps": 100_000, **other}
    return make_task(system, schedule, parameters, TIMES, rtol=rtol, **options)


def random_schedule(seed):
    rng = np.random.default_rng(seed)
    days = np.sort(rng.uniform(0.0, 28.0, 12)).round(1)
    return Schedule.of([(day, int(rng.integers(2)), [float(rng.uniform(0.2, 3.0))]) for day in days])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_reference_at_tight_tolerance_over_random_subjects(treated, draws, seed):
    system, _, values = treated
    schedule, p = random_schedule(seed), draws(values, 100, seed=seed)
    exact = solve(system, schedule, p, TIMES, rtol=1e-10, atol=1e-12, solver="reference")
    nearby = solve(system, schedule, p * (1 + 1e-4), TIMES, rtol=1e-10, atol=1e-12, solver="reference")

    def distance(other):
        size = np.abs(exact.outputs) + 1e-2 * np.array(system.scales)
        return (np.abs(other.outputs - exact.outputs) / size).max(axis=(1, 2))

    # A few subjects are balanced between cure and regrowth: there the bound is what a change of 1e-4 in p does.
    got = solve(system, schedule, p, TIMES, rtol=1e-4, atol=1e-6, solver="fast")
    assert (got.status == 0).all()
    assert (distance(got) < np.maximum(1e-3, 2 * distance(nearby))).all()
    assert np.quantile(distance(got), 0.9) < 1e-3
    tight = solve(system, schedule, p, TIMES, rtol=1e-7, atol=1e-9, solver="fast")
    assert (distance(tight) < np.maximum(1e-6, 2e-3 * distance(nearby))).all()


def test_a_subject_is_the_same_bit_for_bit_in_any_company(treated, draws):
    system, schedule, values = treated
    p = draws(values, 1000)
    many = solve(system, schedule, p, TIMES, solver="fast", threads=1)
    two = solve(system, schedule, p, TIMES, solver="fast", threads=2)
    seven = solve(system, schedule, p[300:307], TIMES, solver="fast")
    alone = solve(system, schedule, p[303:304], TIMES, solver="fast")
    backwards = solve(system, schedule, p[::-1], TIMES, solver="fast", threads=2)
    assert np.array_equal(many.outputs, two.outputs)
    assert np.array_equal(many.outputs[300:307], seven.outputs)
    assert np.array_equal(many.outputs[303:304], alone.outputs)
    assert np.array_equal(many.outputs, backwards.outputs[::-1])
    assert np.array_equal(many.steps, two.steps)
    assert np.array_equal(many.final_states[300:307], seven.final_states)


def test_the_number_of_lanes_does_not_change_the_answer(treated, draws):
    system, schedule, values = treated
    job = task(system, schedule, draws(values, 21))
    widest = solve_fast(job, lanes=lanes_for(host()))
    for lanes in (1, 2):
        assert np.array_equal(solve_fast(job, lanes=lanes).outputs, widest.outputs)


def test_more_threads_than_processors_and_than_subjects(treated, draws):
    system, schedule, values = treated
    p = draws(values, 50)
    one = solve(system, schedule, p, TIMES, solver="fast", threads=1)
    assert np.array_equal(solve(system, schedule, p, TIMES, solver="fast", threads=64).outputs, one.outputs)


def test_the_step_limit_stops_only_who_needs_more(treated, draws):
    system, schedule, values = treated
    p = draws(values, 40)
    free = solve(system, schedule, p, TIMES, solver="fast")
    limit = int(np.median(free.steps))
    got = solve(system, schedule, p, TIMES, solver="fast", max_steps=limit)
    assert (got.status == np.where(free.steps > limit, Status.STEP_LIMIT, Status.FINISHED)).all()
    kept = free.steps <= limit
    assert np.array_equal(got.outputs[kept], free.outputs[kept])
    assert np.isnan(got.outputs[~kept][:, -1]).all()
    assert (got.steps[~kept] == limit).all()


def test_an_initial_state_that_is_not_finite_is_named(treated, draws):
    system, schedule, values = treated
    y0 = np.tile([2000.0, 1.0, 0.0, 0.0, 0.5], (3, 1))
    y0[1, 2] = np.inf
    got = solve(system, schedule, draws(values, 3), TIMES, initial=y0, solver="fast")
    assert got.status.tolist() == [0, Status.INVALID_INITIAL_STATE, 0]
    assert np.isnan(got.outputs[1]).all()


def test_an_initial_state_replaces_the_systems_own(treated, draws):
    system, schedule, values = treated
    p = draws(values, 5)
    y0 = np.tile([2000.0, 1.0, 0.0, 0.0, 0.5], (5, 1))
    own = solve(system, schedule, p, TIMES, solver="fast")
    assert np.array_equal(solve(system, schedule, p, TIMES, initial=y0, solver="fast").outputs, own.outputs)


def test_a_pole_is_called_stiff_and_ends_at_once(make):
    y = symbol("y")
    got = solve(make([y], [], [y * y], [1.0]), Schedule(), np.zeros((1, 0)), [0.5, 2.0], solver="fast")
    assert got.status[0] in (Status.STIFF, Status.NON_FINITE)
    assert got.steps[0] < 1000
    assert "step" in got.messages()[0]


def test_amounts_never_show_below_zero(treated, draws):
    system, schedule, values = treated
    got = solve(system, schedule, draws(values, 300, sd=1.0), TIMES, solver="fast")
    assert (got.outputs[got.finished] >= 0.0).all()


def test_what_is_not_a_number_in_one_state_is_not_outvoted_by_the_others(make):
    # The first state has no rate once it is past 1; the last one is harmless.
    x, y = symbol("x"), symbol("y")
    rates = [1.0 - 1e-3 * log(1.0 - x), -1.0 * y]
    got = solve(make([x, y], [], rates, [0.0, 1.0]), Schedule(), np.zeros((1, 0)), [0.5, 2.0], solver="fast")
    assert got.status[0] == Status.NON_FINITE
    assert np.isfinite(got.outputs[0, 0]).all()
    assert np.isnan(got.outputs[0, 1]).all()


def test_factorisation_by_tables_gives_the_same_bits(treated, draws, monkeypatch):
    system, schedule, values = treated
    p = draws(values, 20)
    unrolled = solve(system, schedule, p, TIMES, solver="fast")
    monkeypatch.setenv("ABSCOPAL_CACHE_DIR", "")
    monkeypatch.setattr(module, "_UNROLLED_OPERATIONS", 0)
    monkeypatch.setattr(kernel, "_kernels", type(kernel._kernels)())
    by_tables = solve(system, schedule, p, TIMES, solver="fast")
    assert np.array_equal(unrolled.outputs, by_tables.outputs)


@pytest.mark.slow
def test_a_large_dense_system_compiles_in_seconds_and_is_right(make):
    n = 50
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((n, n)) / n - np.eye(n)
    states = [symbol(f"x{i}") for i in range(n)]
    rates = [sum(float(a) * s for a, s in zip(row, states, strict=True)) for row in matrix]
    system = make(states, [], rates, [1.0] * n)
    got = solve(system, Schedule(), np.zeros((1, 0)), [2.0], rtol=1e-8, atol=1e-10, solver="fast")
    np.testing.assert_allclose(got.final_states[0], expm(2.0 * matrix) @ np.ones(n), rtol=1e-6)
