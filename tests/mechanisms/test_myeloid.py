"""Rows I06 and I10, and what the neutrophil count of X03 needs: chemokines, MDSC, macrophages, neutrophils.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

# One of each immune class.
LINES = ("CT26", "LLC", "TUBO")
CARBON_DOSES = (2, 3, 4, 5)
WEEK = (1.0, 7.0)


def _study(lab: Any, line: str) -> Any:
    x15 = lab.x_rays(15)
    arms = {
        "x1": lab.x_rays(1),
        "x8": lab.x_rays(8),
        "x15": x15,
        "x15, CCL2": lab.both(x15, lab.drug("anti-CCL2", days=(-1, 2, 5))),
        "x15, CCR2": lab.both(x15, lab.drug("CCR2 antagonist", "300 ug", tuple(range(-2, 8)), "sc")),
        "x15, CCL20": lab.both(x15, lab.drug("anti-CCL20", days=(-1, 2, 5))),
        "Gr-1": lab.drug("anti-Gr-1"),
    }
    arms |= {f"c{dose}": lab.carbon(dose) for dose in CARBON_DOSES}
    return lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=16)


def _run(lab: Any, line: str, change: dict[str, float] | None = None) -> Any:
    return lab.run(_study(lab, line), change=change)


def _density(run: Any, cells: str, arm: str, day: float) -> float:
    """Cells per mm3, against the same animals untreated."""
    there = [run.at(day, cells, a, "primary") / (run.at(day, "volume", a, "primary") + 1.0) for a in (arm, "control")]
    return float(np.median(there[0] / there[1]))


def _mean_density(run: Any, cells: str, arm: str, days: tuple[float, float] = WEEK) -> float:
    return float(np.mean([_density(run, cells, arm, day) for day in np.arange(days[0], days[1] + 0.5)]))


def _m1_share(run: Any, arm: str, day: float) -> float:
    m1, m2 = (run.at(day, cells, arm, "primary") for cells in ("m1", "m2"))
    return float(np.median(m1 / (m1 + m2)))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I06_interferons_drive_cxcl10_and_t_cells_follow(lab: Any, line: str) -> None:
    run = _run(lab, line)
    assert np.all(run.at(4, "cxcl10", "x8", "primary") > 1.3 * run.at(4, "cxcl10", "control", "primary"))
    # Neither interferon: no CXCL10 but what macrophages programmed by low dose make, none at 8 Gy.
    deaf = {"interferon_gain": 0.0, "interferon_gamma_half": 1e15}
    assert np.all(_run(lab, line, deaf).peak("cxcl10", "x8", "primary") < 0.25 * run.peak("cxcl10", "x8", "primary"))
    # The damage-driven CXCL16 and CXCL8 call T cells beside it, more at a larger dose.
    without = _run(lab, line, {"cxcl16_recruitment": 0.0})
    gained = {arm: np.median(run.at(2, "cd8", arm, "primary") / without.at(2, "cd8", arm, "primary")) for arm in ARMS}
    assert gained["x15"] > 1.1
    assert gained["x1"] < 1.02
    assert gained["control"] == pytest.approx(1.0, abs=1e-3)


ARMS = ("control", "x1", "x15")


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I06_ccl2_recruits_mdsc(lab: Any, line: str) -> None:
    run = _run(lab, line)
    assert np.all(run.at(3, "ccl2", "x15", "primary") > 2.0)
    assert _density(run, "mdsc", "x15", 3) > 1.5
    for arm in ("x15, CCL2", "x15, CCR2"):
        assert _density(run, "mdsc", arm, 3) < 0.7 * _density(run, "mdsc", "x15", 3)
    # Fewer suppressors leave T cells more of their function.
    left = {arm: np.median(run.at(4, "suppression_release", arm, "primary")) for arm in ("x15", "x15, CCL2")}
    assert left["x15, CCL2"] > 1.1 * left["x15"]
    silent = _run(lab, line, {"ccl2_gain": 0.0})
    assert _density(silent, "mdsc", "x15", 3) < 1.15


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I06_ccl20_recruits_tregs_which_also_divide_in_place(lab: Any, line: str) -> None:
    run = _run(lab, line)
    called, blocked = (_density(run, "treg", arm, 4) for arm in ("x15", "x15, CCL20"))
    assert blocked < 0.85 * called
    # Without the call's division in place fewer still; without entry or division, what is left is shrinkage.
    resting = _density(_run(lab, line, {"treg_call_division_rate": 0.0}), "treg", "x15, CCL20", 8)
    assert resting < 0.9 * _density(run, "treg", "x15, CCL20", 8)
    gone = ("treg_call_division_rate", "ccl20_gain", "ccl20_hypoxia_gain")
    neither = _run(lab, line, dict.fromkeys(gone, 0.0))
    assert _density(neither, "treg", "x15", 4) < 0.7 * called
    assert _density(neither, "treg", "x15", 4) == pytest.approx(_density(neither, "treg", "x15, CCL20", 4), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I06_neutrophils_come_early(lab: Any, line: str) -> None:
    run = _run(lab, line)
    early, late = (_density(run, "neutrophils", "x15", day) for day in (1, 7))
    assert early > 3.0
    assert late < 1.3
    # Before T cells: these rise later.
    assert early > 2.0 * _density(run, "cd8", "x15", 1)
    assert _density(_run(lab, line, {"cxcl1_gain": 0.0}), "neutrophils", "x15", 1) < 1.3


def _at_equal_effect(run: Any, value: Any) -> float:
    """A value after the dose of carbon ions that kills as much as 8 Gy of photons."""
    kill = {arm: float(-np.log(run.at(0, "tumour", arm, "primary")[0])) for arm in ("x8", *map(_name, CARBON_DOSES))}
    dose = np.interp(kill["x8"], [kill[_name(d)] for d in CARBON_DOSES], CARBON_DOSES)
    return float(np.interp(dose, CARBON_DOSES, [value(_name(d)) for d in CARBON_DOSES]))


def _name(dose: float) -> str:
    return f"c{dose}"


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I10_mdsc_fall_more_after_carbon_at_equal_effect(lab: Any, line: str) -> None:
    run = _run(lab, line)

    def in_tumour(arm: str) -> float:
        return _mean_density(run, "mdsc", arm)

    def in_blood(arm: str) -> float:
        days = [run.at(day, "blood_mdsc", arm) / run.at(day, "blood_mdsc", "control") for day in range(1, 8)]
        return float(np.median(np.mean(days, axis=0)))

    assert _at_equal_effect(run, in_tumour) < 0.75 * in_tumour("x8")
    assert _at_equal_effect(run, in_tumour) < 0.95
    assert _at_equal_effect(run, in_blood) < in_blood("x8") - 0.03
    # And they suppress less.
    left = _at_equal_effect(run, lambda arm: float(np.median(run.at(4, "suppression_release", arm, "primary"))))
    assert left > 1.1 * np.median(run.at(4, "suppression_release", "x8", "primary"))
    # It is the call that differs, not the kill: without CCL2 nothing is left of the difference in the tumour.
    silent = _run(lab, line, {"ccl2_gain": 0.0})
    same = _at_equal_effect(silent, lambda arm: _mean_density(silent, "mdsc", arm))
    assert same == pytest.approx(_mean_density(silent, "mdsc", "x8"), rel=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I10_carbon_inhibits_m2_and_low_dose_programmes_m1(lab: Any, line: str) -> None:
    run = _run(lab, line)
    carbon = _at_equal_effect(run, lambda arm: _m1_share(run, arm, 5))
    assert carbon > _m1_share(run, "x8", 5) + 0.05
    assert _m1_share(run, "x1", 5) > 1.5 * _m1_share(run, "control", 5)
    assert _m1_share(run, "x15", 5) < _m1_share(run, "control", 5)
    # The programme is that of low dose alone; without TGF-beta and interferons carbon does as photons do.
    flat = _run(lab, line, {"programme_m1_gain": 0.0})
    assert _m1_share(flat, "x1", 5) < 1.1 * _m1_share(flat, "control", 5)
    deaf = {"programme_m1_gain": 0.0, "tgf_beta_m2_weight": 0.0, "interferon_m1_gain": 0.0}
    run = _run(lab, line, deaf)
    same = _at_equal_effect(run, lambda arm: _m1_share(run, arm, 5))
    assert same == pytest.approx(_m1_share(run, "x8", 5), abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("line", ["CT26", "MC38", "TUBO"])
def test_activated_t_cells_kill_mdsc_through_tnf(lab: Any, line: str) -> None:
    """Radiation with blockade of PD-L1 clears MDSC of the tumour; not where TNF is gone.

    Deng 2014 showed it in TUBO and MC38; a cold line, where blockade activates few T cells, was not tried.
    """
    both = lab.both(lab.x_rays(8), lab.drug("anti-PD-L1"))
    arms = {"both": both, "no TNF": lab.both(both, lab.drug("anti-TNF")), "x": lab.x_rays(8)}
    arms["knockout"] = lab.both(both, lab.host("TNF knockout"))
    run = lab.run(lab.study(line, arms, sites={"primary": lab.primary}, size=6, follow_up=16))
    densities = {arm: _density(run, "mdsc", arm, 10) for arm in arms}
    assert densities["both"] < 0.98 * densities["x"]
    assert densities["no TNF"] > 1.05 * densities["both"]
    assert densities["knockout"] > 1.05 * densities["both"]


@pytest.mark.parametrize("line", LINES)
def test_mdsc_follow_the_tumour_burden_and_can_be_depleted(lab: Any, line: str) -> None:
    run = _run(lab, line)
    count = run("blood_mdsc", "control")
    assert np.all(count[:, run.index(14)] > 1.5 * count[:, run.index(-4)])
    assert np.all(run.at(4, "blood_mdsc", "Gr-1") < 0.5 * run.at(4, "blood_mdsc", "control"))
    assert _density(run, "mdsc", "Gr-1", 4) < 0.5
    flat = _run(lab, line, {"mdsc_expansion": 0.0})("blood_mdsc", "control")
    assert flat == pytest.approx(flat[:, :1] + 0 * flat, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_the_neutrophil_to_lymphocyte_ratio_rises_after_radiation_and_returns(lab: Any, line: str) -> None:
    arms = {"body": lab.x_rays(3, (0,), "whole_body"), "field": lab.x_rays(8, (0, 1, 2))}
    arms = {name: lab.both(arm, lab.host("nude")) for name, arm in arms.items()} | {"control": lab.host("nude")}
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=40)
    run = lab.run(study)
    ratio = {arm: run("blood_nlr", arm) / run("blood_nlr", "control") for arm in ("body", "field")}
    assert np.all(ratio["body"][:, run.index(0)] > 1.5)
    assert np.all(ratio["field"][:, run.index(2)] > 1.05)
    # The marrow: neutrophils fall after a dose to the body and come back.
    left = run("blood_neutrophils", "body") / run("blood_neutrophils", "control")
    assert np.all(left[:, run.index(4)] < 0.6)
    assert np.all(left[:, run.index(30)] > 0.85)
    spared = lab.run(study, change={"marrow_d37": 1e6})
    assert np.all(spared.at(4, "blood_neutrophils", "body") > 0.9 * spared.at(4, "blood_neutrophils", "control"))
