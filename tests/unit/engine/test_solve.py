"""Both solvers against formulas and SciPy at tight tolerance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from abscopal.engine import Status, solve
from abscopal.errors import InputError
from abscopal.expr import EventMap, Schedule, exp, hill, symbol, where

pytestmark = pytest.mark.parametrize("solver", ["reference", "fast"])


def test_decay_with_doses_is_the_exponential(decay, solver):
    times = np.array([-1.0, 0.0, 1.0, 2.0, 5.0])
    schedule = Schedule.of([(0.0, 0, [2.0]), (2.0, 1, []), (2.0, 0, [1.0])])
    k, y0 = np.array([0.3, 2.0]), np.array([1.0, 4.0])
    p = np.column_stack([k, y0])
    got = solve(decay, schedule, p, times, start=-1.0, rtol=1e-8, atol=1e-10, solver=solver)
    assert got.status.tolist() == [0, 0]
    at_0 = y0 * np.exp(-k) + 2.0
    at_2 = at_0 * np.exp(-2 * k) * 0.5 + 1.0
    expected = np.stack([y0, at_0, at_0 * np.exp(-k), at_2, at_2 * np.exp(-3 * k)], axis=1)
    np.testing.assert_allclose(got.outputs[:, :, 0], expected, rtol=1e-6)
    np.testing.assert_allclose(got.final_states[:, 0], expected[:, -1], rtol=1e-6)


def test_events_at_the_start_and_at_the_end_act(decay, solver):
    schedule = Schedule.of([(0.0, 0, [1.0]), (2.0, 0, [1.0]), (3.0, 0, [100.0])])
    got = solve(decay, schedule, [[0.0, 1.0]], [0.0, 2.0], solver=solver)
    assert got.outputs[0, :, 0].tolist() == [2.0, 3.0]
    assert got.final_states[0].tolist() == [3.0]


def test_a_run_of_no_length_shows_the_start(decay, solver):
    assert solve(decay, Schedule(), [[1.0, 7.0]], [0.0], solver=solver).outputs.tolist() == [[[7.0]]]


def test_updates_read_the_state_before_the_event(make, solver):
    a, b = symbol("a"), symbol("b")
    swap = EventMap("swap", (), ((0, b), (1, a)))
    system = make([a, b], [], [a * 0.0, b * 0.0], [1.0, 2.0], maps=[swap])
    got = solve(system, Schedule.of([(1.0, 0, [])]), np.zeros((1, 0)), [0.5, 1.0], solver=solver)
    assert got.outputs[0].tolist() == [[1.0, 2.0], [2.0, 1.0]]


def test_lotka_volterra_and_stiff_receptor_agree_with_radau(make, solver):
    x, y, r, kon, koff = (symbol(s) for s in ("x", "y", "r", "kon", "koff"))
    rates = [
        1.1 * x - 0.4 * x * y,
        0.1 * x * y - 0.4 * y * (1.0 + hill(r, 0.5, 1.5)),
        kon * x * (1.0 - r) - koff * r,
    ]
    system = make([x, y, r], [kon, koff], rates, [10.0, 5.0, 0.0])
    times = np.linspace(0.0, 20.0, 41)
    got = solve(system, Schedule(), [[160.0, 400.0]], times, rtol=1e-9, atol=1e-11, solver=solver)

    def f(t, s):
        a, b, c = s
        h = (c / 0.5) ** 1.5
        return [1.1 * a - 0.4 * a * b, 0.1 * a * b - 0.4 * b * (1 + h / (1 + h)), 160 * a * (1 - c) - 400 * c]

    ref = solve_ivp(f, (0, 20), [10.0, 5.0, 0.0], "Radau", t_eval=times, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(got.outputs[0], ref.y.T, rtol=1e-6)


def test_signed_states_are_left_alone(make, solver):
    x, v = symbol("x"), symbol("v")
    times = np.linspace(0.0, 20.0, 101)
    got = solve(make([x, v], [], [v, -x], [1.0, 0.0]), Schedule(), np.zeros((1, 0)), times, rtol=1e-7, solver=solver)
    np.testing.assert_allclose(got.outputs[0, :, 0], np.cos(times), atol=1e-4)


def test_extinct_cells_stay_extinct_until_refilled(dying, solver):
    times = np.arange(0.0, 21.0)
    schedule = Schedule.of([(10.0, 0, [50.0])])
    got = solve(dying, schedule, [[-1.0, 0.0]], times, solver=solver).outputs[0, :, 0]
    np.testing.assert_allclose(got[:7], 1000 * np.exp(-times[:7]), rtol=1e-3)  # one cell is left at ln 1000 = 6.9 d
    assert (got[7:10] == 0.0).all()
    np.testing.assert_allclose(got[10:14], 50 * np.exp(-np.arange(4.0)), rtol=1e-3)
    assert (got[14:] == 0.0).all()


def test_extinction_happens_at_the_moment_of_crossing(make, solver):
    # What is counted while cells live stops growing at t = ln 1000.
    cells, lived = symbol("cells"), symbol("lived")
    rates = [-1.0 * cells, where(cells > 0.0, 1.0, 0.0)]
    system = make([cells, lived], [], rates, [1000.0, 0.0], extinct=[1.0, 0.0])
    got = solve(system, Schedule(), np.zeros((1, 0)), [20.0], rtol=1e-6, solver=solver)
    assert got.outputs[0, 0, 1] == pytest.approx(np.log(1000.0), rel=1e-5)


def test_inflow_refills_an_extinct_state(dying, solver):
    got = solve(dying, Schedule(), [[-1.0, 0.2], [-1.0, 3.0]], [40.0], solver=solver).outputs[:, 0, 0]
    np.testing.assert_allclose(got, [0.2, 3.0], rtol=1e-3)


def test_a_state_that_starts_below_its_threshold_is_gone(dying, solver):
    got = solve(dying, Schedule(), [[0.5, 0.0]], [0.0, 10.0], initial=[[0.5]], solver=solver)
    assert got.outputs[0, :, 0].tolist() == [0.0, 0.0]


def test_one_failed_trajectory_leaves_the_others_alone(make, solver):
    y, p = symbol("y"), symbol("p")
    system = make([y], [p], [p * y * y], [1.0])  # blows up at t = 1/p
    parameters = np.array([[0.1], [np.nan], [1.0], [0.2]])
    got = solve(system, Schedule(), parameters, [0.5, 2.0], max_steps=2000, solver=solver)
    assert got.status[[0, 3]].tolist() == [0, 0]
    assert got.status[1] == Status.INVALID_PARAMETERS
    assert got.status[2] in (Status.STEP_LIMIT, Status.STIFF, Status.NON_FINITE)
    np.testing.assert_allclose(got.outputs[[0, 3], 1, 0], [1 / 0.8, 1 / 0.6], rtol=1e-3)
    np.testing.assert_allclose(got.outputs[2, 0, 0], 2.0, rtol=1e-3)
    assert np.isnan(got.outputs[2, 1, 0])
    assert np.isnan(got.outputs[1]).all()
    assert len(got.messages()) == 2
    alone = solve(system, Schedule(), parameters[[0, 3]], [0.5, 2.0], max_steps=2000, solver=solver)
    assert np.array_equal(alone.outputs, got.outputs[[0, 3]])


def test_a_rate_that_is_not_a_number_is_named_so(make, solver):
    y = symbol("y")
    from abscopal.expr import log

    got = solve(make([y], [], [log(y)], [-1.0]), Schedule(), np.zeros((1, 0)), [1.0], solver=solver)
    assert got.status[0] == Status.NON_FINITE


def test_conditions_and_powers_at_zero(make, solver):
    y, p = symbol("y"), symbol("p")
    rate = where(y < 1.0, 1.0, 0.0) + 0.0 * y**p + exp(-1e4 * p) + hill(y, 2.0, p) * 0.0
    got = solve(make([y], [p], [rate], [0.0]), Schedule(), [[0.5]], [0.5, 3.0], solver=solver)
    assert got.status[0] == 0
    assert got.outputs[0, 0, 0] == pytest.approx(0.5, rel=1e-3)
    assert got.outputs[0, 1, 0] == pytest.approx(1.0, rel=2e-2)


def test_selected_outputs_and_empty_ensembles(treated, decay, solver):
    got = solve(decay, Schedule(), np.zeros((0, 2)), [1.0, 2.0], solver=solver)
    assert got.outputs.shape == (0, 2, 1)
    assert solve(decay, Schedule(), [[1.0, 1.0]], [1.0], outputs=[], solver=solver).outputs.shape == (1, 1, 0)
    system, schedule, values = treated
    every = solve(system, schedule, values[None], [3.0, 30.0], solver=solver)
    two = solve(system, schedule, values[None], [3.0, 30.0], outputs=["signal", "tumour"], solver=solver)
    assert two.names == ("signal", "tumour")
    assert np.array_equal(two.outputs, every.outputs[:, :, [4, 0]])


def test_ten_thousand_events(decay, solver):
    schedule = Schedule.of([(0.01 * i, 0, [1.0]) for i in range(10_000)])
    got = solve(decay, schedule, [[1.0, 0.0]], [99.995], solver=solver)
    sum_of_doses = (1 - np.exp(-100.0)) / (1 - np.exp(-0.01)) * np.exp(-0.005)
    assert got.outputs[0, 0, 0] == pytest.approx(sum_of_doses, rel=1e-3)


def test_every_wrong_argument_is_reported_at_once(decay, solver):
    schedule = Schedule.of([(-1.0, 3, [])])
    with pytest.raises(InputError) as caught:
        solve(decay, schedule, np.zeros((2, 5)), [2.0, 1.0], rtol=0.0, outputs=["z"], solver=solver)
    assert [p.key for p in caught.value.problems] == ["parameters", "times", "rtol", "schedule", "schedule", "outputs"]


def test_progress_and_interruption(decay, solver):
    seen = []
    solve(decay, Schedule(), np.ones((3, 2)), [1.0], solver=solver, progress=lambda *pair: seen.append(pair))
    assert seen[-1] == (3, 3)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve(decay, Schedule(), np.ones((3, 2)), [1.0], progress=stop, solver=solver)
