"""NK cells: rows I07, I11 (second half), I13 (their part), I17 and T09.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

LINES = ("CT26", "LLC", "TUBO")


def _median(values: np.ndarray) -> float:
    return float(np.median(values))


def _per_target(run: Any, arm: str, day: float, site: str = "primary") -> float:
    """Share of living tumour cells that NK cells kill in a day."""
    return _median(run.at(day, "killed_by_nk", arm, site) / run.at(day, "tumour", arm, site))


@pytest.mark.parametrize("line", LINES)
def test_nk_cells_hardly_matter_to_an_unirradiated_tumour(lab: Any, line: str) -> None:
    study = lab.study(line, {"none": lab.host("NK depletion")}, sites={"primary": lab.primary}, size=3, follow_up=21)
    run = lab.run(study)
    ratio = run.at(20, "volume", "control", "primary") / run.at(20, "volume", "none", "primary")
    assert ratio == pytest.approx(1.0, abs=0.02)
    assert run("nk", "none", "primary").max() == 0.0
    # Blood keeps its NK cells while the tumour takes some.
    assert np.all(run.at(20, "blood_nk", "control") > 0.5 * run.at(0, "blood_nk", "control"))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I07_carbon_raises_nkg2d_on_nk_cells(lab: Any, line: str) -> None:
    arms = {"x": lab.x_rays(4), "c": lab.carbon(4)}
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=8)
    run = lab.run(study)

    def receptor(run: Any, arm: str) -> float:
        return _median(run.at(3, "nkg2d_receptor", arm, "primary") / run.at(3, "nkg2d_receptor", "control", "primary"))

    assert receptor(run, "c") > receptor(run, "x") + 0.1
    without = lab.run(study, change={"interferon_nkg2d_gain": 0.0})
    assert receptor(without, "c") < receptor(run, "c") - 0.2
    # Downstream: carbon makes NK cells kill more than photons do, dose for dose.
    killed = {arm: _median(run.area("killed_by_nk", arm, "primary", until=7)) for arm in ("x", "c")}
    assert killed["c"] > 1.5 * killed["x"]


SCHEDULES = {
    "3x4": (4, (0, 1, 2)),
    "1x12": (12, (0,)),
    "3x8": (8, (0, 1, 2)),
    "9x4": (4, tuple(range(9))),
    "1x20": (20, (0,)),
}
LOW, HIGH = ("3x4", "1x12"), ("3x8", "9x4", "1x20")


def _nk_control(lab: Any, line: str, change: dict[str, float]) -> dict[str, float]:
    """Killed by NK cells per living tumour cell in ten days after the last fraction, in hosts without CD8 T cells."""
    arms = {name: lab.both(lab.x_rays(*s), lab.host("CD8 depletion")) for name, s in SCHEDULES.items()}
    run = lab.run(lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=20), change=change)
    found = {}
    for name, (_, days) in SCHEDULES.items():
        share = run("killed_by_nk", name, "primary") / (run("tumour", name, "primary") + 1e3)
        chosen = (run.times >= max(days)) & (run.times <= max(days) + 10)
        found[name] = _median(np.trapezoid(share[:, chosen], run.times[chosen], axis=1))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("line", ["AT3-OVA", "CT26", "MC38", "TUBO"])
def test_I11_nk_response_depends_on_the_total_effective_dose(lab: Any, line: str) -> None:
    """Below and above a biologically effective dose of 36 Gy (alpha/beta near 10 Gy), whatever the fraction."""
    plain = _nk_control(lab, line, {})
    assert min(plain[name] for name in HIGH) > 1.7 * max(plain[name] for name in LOW)
    # At like totals, the dose per fraction matters little: 3 x 4 against 1 x 12.
    assert plain["3x4"] == pytest.approx(plain["1x12"], rel=0.4)
    # Part of the rise is that few tumour cells are left to as many NK cells; ligands make the other part.
    rise = min(plain[name] for name in HIGH) / max(plain[name] for name in LOW)
    flat = _nk_control(lab, line, {"nkg2d_ligand_gain": 0.0, "nkp46_weight": 0.0})
    assert min(flat[name] for name in HIGH) / max(flat[name] for name in LOW) < 0.6 * rise
    assert max(_nk_control(lab, line, {"nk_kill_rate": 0.0}).values()) == 0.0


@pytest.mark.parametrize("line", LINES)
def test_I11_nk_cells_lower_what_a_large_dose_leaves(lab: Any, line: str) -> None:
    arms = {
        name + host: lab.both(lab.x_rays(*SCHEDULES[name]), lab.host("CD8 depletion", *hosts))
        for name in ("3x4", "9x4")
        for host, hosts in (("", ()), (" without NK", ("NK depletion",)))
    }
    run = lab.run(lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=20))
    left = {
        n: _median(run.at(19, "tumour", n, "primary") / run.at(19, "tumour", f"{n} without NK", "primary"))
        for n in ("3x4", "9x4")
    }
    assert left["3x4"] > 0.95
    assert left["9x4"] < 0.95
    assert 1.0 - left["9x4"] > 3.0 * (1.0 - left["3x4"])


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I13_tregs_shed_ligands_and_lack_of_danger_hold_nk_cells_back(lab: Any, line: str) -> None:
    arms = {"x": lab.x_rays(8), "no Tregs": lab.both(lab.x_rays(8), lab.host("Treg depletion"))}
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=10)
    run = lab.run(study)
    killed = {arm: _median(run.area("killed_by_nk", arm, "primary", until=9)) for arm in arms}
    assert killed["no Tregs"] > 1.5 * killed["x"]
    idle = lab.run(study, change={"treg_half_density": 1e15})
    assert (
        _median(idle.at(5, "nk_activation", "no Tregs", "primary") / idle.at(5, "nk_activation", "x", "primary")) < 1.2
    )
    # A larger tumour sheds more ligands; NKp46 sees the calreticulin of dying cells.
    assert np.all(
        run.at(9, "nkg2d_receptor", "control", "primary") < run.at(-3, "nkg2d_receptor", "control", "primary")
    )
    for change, arm, least in (({"shed_half_volume": 1e15}, "control", 1.2), ({"nkp46_weight": 0.0}, "x", 1 / 1.05)):
        other = lab.run(study, change=change)
        ratio = _median(other.at(4, "nk_activation", arm, "primary") / run.at(4, "nk_activation", arm, "primary"))
        assert ratio > least if least > 1 else ratio < least


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I13_tgf_beta_takes_nkg2d_from_nk_cells(lab: Any, line: str) -> None:
    arms = {"x": lab.x_rays(12), "blocked": lab.both(lab.x_rays(12), lab.drug("anti-TGF-beta"))}
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=10)

    def ratio(name: str, change: dict[str, float]) -> float:
        run = lab.run(study, change=change)
        return _median(run.area(name, "blocked", "primary", until=9) / run.area(name, "x", "primary", until=9))

    rise = ratio("nkg2d_receptor", {})
    assert rise > 1.15
    assert ratio("killed_by_nk", {}) > 1.15
    # What is left without its hold on effector cells comes from fewer dendritic cells being suppressed.
    assert ratio("nkg2d_receptor", {"tgf_beta_strength": 0.0}) - 1.0 < 0.5 * (rise - 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I17_low_doses_raise_nk_cells_without_much_kill(lab: Any, line: str) -> None:
    arms = {f"x{d}": lab.x_rays(d) for d in (0.5, 1, 2)} | {"body": lab.x_rays(0.2, (0,), "whole_body")}
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=8)
    run, still = lab.run(study), lab.run(study, change={"nk_division_rate": 0.0})

    def against_control(run: Any, name: str, arm: str, site: str | None = "primary") -> float:
        return _median(run.at(5, name, arm, site) / run.at(5, name, "control", site))

    # Part of the rise is division, the other part homing to the inflamed tumour.
    for arm, division in (("x0.5", 1.4), ("x1", 1.4), ("x2", 1.2)):
        assert against_control(run, "nk_density", arm) > 1.5
        assert against_control(run, "nk_density", arm) > division * against_control(still, "nk_density", arm)
        assert against_control(run, "tumour", arm) > 0.6
    assert against_control(run, "blood_nk", "body", None) > 1.2
    assert against_control(still, "blood_nk", "body", None) < 1.0
    # They kill more, if still little of an established tumour.
    assert _per_target(run, "x1", 5) > 2.5 * _per_target(run, "control", 5)


def _cells(product: str, days: tuple[float, ...] = (1,), number: str = "1e7 cells") -> dict[str, Any]:
    return {"cells": [{"product": product, "number": number, "route": "iv", "days": [f"{d} d" for d in days]}]}


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T09_infused_nk_cells_work_best_within_hours_after_radiation_and_must_be_repeated(lab: Any, line: str) -> None:
    nsg, product = lab.host("NSG"), "adoptive NK cells"
    arms = {
        "none": nsg,
        "x": lab.both(nsg, lab.x_rays(12)),
        "NK": lab.both(nsg, _cells(product)),
        "day before": lab.both(nsg, lab.x_rays(12), _cells(product, (-1,))),
        "four days before": lab.both(nsg, lab.x_rays(12), _cells(product, (-4,))),
        "hours after": lab.both(nsg, lab.x_rays(12), _cells(product, (0.1,))),
        "four days after": lab.both(nsg, lab.x_rays(12), _cells(product, (4,))),
        "after": lab.both(nsg, lab.x_rays(12), _cells(product)),
        "repeated": lab.both(nsg, lab.x_rays(12), _cells(product, (1, 5, 9))),
        "low": lab.both(nsg, _cells(product), lab.x_rays(1, (2,))),
        "low alone": lab.both(nsg, lab.x_rays(1, (2,))),
        "high": lab.both(nsg, _cells(product), lab.x_rays(20, (2,))),
    }
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=17)
    run = lab.run(study)
    volume = {arm: _median(run.at(16, "volume", arm, "primary")) for arm in arms}
    # Alone they hardly touch an established tumour; after radiation they do, and it lets more of them in.
    assert volume["NK"] > 0.95 * volume["none"]
    assert volume["after"] < 0.9 * volume["x"]
    assert _median(run.at(4, "nk_density", "after", "primary") / run.at(4, "nk_density", "NK", "primary")) > 2.0
    # The best time is within hours after the fraction; a day after is better than a day before: those in the field are
    # killed, and those that have settled in other organs are not in blood while the vessels are open.
    # In living cells, as the volume of a regressing tumour is that of dead ones.
    others = ("four days before", "day before", "after", "four days after")
    names = ("x", "hours after", "repeated", *others)

    def living_cells(run: Any) -> dict[str, float]:
        return {arm: _median(run.at(12, "tumour", arm, "primary")) for arm in names}

    living = living_cells(run)
    assert living["hours after"] < 0.8 * min(living[arm] for arm in others)
    assert living["after"] < 0.95 * living["day before"]
    assert living["day before"] < living["four days before"]
    # Cells that stayed in blood, and that a fraction spares: the day before is as good.
    stay = living_cells(lab.run(study, change={"settling_rate": 0.0, "nk_radioresistance": 1e6}))
    assert stay["day before"] < stay["after"]
    # They do not last: after two weeks next to none is left, and repetition adds.
    assert _median(run.at(14, f"blood_nk {product}", "NK")) < 0.05 * 1e7
    assert living["repeated"] < 0.9 * living["after"]
    # A low dose after infusion supports them, a high one kills them.
    # Support is homing to the inflamed tumour, and division of stimulated cells.
    still = lab.run(study, change={"nk_division_rate": 0.0})
    support = [
        _median(r.at(6, f"nk {product}", "low", "primary") / r.at(6, f"nk {product}", "NK", "primary"))
        for r in (run, still)
    ]
    assert support[0] > 1.5
    assert support[0] > 1.15 * support[1]
    assert _median(run.at(2, f"nk {product}", "high", "primary") / run.at(2, f"nk {product}", "NK", "primary")) < 0.1
    # Without killing, nothing of this.
    idle = lab.run(study, change={"nk_kill_rate": 0.0})
    assert _median(idle.at(16, "volume", "repeated", "primary") / idle.at(16, "volume", "x", "primary")) > 0.98


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T09_three_routes_of_killing(lab: Any, line: str) -> None:
    """CAR, innate recognition, and antibodies through CD16: each kills without the other two, all three kill most."""
    nsg, x = lab.host("NSG"), lab.x_rays(8)
    antibody = lab.drug("tumour-directed antibody", "200 ug", (0, 4), "iv")
    arms = {
        "NK": lab.both(nsg, x, _cells("adoptive NK cells")),
        "CAR": lab.both(nsg, x, _cells("CAR-NK")),
        "NK + antibody": lab.both(nsg, x, antibody, _cells("adoptive NK cells")),
        "CAR + antibody": lab.both(nsg, x, antibody, _cells("CAR-NK")),
    }
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=10)

    def killed(change: dict[str, float], until: float = 10.0) -> dict[str, float]:
        run = lab.run(study, change=change)
        kinds = {arm: "killed_by_car_nk" if "CAR" in arm else "killed_by_nk" for arm in arms}
        return {arm: _median(run.area(kinds[arm], arm, "primary", until=until)) for arm in arms}

    innate, car, coat = {"nk_threshold": 1e9}, {"car_nk_signal": 0.0}, {"cd16_signal": 0.0}
    plain, early = killed({}), killed({}, until=3.0)
    assert plain["CAR"] > 1.2 * plain["NK"]
    assert plain["NK + antibody"] > 1.2 * plain["NK"]
    # All three in the first two days: later few cells are left to kill.
    assert early["CAR + antibody"] > 1.02 * max(early["CAR"], early["NK + antibody"])
    alone = {
        "CAR": killed(innate | coat)["CAR"],
        "NK": killed(car | coat)["NK"],
        "NK + antibody": killed(innate | car)["NK + antibody"],
    }
    assert min(alone.values()) > 0.1 * plain["CAR + antibody"]
    assert max(killed(innate | car | coat).values()) < 1e-3 * plain["CAR"]


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_depleting_antibody_and_hosts_without_nk_cells(lab: Any, line: str) -> None:
    arms = {"drug": lab.drug("anti-NK1.1"), "NSG": lab.host("NSG"), "nude": lab.host("nude"), "SCID": lab.host("SCID")}
    run = lab.run(lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=8))
    left = {arm: _median(run.at(7, "nk", arm, "primary") / run.at(7, "nk", "control", "primary")) for arm in arms}
    assert left["drug"] < 0.1
    assert left["NSG"] == 0.0
    assert min(left["nude"], left["SCID"]) > 0.4


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T09_car_nk_cells_release_no_cytokines_of_consequence(lab: Any, line: str) -> None:
    """Built in: nothing of NK cells feeds interleukin-6; as many CAR-T cells raise it in the same animals."""
    arms = {"NK": _cells("CAR-NK", (0,)), "T": _cells("CAR-T", (0,))}
    run = lab.run(lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=12))
    peaks = {arm: _median(run.peak("blood_il6", arm)) for arm in ("control", *arms)}
    assert peaks["NK"] < 1.05 * peaks["control"]
    assert peaks["T"] > 2.0 * peaks["control"]
    assert _median(run.peak("killed_by_car_nk", "NK", "primary")) > 0.0
