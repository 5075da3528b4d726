"""Agonist antibodies to receptors that costimulate T cells: CD137 (4-1BB), OX40, GITR, CD27, ICOS.

At occupancy O each adds n O divisions in priming and makes T cells that meet their antigen in a tumour divide (1 + g O)
times as fast; those whose receptor Tregs of tumours carry most of, and whose Fc part reaches activating receptors,
remove them there at k_d t O, with k_d the rate of antibodies to CTLA-4 (Bulliard 2014).
Leaves out: survival and memory of costimulated cells beyond what more divisions make, what the antibody does to
activated effectors that carry its target, the ligand that some antibodies to ICOS keep away, liver toxicity.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.pharmacokinetics import concentration
from abscopal.model.plan import Drug, Plan
from abscopal.parameters import agent as agent_of

RECEPTORS = ("CD137", "OX40", "GITR", "CD27", "ICOS")


def agonists(plan: Plan) -> tuple[Drug, ...]:
    """The agonists in use."""
    return tuple(drug for receptor in RECEPTORS for drug in plan.drugs_against(receptor))


def declare(model: Model, plan: Plan) -> None:
    """What agonists in use add to division in the node and in tumours."""
    if not agonists(plan):
        return
    added = partial(_sum, model, plan, "agonist_divisions", None)
    model.define("divisions_costimulated", "node", "divisions that agonists of costimulation add", added)
    for site in plan.sites:
        support = partial(_support, model, plan, site)
        model.define("costimulated_division", site, "division in place relative to no agonist", support)


def connect(model: Model, plan: Plan) -> None:
    """Depletion of the Tregs of tumours."""
    for drug in agonists(plan):
        for site in plan.sites if agent_of(drug.agent).about.get("depletes_tregs") else ():
            tissue = model.value("treg", site, without=0.0)
            rate = model.parameter("treg_depletion_rate") * model.parameter("agonist_treg_depletion", drug.agent)
            lost = rate * _bound(model, drug, site) * tissue
            if model.has("treg", site):
                model.flow(f"Treg depletion by {drug.agent}", tissue, None, lost)


def _support(model: Model, plan: Plan, site: str) -> Expr:
    return 1.0 + _sum(model, plan, "agonist_gain", site)


def _sum(model: Model, plan: Plan, gain: str, site: str | None) -> Expr:
    """A gain of each agonist times its occupancy, together."""
    return expr.sum_of(model.parameter(gain, drug.agent) * _bound(model, drug, site) for drug in agonists(plan))


def _bound(model: Model, drug: Drug, site: str | None) -> Expr:
    return expr.saturation(concentration(model, drug.agent, site), model.parameter("drug_affinity", drug.agent))
