"""Effector T cells in blood and tumours: homing, death and killing.

Homing into a site = k_hom V'/(V_hom + V') c, V' the tumour with its rim, c rising from c_0 to 1 with type I
interferon and interferon-gamma (CXCR3 chemokines). Recognising T cells divide in place at p m (1 - iota PD-1)(Treg
release)/(1 + density/K_p), m = MHC class I. Killing = k_K A T/(h_K V' + T + A), A = functional CD8 cells x MHC class I
x what PD-1 and Tregs leave: one killer kills a limited number per day (Halle 2016), and few targets in the tissue
that is searched are found by mass action (Ganusov 2011).
Infused cells enter in two ways: through closed junctions as others do (CAR-T cells less), and through junctions that
radiation opened only as far as they circulate freely: of those infused dc/dt = -k_set c, as lung, liver and spleen hold
them.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr, ExprLike
from abscopal.model.language import Model
from abscopal.model.mechanisms.growth import clones, contact, living, per_tissue, search_limit, tissue_volume
from abscopal.model.mechanisms.lymphocytes import resident
from abscopal.model.plan import CellProduct, Plan
from abscopal.model.susceptibility import Depletion

# Keeps the share of a clone among living cells finite where none is left.
ONE_CELL = 1.0


def declare(model: Model, plan: Plan) -> None:
    """Stocks `cd8` and `cd4` at sites; readouts of function, lysis, density and killing; infusion of cell products."""
    for site in plan.sites:
        _stocks(model, site)
        model.define(
            "functional_cd8",
            site,
            "killing-capable CD8 T cells",
            partial(_functional, model, site),
            unit="cells",
            group="effector",
        )
        model.define(
            "cd8_lysis",
            site,
            "lysis of a tumour cell by a CD8 T cell that meets it, relative to an unhindered one",
            partial(_lysis, model, site),
            group="effector",
        )
        model.define(
            "cd8_density",
            site,
            "density of CD8 T cells",
            partial(_density, model, site),
            unit="cells/mm3",
            group="effector",
        )
        model.define(
            "cd8_renewal",
            site,
            "newly arrived CD8 T cells per CD8 T cell there",
            partial(_renewal, model, site),
            unit="1/day",
        )
        model.define(
            "interferon_gamma",
            site,
            "interferon-gamma",
            partial(_gamma, model, site),
            group="damage",
        )
        model.define(
            "cd8_gamma",
            site,
            "interferon-gamma of CD8 T cells, which slows division",
            partial(_cd8_gamma, model, site),
        )
        model.define(
            "killed_by_cd8",
            site,
            "killing by CD8 T cells",
            partial(_killed, model, site),
            unit="cells/day",
            group="effector",
        )


def _stocks(model: Model, site: str) -> None:
    labels: tuple[tuple[str, Depletion], ...] = (("cd8", "CD8"), ("cd4", "CD4"))
    for cell, label in labels:
        model.species(
            cell,
            site,
            f"{label} T cells in the tumour",
            group="effector",
            scale=10.0,
            radiosensitivity=resident(model),
            depleted_by=(label, "CD25 of activated cells"),
        )


def connect(model: Model, plan: Plan) -> None:
    """Homing, contraction, killing and infusions."""
    for cell in ("cd8", "cd4"):
        blood = model.value(cell, "blood")
        model.flow(f"{cell} contraction", blood, None, model.parameter("effector_death_rate") * blood)
        for site in plan.sites:
            tissue = model.value(cell, site)
            model.flow(f"{cell} homing", blood, tissue, homing_rate(model, site) * blood)
            model.flow(f"{cell} death in tumour", tissue, None, model.parameter("infiltrate_death_rate") * tissue)
            model.flow(f"{cell} division in place", None, tissue, division_rate(model, site) * tissue)
    for site in plan.sites:
        kill(model, "killing by CD8", site, model.value("killed_by_cd8", site))
    for product in plan.products_of("cd8"):
        for place in product.places:
            infusion = model.event(product.key(place), "cells")
            infusion.move(None, model.value("cd8", place), infusion.argument("cells"))


def kill(model: Model, name: str, site: str, rate: Expr) -> None:
    """Flows of `rate` killed cells per day from the living clones of a site, in proportion, to its dead cells."""
    share = rate / (living(model, site) + ONE_CELL)
    for clone in clones(model, site):
        model.flow(name, clone, model.value("debris", site), share * clone)


def chemokine_entry(model: Model, site: str) -> Expr:
    """Entry by interferon-induced chemokines as a share of the largest: basal without them, 1 when inflamed."""
    basal = model.parameter("homing_basal_share")
    signals = ("interferon", "interferon_gamma", "t_cell_recruitment")
    inflamed = expr.saturation(expr.sum_of(model.value(signal, site, without=0.0) for signal in signals), 1.0)
    return basal + (1.0 - basal) * inflamed


def homing_rate(model: Model, site: str) -> Expr:
    """Rate at which circulating effectors enter a site [1/day]."""
    size = expr.saturation(tissue_volume(model, site), model.parameter("homing_half_volume"))
    vessels = model.value("entry", site, without=1.0)
    return model.parameter("homing_rate") * size * vessels * chemokine_entry(model, site)


def infused_homing_rate(model: Model, product: CellProduct, site: str, closed: ExprLike = 1.0) -> Expr:
    """The same of infused cells: `closed` of it through closed junctions; open ones let in what still circulates."""
    opened = model.value("open_entry_share", site, without=0.0)
    circulating = model.value(_circulating(product), "blood", without=1.0)
    return homing_rate(model, site) * ((1.0 - opened) * closed + opened * circulating)


def infuse(model: Model, plan: Plan, product: CellProduct, stock: str) -> None:
    """Infusions into a product's stock in blood or at sites; with radiation, also the share that circulates freely."""
    for place in product.places:
        infusion = model.event(product.key(place), "cells")
        present, given = model.value(stock, place), infusion.argument("cells")
        infusion.move(None, present, given)
        if place == "blood" and plan.fields:
            name = _circulating(product)
            meaning = f"{product.product}: share of those in blood that circulates freely, not yet held in organs"
            circulating = model.species(name, "blood", meaning, unit="1", scale=1e-3)
            infusion.move(None, circulating, (1.0 - circulating) * given / (present + given + ONE_CELL))
            model.flow("settling in organs", circulating, None, model.parameter("settling_rate") * circulating)


def _circulating(product: CellProduct) -> str:
    return f"circulating {product.product}"


def division_rate(model: Model, site: str) -> Expr:
    """Rate at which T cells divide in a tumour [1/day]: needs targets, is braked by PD-1, Tregs and crowding."""
    cells = model.value("cd8", site) + model.value("cd4", site)
    crowding = per_tissue(model, cells, site) / model.parameter("division_density_half")
    freedom = _release(model, site) * recognition(model, site) / (1.0 + crowding)
    support = expr.product_of(model.value(name, site, without=1.0) for name in ("division_support", "restimulation"))
    return model.parameter("local_division_rate") * contact(model, site) * freedom * support


def recognition(model: Model, site: str) -> Expr:
    """MHC class I of the tumour cells of a site, relative to full expression."""
    return model.value("mhc_class_i", site, without=model.parameter("mhc_class_i"))


def _release(model: Model, site: str) -> Expr:
    """Share of T-cell function that PD-1 signalling, Tregs and other suppressors leave."""
    brake = 1.0 - model.parameter("pd1_inhibition") * model.value("pd1_signal", site, without=0.0)
    suppressors = ("treg_release", "suppression_release")
    return brake * expr.product_of(model.value(name, site, without=1.0) for name in suppressors)


def _density(model: Model, site: str) -> Expr:
    """All CD8 T cells that a stain finds: those of the tumour's antigens, and bystanders that chemokines let in."""
    specific = model.value("cd8", site) + model.value("cd8_exhausted", site, without=0.0)
    let_in = chemokine_entry(model, site) / model.parameter("homing_basal_share")
    return per_tissue(model, specific, site) + model.parameter("bystander_cd8_density") * let_in


def _gamma(model: Model, site: str) -> Expr:
    others = expr.sum_of(model.value(name, site, without=0.0) for name in ("nk_active", "car_active"))
    return _cd8_gamma(model, site) + _made(model, site, others)


def _cd8_gamma(model: Model, site: str) -> Expr:
    # Of these cells alone: the source is on them, and without them no tumour is held back by others that cannot kill.
    return _made(model, site, model.value("functional_cd8", site))


def _made(model: Model, site: str, cells: Expr) -> Expr:
    """Interferon-gamma of active cells, in units of what induces half of PD-L1."""
    made = model.parameter("interferon_gamma_function") * per_tissue(model, cells, site)
    return made / model.parameter("interferon_gamma_half")


def _renewal(model: Model, site: str) -> Expr:
    arriving = homing_rate(model, site) * (model.value("cd8", "blood") + model.value("cd8_memory", "node", without=0.0))
    return arriving / (model.value("cd8", site) + ONE_CELL)


def _functional(model: Model, site: str) -> Expr:
    exhausted = model.value("cd8_exhausted", site, without=0.0)
    active = model.value("cd8", site) + model.parameter("exhausted_function") * exhausted
    return active * _release(model, site)


def _lysis(model: Model, site: str) -> Expr:
    """What a test of fixed numbers of killers and targets sees: function of one, recognition of the other."""
    cells = model.value("cd8", site) + model.value("cd8_exhausted", site, without=0.0)
    return model.value("functional_cd8", site) * recognition(model, site) / (cells + ONE_CELL)


def _killed(model: Model, site: str) -> Expr:
    tumour = living(model, site)
    killers = model.value("functional_cd8", site) * recognition(model, site)
    return model.parameter("kill_rate") * killers * tumour / (search_limit(model, site) + tumour + killers)
