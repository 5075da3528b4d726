"""Published numbers of the re-implemented models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abscopal import published

FILES = Path(__file__).parent / "sbml"


def _against_file(name, identifier, pairs, end, rtol):
    pytest.importorskip("libsbml")
    ours = published.load_published(name)
    theirs = published.import_sbml(FILES / f"{identifier}.xml", check_units=False)
    times = np.linspace(0.0, end, 101)
    a = published.simulate(ours, times, rtol=1e-9)
    b = published.simulate(theirs, times, rtol=1e-9)
    for mine, other in pairs.items():
        np.testing.assert_allclose(a[mine], b[other], rtol=rtol, atol=1e-9 * b[other].max())


def test_every_model_names_its_source_and_defects():
    for name in published.titles():
        model = published.load_published(name)
        assert model.source
        assert model.defects
        assert set(model.values) == {p.name for p in model.system.parameters}


class TestKosinsky2018:
    def test_control_volumes(self):
        """Design notes on published models; 0.5 %."""
        days = [7.0, 10.0, 14.0, 20.0, 25.0, 30.0, 40.0]
        run = published.simulate(published.load_published("Kosinsky2018"), days)
        np.testing.assert_allclose(run["volume"][0], [149.2, 256.6, 488.4, 1048, 1465, 1667, 1759], rtol=5e-3)

    def test_two_gray_leave_seventy_per_cent(self):
        model = published.load_published("Kosinsky2018")
        changes = {"r": 1e-9, "d0": 1e-9, "k_LN": 1e-9}
        given = (published.Given(7.0, "fraction", (2.0,)),)
        run = published.simulate(model, [6.9, 8.0], changes, given)
        surviving = run["TV"][0, 1] / run["TV"][0, 0]
        assert surviving == pytest.approx(np.exp(-0.146 * 2 - 0.0146 * 4), rel=1e-3)
        assert surviving == pytest.approx(0.70, abs=0.005)

    def test_the_repair_of_the_sbml_file_leaves_four_per_cent(self):
        """BIOMD0000000863 repairs at tau*U instead of U/tau: 4 % are left after half a day, and it goes on."""
        pytest.importorskip("libsbml")
        model = published.import_sbml(FILES / "BIOMD0000000863.xml", check_units=False)
        changes = {"r": 1e-9, "d0": 1e-9, "kLN": 1e-9}
        # 2 Gy make 38 breaks; the linear part of the kill is not in this dose event.
        run = published.simulate(model, [0.0, 0.5, 2.0], changes, given=model.dose("U", 38.0, [0.0]))
        surviving = np.exp(-0.146 * 2) * run["TV"][0] / 15.0
        assert surviving[1] == pytest.approx(0.04, abs=0.002)
        assert surviving[2] < 1e-5
        corrected = published.load_published("Kosinsky2018")
        assert any("tau*U" in d for d in corrected.defects)

    def test_response_rates_of_a_thousand_mice(self):
        """About 0, 13, 10 and 63 %; a response is a volume of at most 10 mm³ after day 7."""
        model = published.load_published("Kosinsky2018")
        mice = published.draw(model, model.spread, 1000, seed=1)
        days = np.linspace(0.0, 60.0, 241)
        rates = {}
        for arm in ("none", "anti-PD-L1", "radiation", "both"):
            run = published.simulate(model, days, mice, model.protocols.get(arm, ()))
            assert (run.status == 0).all()
            rates[arm] = np.mean(run["volume"][:, days >= 7.0].min(axis=1) <= 10.0)
        assert rates["none"] <= 0.005
        assert rates["anti-PD-L1"] == pytest.approx(0.13, abs=0.03)
        assert rates["radiation"] == pytest.approx(0.10, abs=0.03)
        assert rates["both"] == pytest.approx(0.63, abs=0.04)


class TestKuznetsov1994:
    def test_equilibria(self):
        """Three tumours in balance with their effectors: dormant, unstable and large; and the healthy state s/d."""
        model = published.load_published("Kuznetsov1994")
        v = model.values
        healthy = published.simulate(model, [1000.0], {"T0": 1e-300}, rtol=1e-9)
        assert healthy["E"][0, 0] == pytest.approx(v["s"] / v["d"], rel=1e-6)
        # dE/dt = 0 at E = a(1 - bT)/n is a cubic in T.
        level = np.poly1d([-v["a"] * v["b"] / v["n"], v["a"] / v["n"]])
        room = np.poly1d([1.0, v["g"]])
        cubic = v["s"] * room + v["p"] * level * np.poly1d([1.0, 0.0]) - level * room * np.poly1d([v["m"], v["d"]])
        tumours = np.sort([r.real for r in cubic.roots if abs(r.imag) < 1e-6 * abs(r) and r.real > 0])
        assert len(tumours) == 3
        for tumour in tumours:
            start = {"T0": tumour, "E0": level(tumour)}
            run = published.simulate(model, [0.0, 5.0], start, rtol=1e-10)
            np.testing.assert_allclose(run.values[0, 1], run.values[0, 0], rtol=1e-5)
        dormant = published.simulate(model, [3000.0], rtol=1e-9)
        assert dormant["T"][0, 0] == pytest.approx(tumours[0], rel=1e-4)
        escaped = published.simulate(model, [3000.0], {"T0": 4e8, "E0": 1e4}, rtol=1e-9)
        assert escaped["T"][0, 0] == pytest.approx(tumours[2], rel=1e-4)

    def test_trajectory_of_the_sbml_file(self):
        _against_file("Kuznetsov1994", "BIOMD0000000762", {"E": "E", "T": "T"}, 200.0, 1e-6)


class TestKimmel2021:
    def test_car_cells_peak_at_thirty_on_day_seven(self):
        run = published.simulate(published.load_published("Kimmel2021"), np.linspace(0.0, 20.0, 2001), rtol=1e-8)
        peak = int(np.argmax(run["C"][0]))
        assert run["C"][0, peak] == pytest.approx(30.1, abs=0.05)
        assert run.times[peak] == pytest.approx(7.0, abs=0.05)

    def test_trajectory_of_the_sbml_file(self):
        pairs = {"N": "Normal_T_cells", "C": "CAR_T_cells", "B": "Antigen_presenting_tumour_cells"}
        _against_file("Kimmel2021", "BIOMD0000001041", pairs, 100.0, 1e-6)


def test_hanson2016_follows_its_sbml_file():
    pairs = {k: k for k in ("C_e", "C_m", "H_e", "H_m", "L", "B", "D")} | {"I": "Inflam"}
    _against_file("Hanson2016", "BIOMD0000000837", pairs, 500.0, 1e-6)
