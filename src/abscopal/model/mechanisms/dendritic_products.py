"""Infused dendritic cells: where they go, how they mature, and the help of NKT cells that alpha-GalCer on them calls.

Blood B: dB/dt = -(k_c + k_L + sum_s k_h V'_s/(V_hom + V'_s)) B: cleared, into lymphoid organs L, into every site s.
Immature cells of a site I_s mature at the rate of a resident cell there (`dendritic.ripening`) into M_s and die at d_i.
M_s leave at k_m, the same share as of resident cells reaches the node. In lymphoid organs cells take up what drains
there, e per released cell: r_L = k_mat f(a e sum A) x/(1 + x), x = e sum Z/K_Z (+ NKT). Those that reach the node carry
interleukin-12, l x/(x_i + x), which counts there like the interferon that resident ones have met. M_s make T cells of
the site divide faster: 1 + g m/(K_m + m), m their density. NKT help = G/(K_G + G), G the cells with alpha-GalCer in
lymphoid organs: divisions for priming, maturation for the cells that bear it, and `nkt_help`, which raises NKG2D of NK
cells as interferon does.
Leaves out: the lung as first stop of what is given into a vein, antigen that is loaded before the infusion, and NKT
cells themselves, which are few, constant and used up by nothing here.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Group, Model
from abscopal.model.mechanisms.dendritic import RADIORESISTANT, maturation_signal, ripening
from abscopal.model.mechanisms.growth import per_tissue, tissue_volume
from abscopal.model.plan import CellProduct, Plan
from abscopal.parameters import product as product_of

KIND = "dendritic"


def declare(model: Model, plan: Plan) -> None:
    """Stocks `immature` of each product, `infused_dendritic` (matured) at sites; `restimulation`, `nkt_help`."""
    products = plan.products_of(KIND)
    if not products:
        return
    if any(_has_glycolipid(product) for product in products):
        for place in ("node", *plan.sites):
            _stock(model, "glycolipid_bearing", place, "dendritic cells with alpha-GalCer", "internal")
    for product in products:
        for place in _places(plan, product):
            _stock(model, _immature(product), place, f"immature {product.product}")
        for place in product.places:
            infusion = model.event(product.key(place), "cells")
            infusion.move(None, model.value(_immature(product), place), infusion.argument("cells"))
            if _has_glycolipid(product) and place in plan.sites:
                infusion.move(None, _bearing(model, place), infusion.argument("cells"))
    for site in plan.sites:
        _stock(model, "infused_dendritic", site, "matured infused dendritic cells")
        model.define(
            "restimulation", site, "division in place with infused dendritic cells", partial(_again, model, site)
        )
    if any(_has_glycolipid(product) for product in products):
        model.define("nkt_help", "blood", "help by NKT cells", lambda: _help(model), group="effector")
        model.define(
            "divisions_nkt",
            "node",
            "divisions that NKT cells add",
            lambda: model.parameter("divisions_nkt") * model.value("nkt_help", "blood"),
        )


def _stock(model: Model, name: str, where: str, meaning: str, group: Group = "dendritic") -> None:
    model.species(name, where, meaning, group=group, scale=10.0, radiosensitivity=RADIORESISTANT, depleted_by=())


def connect(model: Model, plan: Plan) -> None:
    """Distribution, maturation, migration and death."""
    products = plan.products_of(KIND)
    for product in products:
        if "blood" in product.places:
            _distribute(model, plan, product)
        for place in _places(plan, product):
            if place != "blood":
                _mature(model, plan, product, place)
    for site in plan.sites if products else ():
        _migrate(model, site)
    if model.has("glycolipid_bearing", "node"):
        bearing = model.value("glycolipid_bearing", "node")
        model.flow("loss of alpha-GalCer", bearing, None, model.parameter("node_dendritic_death_rate") * bearing)
        for site in plan.sites:
            # They leave for the node whether or not they found antigen.
            here, share = model.value("glycolipid_bearing", site), model.parameter("dendritic_arrival_share")
            model.flow(
                "alpha-GalCer leaves", here, bearing, model.parameter("infused_migration_rate") * here, gain=share
            )
            model.flow("loss of alpha-GalCer", here, None, model.parameter("infused_death_rate") * here)


def _immature(product: CellProduct) -> str:
    return f"immature {product.product}"


def _has_glycolipid(product: CellProduct) -> bool:
    return bool(product_of(product.product).about.get("glycolipid", False))


def _bearing(model: Model, place: str) -> Expr:
    return model.value("glycolipid_bearing", place)


def _places(plan: Plan, product: CellProduct) -> tuple[str, ...]:
    """Where immature cells of a product can be: everywhere if given into a vein, else where they are injected."""
    return ("blood", "node", *plan.sites) if "blood" in product.places else product.places


def _distribute(model: Model, plan: Plan, product: CellProduct) -> None:
    blood = model.value(_immature(product), "blood")
    model.flow("clearance of infused cells", blood, None, model.parameter("infused_clearance_rate") * blood)
    arriving = model.parameter("infused_lymphoid_rate") * blood
    model.flow("infused cells to lymphoid organs", blood, model.value(_immature(product), "node"), arriving)
    if _has_glycolipid(product):
        model.flow("alpha-GalCer to lymphoid organs", None, _bearing(model, "node"), arriving)
    for site in plan.sites:
        size = expr.saturation(tissue_volume(model, site), model.parameter("homing_half_volume"))
        rate = model.parameter("infused_homing_rate") * size * model.value("entry", site, without=1.0)
        model.flow("infused cells to tumours", blood, model.value(_immature(product), site), rate * blood)
        if _has_glycolipid(product):
            model.flow("alpha-GalCer to tumours", None, _bearing(model, site), rate * blood)


def _mature(model: Model, plan: Plan, product: CellProduct, place: str) -> None:
    immature = model.value(_immature(product), place)
    nkt = model.parameter("nkt_maturation") if _has_glycolipid(product) else expr.const(0.0)
    model.flow("death of immature cells", immature, None, model.parameter("infused_death_rate") * immature)
    if place == "node":
        signal = _drained(model, plan, "danger") / model.parameter("danger_half") + nkt
        loaded = model.parameter("antigenicity") * _drained(model, plan, "antigen")
        rate = model.parameter("maturation_rate") * expr.saturation(loaded, model.parameter("antigen_half"))
        matured = rate * expr.saturation(signal, 1.0) * immature
        model.flow("maturation in lymphoid organs", immature, model.value("dendritic", "node"), matured)
        _licence(model, matured, signal)
    else:
        matured = ripening(model, place, nkt) * immature
        model.flow("maturation of infused cells", immature, model.value("infused_dendritic", place), matured)


def _drained(model: Model, plan: Plan, name: str) -> Expr:
    """Concentration in lymphoid organs of what drains there from all sites [1/mm3]."""
    return model.parameter("lymphoid_drainage") * expr.sum_of(model.value(name, site) for site in plan.sites)


def _migrate(model: Model, site: str) -> None:
    mature, node = model.value("infused_dendritic", site), model.value("dendritic", "node")
    model.flow("death of infused cells", mature, None, model.parameter("infused_death_rate") * mature)
    leaving, share = model.parameter("infused_migration_rate") * mature, model.parameter("dendritic_arrival_share")
    model.flow("migration of infused cells", mature, node, leaving, gain=share)
    _licence(model, leaving * share, maturation_signal(model, site))


def _licence(model: Model, arriving: Expr, signal: Expr) -> None:
    """Interleukin-12 of infused cells, by what matured them: a third signal as type I interferon is."""
    share = expr.saturation(signal, model.parameter("infused_licensing_half"))
    carried = model.parameter("infused_licensing") * share * arriving
    model.flow("licensing by infused cells", None, model.value("licensed", "node"), carried)


def _again(model: Model, site: str) -> Expr:
    density = per_tissue(model, model.value("infused_dendritic", site), site)
    return 1.0 + model.parameter("restimulation_gain") * expr.saturation(density, model.parameter("restimulation_half"))


def _help(model: Model) -> Expr:
    return expr.saturation(model.value("glycolipid_bearing", "node"), model.parameter("nkt_half"))
