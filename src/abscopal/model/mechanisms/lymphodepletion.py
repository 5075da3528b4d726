"""Lymphodepletion: drugs that kill lymphocytes, and the space that lymphopenia of any cause leaves to infused cells.

A drug kills the lymphocytes of blood and node, infused ones among them, at k occ. Space = 1 + gamma (1 - L/L_0): less
competition for IL-7 and IL-15 speeds division of infused cells. Radiation of the whole body makes the same space.
Leaves out: killing of tumour cells and of Tregs in tumours by the same drugs.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Depletion

TARGET: Depletion = "dividing lymphocytes"


def declare(model: Model, plan: Plan) -> None:
    """Readouts `lymphopenia` and `lymphoid_space`: factor on division of infused cells."""
    meaning = "factor on division of infused cells by what competitors leave"
    if plan.products:
        lost = "share of circulating lymphocytes that is missing"
        model.define("lymphopenia", "blood", lost, lambda: _lymphopenia(model), group="blood")
        model.define("lymphoid_space", "blood", meaning, lambda: _space(model), group="blood", neutral=1.0)


def connect(model: Model, plan: Plan) -> None:
    """Loss of lymphocytes to the drugs."""
    if not plan.drugs_against(TARGET):
        return
    rate = model.parameter("lymphodepletion_rate") * occupancy(model, plan, TARGET)
    for cells in model.depleted_by(TARGET):
        model.flow("lymphodepletion", cells.symbol, None, rate * cells.symbol)


def _lymphopenia(model: Model) -> Expr:
    baseline = model.parameter("lymphocyte_baseline")
    count = model.value("lymphocytes", "blood", without=baseline)
    return expr.as_expr(expr.maximum(1.0 - count / (baseline + 1.0), 0.0))


def _space(model: Model) -> Expr:
    return 1.0 + model.parameter("lymphoid_space_gain") * model.value("lymphopenia", "blood")
