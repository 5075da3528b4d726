"""The assembled model: only what the study needs, every mechanism removable or with a clear reason, cells conserved."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from abscopal import parameters
from abscopal.errors import InputError
from abscopal.expr import evaluate, symbols_of
from abscopal.model import MECHANISMS, AssembledModel, CellProduct, Drug, Field, Plan, assemble
from abscopal.model.language import PARAMETER_PREFIX

X_RAYS = Field("x", ("a",), "photon", 2.0)
PD1 = Drug("anti-PD-1", "PD-1", ("ip",))
CTLA4 = Drug("anti-CTLA-4", "CTLA-4", ("iv",))
TREATED = Plan(("a", "b"), (X_RAYS,), (PD1, CTLA4))
# What nothing else can do without; the others can be left out alone.
NEEDED_BY = {
    "danger": "'dendritic' needs 'antigen'",
    "dendritic": "'priming' needs 'dendritic'",
    "priming": "'effectors' needs 'cd8'",
    "effectors": "'exhaustion' needs 'cd8'",
}


def _stocks(model: AssembledModel) -> set[str]:
    return {f"{s.name}@{s.where}" for s in model.species}


def test_without_treatment_there_is_no_trace_of_it() -> None:
    stocks = _stocks(assemble(Plan(("a",))))
    for treatment in ("moribund@a", "moribund_immunogenic@a", "unrepaired_dose@a", "trex1@a"):
        assert treatment not in stocks
    assert not any("plasma" in s or "depot" in s for s in stocks)
    used = {name.partition("@")[0] for name in assemble(Plan(("a",))).parameter_names}
    assert not used & {"alpha_photon", "drug_affinity", "trex1_threshold", "moribund_death_rate", "alpha_ion"}


def test_radiation_and_drugs_bring_only_their_own() -> None:
    untreated = _stocks(assemble(Plan(("a", "b"))))
    irradiated = _stocks(assemble(Plan(("a", "b"), (X_RAYS,))))
    brought = irradiated - untreated
    assert {"moribund@a", "moribund_immunogenic@a", "unrepaired_dose@a", "trex1@a", "permeability@a"} <= brought
    # Only where the beam goes; the marrow replaces what it kills, and low doses stimulate NK cells of the blood.
    assert {s for s in brought if not s.endswith("@a")} == {"marrow@blood", "nk_stimulus@blood"}
    drugged = _stocks(assemble(Plan(("a", "b"), (), (PD1, CTLA4))))
    # An intravenous drug needs no depot.
    assert drugged - untreated == {
        "plasma anti-PD-1@blood",
        "depot anti-PD-1@blood",
        "plasma anti-CTLA-4@blood",
    }
    assert untreated <= irradiated
    assert untreated <= drugged


def test_every_further_site_adds_the_same_stocks() -> None:
    sizes = [len(assemble(Plan(tuple("abcd"[:n]), (X_RAYS,), (PD1,))).species) for n in (1, 2, 3, 4)]
    assert len(set(np.diff(sizes))) == 1
    both = Field("xx", ("a", "b"), "photon", 2.0)
    moribund = [s for s in _stocks(assemble(Plan(("a", "b", "c"), (both,)))) if s.startswith("moribund@")]
    assert sorted(moribund) == ["moribund@a", "moribund@b"]


def test_order_of_sites_changes_no_equation() -> None:
    one, other = assemble(TREATED), assemble(Plan(("b", "a"), (X_RAYS,), (PD1, CTLA4)))
    values = {s.symbol: 100.0 + i for i, s in enumerate(one.species)}
    values |= dict.fromkeys(one.system.parameters, 0.5)
    rates = [
        dict(zip((s.symbol for s in m.species), evaluate(list(m.system.rates), values), strict=True))
        for m in (one, other)
    ]
    assert set(rates[0]) == set(rates[1])
    assert rates[0] == pytest.approx(rates[1], rel=1e-12)


@pytest.mark.parametrize("name", MECHANISMS)
@pytest.mark.parametrize(
    "plan",
    [
        Plan(("a",)),
        TREATED,
        Plan(("a", "b"), (Field("c", ("a",), "carbon", 50.0, node=True, whole_body=True),), (PD1,)),
        Plan(("a",), (X_RAYS,), (), (CellProduct("tumour-specific CD8 T cells", "cd8", ("blood",)),)),
    ],
    ids=["untreated", "treated", "carbon", "cells"],
)
def test_every_mechanism_can_be_left_out_or_says_why_not(name: str, plan: Plan) -> None:
    if name == "growth":
        with pytest.raises(InputError, match="without it there is no tumour"):
            assemble(plan, [name])
    elif name in NEEDED_BY:
        with pytest.raises(InputError, match=NEEDED_BY[name]) as caught:
            assemble(plan, [name])
        assert name in caught.value.problems[0].message
        assert caught.value.problems[0].advice
    else:
        smaller = assemble(plan, [name])
        assert name not in smaller.mechanisms
        assert not [s.name for s in smaller.species if s.mechanism == name]
        assert not [f.name for f in smaller.flows if f.mechanism == name]
        assert set(smaller.parameter_names) <= set(assemble(plan).parameter_names)


@pytest.mark.parametrize("pair", list(combinations(sorted(set(MECHANISMS) - {"growth"}), 2)), ids="-".join)
def test_pairs_of_mechanisms_can_be_left_out_or_say_why_not(pair: tuple[str, str]) -> None:
    if set(pair) & set(NEEDED_BY) and pair != ("effectors", "exhaustion"):
        # Leaving out both what is missing and what needs it only moves the question one mechanism further.
        with pytest.raises(InputError, match="which no active mechanism provides"):
            assemble(TREATED, pair)
    else:
        assert not set(pair) & set(assemble(TREATED, pair).mechanisms)


def test_the_whole_immune_answer_can_be_left_out_together() -> None:
    kept = ("growth", "cell_kill", "checkpoints", "pharmacokinetics")
    bare = assemble(TREATED, set(MECHANISMS) - set(kept))
    assert {s.name for s in bare.species if s.where == "a"} == {
        "tumour",
        "debris",
        "moribund",
        "moribund_immunogenic",
        "unrepaired_dose",
        "pdl1",
    }


def test_unknown_mechanisms_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        assemble(TREATED, ["exhaution", "growth"])
    first, second = caught.value.problems
    assert "'exhaustion'" in first.advice
    assert "growth" in second.message


def test_flows_between_tumour_stocks_conserve_cells() -> None:
    """What dies stays in the volume until it is cleared: only births and clearance change a tumour's cell count."""
    model = assemble(TREATED)
    counted = {s.symbol for s in model.species if s.name in ("tumour", "debris", "moribund", "senescent")}
    outside = {
        f.name for f in model.flows if (f.source in counted) != (f.target in counted) and {f.source, f.target} & counted
    }
    assert outside == {"births", "clearance of dead cells", "clearance of senescent cells"}
    inside = [f for f in model.flows if f.source in counted and f.target in counted]
    deaths = {"spontaneous death", "death of lethally hit cells", "killing by CD8", "killing by NK"}
    assert {f.name for f in inside} == deaths
    assert all(f.gain.op == "const" and f.gain.value == 1.0 for f in inside)


def test_cells_that_change_place_are_neither_made_nor_lost() -> None:
    model = assemble(TREATED)
    moves = [f for f in model.flows if f.source is not None and f.target is not None]
    changed = {f.name for f in moves if not (f.gain.op == "const" and f.gain.value == 1.0)}
    assert changed == {"migration to the node", "absorption of anti-PD-1"}
    assert {"cd8 homing", "cd8 egress", "Treg entry", "exhaustion", "reinvigoration"} <= {f.name for f in moves}


def test_every_symbol_of_the_equations_is_a_state_or_a_parameter() -> None:
    for plan in (Plan(("a",)), TREATED):
        system = assemble(plan).system
        known = {*system.states, *system.parameters}
        roots = [*system.rates, *system.initial, *(e for _, e in system.outputs)]
        assert set(symbols_of(roots)) <= known
        for event in system.maps:
            assert set(symbols_of(e for _, e in event.updates)) <= known | set(event.arguments)
        assert all(p.name.startswith(PARAMETER_PREFIX) for p in system.parameters)


@pytest.mark.parametrize("plan", [Plan(("a",)), TREATED], ids=["untreated", "treated"])
def test_an_empty_body_stays_empty_of_tumour_and_healthy(plan: Plan) -> None:
    """Before inoculation nothing happens: the body starts at rest."""
    model = assemble(plan)
    declared = parameters.shared()
    names = model.parameter_names
    values = {p: declared[n.partition("@")[0]].value for p, n in zip(model.system.parameters, names, strict=True)}
    initial = evaluate(list(model.system.initial), values)
    at_start = values | dict(zip(model.system.states, initial, strict=True))
    rates = dict(zip((s.name for s in model.system.states), evaluate(list(model.system.rates), at_start), strict=True))
    # Only the myeloid cells of the tissue settle before a tumour is there.
    settling = {name for name in rates if name.partition("@")[0] in ("mdsc", "macrophages", "neutrophils", "tgf_beta")}
    settling -= {"mdsc@blood", "neutrophils@blood"}
    still = {name: rate for name, rate in rates.items() if name not in settling}
    assert still == pytest.approx(dict.fromkeys(still, 0.0), abs=1e-9)
    assert all(rate == 0.0 for name, rate in rates.items() if name.startswith(("tumour", "antigen", "cd8@")))
