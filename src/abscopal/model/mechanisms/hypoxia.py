"""HIF-1 and VEGF: the signals of cells short of oxygen, or of cells that radiation gave reactive oxygen.

HIF-1 is in hypoxic cells (share h, by volume and perfusion) and, through diffuse radicals, in a share of the others:
H = alive [h + (1 - h) s r]. A fraction induces r by 1 - exp(-D (OER(LET) - 1)/D_r): the part of the dose whose damage
oxygen fixes, so ions of high LET do little; dr/dt = -k_r r. What exceeds the same tumour with normal vessels,
x = alive [h - h_0 + (1 - h) s r], is the hypoxia signal max(x, 0)/(K_x + max(x, 0)): 0 without treatment, as the
constants of other mechanisms were set in tumours with their usual hypoxia. VEGF = (c + H)/(c + alive h_0) (1 - bound).
Leaves out: rise over the first hours, cycling hypoxia, HIF-1 that hypoxic cells keep while they reoxygenate, lactate.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr, radiation
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, Part, exposure_at, fraction_event
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.cell_kill import hypoxic_share
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.mechanisms.vessels import TARGET, affected
from abscopal.model.plan import Plan

# Oxygen enhancement is counted against cells without any oxygen.
_ANOXIC_MMHG = 0.0
_ONE_CELL = 1.0


def declare(model: Model, plan: Plan) -> None:
    """Readout `hif1` at every site; where treatment changes it, stock `hif_radicals`, `hypoxia` and `vegf`."""
    for site in plan.sites:
        if plan.fields_on(site):
            model.species("hif_radicals", site, "induction of HIF-1 by radicals", unit="1", scale=1e-3)
        model.define("hif1", site, "HIF-1 alpha, share of cells", partial(_hif1, model, site), group="tumour")
        if affected(plan, site):
            model.define(
                "hypoxia", site, "hypoxia signal beyond the untreated", partial(_signal, model, site), group="tumour"
            )
            model.define(
                "vegf",
                site,
                "free VEGF, relative to the untreated",
                partial(_vegf, model, plan, site),
                group="tumour",
                neutral=1.0,
            )


def connect(model: Model, plan: Plan) -> None:
    """Induction by fractions and loss."""
    for site in plan.sites:
        if not plan.fields_on(site):
            continue
        radicals = model.value("hif_radicals", site)
        model.flow("loss of radical-induced HIF-1", radicals, None, model.parameter("hif_radical_loss_rate") * radicals)
        for fraction in plan.fractions_on(site):
            event = fraction_event(model, fraction)
            _induce(model, event, exposure_at(event, fraction, site), site)


def _induce(model: Model, event: Jump, given: Exposure, site: str) -> None:
    def fixed(part: Part) -> Expr:
        enhancement = radiation.oxygen_enhancement_ratio(
            _ANOXIC_MMHG, part.let_kev_um, particle=part.field.particle, numbers=model.parameter
        )
        return expr.as_expr(enhancement) - 1.0

    diffuse = given.total(fixed) / model.parameter("hif_radical_dose")
    stock = model.value("hif_radicals", site)
    event.move(None, stock, (1.0 - expr.exp(-diffuse)) * (1.0 - stock))


def _alive(model: Model, site: str) -> Expr:
    """Share of the cells of a site that is not dead; the lethally hit still breathe."""
    cells = model.value("volume", site) * model.parameter("cell_density") + _ONE_CELL
    return 1.0 - model.value("debris", site) / cells


def _normal_share(model: Model, site: str) -> Expr:
    """Hypoxic share of a tumour of this volume with normal perfusion."""
    filled = expr.saturation(model.value("volume", site), model.parameter("hypoxia_half_volume"))
    return model.parameter("hypoxic_fraction_limit") * filled


def _by_radicals(model: Model, site: str) -> Expr:
    induced = model.parameter("hif_radical_share") * model.value("hif_radicals", site, without=0.0)
    return (1.0 - hypoxic_share(model, site)) * induced


def _hif1(model: Model, site: str) -> Expr:
    return _alive(model, site) * (hypoxic_share(model, site) + _by_radicals(model, site))


def _signal(model: Model, site: str) -> Expr:
    beyond = hypoxic_share(model, site) - _normal_share(model, site) + _by_radicals(model, site)
    positive = expr.maximum(_alive(model, site) * beyond, 0.0)
    return expr.as_expr(expr.saturation(positive, model.parameter("hypoxia_half_signal")))


def _vegf(model: Model, plan: Plan, site: str) -> Expr:
    constitutive = model.parameter("vegf_constitutive")
    normal = constitutive + _alive(model, site) * _normal_share(model, site)
    free = 1.0 - occupancy(model, plan, TARGET, site)
    return (constitutive + model.value("hif1", site)) / normal * free
