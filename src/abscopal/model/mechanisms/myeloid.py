"""Myeloid cells: MDSC and neutrophils of blood and tumours, macrophages and their polarisation.

Blood, per uL: dM/dt = k_Mb (q (m_0 + λ m_T B) - M), dN/dt = k_N (q N_0 (1 + ν λ B) - N), B = b/(b_h + b), the burden
b the sum over sites of volume x (CCL2 that CCR2 hears), λ the line's myeloid load, q the marrow's output, dq/dt =
k_q q (1 - q). Tumour, per mm3 of tissue: entry of MDSC k_Mh M c and of macrophages λ e_M κ q c, c = 1 - ψ + ψ CCL2
where CCR2 is open; of neutrophils k_Nh N (1 + g_N CXCL1). MDSC die at d_M + k_TNF γ/(1 + γ): TNF of activated T cells
kills them (Deng 2014), γ interferon-gamma. M1 share p follows its target at k_p: odds o_0 (1 + w_I (I + γ) + w_l l)
(1 + w_T)/(1 + w_T TGF-β); l, the low-dose programme, gains (1 - l) x exp(1 - x), x = D/D_l, at each fraction: largest
at D_l, gone at 8 Gy (Klug 2013). A fraction kills MDSC exponentially in the field and in the blood it meets, and
marrow in its share; per Gy ions act on all three as on lymphocytes.
Cells that enter tumours are not taken from blood: the marrow makes up for them. Macrophages are not killed.
Leaves out: subsets of MDSC, the marrow's transit time, what neutrophils do to tumours (reported both ways: Takeshima
2016, Wisdom 2019).
"""

from __future__ import annotations

import math
from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.exposure import exposure_at, fraction_event, layers
from abscopal.model.language import Model
from abscopal.model.mechanisms.cell_loss import lymphoid_dose
from abscopal.model.mechanisms.growth import per_volume
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import ExponentialSurvival, Unharmed
from abscopal.regimen import Fraction

_SHORT_LIVED = Unharmed("they live for hours: a dose takes them through the marrow that makes them")
_MACROPHAGES = Unharmed("macrophages do not divide, and live on after doses that kill lymphocytes")
# Tissue without a tumour still has a mm3 that cells enter, as in `growth.per_volume`.
_TISSUE_MM3 = 1.0


def declare(model: Model, plan: Plan) -> None:
    """Stocks of blood and sites, the marrow's output where something harms it, and readouts."""
    neutrophils = model.parameter("neutrophil_baseline")
    baseline = model.parameter("mdsc_baseline")
    in_blood = partial(model.species, where="blood", unit="cells/uL", group="blood", scale=10.0, depleted_by=("Gr-1",))
    mdsc = ExponentialSurvival(model.parameter("mdsc_d37"))
    in_blood("mdsc", meaning="MDSC in blood", initial=baseline, radiosensitivity=mdsc)
    in_blood("neutrophils", meaning="neutrophil count", initial=neutrophils, radiosensitivity=_SHORT_LIVED)
    model.define("nlr", "blood", "neutrophils per lymphocyte", lambda: _nlr(model), group="blood")
    if plan.fields:
        model.species("marrow", "blood", "output of the marrow relative to normal", unit="1", scale=1e-3, initial=1.0)
    for site in plan.sites:
        _declare_site(model, plan, site)


def _declare_site(model: Model, plan: Plan, site: str) -> None:
    at_site = partial(model.species, where=site, group="regulatory", scale=100.0)
    mdsc = ExponentialSurvival(model.parameter("mdsc_d37"))
    at_site("mdsc", meaning="MDSC in the tumour", radiosensitivity=mdsc, depleted_by=("Gr-1",))
    meaning = "macrophages in the tumour"
    at_site("macrophages", meaning=meaning, radiosensitivity=_MACROPHAGES, depleted_by=("CSF1R",))
    meaning = "neutrophils in the tumour"
    at_site("neutrophils", meaning=meaning, radiosensitivity=_SHORT_LIVED, depleted_by=("Gr-1",))
    odds = model.parameter("m1_odds")
    model.species(
        "m1_share", site, "share of macrophages that are M1", unit="1", scale=1e-3, initial=odds / (1.0 + odds)
    )
    if plan.fields_on(site):
        meaning = "programming of macrophages by low dose"
        model.species("low_dose_programme", site, meaning, unit="1", scale=1e-3, single_doses_only=True)
    model.define("m1", site, "M1 macrophages", partial(_m1, model, site), unit="cells", group="effector")
    model.define("m2", site, "M2 macrophages", partial(_m2, model, site), unit="cells", group="regulatory")
    model.define("m1_chemokines", site, "CXCR3 chemokines of M1 macrophages", partial(_m1_chemokines, model, site))


def connect(model: Model, plan: Plan) -> None:
    """Renewal, entry, death, polarisation, and what radiation does to marrow and macrophages."""
    marrow, burden = model.value("marrow", "blood", without=1.0), _burden(model, plan)
    load = model.parameter("myeloid_load") * burden / (burden + model.parameter("myeloid_burden_half"))
    targets = {
        "mdsc": model.parameter("mdsc_baseline") + model.parameter("mdsc_expansion") * load,
        "neutrophils": model.parameter("neutrophil_baseline") * (1.0 + model.parameter("neutrophil_expansion") * load),
    }
    for cell, target in targets.items():
        count, rate = model.value(cell, "blood"), model.parameter(f"{cell}_turnover_rate")
        model.flow(f"{cell} renewal", None, count, rate * marrow * target)
        model.flow(f"{cell} turnover", count, None, rate * count)
    if plan.fields:
        regrowth = model.parameter("marrow_regrowth_rate")
        model.flow("marrow regrowth", None, marrow, regrowth * marrow * (1.0 - marrow))
    for site in plan.sites:
        _connect_site(model, plan, site, marrow)
    for fraction in plan.fractions:
        _irradiate(model, fraction)


def _connect_site(model: Model, plan: Plan, site: str, marrow: Expr) -> None:
    tissue = model.value("volume", site) + _TISSUE_MM3
    called = _called(model, plan, site)
    mdsc, macrophages, neutrophils = (model.value(c, site) for c in ("mdsc", "macrophages", "neutrophils"))
    gamma = model.value("interferon_gamma", site, without=0.0)
    tnf = expr.saturation(gamma, 1.0) * (1.0 - occupancy(model, plan, "TNF", site))
    entering = {
        "mdsc": model.parameter("mdsc_homing_rate") * model.value("mdsc", "blood") * called,
        "macrophages": _macrophage_supply(model) * marrow * called,
        "neutrophils": _neutrophil_entry(model, site),
    }
    losing = {
        "mdsc": model.parameter("mdsc_death_rate") * mdsc,
        "macrophages": model.parameter("macrophage_death_rate") * macrophages,
        "neutrophils": model.parameter("neutrophil_death_rate") * neutrophils,
    }
    for cell, per_mm3 in entering.items():
        stock = model.value(cell, site)
        model.flow(f"{cell} entry", None, stock, per_mm3 * tissue)
        model.flow(f"{cell} death in tumour", stock, None, losing[cell])
    model.flow("MDSC killed by TNF", mdsc, None, model.parameter("mdsc_tnf_killing_rate") * tnf * mdsc)
    share, rate = model.value("m1_share", site), model.parameter("polarisation_rate")
    model.flow("polarisation", None, share, rate * (_m1_target(model, plan, site) - share))
    if plan.fields_on(site):
        programme = model.value("low_dose_programme", site)
        model.flow("loss of the programme", programme, None, model.parameter("programme_loss_rate") * programme)


def _burden(model: Model, plan: Plan) -> Expr:
    """Tumour volume of the body, each site weighted by the CCL2 that CCR2 hears of it [mm3]."""
    return expr.sum_of(model.value("volume", s) * _called(model, plan, s) for s in plan.sites)


def _called(model: Model, plan: Plan, site: str) -> Expr:
    """Factor on the entry of MDSC and monocytes: CCL2 where CCR2 is open; 1 in an unirradiated tumour."""
    share = model.parameter("ccr2_dependence")
    open_ccr2 = model.parameter("ccr2_function") * (1.0 - occupancy(model, plan, "CCR2", site))
    return 1.0 - share + share * model.value("ccl2", site, without=1.0) * open_ccr2


def _macrophage_supply(model: Model) -> Expr:
    per_mm3 = model.parameter("macrophage_entry_rate") * model.parameter("macrophage_supply")
    return per_mm3 * model.parameter("myeloid_load")


def _neutrophil_entry(model: Model, site: str) -> Expr:
    called = 1.0 + model.parameter("cxcl1_gain") * model.value("cxcl1", site, without=0.0)
    return model.parameter("neutrophil_homing_rate") * model.value("neutrophils", "blood") * called


def _m1_target(model: Model, plan: Plan, site: str) -> Expr:
    interferons = expr.sum_of(model.value(name, site, without=0.0) for name in ("interferon", "interferon_gamma"))
    low_dose = model.parameter("programme_m1_gain") * model.value("low_dose_programme", site, without=0.0)
    weight = model.parameter("tgf_beta_m2_weight")
    tgf_beta = model.value("tgf_beta_active", site, without=1.0)
    for_m1 = 1.0 + model.parameter("interferon_m1_gain") * interferons + low_dose
    odds = model.parameter("m1_odds") * for_m1 * (1.0 + weight) / (1.0 + weight * tgf_beta)
    return odds / (1.0 + odds)


def _m1(model: Model, site: str) -> Expr:
    return model.value("m1_share", site) * model.value("macrophages", site)


def _m2(model: Model, site: str) -> Expr:
    return (1.0 - model.value("m1_share", site)) * model.value("macrophages", site)


def _m1_chemokines(model: Model, site: str) -> Expr:
    """What M1 macrophages programmed by low dose add to the call for T cells, in units of the interferon signal."""
    programme = model.value("low_dose_programme", site, without=0.0)
    density = per_volume(model, model.value("m1", site), site) / macrophage_reference(model)
    return model.parameter("m1_recruitment") * programme * density


def _nlr(model: Model) -> Expr:
    lymphocytes = model.value("lymphocytes", "blood", without=model.parameter("lymphocyte_baseline"))
    return model.value("neutrophils", "blood") / (lymphocytes + expr.const(1.0))


def growth_rate_at_reference(model: Model) -> Expr:
    """Growth rate of an untreated tumour of the line at the reference volume [1/day]."""
    return math.log(2.0) / model.parameter("doubling_time")


def mdsc_reference(model: Model) -> Expr:
    """MDSC per volume of an untreated tumour at the reference volume and a load of one [1/mm3]."""
    volume = model.parameter("reference_volume")
    burden = volume / (volume + model.parameter("myeloid_burden_half"))
    blood = model.parameter("mdsc_baseline") + model.parameter("mdsc_expansion") * burden
    loss = model.parameter("mdsc_death_rate") + growth_rate_at_reference(model)
    return model.parameter("mdsc_homing_rate") * blood / loss


def macrophage_reference(model: Model) -> Expr:
    """Macrophages per volume of an untreated tumour at the reference volume and a load of one [1/mm3]."""
    loss = model.parameter("macrophage_death_rate") + growth_rate_at_reference(model)
    return model.parameter("macrophage_entry_rate") / loss


def _irradiate(model: Model, fraction: Fraction) -> None:
    event = fraction_event(model, fraction)
    for site in dict.fromkeys(site for field in fraction for site in field.sites):
        x = lymphoid_dose(model, exposure_at(event, fraction, site)) / model.parameter("programme_dose")
        programme = model.value("low_dose_programme", site)
        event.move(None, programme, (1.0 - programme) * x * expr.exp(1.0 - x))
    marrow, share = model.value("marrow", "blood"), model.parameter("marrow_share")
    for layer in layers(event, fraction, share, share):
        dose = layer.highest(lambda given: lymphoid_dose(model, given))
        event.move(marrow, None, marrow * layer.share * (1.0 - expr.exp(-dose / model.parameter("marrow_d37"))))
