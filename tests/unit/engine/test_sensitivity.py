"""Sensitivities against formulas and against differences of the reference at tight tolerance."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.engine import Status, solve
from abscopal.engine import sensitivity as module
from abscopal.errors import InputError
from abscopal.expr import Schedule

TIMES = np.arange(0.0, 21.0)


def differences(system, schedule, p, names, step=1e-4):
    """Central differences of the reference, array (times, outputs, names)."""
    columns = [[q.name for q in system.parameters].index(name) for name in names]
    slopes = []
    for j in columns:
        change = np.zeros_like(p)
        change[j] = step * p[j]
        both = solve(system, schedule, [p + change, p - change], TIMES, rtol=1e-11, atol=1e-13, solver="reference")
        slopes.append((both.outputs[0] - both.outputs[1]) / (2 * change[j]))
    return np.stack(slopes, axis=-1)


def test_decay_with_doses_has_the_derivative_of_the_formula(decay):
    k, y0 = 0.3, 2.0
    got = solve(decay, Schedule.of([(2.0, 0, [5.0])]), [[k, y0]], TIMES, rtol=1e-8, atol=1e-10, wrt=["y0", "k"])
    assert got.wrt == ("y0", "k")
    after = np.where(TIMES >= 2.0, 5.0, 0.0) * np.exp(-k * (TIMES - 2.0))
    np.testing.assert_allclose(got.sensitivities[0, :, 0, 0], np.exp(-k * TIMES), rtol=1e-6)
    by_k = -TIMES * y0 * np.exp(-k * TIMES) - np.clip(TIMES - 2.0, 0.0, None) * after
    np.testing.assert_allclose(got.sensitivities[0, :, 0, 1], by_k, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("rtol", "allowed"), [(1e-4, 1e-3), (1e-6, 5e-5)])
def test_all_parameters_of_a_stiff_system(treated, draws, rtol, allowed):
    system, schedule, values = treated
    names = [p.name for p in system.parameters]
    p = draws(values, 3, sd=0.2, seed=5)
    got = solve(system, schedule, p, TIMES, rtol=rtol, atol=1e-2 * rtol, wrt=names)
    assert (got.status == 0).all()
    for i in range(3):
        exact = differences(system, schedule, p[i], names)
        # What is zero is known from differences only to the noise of the reference.
        noise = 1e-5 * np.abs(got.outputs[i]).max(axis=0)[:, None] / p[i]
        error = np.abs(got.sensitivities[i] - exact).max(axis=0)
        assert (error <= allowed * np.abs(exact).max(axis=0) + noise).all()


def test_the_trajectory_is_the_one_without_sensitivities(treated, draws):
    system, schedule, values = treated
    p = draws(values, 9)
    plain = solve(system, schedule, p, TIMES)
    got = solve(system, schedule, p, TIMES, wrt=["kill"])
    assert np.array_equal(plain.outputs, got.outputs)
    assert np.array_equal(plain.steps, got.steps)


def test_extinction_keeps_its_place(dying):
    got = solve(dying, Schedule.of([(10.0, 0, [50.0])]), [[-1.0, 0.0]], TIMES, rtol=1e-7, atol=1e-9, wrt=["growth"])
    slope = got.sensitivities[0, :, 0, 0]
    np.testing.assert_allclose(slope[:7], TIMES[:7] * 1000 * np.exp(-TIMES[:7]), rtol=1e-5)
    assert (slope[7:11] == 0.0).all()
    assert slope[12] == pytest.approx(2 * 50 * np.exp(-2.0), rel=1e-5)
    assert (slope[14:] == 0.0).all()


def test_long_records_and_blocks(treated, draws, monkeypatch):
    system, schedule, values = treated
    p = draws(values, 7)
    whole = solve(system, schedule, p, TIMES, wrt=["kill", "alpha"])
    monkeypatch.setattr(module, "_FIRST_CAPACITY", 8)
    monkeypatch.setattr(module, "_BLOCK", 3)
    assert np.array_equal(solve(system, schedule, p, TIMES, wrt=["kill", "alpha"]).sensitivities, whole.sensitivities)


def test_failed_subjects_have_none(treated, draws):
    system, schedule, values = treated
    p = draws(values, 3)
    p[1, 0] = np.nan
    got = solve(system, schedule, p, TIMES, wrt=["kill"])
    assert got.status.tolist() == [0, Status.INVALID_PARAMETERS, 0]
    assert np.isnan(got.sensitivities[1]).all()
    assert np.isfinite(got.sensitivities[[0, 2]]).all()


def test_wrong_names_and_the_wrong_solver(treated):
    system, schedule, values = treated
    with pytest.raises(InputError, match="did you mean 'kill'"):
        solve(system, schedule, values[None], TIMES, wrt=["kil"])
    with pytest.raises(InputError, match="fast"):
        solve(system, schedule, values[None], TIMES, wrt=["kill"], solver="reference")
    assert solve(system, schedule, np.zeros((0, 8)), TIMES, wrt=["kill"]).sensitivities.shape == (0, 21, 5, 1)
