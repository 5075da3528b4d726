"""Vessels of the tumour: loss, normalisation, and the endothelium that lets cells in.

A fraction closes the share L = D^n/(D_L^n + D^n) of the open vessels, D photon-equivalent; dl/dt = -k_g l (regrowth).
It activates the endothelium by 1 - exp(-D/D_E): da/dt = -k_a a, which normalises vessels and raises ICAM-1 and VCAM-1:
dx/dt = k_a a (1 - x) - k_x x, so each rises over a day or two and lasts by its own k_x. Permeability (with E-selectin,
which no readout tells apart) opens by D^2/(D_P^2 + D^2) at once and closes within hours.
Perfusion P = (1 - l)(1 + g_N n). ICAM-1 = (1 + g_I i) y, VCAM-1 = (1 + g_V v) y, y = (1 + K_y)/(1 + K_y VEGF).
Entry = P (1 + g_p p) [1 - s + s (ICAM-1 + VCAM-1)/2], g_p p/(1 + g_p p) of it through opened junctions.
Supply of growth = P (1 + K_s)/(P + K_s).
Anti-VEGF (bound share b): dn/dt += k_b b (1 - n), dl/dt += k_p b (1 - l), regrowth k_g (1 - b).
All are 1 or 0 in an unirradiated tumour without anti-VEGF. Leaves out: the hours in which vessels close (here at once),
late loss of vessels over months, and induction of ICAM-1 by interferon-gamma (homing has it in its chemokine signal).
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, exposure_at, fraction_event
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.cell_kill import photon_equivalent_dose
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan

TARGET = "VEGF"
# Permeability rises with the square of the dose: few tracks per junction do little.
_PERMEABILITY_EXPONENT = 2


def affected(plan: Plan, site: str) -> bool:
    """Whether anything in the plan changes the vessels of a site."""
    return bool(plan.fields_on(site) or plan.drugs_against(TARGET))


def declare(model: Model, plan: Plan) -> None:
    """Stocks of the endothelium and the quantities `perfusion`, `supply`, `entry` and readouts, where they change."""
    for site in plan.sites:
        if not affected(plan, site):
            continue
        _stock(model, "vessel_loss", site, "share of the vessels that is closed")
        model.species("normalisation", site, "normalisation of vessels", unit="1", group="tumour", scale=1e-3)
        if plan.fields_on(site):
            _stock(model, "endothelial_activation", site, "activation of the endothelium by radiation")
            _stock(model, "icam1_induced", site, "induction of ICAM-1")
            _stock(model, "vcam1_induced", site, "induction of VCAM-1")
            model.species("permeability", site, "vascular permeability", unit="1", group="tumour", scale=1e-3)
        for name, meaning, formula in (
            ("functional_vessels", "functional vasculature", _functional),
            ("perfusion", "perfusion", _perfusion),
            ("icam1_endothelium", "ICAM-1 of the endothelium", _icam1),
            ("vcam1_endothelium", "VCAM-1 of the endothelium", _vcam1),
            ("entry", "openness of the vessels to cells", _entry),
        ):
            meaning = f"{meaning}, relative to an untreated tumour"
            model.define(name, site, meaning, partial(formula, model, plan, site), group="tumour", neutral=1.0)
        model.define("supply", site, "supply that vessels leave to growth", partial(_supply, model, site))
        if plan.fields_on(site) and plan.products:
            meaning = "share of entry that goes through open junctions"
            model.define("open_entry_share", site, meaning, partial(_open_share, model, site))


def connect(model: Model, plan: Plan) -> None:
    """Regrowth, decay of each signal, the answer to each fraction, and anti-VEGF."""
    for site in plan.sites:
        if not affected(plan, site):
            continue
        loss, normal = model.value("vessel_loss", site), model.value("normalisation", site)
        bound = occupancy(model, plan, TARGET, site)
        model.flow("regrowth of vessels", loss, None, model.parameter("vessel_regrowth_rate") * (1.0 - bound) * loss)
        model.flow("end of normalisation", normal, None, model.parameter("normalisation_loss_rate") * normal)
        if plan.drugs_against(TARGET):
            rate = model.parameter("vegf_normalisation_rate") * bound
            model.flow("normalisation by anti-VEGF", None, normal, rate * (1.0 - normal))
            model.flow("pruning", None, loss, model.parameter("vegf_pruning_rate") * bound * (1.0 - loss))
        if plan.fields_on(site):
            _signals(model, site)
            for fraction in plan.fractions_on(site):
                event = fraction_event(model, fraction)
                _answer(model, event, exposure_at(event, fraction, site), site)


def _stock(model: Model, name: str, site: str, meaning: str) -> None:
    model.species(name, site, meaning, unit="1", scale=1e-3)


def _signals(model: Model, site: str) -> None:
    activation, rate = model.value("endothelial_activation", site), model.parameter("endothelial_relay_rate")
    model.flow("relay of endothelial activation", activation, None, rate * activation)
    for name in ("normalisation", "icam1_induced", "vcam1_induced"):
        answer = model.value(name, site)
        model.flow(f"{name} by radiation", None, answer, rate * activation * (1.0 - answer))
    for name in ("icam1", "vcam1"):
        induced = model.value(f"{name}_induced", site)
        model.flow(f"loss of induced {name}", induced, None, model.parameter(f"{name}_loss_rate") * induced)
    permeability = model.value("permeability", site)
    model.flow("closing of junctions", permeability, None, model.parameter("permeability_loss_rate") * permeability)


def _answer(model: Model, event: Jump, given: Exposure, site: str) -> None:
    """One fraction; the endothelium is oxic, so its dose is not scaled for oxygen."""
    dose = photon_equivalent_dose(model, given)
    closed = expr.hill(dose, model.parameter("vessel_loss_dose"), model.parameter("vessel_loss_steepness"))
    activated = 1.0 - expr.exp(-dose / model.parameter("endothelial_activation_dose"))
    opened = expr.hill(dose, model.parameter("permeability_dose"), _PERMEABILITY_EXPONENT)
    for name, share in (("vessel_loss", closed), ("endothelial_activation", activated), ("permeability", opened)):
        stock = model.value(name, site)
        event.move(None, stock, share * (1.0 - stock))


def _functional(model: Model, plan: Plan, site: str) -> Expr:
    return 1.0 - model.value("vessel_loss", site)


def _perfusion(model: Model, plan: Plan, site: str) -> Expr:
    gain = 1.0 + model.parameter("normalisation_perfusion") * model.value("normalisation", site)
    return model.value("functional_vessels", site) * gain


def _supply(model: Model, site: str) -> Expr:
    perfusion, half = model.value("perfusion", site), model.parameter("supply_half")
    return perfusion * (1.0 + half) / (perfusion + half)


def _icam1(model: Model, plan: Plan, site: str) -> Expr:
    induced = model.parameter("icam1_induction") * model.value("icam1_induced", site, without=0.0)
    return (1.0 + induced) * _anergy(model, plan, site)


def _vcam1(model: Model, plan: Plan, site: str) -> Expr:
    induced = model.parameter("vcam1_induction") * model.value("vcam1_induced", site, without=0.0)
    return (1.0 + induced) * _anergy(model, plan, site)


def _anergy(model: Model, plan: Plan, site: str) -> Expr:
    """What VEGF leaves of the adhesion molecules, 1 at its normal level."""
    vegf = model.value("vegf", site, without=1.0 - occupancy(model, plan, TARGET, site))
    strength = model.parameter("vegf_anergy")
    return (1.0 + strength) / (1.0 + strength * vegf)


def _entry(model: Model, plan: Plan, site: str) -> Expr:
    share = model.parameter("adhesion_share")
    molecules = 0.5 * (model.value("icam1_endothelium", site) + model.value("vcam1_endothelium", site))
    adhesion = 1.0 - share + share * molecules
    return model.value("perfusion", site) * (1.0 + _open(model, site)) * adhesion


def _open_share(model: Model, site: str) -> Expr:
    opened = _open(model, site)
    return opened / (1.0 + opened)


def _open(model: Model, site: str) -> Expr:
    """Entry through open junctions relative to that through closed ones."""
    return model.parameter("permeability_entry") * model.value("permeability", site, without=0.0)
