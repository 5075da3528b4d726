"""Laws of treatment: nothing given does nothing, the calendar and the order of writing do not matter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import pipeline
from abscopal.simulation import Settings

# How closely two ways to the same trajectory must meet: ten times the solver's tolerance of 1e-6.
EXACT = 1e-6
SAME = 1e-5
# Stocks below this count as nothing: a share of one cell, or of a signal's scale.
NOTHING = 1e-3


def _same(a: np.ndarray, b: np.ndarray, tolerance: float = SAME) -> None:
    assert np.all(np.abs(a - b) <= tolerance * np.maximum(np.abs(a), np.abs(b)) + NOTHING), _worst(a, b)


def _worst(a: np.ndarray, b: np.ndarray) -> str:
    return f"largest difference {np.max(np.abs(a - b) / (np.abs(b) + NOTHING)):.2e}"


def _readouts(run: Any) -> list[str]:
    return [str(name) for name in run.result.data.data_vars if name != "status"]


@pytest.mark.slow
@pytest.mark.parametrize("line", ["CT26", "LM8", "B16-F10"])
def test_no_dose_is_no_change(lab: Any, line: str) -> None:
    arms = {
        "x": lab.x_rays(0, (0, 1, 2)),
        "carbon": lab.carbon(0),
        "whole body": lab.x_rays(0, (3,), "whole_body"),
        "node": lab.x_rays(0, (1,), node_in_field="true"),
        "real": lab.x_rays(2),
    }
    run = lab.run(lab.study(line, arms, size=2, follow_up=25), rtol=EXACT)
    for name in _readouts(run):
        control = run.result.data[name].sel(arm="control").values
        for arm in ("x", "carbon", "whole body", "node"):
            _same(run.result.data[name].sel(arm=arm).values, control)
    # The same comparison sees two gray.
    with pytest.raises(AssertionError):
        _same(run("volume", "real", "primary"), run("volume", "control", "primary"))


@pytest.mark.slow
def test_a_drug_at_zero_dose_is_no_drug(lab: Any) -> None:
    agents = ("anti-PD-1", "anti-PD-L1", "anti-CTLA-4", "anti-CD8", "anti-CD4")
    arms = {agent: lab.drug(agent, "0 ug") for agent in agents} | {"by weight": lab.drug("anti-PD-1", "0 mg/kg")}
    arms["real"] = lab.drug("anti-CTLA-4", "1 ug")
    run = lab.run(lab.study("CT26", arms, size=2, follow_up=20, host={"body_weight": "20 g"}), rtol=EXACT)
    for arm in (*agents, "by weight"):
        for site in ("primary", "secondary"):
            _same(run("volume", arm, site), run("volume", "control", site))
    with pytest.raises(AssertionError):
        _same(run("volume", "real", "primary"), run("volume", "control", "primary"))


@pytest.mark.slow
def test_no_cells_infused_is_no_infusion(lab: Any) -> None:
    def infusion(number: str) -> dict[str, Any]:
        return {"cells": [{"product": "adoptive CD8 T cells", "number": number, "route": "iv", "days": "2 d"}]}

    arms = {"none": infusion("0 cells"), "some": infusion("1e7 cells")}
    run = lab.run(lab.study("CT26", arms, size=2, follow_up=20), rtol=EXACT)
    _same(run("volume", "none", "primary"), run("volume", "control", "primary"))
    assert np.all(run.at(20, "volume", "some", "primary") < 0.95 * run.at(20, "volume", "control", "primary"))


def test_moving_the_calendar_moves_the_answer(lab: Any) -> None:
    arms = {"dual": lab.both(lab.x_rays(8, (0, 1)), lab.drug("anti-PD-1"), lab.drug("anti-CTLA-4", days=(0.5, 3)))}
    study = lab.study("CT26", arms, size=2, follow_up=20)
    plain = pipeline.run(study, settings=Settings(rtol=EXACT)).data
    for days in (7.0, -3.0, 365.0):
        moved = pipeline.run(study.shifted(days), settings=Settings(rtol=EXACT)).data
        assert np.allclose(moved["time"].values, plain["time"].values + days)
        for name in plain.data_vars:
            _same(moved[name].values.astype(float), plain[name].values.astype(float))


@pytest.mark.slow
def test_order_of_sites_and_arms_does_not_matter(lab: Any) -> None:
    arms = {"x": lab.x_rays(8), "drug": lab.drug("anti-PD-1"), "both": lab.both(lab.x_rays(8), lab.drug("anti-PD-1"))}
    one = lab.run(lab.study("LM8", arms, size=2, follow_up=20), rtol=EXACT)
    sites = {"secondary": lab.secondary, "primary": lab.primary}
    other = lab.run(lab.study("LM8", dict(reversed(arms.items())), sites=sites, size=2, follow_up=20), rtol=EXACT)
    for arm in ("control", *arms):
        for site in ("primary", "secondary"):
            _same(one("volume", arm, site), other("volume", arm, site), 1e-4)
    assert not np.allclose(one("volume", "x", "primary"), one("volume", "x", "secondary"))


@pytest.mark.parametrize("kind", ["x_rays", "carbon"])
@pytest.mark.parametrize("line", ["CT26", "B16-F10", "LM8"])
def test_two_halves_at_one_instant_kill_like_the_whole(lab: Any, line: str, kind: str) -> None:
    """Incomplete repair: without any time between them, no repair. (Hypoxia apart, which each fraction meets anew.)"""
    course = getattr(lab, kind)
    arms = {"whole": course(8), "halves": lab.both(course(4), course(4)), "hours": course(4, (0, 0.25))}
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=4)
    run = lab.run(study, change={"hypoxic_fraction_limit": 0.0}, rtol=EXACT, step_days=0.25)
    untreated = run.at(0.25, "tumour", "control", "primary")
    killed = {arm: -np.log(run.at(0.25, "tumour", arm, "primary") / untreated) for arm in arms}
    assert killed["halves"] == pytest.approx(killed["whole"], rel=2e-3)
    if line != "LM8":  # its curves are straight: nothing to repair
        assert np.all(killed["hours"] < 0.99 * killed["whole"])


def test_identical_arms_have_identical_animals(lab: Any) -> None:
    arms = {"a": lab.drug("anti-PD-1"), "b": lab.drug("anti-PD-1")}
    run = lab.run(lab.study("CT26", arms, size=3, follow_up=20))
    for name in _readouts(run):
        data = run.result.data[name]
        assert np.array_equal(data.sel(arm="a").values, data.sel(arm="b").values)
    own = lab.run(lab.study("CT26", arms, size=3, follow_up=20, sharing="independent"))
    assert not np.any(own.at(15, "volume", "a", "secondary") == own.at(15, "volume", "b", "secondary"))


def test_the_seed_decides_the_animals(lab: Any) -> None:
    first, again, other = (lab.run(lab.study("CT26", {}, size=3, follow_up=5, seed=s)) for s in (4, 4, 5))
    assert np.array_equal(first("volume", "control", "secondary"), again("volume", "control", "secondary"))
    assert not np.any(first.at(5, "volume", "control", "secondary") == other.at(5, "volume", "control", "secondary"))
