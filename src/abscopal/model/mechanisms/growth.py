"""Tumour growth: living and dead tumour cells at each site.

dT/dt = (g(V) + d0) T/(1 + I) - d0 T, with net growth g(V) = [1 - (V/V_max)^4]/(1/g_max + (V/V_ref)^b T_d / ln 2): a
power law in volume (Friedrich 2022) that cannot exceed the fastest cell cycle, and ends at what the host can carry; far
below V_max nothing of this is seen, and beyond it fewer cells are born than die. V counts living, moribund and dead
cells. I is interferon-gamma of CD8 T cells in units of what induces half of PD-L1: it slows the division of all tumour
cells around (Hoekstra 2020) on the same scale.
What searches for tumour cells in tumour and rim V' is limited by their density: contact T/(h_K V' + T).
Net growth stops in the share of cells that residual damage holds before mitosis (`repair`).
Leaves out: spatial structure, the tumour-bed effect of irradiation.
"""

from __future__ import annotations

import math
from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Unharmed
from abscopal.regimen.keys import inoculation_key

# Steep, so that tumours that are a tenth of what the host can carry grow as they were measured.
_CAPACITY_EXPONENT = 4
# Keeps the derivative of V^b finite where no cell is left; a thousandth of the smallest visible nodule.
_VOLUME_FLOOR_MM3 = 1e-3


def declare(model: Model, plan: Plan) -> None:
    """Stocks `tumour` and `debris`, the readout `volume`, and inoculation."""
    for site in plan.sites:
        tumour = model.species("tumour", site, "living tumour cells", group="tumour", scale=1e2, extinct=True)
        dead = Unharmed("they are dead")
        meaning = "dead tumour cells not yet cleared"
        model.species("debris", site, meaning, scale=1e3, radiosensitivity=dead, depleted_by=())
        model.define("volume", site, "tumour volume", partial(_volume, model, site), unit="mm3", group="tumour")
        inoculation = model.event(inoculation_key(site), "cells")
        take = model.parameter("inoculum_take", site)
        inoculation.move(None, tumour, inoculation.argument("cells") * take)


def connect(model: Model, plan: Plan) -> None:
    """Growth, spontaneous death and clearance."""
    for site in plan.sites:
        debris = model.value("debris", site)
        death = model.parameter("spontaneous_death_rate")
        volume = model.value("volume", site)
        growth = net_growth_rate(model, volume) * _room(model, volume) * model.value("supply", site, without=1.0)
        growth = growth * model.value("division", site, without=1.0)
        cytostasis = 1.0 + model.value("cd8_gamma", site, without=0.0)
        for clone in clones(model, site):
            model.flow("births", None, clone, expr.maximum(growth + death, 0.0) * clone / cytostasis)
            model.flow("spontaneous death", clone, debris, death * clone)
        model.flow("clearance of dead cells", debris, None, model.parameter("debris_clearance_rate") * debris)


def net_growth_rate(model: Model, volume_mm3: Expr) -> Expr:
    """Net growth rate of a tumour of this volume [1/day]."""
    at_reference = math.log(2.0) / model.parameter("doubling_time")
    relative = (volume_mm3 + _VOLUME_FLOOR_MM3) / model.parameter("reference_volume")
    crowding = relative ** model.parameter("growth_exponent")
    return 1.0 / (1.0 / model.parameter("maximum_growth_rate") + crowding / at_reference)


def _room(model: Model, volume_mm3: Expr) -> Expr:
    """Share of its growth that a tumour of this volume has left; negative beyond what its host can carry."""
    filled = volume_mm3 / model.parameter("tumour_capacity")
    return 1.0 - filled**_CAPACITY_EXPONENT


def clones(model: Model, site: str) -> tuple[Expr, ...]:
    """The stocks of living tumour cells of a site: the tumour, and its antigen-negative clone if modelled."""
    return model.stocks("tumour", site) + model.stocks("tumour_negative", site)


def living(model: Model, site: str) -> Expr:
    """Living tumour cells of a site, of all clones."""
    return expr.sum_of(clones(model, site))


def _volume(model: Model, site: str) -> Expr:
    bodies = (model.value(name, site, without=0.0) for name in ("debris", "moribund", "senescent"))
    cells = expr.sum_of((*clones(model, site), *bodies))
    return cells / model.parameter("cell_density")


def tissue_volume(model: Model, site: str) -> Expr:
    """Tumour and the rim of tissue whose vessels and dendritic cells serve it [mm3]; no rim without a tumour."""
    volume = model.value("volume", site)
    return volume + model.parameter("stroma_volume") * expr.saturation(volume, model.parameter("stroma_onset_volume"))


def search_limit(model: Model, site: str) -> Expr:
    """Tumour cells at which killers spend half of their time on the search for them [cells].

    It grows with the tissue that is searched: what limits a search is the density of targets, not their number.
    """
    return model.parameter("target_half_density") * (tissue_volume(model, site) + expr.const(1.0))


def contact(model: Model, site: str) -> Expr:
    """Share of their time that T cells of a site are in contact with tumour cells."""
    return expr.saturation(living(model, site), search_limit(model, site))


def per_volume(model: Model, amount: Expr, site: str) -> Expr:
    """An amount made by tumour cells per volume of tumour [1/mm3]; at least one mm3, so that it stays finite."""
    return amount / (model.value("volume", site) + expr.const(1.0))


def per_tissue(model: Model, amount: Expr, site: str) -> Expr:
    """Cells that came from the blood per volume of tumour and rim [1/mm3], as they enter by the vessels of both."""
    return amount / (tissue_volume(model, site) + expr.const(1.0))
