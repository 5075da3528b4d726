"""Which flows become reactions and which states keep a rate rule; the reactions add up to the rates."""

from __future__ import annotations

from dataclasses import replace

from abscopal import expr
from abscopal.model.language import Model
from abscopal.published.sbml.export.network import network_of


def _model():
    model = Model(["site"])
    model.enter("movement")
    cells = model.species("cells", "site", "cells")
    gone = model.species("gone", "blood", "cells that left")
    drug = model.species("drug", "blood", "a drug", unit="nM", group="drug")
    dose = model.species("dose", "site", "a dose", unit="Gy")
    k = model.parameter("k")
    model.flow("leaving", cells, gone, k * cells, k * 0.5)
    model.flow("shedding", cells, gone, k * cells * 2.0, cells / (1.0 + cells))
    model.flow("elimination", drug, None, k * drug)
    model.flow("repair of what cells have", dose, cells, k * dose, 3.0)
    model.flow("never", cells, None, 0.0)
    return model.build(), cells, gone, drug, dose


def test_a_flow_is_one_reaction_unless_its_gain_changes_with_the_state():
    model, cells, gone, drug, _ = _model()
    found = {(t.name, t.source, t.target) for t in network_of(model).transfers}
    assert found == {
        ("leaving", cells, gone),
        ("shedding", cells, None),
        ("shedding", None, gone),
        ("elimination", drug, None),
        ("repair of what cells have", None, cells),
    }


def test_reactions_and_rate_rules_add_up_to_the_rates_of_the_model():
    model, cells, gone, drug, dose = _model()
    network = network_of(model)
    at = {cells: 5.0, gone: 2.0, drug: 3.0, dose: 7.0, expr.symbol("p:k"): 0.3}
    total = dict.fromkeys((cells, gone, drug), 0.0)
    for transfer in network.transfers:
        rate, gain = expr.evaluate([transfer.rate, transfer.gain], at)
        if transfer.source is not None:
            total[transfer.source] -= rate
        if transfer.target is not None:
            total[transfer.target] += rate * gain
    total |= {s: expr.evaluate([rate], at)[0] for s, rate in network.rates.items()}
    assert set(network.rates) == {dose}
    wanted = dict(zip(model.system.states, expr.evaluate(model.system.rates, at), strict=True))
    assert {s: round(v, 12) for s, v in total.items()} == {s: round(v, 12) for s, v in wanted.items()}


def test_a_state_whose_rate_is_not_the_sum_of_its_flows_keeps_its_rate():
    model, cells, gone, *_ = _model()
    rates = tuple(r * 2.0 if s is gone else r for s, r in zip(model.system.states, model.system.rates, strict=True))
    network = network_of(replace(model, system=replace(model.system, rates=rates)))
    assert gone in network.rates
    assert all(t.target is not gone for t in network.transfers)
    assert any(t.source is cells for t in network.transfers)


def test_a_bare_system_has_rate_rules_only():
    model, *_ = _model()
    network = network_of(model.system)
    assert network.transfers == ()
    assert tuple(network.rates) == model.system.states
    assert {s.form for s in network.stocks} == {"parameter"}
