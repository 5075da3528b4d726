"""PD-1/PD-L1 in tumours and CTLA-4 in the node, with blockade by antibodies.

PD-L1 follows interferon-gamma of active T cells and type I interferon.
PD-1 rises on T cells in contact with their antigen, and newcomers bring none: dq/dt = k_q c (1 - q) - (homing/CD8) q.
PD-1 signal = PD-L1 q (1 - occupied PD-1)(1 - occupied PD-L1).
Costimulation left over by CTLA-4: B = 1/(1 + (kappa_i + kappa_R R/R_0)(1 - occupied CTLA-4)).
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.growth import contact
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stock `pdl1` and quantities `pd1_signal`, `pd1_blocked` at sites; `costimulation` in the node."""
    for site in plan.sites:
        model.species(
            "pdl1",
            site,
            "PD-L1 of the tumour",
            unit="1",
            group="checkpoint",
            scale=1e-3,
            initial=model.parameter("pdl1_baseline"),
        )
        if "effectors" in model.active:
            model.species("pd1", site, "PD-1 of CD8 T cells", unit="1", group="checkpoint", scale=1e-3)
        model.define(
            "pd1_signal",
            site,
            "PD-1 signalling",
            partial(_signal, model, plan, site),
            group="checkpoint",
        )
        model.define(
            "pd1_blocked", site, "share of the PD-1 axis that is blocked", partial(_blocked, model, plan, site)
        )
    model.define(
        "costimulation",
        "node",
        "costimulation that CTLA-4 leaves",
        lambda: _costimulation(model, plan),
        group="checkpoint",
    )


def connect(model: Model, plan: Plan) -> None:
    """Induction of PD-L1, and of PD-1 on cells that meet their antigen; newcomers dilute it."""
    for site in plan.sites:
        pdl1, rate = model.value("pdl1", site), model.parameter("pdl1_rate")
        model.flow("PD-L1 induction", None, pdl1, rate * _pdl1_target(model, site))
        model.flow("PD-L1 turnover", pdl1, None, rate * pdl1)
        if model.has("pd1", site):
            pd1 = model.value("pd1", site)
            model.flow("PD-1 induction", None, pd1, model.parameter("pd1_rate") * contact(model, site) * (1.0 - pd1))
            model.flow("PD-1 diluted by newcomers", pd1, None, model.value("cd8_renewal", site) * pd1)


def _pdl1_target(model: Model, site: str) -> Expr:
    gamma = model.value("interferon_gamma", site, without=0.0)
    direct = model.value("interferon", site, without=0.0) / model.parameter("interferon_pdl1_half")
    hypoxic = model.value("hypoxia", site, without=0.0) / model.parameter("hypoxia_pdl1_half")
    baseline = model.parameter("pdl1_baseline")
    return baseline + (1.0 - baseline) * expr.saturation(gamma + direct + hypoxic, 1.0)


def _open(model: Model, plan: Plan, site: str) -> Expr:
    return (1.0 - occupancy(model, plan, "PD-1", site)) * (1.0 - occupancy(model, plan, "PD-L1", site))


def _blocked(model: Model, plan: Plan, site: str) -> Expr:
    return 1.0 - _open(model, plan, site)


def _signal(model: Model, plan: Plan, site: str) -> Expr:
    return model.value("pdl1", site) * model.value("pd1", site, without=1.0) * _open(model, plan, site)


def _costimulation(model: Model, plan: Plan) -> Expr:
    regulatory = model.parameter("ctla4_regulatory") * model.value("treg_relative", "node", without=0.0)
    brake = (model.parameter("ctla4_intrinsic") + regulatory) * (1.0 - occupancy(model, plan, "CTLA-4"))
    return 1.0 / (1.0 + brake)
