"""Antigen and danger signals released by dying cells.

Antigen comes with every death; danger signals (calreticulin, HMGB1 and ATP as one signal, which no readout used here
tells apart) only with the immunogenic share of each kind of death, which for lethally hit cells depends on LET and
dose.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.growth import living
from abscopal.model.plan import Plan
from abscopal.regimen.keys import inoculation_key

# Whatever kills tumour cells during days rather than at once: quantities `killed_by_...` [cells/day].
KILLERS = ("cd8", "nk", "car_t", "car_nk", "drug")


def declare(model: Model, plan: Plan) -> None:
    """Stocks `antigen` and `danger` at each site."""
    for site in plan.sites:
        model.species("antigen", site, "tumour antigen", unit="dead cells", group="antigen", scale=1e3)
        model.species("danger", site, "danger signals", unit="dying cells", group="antigen", scale=1e2)


def connect(model: Model, plan: Plan) -> None:
    """Release by each kind of death, and loss."""
    for site in plan.sites:
        antigen, danger = model.value("antigen", site), model.value("danger", site)
        inoculation = model.event(inoculation_key(site))
        lost = inoculation.argument("cells") * model.parameter("inoculum_death_ratio")
        inoculation.move(None, antigen, lost)
        inoculation.move(None, danger, lost * model.parameter("immunogenic_share_spontaneous"))
        spontaneous = model.parameter("spontaneous_death_rate") * living(model, site)
        lethal_rate = model.parameter("moribund_death_rate")
        lethal = lethal_rate * model.value("moribund", site, without=0.0)
        killed = expr.sum_of(model.value(f"killed_by_{killer}", site, without=0.0) for killer in KILLERS)
        # An option, 0 by default: what irradiated cells add by mutation and spreading of the response.
        further = model.parameter("epitope_spreading") * lethal
        model.flow("antigen release", None, antigen, spontaneous + lethal + further + killed)
        model.flow("antigen loss", antigen, None, model.parameter("antigen_loss_rate") * antigen)
        released = (
            model.parameter("immunogenic_share_spontaneous") * spontaneous
            + lethal_rate * model.value("moribund_immunogenic", site, without=0.0)
            + model.parameter("immunogenic_share_killed") * killed
        )
        model.flow("danger release", None, danger, expr.as_expr(released))
        model.flow("danger loss", danger, None, model.parameter("damp_loss_rate") * danger)
