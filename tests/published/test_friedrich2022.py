"""Friedrich2022 against its delay equations, solved here by small steps, and what it is known for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from abscopal import published

ARMS = ("radiation", "immunotherapy", "both")


@pytest.fixture(scope="module")
def model():
    return published.load_published("Friedrich2022")


def _given(model, arm):
    return model.protocols.get(arm, ())


def _density(t, k1, k2, k3):
    u = np.minimum(k1 * np.asarray(t, dtype=float), 1.0)
    return (1.0 - u**k3) * (1.0 - np.exp(-k2 / k1 * u))


def _by_small_steps(v, fractions, therapy, end, step):
    """Euler's method on the delay equations themselves; T, T2, A, L, LG on the grid of steps."""
    k1 = min(max(v["k1_per_gy"] * v["D"], v["k1_least"]), v["k1_most"])
    ages = np.arange(0.0, 1.0 / k1 + step, step)
    density = _density(ages, k1, v["k2"], v["k3"])
    density /= quad(lambda t: float(_density(t, k1, v["k2"], v["k3"])), 0.0, 1.0 / k1)[0]
    left = np.maximum(1.0 - np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * step)]), 0.0)
    making = _density(np.arange(0.0, 1.0 / v["k1_made"] + step, step), v["k1_made"], v["k2_made"], v["k3_made"])
    making /= making.sum()

    def survival(d):
        return max(np.exp(-v["alpha_L"] * d - v["beta_L"] * d**2), v["S_least"])

    def rate(cells, a, b):
        return a * (max(cells, 1.0) / v["cells"]) ** -b

    t, t2, local, away, node = v["T0"], v["T2_0"], v["L0"], v["LG0"], 1.0
    g1, g2 = rate(t, v["a1"], v["b1"]), rate(t2, v["a2"], v["b2"])
    a = v["rho"] * (t + t2) ** 2 / ((v["lambda"] + g1) * t + (v["lambda"] + g2) * t2)
    cohorts, made, rows = [], [], []
    hits = {round(day / step) for day in fractions}
    for i in range(round(end / step) + 1):
        if i in hits:
            cohorts.append([i, 0.5 * t, (1.0 - survival(v["D"])) * local])
            t, local, away = 0.5 * t, survival(v["D"]) * local, (1.0 - v["kRad"]) * away
            node *= survival(v["fr"] * v["D"])
        alive = [(c, i - c[0]) for c in cohorts if i - c[0] < len(left)]
        dying = sum(c[2] * left[n] for c, n in alive)
        deaths = sum(c[1] * density[n] for c, n in alive)
        rows.append((t, t2, a, local, away))
        made.append(v["fc4"] * node * a)
        recent = np.array(made[-len(making) :])[::-1]
        lymphocytes = float(making[: len(recent)] @ recent)
        kill = v["fc1_therapy"] if therapy[0] <= i * step < therapy[1] else v["fc1_base"]
        growth = rate(t + sum(c[1] * left[n] for c, n in alive), v["a1"], v["b1"])
        for c, _ in alive:
            c[1] *= 1.0 + step * growth
            c[2] *= 1.0 - step * (v["mu_L"] + kill)
        changes = (
            growth * t - kill * (local + dying) * (t > 0.0),
            rate(t2, v["a2"], v["b2"]) * t2 - kill * v["amplification"] * away * (t2 > 0.0),
            v["rho"] * (t + t2) + v["psi"] * deaths - v["lambda"] * a,
            v["g"] * lymphocytes - (v["mu_L"] + kill) * local,
            (1.0 - v["g"]) * lymphocytes - v["mu_L"] * away,
        )
        t, t2, a, local, away = (x + step * d for x, d in zip((t, t2, a, local, away), changes, strict=True))
        t, t2 = (0.0 if x < 1.0 else x for x in (t, t2))
    return np.array(rows)


@pytest.mark.slow
@pytest.mark.parametrize("arm", ["untreated", "both"])
def test_the_delays_are_those_of_the_delay_equations(model, arm):
    """The chain smears the making of lymphocytes: 10 % too many on day 2.5, a thousandth of the later ones."""
    step, end = 0.002, 12.0
    fractions, therapy = (range(1, 10), (1.0, 20.0)) if arm == "both" else ((), (99.0, 99.0))
    expected = _by_small_steps(model.values, fractions, therapy, end, step)
    days = np.array([2.5, 5.5, 8.5, 11.5])
    run = published.simulate(model, days, given=_given(model, arm))
    at = np.round(days / step).astype(int)
    lymphocytes = [0.12, 0.04, 0.02, 0.01]
    allowed = {"T": 0.04, "T2": 0.01, "A": 0.01, "L": lymphocytes, "LG": lymphocytes}
    for column, (name, tolerance) in enumerate(allowed.items()):
        there = expected[at, column]
        assert np.all(np.abs(run[name][0] - there) <= np.asarray(tolerance) * there), name


@pytest.mark.slow
def test_only_both_together_cure_the_distant_tumour(model):
    last = {arm: published.simulate(model, [60.0], given=_given(model, arm)) for arm in ARMS}
    assert [last[arm]["T2"][0, 0] == 0.0 for arm in ARMS] == [False, False, True]
    assert [last[arm]["T"][0, 0] == 0.0 for arm in ARMS] == [True, False, True]


@pytest.mark.slow
def test_faster_death_shortens_antigen_exposure(model):
    """The paper's finding; at 2 Gy deaths go on for seven days, with the dashboard's carbon ions for two."""
    given = (published.Given(1.0, "fraction", (0.5,)),)
    days = np.linspace(0.0, 12.0, 481)
    slow = published.simulate(model, days, {"k1_least": 1.0 / 7.0}, given)["deaths"][0]
    fast = published.simulate(model, days, {"k1_least": 0.5}, given)["deaths"][0]
    assert days[np.flatnonzero(slow)[-1]] == pytest.approx(8.0, abs=0.03)
    assert days[np.flatnonzero(fast)[-1]] == pytest.approx(3.0, abs=0.03)
    assert np.trapezoid(fast, days) < 0.3 * np.trapezoid(slow, days)


@pytest.mark.slow
def test_everything_moribund_dies_once(model):
    given = (published.Given(0.0, "fraction", (0.25,)),)
    days = np.linspace(0.0, 8.0, 1601)
    still = {"a1": 1e-12, "fc1_base": 1e-12}
    run = published.simulate(model, days, still, given, rtol=1e-8)
    assert run["moribund"][0, 0] == pytest.approx(75_000.0, rel=1e-6)
    assert np.trapezoid(run["deaths"][0], days) == pytest.approx(75_000.0, rel=1e-4)
    assert run["moribund"][0, -1] == 0.0
