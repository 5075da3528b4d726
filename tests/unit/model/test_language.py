"""Stocks, flows, quantities and events: nothing is lost between stocks, and faults of assembly are named."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from abscopal import expr
from abscopal.expr import Expr, const, evaluate
from abscopal.model import Model, ModelError

law = settings(max_examples=60, deadline=None, derandomize=True)
COUNT = 4
# source, target (COUNT is outside), rate constant, gain
links = st.lists(
    st.tuples(st.integers(0, COUNT), st.integers(0, COUNT), st.floats(0.0, 5.0)).filter(lambda row: row[0] != row[1]),
    max_size=12,
)


def _stocks(model: Model) -> list[Expr | None]:
    return [model.species(f"s{i}", "here", "a stock", initial=1.0) for i in range(COUNT)] + [None]


def _total_rate(model: Model) -> tuple[float, dict[str, float]]:
    system = model.build().system
    values = {s: 1.0 + 0.3 * i for i, s in enumerate(system.states)}
    rates = evaluate(list(system.rates), values)
    return float(np.sum(rates)), {s.name: float(r) for s, r in zip(system.states, rates, strict=True)}


@law
@given(links)
def test_what_leaves_a_stock_enters_another(rows: list[tuple[int, int, float]]) -> None:
    model = Model(["here"])
    stocks = _stocks(model)
    crossing = 0.0
    for source, target, rate in rows:
        held = stocks[source]
        amount: Expr = rate * held if held is not None else const(rate)
        model.flow("link", held, stocks[target], amount)
        value = rate * (1.0 + 0.3 * source) if source < COUNT else rate
        crossing += value if source == COUNT else -value if target == COUNT else 0.0
    total, _ = _total_rate(model)
    assert total == pytest.approx(crossing, abs=1e-9)


@law
@given(links)
def test_moves_of_an_event_conserve_and_read_the_state_before(rows: list[tuple[int, int, float]]) -> None:
    model = Model(["here"])
    stocks = _stocks(model)
    event = model.event("shift", "share")
    share = event.argument("share")
    before = {s: 1.0 + 0.3 * i for i, s in enumerate(stocks[:-1])}
    wanted = dict(before)
    for source, target, rate in rows:
        held = stocks[source]
        event.move(held, stocks[target], share * rate * held if held is not None else share * rate)
        moved = 0.5 * rate * (before[held] if held is not None else 1.0)
        if held is not None:
            wanted[held] -= moved
        if stocks[target] is not None:
            wanted[stocks[target]] += moved
    system = model.build().system
    (made,) = system.maps
    after = dict(before)
    for index, update in made.updates:
        (after[system.states[index]],) = evaluate([update], {**before, share: 0.5})
    assert after == pytest.approx(wanted, abs=1e-9)


def test_gain_scales_what_arrives_and_not_what_leaves() -> None:
    model = Model(["here"])
    stocks = _stocks(model)
    model.flow("shrinking", stocks[0], stocks[1], const(2.0), gain=0.25)
    _, rates = _total_rate(model)
    assert (rates["s0@here"], rates["s1@here"]) == (-2.0, 0.5)
    event = model.event("shift")
    event.move(stocks[0], stocks[1], const(2.0), gain=0.25)
    ((i, left), (j, arrived)) = model.build().system.maps[0].updates
    assert evaluate([left, arrived], dict.fromkeys(stocks[:-1], 4.0)) == [2.0, 4.5]
    assert (i, j) == (0, 1)


def test_parameters_arguments_and_species_of_one_name_stay_apart() -> None:
    model = Model(["here"])
    stock = model.species("dose", "here", "a stock", initial=model.parameter("dose"))
    event = model.event("give", "dose")
    event.move(None, stock, event.argument("dose") * model.parameter("dose", "here"))
    built = model.build()
    assert built.parameter_names == ("dose", "dose@here")
    (update,) = [u for _, u in built.system.maps[0].updates]
    values: dict[Expr, Any] = {stock: 1.0, event.argument("dose"): 10.0}
    values |= dict(zip(built.system.parameters, (7.0, 3.0), strict=True))
    assert evaluate([update], values) == [31.0]
    assert evaluate(list(built.system.initial), values) == [7.0]


def test_quantities_are_found_whatever_the_order_of_declaration() -> None:
    model = Model(["here"])
    model.define("twice", "here", "doubled", lambda: 2.0 * model.value("once", "here"))
    model.define("once", "here", "plain", lambda: model.value("stock", "here") + 1.0)
    model.species("stock", "here", "a stock", group="tumour")
    built = model.build()
    (stock,) = built.system.states
    values = {q.name: evaluate([q.expression], {stock: 3.0})[0] for q in built.quantities}
    assert values == {"twice": 8.0, "once": 4.0}
    # Only what has a group is reported.
    assert [name for name, _ in built.system.outputs] == ["stock@here"]


@pytest.mark.parametrize("first", ["species", "define"])
@pytest.mark.parametrize("second", ["species", "define"])
def test_a_name_is_declared_once(first: str, second: str) -> None:
    model = Model(["here"])
    declare = {
        "species": lambda: model.species("thing", "here", "a stock"),
        "define": lambda: model.define("thing", "here", "a quantity", lambda: 1.0),
    }
    declare[first]()
    with pytest.raises(ModelError, match="thing at here is declared twice"):
        declare[second]()
    model.species("thing", "there", "the same name elsewhere is another stock")


def test_a_circle_of_quantities_is_shown() -> None:
    model = Model(["here"])
    for name, needs in (("a", "b"), ("b", "c"), ("c", "a")):
        model.define(name, "here", "in a circle", lambda needs=needs: model.value(needs, "here") + 1.0)
    with pytest.raises(ModelError, match="circle: a@here → b@here → c@here → a@here"):
        model.build()


def test_what_is_missing_and_who_needs_it_is_named() -> None:
    model = Model(["here"])
    model.enter("growth")
    with pytest.raises(ModelError, match="'growth' needs 'oxygen' at 'here'"):
        model.value("oxygen", "here")
    assert model.value("oxygen", "here", without=0.25) is const(0.25)
    assert not model.has("oxygen", "here")


def test_an_event_is_one_event_whoever_asks() -> None:
    model = Model(["here"])
    stock = model.species("stock", "here", "a stock")
    model.event("a", "amount").move(None, stock, model.event("a", "amount").argument("amount"))
    model.event("a").move(None, stock, 1.0)
    model.event("b")
    built = model.build()
    assert built.event_keys == ("a", "b")
    assert [len(m.updates) for m in built.system.maps] == [1, 0]
    assert [e.key for e in model.events("a")] == ["a"]


def test_only_mortal_stocks_can_die_out() -> None:
    model = Model(["here"])
    model.species("clone", "here", "tumour cells", extinct=True, scale=50.0)
    model.species("signal", "here", "a signal")
    system = model.build().system
    assert system.extinct_below == (1.0, 0.0)
    assert system.scales == (50.0, 1.0)


def test_the_finished_model_knows_its_parts() -> None:
    model = Model(["left", "right"])
    model.enter("growth")
    stock = model.species("stock", "left", "a stock", unit="cells", group="tumour")
    model.enter("loss")
    model.flow("loss", stock, None, model.parameter("rate") * expr.exp(-stock))
    built = model.build()
    assert (built.mechanisms, built.sites) == (("growth", "loss"), ("left", "right"))
    assert (built.species[0].mechanism, built.flows[0].mechanism) == ("growth", "loss")
    assert built.parameter_names == ("rate",)
