"""Chemokines of an irradiated tumour, and whom they call.

Each fraction drives three signals, each by z -> z + (1 - z) f: `stress` s, f = hill(R, D_s, n_s), the transcription and
release that damage by radicals starts; `treg_call` r, f = hill(R, D_r, n_r), steep in the dose per fraction; and the
fast `cxcl1` (neutrophils), f = R/(D_n + R). R = D L_r/(L_r + LET) is the dose weighted by the yield of hydroxyl
radicals, which falls with LET. All are lost at constant rates. CCL2 = 1 + g_C s; CXCL16 and CXCL8 = s; CCL20, CCL22
and CXCL12 = 1 + g_R r + g_H HIF; CXCL9, 10 and 11 = type I interferon + interferon-gamma + what M1 macrophages add.
T-cell entry gains w_16 s + w_M (low-dose programme) (M1 share) (macrophages); Treg entry is multiplied by CCL20, and
Tregs divide in place at a rate p_r r more (Muroyama 2017: they rise without entry).
Chemokines of one receptor family are one signal: no readout tells them apart. Leaves out: CCL2 driven by STING in host
cells (Liang 2017), CCR2 on Tregs (Mondini 2019), and that the release of CXCL16 differs between lines (Matsumura 2010).
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, exposure_at, fraction_event
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.growth import per_volume
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stocks `stress`, `treg_call` and `cxcl1` at irradiated sites; chemokines and recruitment as quantities."""
    for site in plan.sites:
        if plan.fields_on(site):
            model.species("stress", site, "damage-driven release of signals", unit="1", scale=1e-3)
            model.species("treg_call", site, "damage-driven call for Tregs", unit="1", scale=1e-3)
            model.species("cxcl1", site, "CXCL1 and CXCL2", unit="1", group="damage", scale=1e-3)
        _define(model, plan, site)


def _define(model: Model, plan: Plan, site: str) -> None:
    model.define("cxcl10", site, "CXCL9, CXCL10 and CXCL11", partial(_cxcl10, model, site), group="damage")
    model.define("cxcl16", site, "CXCL16 and CXCL8", lambda: model.value("stress", site, without=0.0), group="damage")
    meaning = "CCL2 relative to an unirradiated tumour"
    model.define("ccl2", site, meaning, partial(_ccl2, model, site), group="damage", neutral=1.0)
    model.define(
        "ccl20",
        site,
        "CCL20, CCL22 and CXCL12 relative to an unirradiated tumour",
        partial(_ccl20, model, site),
        group="damage",
        neutral=1.0,
    )
    model.define("t_cell_recruitment", site, "call for T cells beyond interferons", partial(_t_cells, model, site))
    model.define("treg_recruitment", site, "factor on Treg entry", partial(_tregs, model, plan, site))


def connect(model: Model, plan: Plan) -> None:
    """Induction by fractions, loss, and division of Tregs in place."""
    for site in plan.sites:
        if not plan.fields_on(site):
            continue
        stress, call, fast = (model.value(name, site) for name in ("stress", "treg_call", "cxcl1"))
        model.flow("loss of damage-driven signals", stress, None, model.parameter("stress_loss_rate") * stress)
        model.flow("loss of the call for Tregs", call, None, model.parameter("treg_call_loss_rate") * call)
        model.flow("loss of CXCL1", fast, None, model.parameter("cxcl1_loss_rate") * fast)
        for fraction in plan.fractions_on(site):
            event = fraction_event(model, fraction)
            _induce(model, event, exposure_at(event, fraction, site), site)
        if model.has("treg", site):
            treg = model.value("treg", site)
            crowding = per_volume(model, treg, site) / model.parameter("treg_density_limit")
            rate = model.parameter("treg_call_division_rate") * call
            model.flow("Treg division called by damage", None, treg, rate * treg / (1.0 + crowding))


def radical_dose(model: Model, given: Exposure) -> Expr:
    """Dose of a fraction weighted by its yield of hydroxyl radicals, relative to photons [Gy]."""
    half = model.parameter("radical_let_half")
    return given.total(lambda part: half / (half + part.let_kev_um))


def _induce(model: Model, event: Jump, given: Exposure, site: str) -> None:
    dose = radical_dose(model, given)
    shares = {
        "stress": expr.hill(dose, model.parameter("stress_half_dose"), model.parameter("stress_steepness")),
        "treg_call": expr.hill(dose, model.parameter("treg_call_half_dose"), model.parameter("treg_call_steepness")),
        "cxcl1": expr.saturation(dose, model.parameter("cxcl1_half_dose")),
    }
    for name, share in shares.items():
        signal = model.value(name, site)
        event.move(None, signal, share * (1.0 - signal))


def _ccl2(model: Model, site: str) -> Expr:
    return 1.0 + model.parameter("ccl2_gain") * model.value("stress", site, without=0.0)


def _ccl20(model: Model, site: str) -> Expr:
    damage = model.parameter("ccl20_gain") * model.value("treg_call", site, without=0.0)
    hypoxic = model.parameter("ccl20_hypoxia_gain") * model.value("hypoxia", site, without=0.0)
    return 1.0 + damage + hypoxic


def _cxcl10(model: Model, site: str) -> Expr:
    names = ("interferon", "interferon_gamma", "m1_chemokines")
    return expr.sum_of(model.value(name, site, without=0.0) for name in names)


def _t_cells(model: Model, site: str) -> Expr:
    damage = model.parameter("cxcl16_recruitment") * model.value("stress", site, without=0.0)
    return damage + model.value("m1_chemokines", site, without=0.0)


def _tregs(model: Model, plan: Plan, site: str) -> Expr:
    called = model.value("ccl20", site) - 1.0
    return 1.0 + called * (1.0 - occupancy(model, plan, "CCR6", site))
