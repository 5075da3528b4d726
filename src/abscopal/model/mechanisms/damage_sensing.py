"""Immunogenic yield of a fraction: micronuclei and cytosolic DNA, TREX1, type I interferon.

A fraction adds cytosolic DNA per living cell (damage x misrepair x chance of reaching mitosis, at the oxygen-scaled
dose). It is lost at k_C (1 + A T), T the TREX1 that a fraction above the line's threshold induces: what TREX1 has
degraded does not come back when TREX1 wanes. dI/dt = k_I (g_I c - I), with c = K M/(K + M) what is sensed of M
micronuclei per cell (`radiation.cytosolic_dna`). Leaves out: mitochondrial DNA and RNA sensing, told apart by no
readout used here.
"""

from __future__ import annotations

from abscopal import expr, radiation
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, exposure_at, fraction_event
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.cell_kill import effective_exposure, photon_equivalent_dose, relative_breaks
from abscopal.model.mechanisms.growth import living, per_volume
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stocks `cytosolic_dna`, `trex1` (irradiated sites) and `interferon`."""
    for site in plan.sites:
        model.species("cytosolic_dna", site, "cytosolic DNA", unit="micronuclei", group="damage", scale=1e2)
        model.species("interferon", site, "type I interferon", unit="1", group="damage", scale=1e-3)
        if plan.fields_on(site):
            model.species("trex1", site, "induced TREX1", unit="1", group="damage", scale=1e-3)


def connect(model: Model, plan: Plan) -> None:
    """Background production, loss, induction by fractions and the interferon answer."""
    for site in plan.sites:
        dna, interferon = model.value("cytosolic_dna", site), model.value("interferon", site)
        loss, rate = model.parameter("cytosolic_dna_loss_rate"), model.parameter("interferon_rate")
        background = model.parameter("micronuclei_background") * living(model, site)
        model.flow("background cytosolic DNA", None, dna, loss * background)
        degraded = model.parameter("trex1_degradation") * model.value("trex1", site, without=0.0)
        model.flow("loss of cytosolic DNA", dna, None, loss * (1.0 + degraded) * dna)
        model.flow("interferon production", None, interferon, rate * interferon_target(model, site))
        model.flow("interferon loss", interferon, None, rate * interferon)
        if plan.fields_on(site):
            trex1 = model.value("trex1", site)
            model.flow("TREX1 loss", trex1, None, model.parameter("trex1_loss_rate") * trex1)
            for fraction in plan.fractions_on(site):
                event = fraction_event(model, fraction)
                _yield(model, event, exposure_at(event, fraction, site), site)


def interferon_target(model: Model, site: str) -> Expr:
    """The interferon signal towards which the site moves."""
    per_cell = per_volume(model, model.value("cytosolic_dna", site), site) / model.parameter("cell_density")
    # TREX1 acts on the DNA itself, by its loss, so that here nothing is hidden.
    sensed = radiation.cytosolic_dna(per_cell, 0.0, numbers=model.parameter)
    agonist = model.value("sting_agonism", site, without=0.0)
    return expr.as_expr(model.parameter("interferon_gain") * (sensed + agonist))


def _yield(model: Model, event: Jump, given: Exposure, site: str) -> None:
    effective = effective_exposure(model, given, site)
    equivalent = photon_equivalent_dose(model, effective)
    per_cell = radiation.micronuclei(
        effective.dose_gy,
        effective.let_kev_um,
        rbe_dsb_value=effective.mean(lambda part: relative_breaks(model, part)),
        photon_equivalent_dose_gy=equivalent,
        numbers=model.parameter,
    )
    event.move(None, model.value("cytosolic_dna", site), per_cell * living(model, site))
    trex1 = model.value("trex1", site)
    induced = radiation.trex1_induction(equivalent, model.parameter("trex1_threshold"), numbers=model.parameter)
    # Towards full induction, never beyond: repeated fractions add to what is already there.
    event.move(None, trex1, induced * (1.0 - trex1))
