"""Regulatory T cells: pools in node and blood; entry into tumours, division, suppression there.

Anti-CTLA-4 depletes them in tumours through Fc receptors. Suppression = 1/(1 + density/K_R) of T-cell function.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.growth import per_tissue, tissue_volume
from abscopal.model.mechanisms.lymphocytes import circulating, resident
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan

# One cell: keeps the ratio to baseline finite in hosts without Tregs.
_ONE_CELL = 1.0


def declare(model: Model, plan: Plan) -> None:
    """Stocks `treg` in node, blood and sites; `treg_relative` in the node; `treg_release` at sites."""
    for where, place in (("node", "the node"), ("blood", "blood")):
        model.species(
            "treg",
            where,
            f"Tregs in {place}",
            group="regulatory",
            scale=1e2,
            initial=model.parameter(f"treg_{where}_baseline"),
            radiosensitivity=circulating(model, "treg"),
            depleted_by=("CD4", "CD25", "dividing lymphocytes"),
        )
    model.define("treg_relative", "node", "node Tregs relative to a healthy host", lambda: _relative(model))
    for site in plan.sites:
        model.species(
            "treg",
            site,
            "Tregs in the tumour",
            group="regulatory",
            scale=10.0,
            radiosensitivity=resident(model),
            depleted_by=("CD4", "CD25"),
        )
        model.define(
            "treg_release",
            site,
            "T-cell function that Tregs leave",
            partial(_release, model, site),
            group="regulatory",
            neutral=1.0,
        )


def connect(model: Model, plan: Plan) -> None:
    """Renewal, entry into tumours, death and depletion."""
    renewal = model.parameter("treg_renewal_rate")
    for where in ("node", "blood"):
        pool = model.value("treg", where)
        model.flow(f"Treg renewal in {where}", None, pool, renewal * model.parameter(f"treg_{where}_baseline"))
        model.flow(f"Treg turnover in {where}", pool, None, renewal * pool)
    blood = model.value("treg", "blood")
    for site in plan.sites:
        tissue = model.value("treg", site)
        size = expr.saturation(tissue_volume(model, site), model.parameter("homing_half_volume"))
        called = (model.value(name, site, without=1.0) for name in ("entry", "treg_recruitment"))
        entry = model.parameter("treg_homing_rate") * size * expr.product_of(called)
        model.flow("Treg entry", blood, tissue, entry * blood)
        density = per_tissue(model, tissue, site) / model.parameter("treg_density_limit")
        division = model.parameter("treg_division_rate") * model.value("treg_division_support", site, without=1.0)
        model.flow("Treg division in place", None, tissue, division * tissue / (1.0 + density))
        model.flow("Treg death in tumour", tissue, None, model.parameter("treg_death_rate") * tissue)
        if plan.drugs_against("CTLA-4"):
            bound = occupancy(model, plan, "CTLA-4", site)
            model.flow("Treg depletion", tissue, None, model.parameter("treg_depletion_rate") * bound * tissue)


def _relative(model: Model) -> Expr:
    return model.value("treg", "node") / (model.parameter("treg_node_reference") + _ONE_CELL)


def _release(model: Model, site: str) -> Expr:
    density = per_tissue(model, model.value("treg", site), site) * model.value("treg_function", "blood", without=1.0)
    return 1.0 / (1.0 + density / model.parameter("treg_half_density"))
