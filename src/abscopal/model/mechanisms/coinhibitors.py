"""Blockers of coinhibitory receptors of exhausted T cells beside PD-1: LAG-3, TIM-3, TIGIT.

At occupancy O each lets exhausted CD8 T cells recover at r O times the largest rate under blockade of PD-1, added to
what that does: alone they leave the brake of PD-1 signalling in place, and do little; with its blockade more.
Leaves out: these receptors on NK cells and Tregs, competition of TIGIT with CD226, their ligands.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.pharmacokinetics import concentration
from abscopal.model.plan import Drug, Plan

RECEPTORS = ("LAG-3", "TIM-3", "TIGIT")


def declare(model: Model, plan: Plan) -> None:
    """Quantity `coinhibitor_release` at sites, where a blocker is in use."""
    drugs = tuple(drug for receptor in RECEPTORS for drug in plan.drugs_against(receptor))
    for site in plan.sites if drugs else ():
        model.define(
            "coinhibitor_release",
            site,
            "recovery of exhausted cells that blockers of LAG-3, TIM-3 and TIGIT add, relative to blockade of PD-1",
            partial(_release, model, drugs, site),
        )


def connect(model: Model, plan: Plan) -> None:
    """Nothing: `exhaustion` reads the release."""


def _release(model: Model, drugs: tuple[Drug, ...], site: str) -> Expr:
    return expr.sum_of(
        model.parameter("coinhibitor_share", drug.agent)
        * expr.saturation(concentration(model, drug.agent, site), model.parameter("drug_affinity", drug.agent))
        for drug in drugs
    )
