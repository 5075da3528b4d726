"""Senescence: a share of the lethally hit cells neither divides nor dies, stays in the volume and is cleared slowly.

Of the cells that a fraction hits lethally, sigma = sigma_max D/(D_sen + D) becomes senescent, D the photon-equivalent
dose, so more at high LET; the rest is moribund. dS/dt = -k_sen S; what is cleared is antigen, without danger signals.
Option, off by default: the secretion of senescent cells (SASP) raises the damage signal s of `chemokines`,
ds/dt += g_SASP (share of senescent cells) (1 - s), as no readout used here tells the two apart.
Leaves out: senescence of cells that would survive, of stroma, and growth signals to neighbours; the other fates of
lethally hit cells (apoptosis, necrosis, ferroptosis, mitotic catastrophe) are one stock, `moribund`.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, exposure_at, fraction_event
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.cell_kill import immunogenic_share, photon_equivalent_dose, surviving_share
from abscopal.model.mechanisms.growth import living
from abscopal.model.plan import Plan

_ONE_CELL = 1.0


def declare(model: Model, plan: Plan) -> None:
    """Stock `senescent` at irradiated sites."""
    for site in plan.sites:
        if plan.fields_on(site) and "cell_kill" in model.active:
            model.species("senescent", site, "senescent tumour cells", group="tumour", scale=1e3)


def connect(model: Model, plan: Plan) -> None:
    """The fate of cells hit by each fraction, clearance, and secretion."""
    for site in plan.sites:
        if not model.has("moribund", site):
            continue
        senescent = model.value("senescent", site)
        cleared = model.parameter("senescent_clearance_rate") * senescent
        model.flow("clearance of senescent cells", senescent, None, cleared)
        if model.has("antigen", site):
            model.flow("antigen of senescent cells", None, model.value("antigen", site), cleared)
        if model.has("stress", site):
            signal = model.value("stress", site)
            secreted = model.parameter("sasp_strength") * _share(model, site)
            model.flow("secretion of senescent cells", None, signal, secreted * (1.0 - signal))
        for fraction in plan.fractions_on(site):
            event = fraction_event(model, fraction)
            _divert(model, event, exposure_at(event, fraction, site), site)


def _share(model: Model, site: str) -> Expr:
    """Share of senescent cells among all cells of a site."""
    return model.value("senescent", site) / (model.value("volume", site) * model.parameter("cell_density") + _ONE_CELL)


def _divert(model: Model, event: Jump, given: Exposure, site: str) -> None:
    """Out of the moribund cells of this fraction, the part that does not die."""
    equivalent = photon_equivalent_dose(model, given)
    share = model.parameter("senescent_share_limit") * expr.saturation(
        equivalent, model.parameter("senescence_half_dose")
    )
    hit = living(model, site) * (1.0 - surviving_share(model, given, site)) * share
    event.move(model.value("moribund", site), model.value("senescent", site), hit)
    event.move(model.value("moribund_immunogenic", site), None, hit * immunogenic_share(model, given))
