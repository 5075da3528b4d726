"""I16: cured animals reject a second inoculation of the same tumour.

The other half of the row, that they accept another tumour, cannot be written: a study holds one tumour line, and naive
T cells and memory are those against it; animals that never met the line stand for it here.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import parameters
from abscopal.engine import solve
from abscopal.expr import Schedule, evaluate
from abscopal.model import Plan, assemble

LINES = ("CT26", "MC38", "TUBO", "LM8", "EO771")  # hot and intermediate
COLD = ("LLC", "4T1")
INOCULUM = "5e5 cells"
CHALLENGE_DAY = 60.0  # the effectors of the cure have gone
LATER, END = 14.0, 40.0  # days after the challenge: a naive tumour is large; experiments end
FELT_MM3 = 5.0
ANIMALS = 16  # they differ widely
# Shares of cured animals that reject: after blockade most or all, after radiation alone some; cold tumours fewer.
MOST, SOME, COLD_AT_MOST = 0.5, 0.1, 0.65


def _challenge(lab: Any, line: str, arms: dict[str, Any], immune: str = "competent", **how: Any) -> Any:
    """A first tumour, treated from day 0, and a challenge on another flank long after."""
    sites = {"primary": lab.primary, "challenge": {"inoculum": INOCULUM, "inoculated": f"{CHALLENGE_DAY} d"}}
    return lab.run(_study(lab, line, arms, sites, CHALLENGE_DAY + END, immune), **how)


def _naive(lab: Any, line: str, day: float) -> Any:
    """Volumes of the challenge that many days after it in animals that have had no tumour."""
    run = lab.run(_study(lab, line, {}, {"challenge": {"inoculum": INOCULUM, "inoculated": "0 d"}}, END, "competent"))
    return run.at(day, "volume", "control", "challenge")


def _study(lab: Any, line: str, arms: dict[str, Any], sites: dict[str, Any], until: float, immune: str) -> Any:
    return lab.study(line, arms, sites=sites, size=ANIMALS, follow_up=until, immune=immune)


def _cure(lab: Any) -> dict[str, Any]:
    return lab.both(lab.x_rays(8, (0, 1, 2)), lab.drug("anti-PD-1"), lab.drug("anti-CTLA-4"))


def _rejecting(run: Any, arm: str) -> float:
    """Share of the animals without a first tumour that are without a second one at the end."""
    cured = run.at(CHALLENGE_DAY, "volume", arm, "primary") < FELT_MM3
    assert cured.sum() >= ANIMALS / 4
    return float(np.mean(run.at(CHALLENGE_DAY + END, "volume", arm, "challenge")[cured] < FELT_MM3))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I16_cured_animals_reject_a_second_tumour(lab: Any, line: str) -> None:
    naive = _naive(lab, line, END)
    assert naive.min() > 10 * FELT_MM3
    assert np.median(naive) > 50 * FELT_MM3
    arms = {"cured": _cure(lab)}
    assert _rejecting(_challenge(lab, line, arms), "cured") >= MOST
    # It is the work of memory, which forms from precursors and is called back by an inoculum's few antigens.
    assert _rejecting(_challenge(lab, line, arms, without=("memory",)), "cured") == 0.0
    for change in ({"memory_maturation_rate": 0.0}, {"memory_sensitivity": 0.0}):
        assert _rejecting(_challenge(lab, line, arms, change=change), "cured") < SOME


@pytest.mark.slow
@pytest.mark.parametrize("line", COLD)
def test_I16_cold_tumours_are_rejected_by_few_and_slowed_in_most(lab: Any, line: str) -> None:
    run = _challenge(lab, line, {"cured": _cure(lab)})
    assert _rejecting(run, "cured") < COLD_AT_MOST
    cured = run.at(CHALLENGE_DAY, "volume", "cured", "primary") < FELT_MM3
    slowed = run.at(CHALLENGE_DAY + LATER, "volume", "cured", "challenge") / _naive(lab, line, LATER)
    assert np.median(slowed[cured]) < 0.7


@pytest.mark.slow
@pytest.mark.parametrize("line", ["CT26", "MC38", "TUBO"])
def test_I16_needs_cd8_cells(lab: Any, line: str) -> None:
    """A large dose cures without T cells: animals without CD8 T cells, and nude ones, then do not reject."""
    dose = lab.x_rays(30, (0, 1, 2))
    arms = {"competent": dose, "no CD8": lab.both(dose, lab.host("CD8 depletion"))}
    run = _challenge(lab, line, arms)
    assert _rejecting(run, "competent") >= SOME
    # One of 16 may lose an inoculum to NK cells.
    assert _rejecting(run, "no CD8") < SOME
    assert _rejecting(_challenge(lab, line, {"nude": dose}, immune="nude"), "nude") < SOME


@pytest.mark.slow
@pytest.mark.parametrize("line", [*LINES, *COLD])
def test_I16_memory_does_not_form_while_the_tumour_lasts(lab: Any, line: str) -> None:
    arms = {"cured": _cure(lab)}
    run = _challenge(lab, line, arms)
    cured, bearing = (np.median(run.at(CHALLENGE_DAY, "node_cd8_memory", arm)) for arm in ("cured", "control"))
    # As many at least as naive cells before: memory in number is what the mice were left with.
    assert cured > 3e3
    assert bearing < 1e-2 * cured
    # Nor does it then matter: not for the tumour, not for another one that grows beside it.
    without = _challenge(lab, line, arms, without=("memory",))
    for site, day in (("primary", CHALLENGE_DAY), ("challenge", CHALLENGE_DAY + END)):
        same = pytest.approx(without.at(day, "volume", "control", site), rel=0.02)
        assert run.at(day, "volume", "control", site) == same
    # Cells that see antigen neither in the node nor on tumour cells are not held back.
    blind = _challenge(lab, line, arms, change={"memory_sensitivity": 0.01, "target_half_density": 1e13})
    assert np.median(blind.at(CHALLENGE_DAY, "node_cd8_memory", "control")) > 100 * bearing


@pytest.mark.slow
@pytest.mark.parametrize("line", [*LINES, *COLD])
def test_I16_animals_whose_tumour_was_cut_out_are_hardly_protected(lab: Any, line: str) -> None:
    """Nine days of a growing tumour prime little: less memory than a cure leaves, and a challenge that grows."""
    memory, share = _after_surgery(line, days=9.0)
    run = _challenge(lab, line, {"cured": _cure(lab)})
    assert memory < 0.2 * np.median(run.at(CHALLENGE_DAY, "node_cd8_memory", "cured"))
    assert share > 0.6


def _after_surgery(line: str, days: float) -> tuple[float, float]:
    """Memory cells at a challenge long after surgery, and the living cells it grows to, over those in a naive mouse."""
    model = assemble(Plan(sites=("first", "challenge")), ())
    declared = parameters.shared().overriding(parameters.values_of("lines", line))
    values = np.array([declared[name.partition("@")[0]].value for name in model.parameter_names])
    healthy = np.array(evaluate(model.system.initial, dict(zip(model.system.parameters, values, strict=True))), float)
    names = [f"{s.name}@{s.where}" for s in model.species]

    def after(states: np.ndarray, length: float, site: str = "") -> np.ndarray:
        given = [(0.0, model.event_keys.index(f"inoculation:{site}"), [float(INOCULUM.split()[0])])] if site else []
        times = np.array([0.0, length])
        return solve(
            model.system, Schedule.of(given), values[None], times, initial=states[None], outputs=["volume@first"]
        ).final_states[0]

    cut = after(healthy, days, "first")
    at_site = [name.endswith("@first") for name in names]
    cut = after(np.where(at_site, healthy, cut), CHALLENGE_DAY - days)
    tumours = (after(states, LATER, "challenge")[names.index("tumour@challenge")] for states in (cut, healthy))
    operated, naive = tumours
    return float(cut[names.index("cd8_memory@node")]), float(operated / naive)
