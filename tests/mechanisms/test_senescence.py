"""Rows R03, R06 and X06: late repair, arrest, senescence, and the options that are off."""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

LINES = ("CT26", "LLC", "TUBO")


def _run(lab: Any, line: str, **more: Any) -> Any:
    arms = {"x2": lab.x_rays(2), "x8": lab.x_rays(8), "c2": lab.carbon(2), "c4": lab.carbon(4), "c8": lab.carbon(8)}
    arms["c12"] = lab.carbon(12)
    return lab.run(lab.study(line, arms, size=8, follow_up=25), step_days=0.5, **more)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_R03_damage_by_carbon_is_repaired_more_slowly(lab: Any, line: str) -> None:
    def left(run: Any, arm: str, day: float) -> np.ndarray:
        return run.at(day, "residual_damage", arm, "primary") / run.at(0, "residual_damage", arm, "primary")

    run = _run(lab, line)
    # Mostly repaired a day after X-rays, not after carbon ions, which also made more.
    assert np.all(left(run, "x8", 1) < 0.05)
    assert np.all(left(run, "c8", 1) > 2.5 * left(run, "x8", 1))
    assert np.all(run.at(1, "residual_damage", "c8", "primary") > 5.0 * run.at(1, "residual_damage", "x8", "primary"))
    # Alternative end joining: 0.02 per hour.
    rate = np.log(left(run, "c8", 2) / left(run, "c8", 3)) / 24.0
    assert rate == pytest.approx(0.0176, abs=0.002)
    # Without the late share there is no such difference.
    bare = _run(lab, line, change={"late_joining_share": 0.0})
    assert np.all(left(bare, "c8", 1) < 1.2 * left(bare, "x8", 1))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_R03_late_repair_delays_regrowth(lab: Any, line: str) -> None:
    """Two files away: survivors held before mitosis grow back later; those of X-rays hardly."""
    run = _run(lab, line)
    fast = _run(lab, line, change={"late_joining_share": 0.0, "joining_failure": 0.0})
    ratio = {
        arm: run.at(10, "volume", arm, "primary") / fast.at(10, "volume", arm, "primary") for arm in ("x8", "c2", "c4")
    }
    assert np.median(ratio["c4"]) < 0.95
    assert np.all(ratio["x8"] > 0.95)
    # It kills no more: what a fraction leaves alive is the same.
    for arm in ("x8", "c4"):
        assert run.at(0, "tumour", arm, "primary") == pytest.approx(fast.at(0, "tumour", arm, "primary"), rel=1e-3)


def _hours_held(run: Any, arm: str) -> np.ndarray:
    """Time that half or more of the cells are held before mitosis [h]."""
    return 24.0 * 0.5 * np.sum(run("arrested_share", arm, "primary") > 0.5, axis=1)


@pytest.mark.parametrize("line", LINES)
def test_R06_arrest_is_longer_for_carbon_at_isodose(lab: Any, line: str) -> None:
    run = _run(lab, line)
    assert np.all(_hours_held(run, "c8") >= _hours_held(run, "x8") + 24.0)
    assert np.all(_hours_held(run, "x8") <= 24.0)
    assert np.all(run("arrested_share", "control", "primary") == 0.0)
    without = _run(lab, line, change={"late_joining_share": 0.0})
    assert np.all(_hours_held(without, "c8") <= _hours_held(without, "x8") + 12.0)


@pytest.mark.parametrize("line", LINES)
def test_R06_a_share_of_hit_cells_becomes_senescent_and_stays(lab: Any, line: str) -> None:
    run = _run(lab, line)

    def share(arm: str) -> np.ndarray:
        senescent = run.at(0, "senescent", arm, "primary")
        return senescent / (senescent + run.at(0, "moribund", arm, "primary"))

    assert np.all(share("x8") > 1.5 * share("x2"))
    assert np.all(share("c2") > 1.3 * share("x2"))
    assert np.all(share("c8") < 0.2)
    # Of those hit, it is they who are still there after weeks: downstream, in the volume.
    late = run.at(20, "senescent", "c8", "primary")
    assert np.median(late / run.at(20, "moribund", "c8", "primary")) > 2.0
    gone = _run(lab, line, change={"senescent_share_limit": 0.0})
    assert np.all(gone("senescent", "c12", "primary") == 0.0)
    # Animals differ widely in the share that becomes senescent; a mm3 holds a million cells.
    taken = run.at(15, "senescent", "c12", "primary") / 1e6 / run.at(15, "volume", "c12", "primary")
    assert np.median(taken) > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_R06_growth_after_irradiation_hardly_changes(lab: Any, line: str) -> None:
    run, gone = _run(lab, line), _run(lab, line, without=["senescence"])
    for arm in ("control", "x2", "x8", "c2"):
        for day in (5, 10, 20):
            ratio = run.at(day, "volume", arm, "primary") / gone.at(day, "volume", arm, "primary")
            assert np.median(ratio) == pytest.approx(1.0, abs=0.05), (arm, day)


@pytest.mark.parametrize("line", LINES)
def test_R06_immunogenic_deaths_are_more_for_carbon_at_isodose(lab: Any, line: str) -> None:
    run = _run(lab, line)

    def danger_per_hit_cell(arm: str) -> np.ndarray:
        hit = run.at(0, "senescent", arm, "primary") + run.at(0, "moribund", arm, "primary")
        left = 1.0 - hit / run.at(0, "tumour", "control", "primary")
        # What living cells release anyway, fewer of them after the fraction, is not of the fraction.
        return (run.at(0.5, "danger", arm, "primary") - left * run.at(0.5, "danger", "control", "primary")) / hit

    assert np.all(danger_per_hit_cell("c2") > 1.2 * danger_per_hit_cell("x2"))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_X06_options_are_off_and_work_when_on(lab: Any, line: str) -> None:
    plain = _run(lab, line)
    off = _run(lab, line, change={"sasp_strength": 0.0, "epitope_spreading": 0.0})
    assert np.allclose(plain("volume", "c8", "primary"), off("volume", "c8", "primary"), rtol=1e-9)
    sasp = _run(lab, line, change={"sasp_strength": 5.0})
    for name in ("ccl2", "cxcl16"):
        assert np.all(sasp.area(name, "c8", "primary", after=5) > 1.1 * plain.area(name, "c8", "primary", after=5)), (
            name
        )
    # Senescent cells of an unirradiated tumour there are none.
    assert np.allclose(sasp("ccl2", "control", "primary"), plain("ccl2", "control", "primary"))
    spread = _run(lab, line, change={"epitope_spreading": 2.0})
    assert np.all(spread.peak("blood_cd8", "x8") > 1.01 * plain.peak("blood_cd8", "x8"))
    assert np.allclose(spread("blood_cd8", "control"), plain("blood_cd8", "control"), rtol=1e-3)
