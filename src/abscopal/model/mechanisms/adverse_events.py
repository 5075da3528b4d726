"""Immune-related adverse events of checkpoint blockade in patients: a cumulative hazard by drug class.

dH/dt = h_1 o_1 + h_L o_L (1 - o_1) + h_4 o_4 + h_14 o_4 o_x, o_1, o_L, o_4 the bound shares of PD-1, PD-L1 and CTLA-4
in the body, o_x = 1 - (1 - o_1)(1 - o_L). The probability of an event of grade 3 or more by then is 1 - exp(-H). H
counts what published trials count: treatment-related events of that grade, most of them immune-related. Blockade of
both axes does more than the sum (CheckMate 067). Radiation adds nothing here: severe events differ by 0.01 to 2
percentage points with it (Anscher 2022); pneumonitis of an irradiated lung follows the lung's dose (`radiation.ntcp`).
Leaves out: mice, whose events are not such; which organ, lower grades; that low doses of ipilimumab are safer than
their occupancy says; stopping the drug at an event, and steroids against it.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan
from abscopal.vocabulary import HUMAN

PD1, PDL1, CTLA4 = TARGETS = ("PD-1", "PD-L1", "CTLA-4")


def declare(model: Model, plan: Plan) -> None:
    """Stock `irae_hazard` and readout `irae_probability`, if a patient is given checkpoint blockade."""
    if not _present(plan):
        return
    meaning = "cumulative hazard of immune-related adverse events of grade 3 or more"
    hazard = model.species("irae_hazard", "blood", meaning, unit="1", scale=1e-3)
    meaning = "probability of an immune-related adverse event of grade 3 or more so far"
    model.define("irae_probability", "blood", meaning, lambda: 1.0 - expr.exp(-hazard), group="harm")


def connect(model: Model, plan: Plan) -> None:
    """The hazard accumulates while the drugs are bound."""
    if _present(plan):
        model.flow("hazard of adverse events", None, model.value("irae_hazard", "blood"), _hazard(model, plan))


def _present(plan: Plan) -> bool:
    return plan.host == HUMAN and any(plan.drugs_against(target) for target in TARGETS)


def _hazard(model: Model, plan: Plan) -> Expr:
    """Only the terms of drugs that are in the plan, so that a model has no parameter without effect."""
    pd1, pdl1, ctla4 = (occupancy(model, plan, target) for target in TARGETS)
    axis = bool(plan.drugs_against(PD1) or plan.drugs_against(PDL1))
    terms: list[Expr] = []
    if plan.drugs_against(PD1):
        terms.append(model.parameter("irae_rate_pd1") * pd1)
    if plan.drugs_against(PDL1):
        terms.append(model.parameter("irae_rate_pdl1") * pdl1 * (1.0 - pd1))
    if plan.drugs_against(CTLA4):
        terms.append(model.parameter("irae_rate_ctla4") * ctla4)
        if axis:
            blocked = 1.0 - (1.0 - pd1) * (1.0 - pdl1)
            terms.append(model.parameter("irae_rate_dual") * ctla4 * blocked)
    return expr.sum_of(terms)
