"""Cytotoxic drugs: tumour cells die at the rate k C P/(K + C P), all clones alike, P the perfusion.

Leaves out: radiosensitisation, resistance, repair of the drug's own damage, harm to lymphocytes.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.effectors import kill
from abscopal.model.mechanisms.growth import living
from abscopal.model.mechanisms.pharmacokinetics import concentration
from abscopal.model.plan import Plan

TARGET = "DNA"


def declare(model: Model, plan: Plan) -> None:
    """Readout `killed_by_drug` at sites."""
    for site in plan.sites:
        if plan.drugs_against(TARGET):
            meaning = "killing by cytotoxic drugs"
            rate = partial(_killed, model, plan, site)
            model.define("killed_by_drug", site, meaning, rate, unit="cells/day", group="drug")


def connect(model: Model, plan: Plan) -> None:
    """Killing."""
    for site in plan.sites:
        if plan.drugs_against(TARGET):
            kill(model, "killing by cytotoxic drugs", site, model.value("killed_by_drug", site))


def _killed(model: Model, plan: Plan, site: str) -> Expr:
    perfusion = model.value("perfusion", site, without=1.0)
    rates = []
    for drug in plan.drugs_against(TARGET):
        reached = concentration(model, drug.agent, site) * perfusion
        effect = expr.saturation(reached, model.parameter("drug_affinity", drug.agent))
        rates.append(model.parameter("cytotoxic_kill_rate", drug.agent) * effect)
    return expr.sum_of(rates) * living(model, site)
