"""Soluble suppression of effector cells and of dendritic cells at a site.

Load L = w_M (MDSC) + w_2 (M2) + (1 - w_M - w_2)(1 + g_h HIF), each density relative to that of an untreated tumour at
the reference volume and a myeloid load of one: IL-10, adenosine, IDO, PGE2, lactate, nitric oxide and arginase of MDSC,
M2 macrophages, fibroblasts and tumour cells are one signal, for no data tell them apart. TGF-β A is apart, because a
drug blocks it: dA/dt = k_A (1 - w_L + w_L L + g_A s - A), the latent form activated by radiation (stress s of
`chemokines`). Function left = (1 + σ_s + σ_T)/(1 + σ_s L + σ_T A'), A' the TGF-β not bound by a drug: 1 in the
untreated tumour of reference, more where there is less. Maturation of dendritic cells: (1 + δ)/(1 + δ S), S = (σ_s L +
σ_T A')/(σ_s + σ_T).
What Tregs do, their IL-10 and TGF-β included, is `treg_release`. Leaves out: the rise of TGF-β in unirradiated
tumours (Rodriguez-Ruiz 2019), TGF-β as a radioprotector of tumour cells.
"""

from __future__ import annotations

from functools import partial

from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.growth import per_volume
from abscopal.model.mechanisms.myeloid import macrophage_reference, mdsc_reference
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stock `tgf_beta`; quantities `suppressors`, `tgf_beta_active` and the two releases."""
    for site in plan.sites:
        model.species(
            "tgf_beta",
            site,
            "active TGF-beta relative to an untreated tumour of the reference volume",
            unit="1",
            group="regulatory",
            scale=1e-3,
            initial=1.0,
            neutral=1.0,
        )
        model.define(
            "tgf_beta_active", site, "TGF-beta that no drug has bound", partial(_tgf_beta_active, model, plan, site)
        )
        model.define(
            "suppressors",
            site,
            "soluble suppressors other than TGF-beta, relative to an untreated tumour of the reference volume",
            partial(_suppressors, model, site),
            group="regulatory",
            neutral=1.0,
        )
        model.define(
            "suppression_release",
            site,
            "effector function that soluble suppressors leave, relative to an untreated tumour of the reference volume",
            partial(_release, model, site),
            group="regulatory",
            neutral=1.0,
        )
        model.define(
            "dendritic_release",
            site,
            "maturation of dendritic cells that soluble suppressors leave",
            partial(_dendritic_release, model, site),
            group="dendritic",
            neutral=1.0,
        )


def connect(model: Model, plan: Plan) -> None:
    """Production, activation and loss of TGF-beta."""
    for site in plan.sites:
        tgf_beta, rate = model.value("tgf_beta", site), model.parameter("tgf_beta_rate")
        share = model.parameter("tgf_beta_load_share")
        activation = model.parameter("tgf_beta_activation") * model.value("stress", site, without=0.0)
        target = 1.0 - share + share * model.value("suppressors", site) + activation
        model.flow("TGF-beta production", None, tgf_beta, rate * target)
        model.flow("TGF-beta loss", tgf_beta, None, rate * tgf_beta)


def _tgf_beta_active(model: Model, plan: Plan, site: str) -> Expr:
    return model.value("tgf_beta", site) * (1.0 - occupancy(model, plan, "TGF-beta", site))


def _suppressors(model: Model, site: str) -> Expr:
    mdsc, m2 = model.parameter("mdsc_weight"), model.parameter("m2_weight")
    hypoxic = 1.0 + model.parameter("hypoxia_suppression") * model.value("hypoxia", site, without=0.0)
    tumour = (1.0 - mdsc - m2) * hypoxic
    if not model.has("mdsc", site):
        return mdsc + m2 + tumour
    mdsc_relative = per_volume(model, model.value("mdsc", site), site) / mdsc_reference(model)
    m2_share = 1.0 / (1.0 + model.parameter("m1_odds"))
    m2_relative = per_volume(model, model.value("m2", site), site) / (m2_share * macrophage_reference(model))
    return mdsc * mdsc_relative + m2 * m2_relative + tumour


def _strengths(model: Model) -> tuple[Expr, Expr]:
    return model.parameter("soluble_strength"), model.parameter("tgf_beta_strength")


def _suppression(model: Model, site: str) -> Expr:
    soluble, tgf_beta = _strengths(model)
    return soluble * model.value("suppressors", site) + tgf_beta * model.value("tgf_beta_active", site)


def _release(model: Model, site: str) -> Expr:
    soluble, tgf_beta = _strengths(model)
    return (1.0 + soluble + tgf_beta) / (1.0 + _suppression(model, site))


def _dendritic_release(model: Model, site: str) -> Expr:
    soluble, tgf_beta = _strengths(model)
    strength = model.parameter("dendritic_suppression")
    relative = _suppression(model, site) / (soluble + tgf_beta)
    return (1.0 + strength) / (1.0 + strength * relative)
