"""R08 in the node: what a dose leaves of the cells there, what comes back, and what that costs the immune answer."""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abscopal import expr, parameters
from abscopal.engine import solve
from abscopal.expr import Schedule
from abscopal.model import CellProduct, Field, Plan, assemble

DAY = 3.0
CELLS = 1000.0
NODE = ("cd8_naive", "cd4_naive", "cd8", "cd4", "cd8_memory", "cd8_memory_precursor", "treg", "dendritic")
# Of a mouse: D37 of 0.72 and 2.5 Gy of two equal populations, times 0.38; Tregs twice that.
# 2 Gy: (exp(-2/0.2736) + exp(-2/0.95))/2 = (0.00067 + 0.12182)/2; Tregs (exp(-2/0.5472) + exp(-2/1.9))/2.
AFTER_2_GY = {"lymphocytes": 0.06124, "treg": 0.18744}
# 8 Gy: (exp(-29.24) + exp(-8.421))/2; Tregs (exp(-14.62) + exp(-4.2105))/2.
AFTER_8_GY = {"lymphocytes": 1.101e-4, "treg": 7.4195e-3}


def _body(
    field: Field | None, dose_gy: float, times: tuple[float, ...], full: tuple[str, ...] = NODE
) -> dict[str, np.ndarray]:
    """Every stock of a mouse without a tumour on some days; a thousand cells each in the node at the start."""
    model = assemble(Plan(("a",), (field,) if field else ()))
    declared = parameters.shared()
    values = np.array([declared[name.partition("@")[0]].value for name in model.parameter_names])
    system = model.system
    started = [
        expr.const(CELLS) if s.where == "node" and s.name in full else start
        for s, start in zip(model.species, system.initial, strict=True)
    ]
    used = set(expr.symbols_of([*system.rates, *started, *(u for m in system.maps for _, u in m.updates)]))
    kept = [i for i, p in enumerate(system.parameters) if p in used]
    system = replace(
        system,
        initial=tuple(started),
        outputs=tuple((s.name, s) for s in system.states),
        parameters=tuple(system.parameters[i] for i in kept),
    )
    given = {"dose_gy": dose_gy, "let_kev_um": 2.0}
    schedule = Schedule.of(
        [
            (DAY, i, [given.get(argument.name.removeprefix("e:"), 0.0) for argument in m.arguments])
            for i, m in enumerate(system.maps)
            if m.name.startswith("fraction:")
        ]
    )
    solution = solve(system, schedule, values[kept][None], np.array([0.0, *times]), rtol=1e-8)
    return {name: solution.output(name)[0, 1:] for name in solution.names}


def _left(field: Field, dose_gy: float) -> dict[str, float]:
    """Share of the cells of the node that a dose leaves, against the same mouse without it."""
    dosed, spared = _body(field, dose_gy, (DAY,)), _body(field, 0.0, (DAY,))
    return {name: float(dosed[f"{name}@node"][0] / spared[f"{name}@node"][0]) for name in NODE}


@pytest.mark.parametrize(("dose_gy", "after"), [(2.0, AFTER_2_GY), (8.0, AFTER_8_GY)])
@pytest.mark.parametrize("how", [{"node": True}, {"whole_body": True}], ids=str)
def test_R08_cells_of_an_irradiated_node_die_by_their_own_survival(
    how: dict[str, bool], dose_gy: float, after: dict[str, float]
) -> None:
    left = _left(Field("x", ("a",), "photon", 2.0, **how), dose_gy)
    wanted = dict.fromkeys(NODE, after["lymphocytes"]) | {"treg": after["treg"], "dendritic": 1.0}
    assert left == pytest.approx(wanted, rel=2e-3)


def test_R08_a_node_beside_the_field_is_spared() -> None:
    assert _left(Field("x", ("a",), "photon", 2.0), 8.0) == pytest.approx(dict.fromkeys(NODE, 1.0), rel=1e-4)


def test_R08_naive_cells_and_tregs_come_back_and_memory_does_not() -> None:
    """Pools that are renewed return at their rates; memory of a tumour that has gone has no source."""
    field, days = Field("x", ("a",), "photon", 2.0, node=True), (DAY, DAY + 10.0)
    full = ("cd8_memory",)
    dosed, spared = _body(field, 2.0, days, full), _body(field, 0.0, days, full)
    # 10 days: naive cells are renewed at 0.1, Tregs at 0.2 per day.
    back = {"cd8_naive": np.exp(-1.0), "cd4_naive": np.exp(-1.0), "treg": np.exp(-2.0)}
    for name, missing in back.items():
        left = AFTER_2_GY["treg" if name == "treg" else "lymphocytes"]
        share = dosed[f"{name}@node"][1] / spared[f"{name}@node"][1]
        assert share == pytest.approx(1.0 - (1.0 - left) * missing, rel=1e-3), name
    share = dosed["cd8_memory@node"] / spared["cd8_memory@node"]
    assert share == pytest.approx([AFTER_2_GY["lymphocytes"]] * 2, rel=2e-3)


def test_R08_memory_does_not_survive_a_killing_dose_to_its_node() -> None:
    field = Field("x", ("a",), "photon", 2.0, node=True)
    left = _body(field, 8.0, (DAY, DAY + 30.0), ("cd8_memory", "cd8_memory_precursor"))
    assert np.all(left["cd8_memory@node"] < 1.0)
    assert np.all(left["cd8_memory_precursor@node"] < 1.0)


@pytest.mark.parametrize("line", ["CT26", "MC38"])
def test_R08_cured_animals_whose_node_is_irradiated_lose_their_protection(lab: Any, line: str) -> None:
    cure = lab.both(lab.x_rays(8, (0, 1, 2)), lab.drug("anti-PD-1"), lab.drug("anti-CTLA-4"))
    # Long after the cure, days before the second inoculation: the scar alone, or the scar and its node.
    arms = {
        "scar": lab.both(cure, lab.x_rays(8, (50,))),
        "scar and node": lab.both(cure, lab.x_rays(8, (50,), node_in_field=True)),
    }
    sites = {"primary": lab.primary, "challenge": {"inoculum": "5e5 cells", "inoculated": "60 d"}}
    run = lab.run(lab.study(line, arms, sites=sites, size=12, follow_up=100))
    cured = run.at(60, "volume", "scar", "primary") < 5.0
    assert cured.sum() >= 3
    memory = {(arm, day): run.at(day, "node_cd8_memory", arm)[cured] for arm in arms for day in (50, 60)}
    assert np.all(memory["scar and node", 50] < 1e-3 * memory["scar", 50])
    # The last effectors in blood leave a little memory anew.
    assert np.all(memory["scar and node", 60] < 0.15 * memory["scar", 60])
    rejected = {arm: np.mean(run.at(100, "volume", arm, "challenge")[cured] < 5.0) for arm in arms}
    assert rejected["scar"] >= 0.5
    assert rejected["scar and node"] < 0.5 * rejected["scar"]


@pytest.mark.parametrize("line", ["CT26", "MC38", "TUBO"])
def test_I15_a_node_in_the_field_costs_priming_and_the_abscopal_effect(lab: Any, line: str) -> None:
    drugs = lab.both(lab.drug("anti-PD-1"), lab.drug("anti-CTLA-4"))
    days = (0, 1, 2)
    arms = {
        "beside": lab.both(lab.x_rays(8, days), drugs),
        "within": lab.both(lab.x_rays(8, days, node_in_field=True), drugs),
    }
    run = lab.run(lab.study(line, arms, size=3, follow_up=25))
    peaks = {arm: run.peak("blood_cd8", arm) for arm in arms}
    assert np.all(peaks["within"] < 0.95 * peaks["beside"])
    distant = {arm: run.at(10, "tumour", arm, "secondary") for arm in arms}
    assert np.all(distant["within"] > 1.5 * distant["beside"])
    # The site itself is hit alike.
    hit = {arm: run.at(0, "tumour", arm, "primary") for arm in arms}
    assert hit["within"] == pytest.approx(hit["beside"], rel=1e-4)


def test_cells_given_into_blood_lose_only_the_share_of_blood_in_the_field() -> None:
    """B cells are lymphocytes too, and the most sensitive: 0.7 of the D37 of their mean; nerves are not."""
    left = {}
    for product, antigen in (("CD19 CAR-T (4-1BB)", "CD19"), ("GD2 CAR-T", "GD2")):
        field = Field("x", ("a",), "photon", 2.0, whole_body=True)
        model = assemble(Plan(("a",), (field,), (), (CellProduct(product, "car_t", ("blood",)),)))
        (event,) = (m for m in model.system.maps if m.name.startswith("fraction:"))
        changed = {model.system.states[i].name: update for i, update in event.updates}
        left[antigen] = changed.get(f"normal {antigen}@blood")
        if antigen == "CD19":
            declared = parameters.shared()
            values: dict[expr.Expr, Any] = dict.fromkeys(model.system.states, 1.0)
            for symbol in expr.symbols_of([left["CD19"]]):
                if symbol.name.startswith("p:"):
                    values[symbol] = declared[symbol.name.removeprefix("p:")].value
            values[event.arguments[0]] = 2.0
            # (exp(-2/0.19152) + exp(-2/0.665))/2
            assert expr.evaluate([left["CD19"]], values)[0] == pytest.approx(0.024723, rel=1e-3)
    assert left["GD2"] is None
