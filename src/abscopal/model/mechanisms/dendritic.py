"""Dendritic cells: loaded by antigen and matured by danger or interferon at the site, they carry antigen to the node.

Maturation = k_mat n_DC (1 + g_I I/(1 + I)) (V + V_s) f(antigen) x/(1 + x), x = danger/K_Z + I: without either signal
nothing matures, and type I interferon I calls further (cross-presenting) dendritic cells in. A share of leaving cells
reaches the node and dies there within days. The interferon signal they met travels with them.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr, ExprLike
from abscopal.model.language import Model
from abscopal.model.mechanisms.growth import per_volume, tissue_volume
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Unharmed

# Keeps the mean licensing of an empty node finite; far below one cell's worth of antigen presentation.
_EMPTY_NODE_CELLS = 1.0
# Of dendritic cells of any origin.
RADIORESISTANT = Unharmed("dendritic cells do not divide, and live on after doses that kill lymphocytes")


def declare(model: Model, plan: Plan) -> None:
    """Stocks `dendritic` at sites and node, and `licensing`: the interferon the node's dendritic cells have met."""
    places = {**dict.fromkeys(plan.sites, "matured dendritic cells"), "node": "dendritic cells in the node"}
    for where, meaning in places.items():
        model.species(
            "dendritic",
            where,
            meaning,
            group="dendritic",
            scale=10.0,
            radiosensitivity=RADIORESISTANT,
            depleted_by=(),
        )
    model.species(
        "licensed",
        "node",
        "interferon met by the node's dendritic cells, summed over cells",
        scale=10.0,
        radiosensitivity=RADIORESISTANT,
        depleted_by=(),
    )
    model.define(
        "licensing", "node", "mean interferon signal met by the node's dendritic cells", lambda: _licensing(model)
    )


def connect(model: Model, plan: Plan) -> None:
    """Maturation, migration and death."""
    node, licensed = model.value("dendritic", "node"), model.value("licensed", "node")
    for site in plan.sites:
        mature = model.value("dendritic", site)
        leaving = model.parameter("dendritic_migration_rate") * mature
        arriving = model.parameter("dendritic_arrival_share")
        model.flow("maturation", None, mature, maturation(model, site))
        model.flow("migration to the node", mature, node, leaving, gain=arriving)
        model.flow("licensing", None, licensed, leaving * arriving * model.value("interferon", site, without=0.0))
    death = model.parameter("node_dendritic_death_rate")
    model.flow("death in the node", node, None, death * node)
    model.flow("end of licensing", licensed, None, death * licensed)


def maturation(model: Model, site: str) -> Expr:
    """Dendritic cells that mature at a site per day."""
    support = model.value("dendritic_support", site, without=1.0)
    called = expr.saturation(model.value("interferon", site, without=0.0), 1.0)
    support = support * (1.0 + model.parameter("dendritic_interferon_gain") * called)
    return model.parameter("dendritic_cell_density") * tissue_volume(model, site) * support * ripening(model, site)


def ripening(model: Model, site: str, extra_signal: ExprLike = 0.0) -> Expr:
    """Rate at which one dendritic cell of a site is loaded and matures [1/day]; `extra_signal` adds to its signals."""
    antigen = model.parameter("antigenicity") * per_volume(model, model.value("antigen", site), site)
    loaded = expr.saturation(antigen, model.parameter("antigen_half"))
    rate = model.parameter("maturation_rate") * model.value("dendritic_release", site, without=1.0)
    return rate * loaded * expr.saturation(maturation_signal(model, site) + extra_signal, 1.0)


def maturation_signal(model: Model, site: str) -> Expr:
    """What matures the dendritic cells of a site, in units of the half-maximal interferon signal."""
    danger = per_volume(model, model.value("danger", site), site) / model.parameter("danger_half")
    return danger + model.value("interferon", site, without=0.0) + model.value("cd40_signal", site, without=0.0)


def _licensing(model: Model) -> Expr:
    return model.value("licensed", "node") / (model.value("dendritic", "node") + _EMPTY_NODE_CELLS)
