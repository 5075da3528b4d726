"""Every stock of cells says what radiation and drugs do to it, and whatever it says is done, wherever it is."""

from __future__ import annotations

import math
from types import ModuleType
from typing import get_args

import pytest

from abscopal import expr, parameters
from abscopal.expr import Expr, evaluate
from abscopal.model import MECHANISMS, AssembledModel, CellProduct, Drug, Field, Model, ModelError, Plan, assemble
from abscopal.model.generic import generic_model, generic_plan
from abscopal.model.susceptibility import CELL_UNITS, Depletion, ExponentialSurvival, LymphocyteSurvival, Unharmed

CAR = CellProduct("CD19 CAR-T (4-1BB)", "car_t", ("blood",))
CAR_NK = CellProduct("CD19 CAR-NK", "car_nk", ("blood",))


def _values(model: AssembledModel, state: float = 1.0) -> dict[Expr, float]:
    declared = parameters.shared()
    names = model.parameter_names
    values = {p: declared[n.partition("@")[0]].value for p, n in zip(model.system.parameters, names, strict=True)}
    return values | dict.fromkeys(model.system.states, state)


def test_all_stocks_of_cells_say_it() -> None:
    cells = [s for s in generic_model().species if s.unit in CELL_UNITS and s.group != "tumour"]
    assert len(cells) > 40
    assert all(s.radiosensitivity is not None and s.depleted_by is not None for s in cells)
    assert all(s.radiosensitivity.why for s in cells if isinstance(s.radiosensitivity, Unharmed))


@pytest.mark.parametrize("unit", CELL_UNITS)
@pytest.mark.parametrize("said", [{}, {"depleted_by": ()}, {"radiosensitivity": Unharmed("dead")}], ids=str)
def test_a_new_stock_of_cells_that_does_not_say_it_is_refused(
    unit: str, said: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = ModuleType("new")

    def declare(model: Model, plan: Plan) -> None:
        model.species("eosinophils", "blood", "a new kind of cell", unit=unit, **said)  # type: ignore[arg-type]

    new.declare = declare  # type: ignore[attr-defined]
    monkeypatch.setitem(MECHANISMS, "new", new)
    with pytest.raises(ModelError, match=r"eosinophils at blood \(new\).*radiosensitivity= and depleted_by="):
        assemble(Plan(("a",)))


def test_every_declared_cause_of_depletion_has_its_flow() -> None:
    """With a drug against each target in use, each stock leaves by as many further flows as it declares causes."""
    plan = generic_plan()
    model = assemble(plan)
    targets = {drug.target for drug in plan.drugs}
    causes = {cause for s in model.species for cause in s.depleted_by or ()}
    assert causes == set(get_args(Depletion))
    assert {cause.removesuffix(" of activated cells") for cause in causes} <= targets
    for stock in model.species:
        lost = {f.name for f in model.flows if f.source is stock.symbol and "deplet" in f.name}
        assert len(lost) >= len(stock.depleted_by or ()), stock


@pytest.mark.parametrize(
    "field",
    [
        Field("f", ("a",), "photon", 2.0),
        Field("f", ("a",), "photon", 2.0, node=True),
        Field("f", ("a", "b"), "carbon", 50.0, whole_body=True),
    ],
    ids=["site", "node", "whole body"],
)
def test_a_fraction_kills_what_it_reaches_by_the_declared_survival(field: Field) -> None:
    """All stocks of a model with every kind of cell, from their declarations alone: none is missed or hit elsewhere."""
    model = assemble(Plan(("a", "b"), (field,), (), (CAR, CAR_NK)))
    (event,) = (m for m in model.system.maps if m.name.startswith("fraction:"))
    values: dict[Expr, float] = _values(model) | dict(zip(event.arguments, (2.0, field.let_kev_um, 0.0), strict=True))
    after = {model.system.states[i]: evaluate([update], values)[0] for i, update in event.updates}
    reached = {"blood", *field.sites} | ({"node"} if field.node or field.whole_body else set())
    hit = 0
    for stock in model.species:
        curve = stock.radiosensitivity
        if not isinstance(curve, LymphocyteSurvival | ExponentialSurvival):
            continue
        if stock.where not in reached:
            assert stock.symbol not in after, stock
            continue
        hit += 1
        lost = 1.0 - after[stock.symbol]
        blood = 1.0 if stock.where != "blood" or field.whole_body else None
        if isinstance(curve, LymphocyteSurvival):
            (resistance,) = evaluate([curve.resistance], values)
            subset = {"treg": 2.0, "b": 0.7, None: 1.0}[curve.subset]
            q = 2.0 / (resistance * subset)
            alone = 1.0 - 0.5 * (math.exp(-q / 0.72) + math.exp(-q / 2.5))
            if blood is None:
                blood = parameters.shared()["blood_share_photon"].value
            assert lost == pytest.approx(blood * alone, rel=1e-9), stock
        else:
            assert 0.0 < lost < 1.0
    assert hit >= 15


def _lost_to(agent: str, product: CellProduct) -> set[str]:
    drug = Drug(agent, str(parameters.agent(agent).about["target"]), ("ip",))
    model = assemble(Plan(("a",), (), (drug,), (product,)))
    found = {f.source.name for f in model.flows if f.name == "lymphodepletion" and f.source is not None}
    return {name for name in found if product.product in name or name.startswith("normal")}


def test_lymphodepletion_takes_infused_lymphocytes_and_b_cells_but_no_nerves() -> None:
    assert _lost_to("fludarabine", CAR_NK) == {"car_nk CD19 CAR-NK@blood"}
    assert _lost_to("fludarabine", CAR) == {
        "car_t CD19 CAR-T (4-1BB)@blood",
        "car_t_memory CD19 CAR-T (4-1BB)@blood",
        "normal CD19@blood",
    }
    gd2 = CellProduct("GD2 CAR-T", "car_t", ("blood",))
    assert _lost_to("fludarabine", gd2) == {"car_t GD2 CAR-T@blood", "car_t_memory GD2 CAR-T@blood"}


def test_a_radiosensitivity_is_an_expression_of_parameters() -> None:
    for stock in generic_model().species:
        curve = stock.radiosensitivity
        if isinstance(curve, LymphocyteSurvival):
            assert all(s.name.startswith("p:") for s in expr.symbols_of([curve.resistance])), stock
