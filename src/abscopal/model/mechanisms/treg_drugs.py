"""Drugs against regulatory T cells: antibodies to CD25 that remove them, and inhibitors of their function.

Tregs die at k_25 O of an antibody at occupancy O in node and blood, at k_25 O t in tumours, t what its Fc part achieves
there. Activated effectors carry CD25 too: they die at k_25 O e (times t in tumours), e the agent's share for them; 0 of
an antibody that spares them. Function of Tregs left by inhibitors = 1 - z O', z the largest share they take.
Leaves out: interleukin-2 that an antibody to CD25 keeps from effectors it does not kill (one property, e, stands for
both), and inactivation of Tregs that live on.
"""

from __future__ import annotations

from collections.abc import Iterator

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.pharmacokinetics import concentration, occupancy
from abscopal.model.plan import Plan

CD25, FUNCTION = "CD25", "Treg function"
# Naive, resting memory and exhausted cells carry little CD25.
ACTIVATED = ("cd8", "cd4")


def declare(model: Model, plan: Plan) -> None:
    """Quantity `treg_function` of the body, where a drug inhibits it."""
    if plan.drugs_against(FUNCTION):
        model.define(
            "treg_function",
            "blood",
            "share of the Tregs' suppression that drugs leave",
            lambda: 1.0 - model.parameter("treg_inhibition") * occupancy(model, plan, FUNCTION),
            group="regulatory",
        )


def connect(model: Model, plan: Plan) -> None:
    """Depletion by antibodies to CD25."""
    for agent, where, rate in _rates(model, plan):
        if model.has("treg", where):
            tregs = model.value("treg", where)
            model.flow("Treg depletion through CD25", tregs, None, rate * tregs)
        for cell in ACTIVATED:
            if model.has(cell, where):
                effectors = model.value(cell, where)
                lost = model.parameter("effector_share", agent) * rate * effectors
                model.flow(f"depletion of activated {cell} through CD25", effectors, None, lost)


def _rates(model: Model, plan: Plan) -> Iterator[tuple[str, str, Expr]]:
    """Agent, place and the rate at which its target cells die there [1/day]."""
    for drug in plan.drugs_against(CD25):
        for where in ("node", "blood", *plan.sites):
            site = where if where in plan.sites else None
            bound = expr.saturation(
                concentration(model, drug.agent, site), model.parameter("drug_affinity", drug.agent)
            )
            rate = model.parameter("cd25_depletion_rate") * bound
            yield drug.agent, where, rate * model.parameter("depletion_in_tumour", drug.agent) if site else rate
