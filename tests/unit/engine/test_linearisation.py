"""The Jacobian with auxiliary rows stands for the plain one, and both ways of solving with it agree."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.engine import solve
from abscopal.engine.ensemble import kernel
from abscopal.engine.integration import module
from abscopal.engine.lowering import Program, lower
from abscopal.engine.lowering.sparsity import eliminate
from abscopal.expr import Schedule, System, evaluate, jacobian, log, maximum, saturation, sqrt, symbol, where

STATES = 14


@pytest.fixture
def crowded(make) -> System:
    """Many states feed three signals, each through the one before, and many rates read each signal."""
    y = [symbol(f"y{i}") for i in range(STATES)]
    k = symbol("k")
    volume = sum(y[1:], y[0])
    hunger = saturation(volume * y[0] + y[3], 5.0 + k)
    fear = maximum(hunger - 0.2, y[5] * y[6] / (1.0 + volume)) * y[7]
    # The root of a negative number is on the branch that is not taken.
    quiet = where(fear < 1e3, hunger * y[2], sqrt(fear - 1e3) * log(y[2] - 1e3))
    rates = [(1.0 + 0.1 * i) * (hunger - y[i] * fear) - 0.3 * k * y[i] * (1.0 + quiet) for i in range(STATES)]
    return make(y, [k], rates, [1.0 + 0.2 * i for i in range(STATES)])


def matrix(program: Program, known: dict) -> np.ndarray:
    size = STATES + program.auxiliaries
    found = np.zeros((size, size))
    values = dict(zip(program.hoisted, evaluate(list(program.hoisted.values()), known), strict=True)) | known
    for entry, value in zip(program.jacobian, evaluate(list(program.jacobian.values()), values), strict=True):
        found[entry] = value
    return found


def test_auxiliary_rows_stand_for_the_whole_jacobian_with_fewer_entries(crowded):
    with_rows, plain = lower(crowded), lower(crowded, auxiliaries=False)
    assert with_rows.auxiliaries >= 2
    assert plain.auxiliaries == 0
    assert len(with_rows.jacobian) < 0.6 * len(plain.jacobian)
    y = np.random.default_rng(3).uniform(0.1, 2.0, STATES)
    known = dict(zip([*crowded.states, *crowded.parameters], [*y, 0.7], strict=True))
    expected = np.zeros((STATES, STATES))
    entries = jacobian(crowded.rates, crowded.states)
    with np.errstate(invalid="ignore"):
        for entry, value in zip(entries, evaluate(list(entries.values()), known), strict=True):
            expected[entry] = value
        whole, found = matrix(with_rows, known), matrix(plain, known)
    assert np.isfinite(whole).all()
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    n = STATES
    inner = np.linalg.solve(np.eye(len(whole) - n) - whole[n:, n:], whole[n:, :n])
    np.testing.assert_allclose(whole[:n, :n] + whole[:n, n:] @ inner, expected, rtol=1e-11)


def test_an_infinite_slope_on_a_branch_not_taken_does_not_stop_the_solver(make):
    y = [symbol(f"y{i}") for i in range(STATES)]
    squares = sum((x * x for x in y[1:]), y[0] * y[0])
    root = sqrt(squares - 1e6)  # of what is far below zero here
    rates = [where(y[0] < 1e3, -0.5 * y[i], root * y[i]) for i in range(STATES)]
    system = make(y, [symbol("k")], rates, [1.0 + 0.2 * i for i in range(STATES)])
    times = np.linspace(0.0, 2.0, 5)
    ours, theirs = (solve(system, Schedule(), [[0.0]], times, solver=s, rtol=1e-7) for s in ("fast", "reference"))
    assert ours.finished.all()
    np.testing.assert_allclose(ours.outputs, theirs.outputs, rtol=1e-4)


def test_what_is_left_out_of_the_solution_is_not_needed(crowded):
    program = lower(crowded)
    plan = eliminate(STATES, program.jacobian, program.auxiliaries)
    auxiliary = set(range(STATES, STATES + program.auxiliaries))
    assert plan.unit <= auxiliary
    assert plan.silent <= auxiliary
    assert plan.unread <= auxiliary


@pytest.mark.parametrize("limit", [0, 10**9])
def test_tables_and_unrolled_code_solve_with_auxiliary_rows(crowded, limit, monkeypatch):
    monkeypatch.setenv("ABSCOPAL_CACHE_DIR", "")
    monkeypatch.setattr(kernel, "_kernels", type(kernel._kernels)())
    monkeypatch.setattr(module, "_UNROLLED_OPERATIONS", limit)
    times = np.linspace(0.0, 5.0, 11)
    settings = {"rtol": 1e-8, "atol": 1e-10}
    parameters = np.array([[0.7], [0.9], [1.4]])
    ours = solve(crowded, Schedule(), parameters, times, **settings)
    theirs = solve(crowded, Schedule(), parameters, times, solver="reference", **settings)
    assert ours.finished.all()
    np.testing.assert_allclose(ours.outputs, theirs.outputs, rtol=1e-5, atol=1e-8)
    assert ours.steps.max() < 150
