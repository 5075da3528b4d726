"""Lethal yield of a fraction: living cells become moribund and die over days.

Effect E = alpha D' + beta [q(U + D') - q(U)] with D' the oxygen-scaled dose and U the still unrepaired earlier dose
(incomplete repair); S = exp(-E), averaged over the oxic and the hypoxic part. Reoxygenation between fractions is
complete: the hypoxic share depends on the volume at the moment of the fraction. Ions have measured
coefficients, else those of the generic RBE model; a stated photon dose of equal effect replaces both.
Several qualities in one fraction: alpha = sum(D'_i alpha_i)/D', sqrt(beta) = sum(D'_i sqrt(beta_i))/D' (Zaider-Rossi).
Hours apart they meet likewise: U is kept in photons, each Gy as sqrt(beta_i/beta_X), and is U sqrt(beta_X/beta_i) to
the next quality. Leaves out: the division of moribund cells, re-distribution over the cell cycle; U has the oxygen of
the later fraction.
"""

from __future__ import annotations

from abscopal import expr, radiation
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, Part, exposure_at, fraction_event
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.growth import clones
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Unharmed
from abscopal.regimen.courses import share_at_once
from abscopal.vocabulary import CARBON, HELIUM, PHOTON, PROTON

# Keeps the mean of what repair leaves finite where nothing is quadratic in dose.
_TRACE = 1e-12


def declare(model: Model, plan: Plan) -> None:
    """Stocks `moribund`, `moribund_immunogenic` (its part that will release danger signals) and `unrepaired_dose`."""
    for site in plan.sites:
        if plan.fields_on(site):
            model.species("moribund", site, "lethally hit tumour cells", group="tumour", scale=1e3)
            meaning, doomed = "lethally hit cells that will die visibly to immunity", Unharmed("they die anyway")
            model.species("moribund_immunogenic", site, meaning, scale=1e3, radiosensitivity=doomed, depleted_by=())
            meaning = "photon dose of the sublethal damage that is unrepaired"
            model.species("unrepaired_dose", site, meaning, unit="Gy", scale=1e-2)
    for fraction in plan.fractions:
        fraction_event(model, fraction)


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
        for fraction in plan.fractions_on(site):
            event = fraction_event(model, fraction)
            _kill(model, event, exposure_at(event, fraction, site), site)


def _kill(model: Model, event: Jump, given: Exposure, site: str) -> None:
    unrepaired = model.value("unrepaired_dose", site)
    hit, visible = 1.0 - surviving_share(model, given, site), immunogenic_share(model, given)
    for clone in clones(model, site):
        event.move(clone, model.value("moribund", site), clone * hit)
        event.move(None, model.value("moribund_immunogenic", site), clone * hit * visible)
    event.move(None, unrepaired, given.total(lambda part: _quadratic_ratio(model, part)))


def immunogenic_share(model: Model, given: Exposure) -> Expr:
    """Share of the deaths by a fraction that immunity sees."""
    share = radiation.immunogenic_death_fraction(given.let_kev_um, given.dose_gy, numbers=model.parameter)
    return expr.as_expr(share)


def coefficients(model: Model, part: Part) -> tuple[Expr, Expr]:
    """LQ coefficients for the particle and LET of a part [1/Gy, 1/Gy2].

    They are those of the measured pair, else of the generic RBE model. Where a photon dose of equal effect is stated,
    every Gy counts as r Gy of photons, r the stated RBE.
    """
    alpha_x, beta_x = model.parameter("alpha_photon"), model.parameter("beta_photon")
    field = part.field
    if field.particle == PHOTON:
        return alpha_x, beta_x
    if field.stated_rbe is not None:
        return field.stated_rbe * alpha_x, field.stated_rbe**2 * beta_x
    spread = model.parameter("ion_sensitivity_factor")
    if field.measured_pair is not None:
        return model.parameter("alpha_ion", field.radiation) * spread, model.parameter("beta_ion", field.radiation)
    generic = {
        CARBON: radiation.generic_carbon_coefficients,
        HELIUM: radiation.helium_coefficients,
        PROTON: radiation.proton_coefficients,
    }[field.particle]
    alpha, beta = generic(part.let_kev_um, alpha_x, beta_x, numbers=model.parameter)
    return alpha * spread, beta


def mixed_coefficients(model: Model, given: Exposure) -> tuple[Expr, Expr]:
    """LQ coefficients of all qualities of a fraction together, per gray of their sum [1/Gy, 1/Gy2]."""
    if len(given.parts) == 1:
        return coefficients(model, given.parts[0])
    alpha = given.mean(lambda part: coefficients(model, part)[0])
    root = given.mean(lambda part: _root(model, part))
    return alpha, root * root


def _root(model: Model, part: Part) -> Expr:
    return expr.as_expr(expr.sqrt(coefficients(model, part)[1]))


def _quadratic_ratio(model: Model, part: Part) -> Expr:
    """Photon dose whose quadratic damage is that of a Gy of a part: sqrt(beta_i/beta_X), 1 for photons."""
    if part.field.particle == PHOTON:
        return expr.const(1.0)
    if part.field.stated_rbe is not None:
        return expr.const(part.field.stated_rbe)
    return _root(model, part) / expr.as_expr(expr.sqrt(expr.maximum(model.parameter("beta_photon"), _TRACE)))


def relative_breaks(model: Model, part: Part) -> Expr:
    """Double-strand breaks per Gy of a part relative to photons."""
    if part.field.particle == PHOTON:
        return expr.const(1.0)
    return expr.as_expr(radiation.rbe_dsb_of_let(part.let_kev_um, part.field.particle, numbers=model.parameter))


def effective_exposure(model: Model, given: Exposure, site: str) -> Exposure:
    """What a fraction gives to a site, scaled for its mean oxygenation."""
    hypoxic = hypoxic_share(model, site)

    def factor(part: Part) -> Expr:
        oxic, spared = (_oxygen(model, part, name) for name in ("oxic_po2", "hypoxic_po2"))
        return (1.0 - hypoxic) * oxic + hypoxic * spared

    return given.scaled(factor)


def _oxygen(model: Model, part: Part, pressure: str) -> Expr:
    po2 = model.parameter(pressure)
    particle = part.field.particle
    return expr.as_expr(radiation.oxygen_dose_factor(po2, part.let_kev_um, particle=particle, numbers=model.parameter))


def photon_equivalent_dose(model: Model, given: Exposure) -> Expr:
    """Photon dose with the same lethal effect as a fraction given acutely [Gy]."""
    if given.of_photons:
        return given.dose_gy
    alpha_x, beta_x = model.parameter("alpha_photon"), model.parameter("beta_photon")
    alpha, beta = mixed_coefficients(model, given)
    bend = model.parameter("transition_dose")
    return expr.as_expr(radiation.photon_equivalent_dose(given.dose_gy, alpha, beta, alpha_x, beta_x, bend))


def surviving_share(model: Model, given: Exposure, site: str) -> Expr:
    """Surviving fraction of a site's living cells after a fraction, hypoxia and unrepaired damage included."""
    hypoxic = hypoxic_share(model, site)
    oxic = _surviving(model, given, site, "oxic_po2")
    spared = _surviving(model, given, site, "hypoxic_po2")
    return (1.0 - hypoxic) * oxic + hypoxic * spared


def hypoxic_share(model: Model, site: str) -> Expr:
    """Share of hypoxic cells: h_max V / (V_h P + V), P the perfusion relative to an unirradiated tumour."""
    supplied = model.parameter("hypoxia_half_volume") * model.value("perfusion", site, without=1.0)
    return model.parameter("hypoxic_fraction_limit") * expr.saturation(model.value("volume", site), supplied)


def _surviving(model: Model, given: Exposure, site: str, pressure: str) -> Expr:
    unrepaired = model.value("unrepaired_dose", site) * given.mean(lambda part: _oxygen(model, part, pressure))
    given = given.scaled(lambda part: _oxygen(model, part, pressure))
    if not given.of_photons:
        unrepaired = unrepaired / expr.maximum(given.mean(lambda part: _quadratic_ratio(model, part)), _TRACE)
    alpha, beta = mixed_coefficients(model, given)
    bend = model.parameter("transition_dose")
    if not given.of_photons:
        alpha_x, beta_x = model.parameter("alpha_photon"), model.parameter("beta_photon")
        bend = expr.as_expr(radiation.ion_transition_dose(bend, alpha, beta, alpha_x, beta_x))
    return expr.exp(-lethal_effect(model, given, given.dose_gy, unrepaired, alpha, beta, bend))


def lethal_effect(
    model: Model, given: Exposure, dose: Expr, unrepaired: Expr, alpha: Expr, beta: Expr, bend: Expr
) -> Expr:
    """Effect of a dose that lasts as the parts of a fraction do, one after the other: damage is repaired meanwhile.

    Of a dose so slow that a share w of it acts as a fraction and the rest as a dose rate, the fraction also has what
    the two would otherwise miss of each other, so that both together have the Lea-Catcheside factor of the whole.
    """
    half_time = model.parameter("repair_half_time")
    if len(given.parts) == 1:
        factor = expr.as_expr(radiation.dose_protraction_factor(given.parts[0].duration_days, half_time))
        shares = [expr.const(1.0)]
    else:
        quadratic = [part.dose_gy * _root(model, part) + _TRACE for part in given.parts]
        durations = [part.duration_days for part in given.parts]
        factor = expr.as_expr(radiation.consecutive_protraction_factor(quadratic, durations, half_time))
        shares = [value / expr.sum_of(quadratic) for value in quadratic]
    effect = radiation.incomplete_repair_effect(dose, unrepaired, alpha, beta * factor, bend)
    missed = [_missed(model, p) * s * s for p, s in zip(given.parts, shares, strict=True) if p.field.continuous]
    if missed:
        effect = effect + radiation.incomplete_repair_effect(dose, 0.0, 0.0, beta * expr.sum_of(missed), bend)
    return expr.as_expr(effect)


def _missed(model: Model, part: Part) -> Expr:
    """What the share w of a slow dose at its start and the rest of it miss of each other, per quadratic effect of w."""
    half_time = model.parameter("repair_half_time")
    share = expr.maximum(share_at_once(part.duration_days), _TRACE)
    factor = radiation.dose_protraction_factor(part.duration_days, half_time)
    met = radiation.mean_unrepaired_share(part.duration_days, half_time)
    return expr.as_expr(2.0 * (1.0 - share) / share * (factor - met))
