"""Lethal yield of a fraction: living cells become moribund and die over days.

Effect E = alpha D' + beta [q(U + D') - q(U)] with D' the oxygen-scaled dose and U the still unrepaired earlier dose
(incomplete repair); S = exp(-E), averaged over the oxic and the hypoxic part. Reoxygenation between fractions is
complete: the hypoxic share depends on the volume at the moment of the fraction. Ions have measured
coefficients, else those of the generic RBE model; a stated photon dose of equal effect replaces both.
Leaves out: the division of moribund cells, re-distribution over the cell cycle; two qualities given to one site within
hours share their unrepaired dose Gy for Gy.
"""

from __future__ import annotations

from abscopal import expr, radiation
from abscopal.expr import Expr, ExprLike
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.growth import clones
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Unharmed
from abscopal.regimen import Field
from abscopal.regimen.keys import fraction_key
from abscopal.vocabulary import CARBON, HELIUM, PHOTON, PROTON

FRACTION_ARGUMENTS = ("dose_gy", "let_kev_um", "duration_days")


def declare(model: Model, plan: Plan) -> None:
    """Stocks `moribund`, `moribund_immunogenic` (its part that will release danger signals) and `unrepaired_dose`."""
    for site in plan.sites:
        if plan.fields_on(site):
            model.species("moribund", site, "lethally hit tumour cells", group="tumour", scale=1e3)
            meaning, doomed = "lethally hit cells that will die visibly to immunity", Unharmed("they die anyway")
            model.species("moribund_immunogenic", site, meaning, scale=1e3, radiosensitivity=doomed, depleted_by=())
            model.species("unrepaired_dose", site, "dose whose sublethal damage is unrepaired", unit="Gy", scale=1e-2)
    for field in plan.fields:
        fraction_event(model, field)


def fraction_event(model: Model, field: Field) -> Jump:
    """The event of one fraction of a field; whichever mechanism asks first makes it."""
    return model.event(fraction_key(field), *FRACTION_ARGUMENTS)


def connect(model: Model, plan: Plan) -> None:
    """Death of moribund cells, repair, and the kill by each fraction."""
    for site in plan.sites:
        if not plan.fields_on(site):
            continue
        moribund, debris = model.value("moribund", site), model.value("debris", site)
        visible = model.value("moribund_immunogenic", site)
        rate = model.parameter("moribund_death_rate")
        model.flow("death of lethally hit cells", moribund, debris, rate * moribund)
        model.flow("death of visibly dying cells", visible, None, rate * visible)
        unrepaired = model.value("unrepaired_dose", site)
        repair = radiation.repair_rate_per_day(model.parameter("repair_half_time"))
        model.flow("repair", unrepaired, None, repair * unrepaired)
        for field in plan.fields_on(site):
            _kill(model, fraction_event(model, field), field, site)


def _kill(model: Model, event: Jump, field: Field, site: str) -> None:
    unrepaired = model.value("unrepaired_dose", site)
    dose = event.argument("dose_gy")
    hit, visible = 1.0 - surviving_share(model, event, field, site), immunogenic_share(model, event)
    for clone in clones(model, site):
        event.move(clone, model.value("moribund", site), clone * hit)
        event.move(None, model.value("moribund_immunogenic", site), clone * hit * visible)
    event.move(None, unrepaired, dose)


def immunogenic_share(model: Model, event: Jump) -> Expr:
    """Share of the deaths by a fraction that immunity sees."""
    let, dose = event.argument("let_kev_um"), event.argument("dose_gy")
    return expr.as_expr(radiation.immunogenic_death_fraction(let, dose, numbers=model.parameter))


def coefficients(model: Model, event: Jump, field: Field) -> tuple[Expr, Expr]:
    """LQ coefficients for the field's particle and LET [1/Gy, 1/Gy2].

    They are those of the measured pair, else of the generic RBE model. Where a photon dose of equal effect is stated,
    every Gy counts as r Gy of photons, r the stated RBE.
    """
    alpha_x, beta_x = model.parameter("alpha_photon"), model.parameter("beta_photon")
    if field.particle == PHOTON:
        return alpha_x, beta_x
    if field.stated_rbe is not None:
        return field.stated_rbe * alpha_x, field.stated_rbe**2 * beta_x
    spread = model.parameter("ion_sensitivity_factor")
    if field.measured_pair is not None:
        return model.parameter("alpha_ion", field.key) * spread, model.parameter("beta_ion", field.key)
    generic = {
        CARBON: radiation.generic_carbon_coefficients,
        HELIUM: radiation.helium_coefficients,
        PROTON: radiation.proton_coefficients,
    }[field.particle]
    alpha, beta = generic(event.argument("let_kev_um"), alpha_x, beta_x, numbers=model.parameter)
    return alpha * spread, beta


def relative_breaks(model: Model, event: Jump, field: Field) -> ExprLike:
    """Double-strand breaks per Gy of the field relative to photons."""
    if field.particle == PHOTON:
        return 1.0
    let = event.argument("let_kev_um")
    return expr.as_expr(radiation.rbe_dsb_of_let(let, field.particle, numbers=model.parameter))


def effective_dose(model: Model, event: Jump, site: str) -> Expr:
    """Dose scaled for the mean oxygenation of a site [Gy]."""
    dose, let = event.argument("dose_gy"), event.argument("let_kev_um")
    hypoxic = hypoxic_share(model, site)
    oxic, spared = (
        expr.as_expr(radiation.oxygen_dose_factor(model.parameter(name), let, numbers=model.parameter))
        for name in ("oxic_po2", "hypoxic_po2")
    )
    return dose * ((1.0 - hypoxic) * oxic + hypoxic * spared)


def photon_equivalent_dose(model: Model, event: Jump, field: Field, dose: Expr) -> Expr:
    """Photon dose with the same lethal effect as a dose of the field's quality [Gy]."""
    if field.particle == PHOTON:
        return dose
    alpha_x, beta_x = model.parameter("alpha_photon"), model.parameter("beta_photon")
    alpha, beta = coefficients(model, event, field)
    bend = model.parameter("transition_dose")
    return expr.as_expr(radiation.photon_equivalent_dose(dose, alpha, beta, alpha_x, beta_x, bend))


def surviving_share(model: Model, event: Jump, field: Field, site: str) -> Expr:
    """Surviving fraction of a site's living cells after the event, hypoxia and unrepaired damage included."""
    hypoxic = hypoxic_share(model, site)
    oxic = _surviving(model, event, field, site, model.parameter("oxic_po2"))
    spared = _surviving(model, event, field, site, model.parameter("hypoxic_po2"))
    return (1.0 - hypoxic) * oxic + hypoxic * spared


def protraction(model: Model, event: Jump) -> Expr:
    """Lea-Catcheside factor of a fraction that takes some time: damage is repaired while it is given."""
    half_time = model.parameter("repair_half_time")
    return expr.as_expr(radiation.dose_protraction_factor(event.argument("duration_days"), half_time))


def hypoxic_share(model: Model, site: str) -> Expr:
    """Share of hypoxic cells: h_max V / (V_h P + V), P the perfusion relative to an unirradiated tumour."""
    supplied = model.parameter("hypoxia_half_volume") * model.value("perfusion", site, without=1.0)
    return model.parameter("hypoxic_fraction_limit") * expr.saturation(model.value("volume", site), supplied)


def _surviving(model: Model, event: Jump, field: Field, site: str, po2_mmhg: Expr) -> Expr:
    alpha, beta = coefficients(model, event, field)
    bend = model.parameter("transition_dose")
    if field.particle != PHOTON:
        alpha_x, beta_x = model.parameter("alpha_photon"), model.parameter("beta_photon")
        bend = radiation.ion_transition_dose(bend, alpha, beta, alpha_x, beta_x)
    factor = radiation.oxygen_dose_factor(po2_mmhg, event.argument("let_kev_um"), numbers=model.parameter)
    dose, unrepaired = event.argument("dose_gy") * factor, model.value("unrepaired_dose", site) * factor
    effective_beta = beta * protraction(model, event)
    effect = expr.as_expr(radiation.incomplete_repair_effect(dose, unrepaired, alpha, effective_beta, bend))
    return expr.exp(-effect)
