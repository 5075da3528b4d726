"""Rows T of the mechanisms: what antibodies and their timing do.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

LINES = ("CT26", "MC38", "LM8", "TUBO")
RADIATION = (8, (0, 1, 2))


def _study(lab: Any, line: str) -> Any:
    x, pd1, pdl1, ctla4 = (
        lab.x_rays(*RADIATION),
        lab.drug("anti-PD-1"),
        lab.drug("anti-PD-L1"),
        lab.drug("anti-CTLA-4"),
    )
    arms = {
        "x": x,
        "PD-1": pd1,
        "PD-L1": pdl1,
        "small": lab.drug("anti-PD-1", "2 ug"),
        "CTLA-4": ctla4,
        "dual": lab.both(pd1, ctla4),
        "no CD8": lab.host("CD8 depletion"),
        "PD-1, no CD8": lab.both(pd1, lab.host("CD8 depletion")),
        "nude": lab.host("nude"),
        "PD-1, nude": lab.both(pd1, lab.host("nude")),
        "before": lab.both(x, lab.drug("anti-PD-1", days=(-9, -8, -7))),
        "with": lab.both(x, pd1),
        "after": lab.both(x, lab.drug("anti-PD-1", days=(14, 17, 20))),
    }
    return lab.study(line, arms, size=3, follow_up=25)


def _distant(run: Any, arm: str, day: float = 24) -> float:
    """Median volume of the unirradiated tumour against the same animals untreated."""
    return float(np.median(run.at(day, "volume", arm, "secondary") / run.at(day, "volume", "control", "secondary")))


@pytest.mark.parametrize("line", LINES)
def test_T01_blockade_of_the_pd_1_axis(lab: Any, line: str) -> None:
    study = _study(lab, line)
    run = lab.run(study)
    for drug in ("PD-1", "PD-L1"):
        assert _distant(run, drug) < 0.85
    # Occupancy follows the amount in plasma: a hundredth of the dose does less.
    assert _distant(run, "small") > _distant(run, "PD-1") + 0.05
    # Nothing without T cells, nothing without binding, nothing once the drug is eliminated at once.
    # (Without CD8 alone, CD4 T cells freed from PD-1 still slow the tumour a little by interferon-gamma.)
    without, slowed = (
        run.at(24, "volume", f"PD-1, {host}", "secondary") / run.at(24, "volume", host, "secondary")
        for host in ("nude", "no CD8")
    )
    assert without == pytest.approx(1.0, abs=1e-3)
    assert np.median(slowed) == pytest.approx(1.0, abs=0.1)
    for change in ({"drug_affinity": 1e15}, {"drug_elimination_rate": 1e5}):
        gone = lab.run(study, change=change)
        assert _distant(gone, "PD-1") == pytest.approx(1.0, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T01_the_amount_in_plasma_is_that_of_one_compartment(lab: Any, line: str) -> None:
    """Absorbed from the depot, eliminated at one rate: the closed solution of two linear equations."""
    study = lab.study(line, {"once": lab.drug("anti-PD-1", "150 ug", days=(0,))}, size=1, follow_up=20)
    change = {"drug_absorption_rate": 8.0, "drug_elimination_rate": 0.15, "drug_volume": 0.003}
    run = lab.run(study, change=change, rtol=1e-7)
    days = run.times[run.index(0) :]
    wanted = 1.0 / 0.003 * 8.0 / (8.0 - 0.15) * (np.exp(-0.15 * days) - np.exp(-8.0 * days))
    found = run("blood_plasma anti-PD-1", "once")[0, run.index(0) :]
    assert found == pytest.approx(wanted, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("line", LINES)
def test_T02_anti_ctla_4_primes_and_depletes_tregs_and_dual_blockade_exceeds_either(lab: Any, line: str) -> None:
    study = _study(lab, line)
    run = lab.run(study)
    peak = {arm: np.median(run.peak("blood_cd8", arm)) for arm in ("control", "CTLA-4")}
    assert peak["CTLA-4"] > 1.5 * peak["control"]
    tregs = {arm: np.median(run.at(8, "treg", arm, "secondary")) for arm in ("control", "CTLA-4")}
    assert tregs["CTLA-4"] < 0.7 * tregs["control"]
    assert _distant(run, "dual") < 0.5 * min(_distant(run, "PD-1"), _distant(run, "CTLA-4"))
    # Depletion and priming are two things: without Fc receptors the Tregs stay, and dual blockade loses much.
    no_depletion = lab.run(study, change={"treg_depletion_rate": 0.0})
    assert np.median(no_depletion.at(8, "treg", "CTLA-4", "secondary")) > 0.9 * tregs["control"]
    assert np.median(no_depletion.peak("blood_cd8", "CTLA-4")) > 1.5 * peak["control"]
    assert _distant(no_depletion, "dual") > 1.5 * _distant(run, "dual")
    # Without brake and depletion it primes nothing; with depletion alone, killing frees antigen, and primes a little.
    off = dict.fromkeys(("ctla4_intrinsic", "ctla4_regulatory", "treg_depletion_rate"), 0.0)
    no_brake = lab.run(study, change=off)
    assert no_brake.peak("blood_cd8", "CTLA-4") == pytest.approx(no_brake.peak("blood_cd8", "control"), rel=0.01)


@pytest.mark.parametrize("line", LINES)
def test_T10_the_order_of_drug_and_radiation_matters(lab: Any, line: str) -> None:
    study = _study(lab, line)
    run = lab.run(study)
    before, together, after = (_distant(run, arm) for arm in ("before", "with", "after"))
    assert together < 0.85 * before
    assert together < 0.85 * after
    # It is the drug's time that matters: a drug that binds nothing may come when it likes.
    idle = lab.run(study, change={"drug_affinity": 1e15})
    results = [_distant(idle, arm) for arm in ("before", "with", "after")]
    assert max(results) - min(results) < 0.01
