"""Cytokines, agonists and an egress blocker as drugs.

Interleukin-2 at a site: C = plasma + what an immunocytokine has left on tumour vessels, dB/dt = k_u P plasma - k_r B, P
perfusion. Division in place of T cells x (1 + g_2 C/(K + C)), NK cells alike, Tregs x (1 + g_R C/(K/h +
C)): with h above 1 they answer to less. GM-CSF and Flt3 ligand: resident dendritic cells x (1 + s), ds/dt = k_s (sum of
g E - s), as they must grow first. Agonists of CD40 give a maturation signal at sites and divisions in the node; other
agonists are in `costimulation`. Fingolimod: egress from the node x (1 - E), and what is kept there dies as it would in
blood. STING agonists add to sensed cytosolic DNA.
Leaves out: toxicity, the vascular leak of interleukin-2, death of T cells by STING agonists, sequestration of naive
lymphocytes by fingolimod.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.costimulation import agonists
from abscopal.model.mechanisms.pharmacokinetics import concentration, occupancy
from abscopal.model.plan import Drug, Plan
from abscopal.parameters import agent as agent_of

IL2, GROWTH_FACTOR, EGRESS, STING, CD40 = "IL-2 receptor", "dendritic growth", "S1P1", "STING", "CD40"


def declare(model: Model, plan: Plan) -> None:
    """What the drugs in use act on: nothing is added for those that are not."""
    for site in plan.sites:
        _declare_interleukin_2(model, plan, site)
        if plan.drugs_against(STING):
            model.define(
                "sting_agonism",
                site,
                "STING agonist, as cytosolic DNA per cell",
                partial(_scaled, model, plan, "sting_gain", STING, site),
                unit="1/cells",
                group="damage",
            )
        if plan.drugs_against(CD40):
            signal = partial(_scaled, model, plan, "cd40_maturation", CD40, site)
            model.define("cd40_signal", site, "maturation signal by agonists of CD40", signal)
        if plan.drugs_against(GROWTH_FACTOR):
            model.define(
                "dendritic_support",
                site,
                "resident dendritic cells relative to none of these drugs",
                lambda: 1.0 + model.value("dendritic_growth", "blood"),
                group="dendritic",
                neutral=1.0,
            )
    if plan.drugs_against(GROWTH_FACTOR):
        model.species("dendritic_growth", "blood", "additional dendritic cells, per one before", unit="1", scale=1e-3)
    if plan.drugs_against(EGRESS):
        model.define(
            "egress_open",
            "node",
            "egress left",
            lambda: 1.0 - occupancy(model, plan, EGRESS),
            group="effector",
            neutral=1.0,
        )
    if plan.drugs_against(CD40) or agonists(plan):
        model.define("divisions_extra", "node", "divisions that agonists add", lambda: _divisions(model, plan))


def connect(model: Model, plan: Plan) -> None:
    """Retention of immunocytokines and the growth of dendritic cells."""
    for drug in plan.drugs_against(IL2):
        for site in plan.sites:
            if model.has(_retained(drug), site):
                bound, plasma = model.value(_retained(drug), site), concentration(model, drug.agent)
                perfusion = model.value("perfusion", site, without=1.0)
                uptake = model.parameter("immunocytokine_uptake_rate") * perfusion * plasma
                model.flow("uptake by tumour vessels", None, bound, uptake)
                release = model.parameter("immunocytokine_release_rate")
                model.flow("release from tumour vessels", bound, None, release * bound)
    for cell in ("cd8", "cd4") if plan.drugs_against(EGRESS) else ():
        # Cells that would have died in blood die in the node.
        kept = (1.0 - model.value("egress_open", "node")) * model.value(cell, "node")
        model.flow(
            f"death of retained {cell}", model.value(cell, "node"), None, model.parameter("effector_death_rate") * kept
        )
    if plan.drugs_against(GROWTH_FACTOR):
        grown, rate = model.value("dendritic_growth", "blood"), model.parameter("dendritic_growth_rate")
        wanted = (
            model.parameter("dendritic_growth_gain", d.agent)
            * expr.saturation(concentration(model, d.agent), model.parameter("drug_affinity", d.agent))
            for d in plan.drugs_against(GROWTH_FACTOR)
        )
        model.flow("growth of dendritic cells", None, grown, rate * expr.sum_of(wanted))
        model.flow("return of dendritic cells", grown, None, rate * grown)


def _declare_interleukin_2(model: Model, plan: Plan, site: str) -> None:
    for drug in plan.drugs_against(IL2):
        if agent_of(drug.agent).about.get("retained_by_vessels", False):
            meaning = f"{drug.agent} on vessels of the tumour"
            model.species(_retained(drug), site, meaning, unit="nM", group="drug", scale=1e-2)
    if plan.drugs_against(IL2) or agonists(plan):
        support = partial(_division_support, model, plan, site)
        model.define("division_support", site, "division in place relative to none of these drugs", support)
    if plan.drugs_against(IL2):
        treg = partial(_by_il2, model, plan, site, "il2_treg_gain", model.parameter("il2_treg_ratio"))
        model.define("treg_division_support", site, "division of Tregs relative to no interleukin-2", treg)


def _retained(drug: Drug) -> str:
    return f"retained {drug.agent}"


def _by_il2(model: Model, plan: Plan, site: str, gain: str, ratio: Expr) -> Expr:
    """Factor on the division of a cell that answers to interleukin-2 `ratio` times as readily as CD8 T cells."""
    bound = (
        (concentration(model, drug.agent, site) + model.value(_retained(drug), site, without=0.0))
        / model.parameter("drug_affinity", drug.agent)
        for drug in plan.drugs_against(IL2)
    )
    return 1.0 + model.parameter(gain) * expr.saturation(expr.sum_of(bound) * ratio, 1.0)


def _division_support(model: Model, plan: Plan, site: str) -> Expr:
    factor = model.value("costimulated_division", site, without=1.0)
    if plan.drugs_against(IL2):
        factor = _by_il2(model, plan, site, "il2_gain", expr.const(1.0)) * factor
    return factor


def _divisions(model: Model, plan: Plan) -> Expr:
    costimulated = model.value("divisions_costimulated", "node", without=0.0)
    return costimulated + (_scaled(model, plan, "cd40_divisions", CD40) if plan.drugs_against(CD40) else 0.0)


def _scaled(model: Model, plan: Plan, gain: str, target: str, site: str | None = None) -> Expr:
    """A gain times the effect share of the drugs against a target."""
    return model.parameter(gain) * occupancy(model, plan, target, site)
