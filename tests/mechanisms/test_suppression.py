"""Rows I09, I13, I17 and parts of T13: Tregs called by radiation, soluble suppression, and the low dose that lifts it.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

# One of each immune class.
LINES = ("CT26", "LLC", "TUBO")
DESERTS = ("LLC", "4T1", "B16-F10")
X = (8, (0, 1, 2))
NO_CALL = dict.fromkeys(("ccl20_gain", "treg_call_division_rate"), 0.0)


def _median(values: np.ndarray) -> float:
    return float(np.median(values))


def _per_cell(run: Any, killer: str, arm: str, day: float) -> float:
    """Tumour cells killed per killer and day in the irradiated tumour; of T cells, those that know the tumour."""
    killers = _specific(run, arm, day) if killer == "cd8" else run.at(day, "nk", arm, "primary")
    return _median(run.at(day, f"killed_by_{killer}", arm, "primary") / (killers + 1.0))


def _specific(run: Any, arm: str, day: float) -> np.ndarray:
    """CD8 T cells of the tumour's antigens there: `cd8_density` is a stain, with bystanders that kill nothing."""
    active, exhausted = (run.at(day, name, arm, "primary") for name in ("cd8", "cd8_exhausted"))
    return np.asarray(active + exhausted)


def _density(run: Any, cells: str, arm: str, day: float) -> float:
    """Cells per mm3, against the same animals untreated."""
    there = [run.at(day, cells, a, "primary") / (run.at(day, "volume", a, "primary") + 1.0) for a in (arm, "control")]
    return _median(there[0] / there[1])


def _tregs(lab: Any, line: str, change: dict[str, float] | None = None) -> Any:
    arms = {f"x{dose}": lab.x_rays(dose) for dose in (2, 5, 7.5, 15)} | {"2 x 7.5": lab.x_rays(7.5, (0, 1))}
    arms["x7.5, no Tregs"] = lab.both(lab.x_rays(7.5), lab.drug("Treg-selective anti-CD25", days=(0, 2, 4)))
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=12)
    return lab.run(study, change=change)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I09_tregs_increase_above_7_5_gray_per_fraction(lab: Any, line: str) -> None:
    run = _tregs(lab, line)
    at = {arm: _density(run, "treg", arm, 5) for arm in ("x2", "x5", "x7.5", "x15", "2 x 7.5")}
    # More than in proportion to the dose: little below 7.5 Gy, strong above.
    rise = {arm: level - 1.0 for arm, level in at.items()}
    assert rise["x2"] < 2 / 15 * rise["x15"]
    assert rise["x5"] < 5 / 15 * rise["x15"]
    assert at["x15"] > 1.3 * at["x7.5"] > 1.3
    # It is the dose per fraction that counts, not the total.
    assert at["x15"] > 1.1 * at["2 x 7.5"]
    # They suppress: T cells there keep less of their function. Without the call neither is so.
    silent = _tregs(lab, line, NO_CALL)
    assert _density(silent, "treg", "x15", 5) < 0.6 * at["x15"]
    left, quiet = (_median(r.at(5, "treg_release", "x15", "primary")) for r in (run, silent))
    assert quiet > 1.2 * left


@pytest.mark.parametrize("line", LINES)
def test_I09_treg_depletion_restores_nk_and_cd8_function(lab: Any, line: str) -> None:
    run = _tregs(lab, line)
    for killer, gain in (("cd8", 1.1), ("nk", 1.3)):
        assert _per_cell(run, killer, "x7.5, no Tregs", 4) > gain * _per_cell(run, killer, "x7.5", 4)
    # Tregs that suppress nothing: their absence gives nothing back.
    run = _tregs(lab, line, {"treg_half_density": 1e15, "ctla4_regulatory": 0.0})
    for killer in ("cd8", "nk"):
        assert _per_cell(run, killer, "x7.5, no Tregs", 4) < 1.05 * _per_cell(run, killer, "x7.5", 4)


def _suppressed(lab: Any, line: str, change: dict[str, float] | None = None) -> Any:
    x = lab.x_rays(8)
    arms = {"x": x, "TGF": lab.drug("anti-TGF-beta"), "x, TGF": lab.both(x, lab.drug("anti-TGF-beta"))}
    arms |= {"x, CCR2": lab.both(x, lab.drug("anti-CCL2")), "x, no CCR2": lab.both(x, lab.host("CCR2 knockout"))}
    arms |= {"x, Gr-1": lab.both(x, lab.drug("anti-Gr-1"))}
    drugs = lab.both(lab.x_rays(*X), lab.drug("anti-PD-1"))
    arms |= {"drug": drugs, "drug, TGF": lab.both(drugs, lab.drug("anti-TGF-beta"))}
    return lab.run(lab.study(line, arms, size=2, follow_up=21), change=change)


RELIEVED = ("x, TGF", "x, CCR2", "x, no CCR2", "x, Gr-1")


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I13_soluble_suppressors_lower_effector_function(lab: Any, line: str) -> None:
    run = _suppressed(lab, line)
    # Latent TGF-beta is activated by radiation.
    tgf_beta = {arm: _median(run.at(2, "tgf_beta", arm, "primary")) for arm in ("x", "control")}
    assert tgf_beta["x"] > 1.5 * tgf_beta["control"]
    # Whatever takes suppressors away gives killing back, of T cells and of NK cells.
    for arm in RELIEVED:
        assert _per_cell(run, "cd8", arm, 4) > 1.08 * _per_cell(run, "cd8", "x", 4)
        assert _per_cell(run, "nk", arm, 4) > 1.15 * _per_cell(run, "nk", "x", 4)
    # Suppressors without strength: their absence makes no difference to T cells.
    idle = _suppressed(lab, line, {"soluble_strength": 0.0, "tgf_beta_strength": 1e-9})
    for arm in ("x, TGF", "x, Gr-1"):
        ratio = _per_cell(idle, "cd8", arm, 4) / _per_cell(idle, "cd8", "x", 4)
        assert ratio == pytest.approx(1.0, abs=0.06)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T13_tgf_beta_and_ccr2_blockade_help_radiation(lab: Any, line: str) -> None:
    run = _suppressed(lab, line)

    def volume(arm: str, site: str) -> float:
        return _median(run.at(20, "volume", arm, site) / run.at(20, "volume", "control", site))

    # The distant tumour under radiation and anti-PD-1: TGF-beta hampers the abscopal effect.
    assert volume("drug, TGF", "secondary") < 0.95 * volume("drug", "secondary")
    # Alone it does little: less than anybody would call an answer.
    assert volume("TGF", "secondary") > 0.75
    for arm in ("x, CCR2", "x, no CCR2", "x, TGF"):
        assert volume(arm, "primary") < 0.98 * volume("x", "primary")
    # No binding, no effect; no strength, no effect.
    for change in ({"drug_affinity": 1e15}, {"tgf_beta_strength": 1e-9, "tgf_beta_m2_weight": 0.0}):
        run = _suppressed(lab, line, change)
        assert volume("x, TGF", "primary") == pytest.approx(volume("x", "primary"), rel=0.01)


def _low_dose(lab: Any, line: str, change: dict[str, float] | None = None) -> Any:
    cells = {"product": "tumour-specific CD8 T cells", "number": "5e6 cells", "days": ["8 d"], "route": "iv"}
    given, gone = {"cells": [cells]}, lab.host("macrophage depletion")
    arms = {"x1": lab.x_rays(1), "T": given, "x1, T": lab.both(lab.x_rays(1), given)}
    arms |= {"no macrophages": gone, "x1, no macrophages": lab.both(lab.x_rays(1), gone)}
    return lab.run(lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=12), change=change)


@pytest.mark.slow
@pytest.mark.parametrize("line", DESERTS)
def test_I17_low_dose_turns_a_desert(lab: Any, line: str) -> None:
    run = _low_dose(lab, line)

    def infiltration(arm: str, day: float, against: str = "control") -> float:
        ratio = run.at(day, "cd8_density", arm, "primary") / run.at(day, "cd8_density", against, "primary")
        return _median(ratio)

    early, later = infiltration("x1", 3), infiltration("x1", 7)
    assert early > 1.4
    assert later > 2.0
    # Without much kill.
    assert np.all(run.at(0, "tumour", "x1", "primary") > 0.8 * run.at(0, "tumour", "control", "primary"))
    # Transferred T cells find their way in too; counted by their antigen, not in a stain with bystanders.
    assert _median(_specific(run, "x1, T", 10) / _specific(run, "T", 10)) > 1.05
    # M1 macrophages do it: without them, or without their programme, early infiltration is much smaller.
    assert infiltration("x1, no macrophages", 3, "no macrophages") < 1.0 + 0.6 * (early - 1.0)
    run = _low_dose(lab, line, {"m1_recruitment": 0.0})
    assert infiltration("x1", 3) < 1.0 + 0.5 * (early - 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_an_untreated_tumour_of_reference_keeps_its_function(lab: Any, line: str) -> None:
    """Normalised: near 1 at the reference volume and a load of one, and the base predictions hardly move."""
    study = lab.study(line, {"x": lab.x_rays(2)}, sites={"primary": lab.primary}, size=2, follow_up=14)
    run = lab.run(study, change={"myeloid_load": 1.0, "interferon_gamma_half": 1e15, "ccl20_hypoxia_gain": 0.0})
    volume, left = run("volume", "control", "primary"), run("suppression_release", "control", "primary")
    at_100 = [np.interp(np.log(100.0), np.log(v + 1e-9), r) for v, r in zip(volume, left, strict=True)]
    assert np.array(at_100) == pytest.approx(1.0, abs=0.05)
    full, without = (lab.run(study, without=off) for off in ((), ("suppression", "myeloid", "chemokines")))
    ratio = full.at(14, "volume", "control", "primary") / without.at(14, "volume", "control", "primary")
    assert ratio == pytest.approx(1.0, abs=0.03)


PERTURBED = ("MC38", "B16-OVA", "EMT6")


@pytest.mark.slow
@pytest.mark.parametrize("line", PERTURBED)
def test_T13_small_inhibitors_and_loss_of_dendritic_cells(lab: Any, line: str) -> None:
    """A blocker of the TGF-beta receptor and one of CSF1R do what antibodies do; without Batf3 little is primed."""
    daily = tuple(range(-1, 10))
    arms = {
        "x": lab.x_rays(8),
        "x, receptor": lab.both(lab.x_rays(8), lab.drug("galunisertib", "1500 ug", daily, "po")),
        "x, PLX": lab.both(lab.x_rays(8), lab.drug("PLX3397", "1000 ug", daily, "po")),
        "x, Batf3": lab.both(lab.x_rays(8), lab.host("Batf3 knockout")),
    }
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=12)
    run = lab.run(study)

    def share(name: str, arm: str, site: str = "primary", day: float = 7) -> float:
        place = (site,) if site else ()
        return _median(run.at(day, name, arm, *place) / run.at(day, name, "x", *place))

    assert _per_cell(run, "nk", "x, receptor", 4) > 1.1 * _per_cell(run, "nk", "x", 4)
    assert share("macrophages", "x, PLX") < 0.7
    assert share("node_cd8", "x, Batf3", "") < 0.5
    # No binding, no effect.
    run = lab.run(study, change={"drug_affinity": 1e15})
    assert _per_cell(run, "nk", "x, receptor", 4) == pytest.approx(_per_cell(run, "nk", "x", 4), rel=0.02)
    assert share("macrophages", "x, PLX") > 0.95
