"""Drugs against regulatory T cells: antibodies to CD25 that remove them, and inhibitors of their function.

Tregs die at k_25 O of an antibody at occupancy O in node and blood, at k_25 O t in tumours, t what its Fc part achieves
there. Activated effectors carry CD25 too: they die at k_25 O e (times t in tumours), e the agent's share for them; 0 of
an antibody that spares them. Naive, resting memory and exhausted cells carry little CD25. Function of Tregs left by
inhibitors = 1 - z O', z the largest share they take.
Leaves out: interleukin-2 that an antibody to CD25 keeps from effectors it does not kill (one property, e, stands for
both), and inactivation of Tregs that live on.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.pharmacokinetics import concentration, occupancy
from abscopal.model.plan import Plan

FUNCTION = "Treg function"


def declare(model: Model, plan: Plan) -> None:
    """Quantity `treg_function` of the body, where a drug inhibits it."""
    if plan.drugs_against(FUNCTION):
        model.define(
            "treg_function",
            "blood",
            "share of the Tregs' suppression that drugs leave",
            lambda: 1.0 - model.parameter("treg_inhibition") * occupancy(model, plan, FUNCTION),
            group="regulatory",
            neutral=1.0,
        )


def connect(model: Model, plan: Plan) -> None:
    """Depletion by antibodies to CD25."""
    for drug in plan.drugs_against("CD25"):
        for cells in model.depleted_by("CD25"):
            lost = _rate(model, plan, drug.agent, cells.where) * cells.symbol
            model.flow(f"depletion of {cells.name} through CD25", cells.symbol, None, lost)
        for cells in model.depleted_by("CD25 of activated cells"):
            rate = model.parameter("effector_share", drug.agent) * _rate(model, plan, drug.agent, cells.where)
            model.flow(f"depletion of activated {cells.name} through CD25", cells.symbol, None, rate * cells.symbol)


def _rate(model: Model, plan: Plan, agent: str, where: str) -> Expr:
    """Rate at which Tregs die of an agent at a place [1/day]."""
    site = where if where in plan.sites else None
    bound = expr.saturation(concentration(model, agent, site), model.parameter("drug_affinity", agent))
    rate = model.parameter("cd25_depletion_rate") * bound
    return rate * model.parameter("depletion_in_tumour", agent) if site else rate
