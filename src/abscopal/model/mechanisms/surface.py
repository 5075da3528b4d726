"""Surface molecules of tumour cells: MHC class I, ligands of NKG2D, ICAM-1.

Each fraction adds its biologically effective dose (photon-equivalent, with the line's own alpha and beta, at the mean
oxygenation) to the damage B that living cells remember; dB/dt = -k_B B. MHC class I follows its inducers,
dm/dt = k_m (m_0 + (1 - m_0) u/(1 + u) - m), u = B/K_B + (I + gamma)/K_I, I and gamma the two interferons' signals.
Ligands of NKG2D: L = 1 + g_L B/(K_L + B) (damage response, Gasser 2005). ICAM-1 of tumour cells has the drivers of MHC
class I and is a readout: what adhesion adds to killing cannot be told from the ligands by the data used here.
Leaves out: loss of MHC class I by mutation, new peptides on it, the ligands' families one by one.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, exposure_at, fraction_event
from abscopal.model.language import Model
from abscopal.model.mechanisms.cell_kill import effective_exposure, lethal_effect, photon_equivalent_dose
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stocks `mhc_class_i` and, where irradiated, `damage_memory`; quantities `nkg2d_ligands` and `tumour_icam1`."""
    for site in plan.sites:
        model.species(
            "mhc_class_i",
            site,
            "MHC class I of tumour cells relative to full expression",
            unit="1",
            group="antigen",
            scale=1e-3,
            initial=model.parameter("mhc_class_i"),
        )
        if plan.fields_on(site):
            model.species(
                "damage_memory",
                site,
                "biologically effective dose that living tumour cells remember",
                unit="Gy",
                scale=1e-2,
            )
        model.define(
            "nkg2d_ligands",
            site,
            "ligands of NKG2D on tumour cells relative to unirradiated cells",
            partial(_ligands, model, site),
            group="damage",
            neutral=1.0,
        )
        model.define(
            "tumour_icam1",
            site,
            "ICAM-1 of tumour cells relative to cells without damage or interferons",
            partial(_icam1, model, site),
            group="damage",
            neutral=1.0,
        )


def connect(model: Model, plan: Plan) -> None:
    """Induction and turnover of MHC class I; memory of damage and what each fraction adds to it."""
    for site in plan.sites:
        level, baseline = model.value("mhc_class_i", site), model.parameter("mhc_class_i")
        rate = model.parameter("mhc_rate")
        target = baseline + (1.0 - baseline) * expr.saturation(_inducers(model, site), 1.0)
        model.flow("MHC class I induction", None, level, rate * target)
        model.flow("MHC class I turnover", level, None, rate * level)
        if plan.fields_on(site):
            memory = model.value("damage_memory", site)
            model.flow("end of damage memory", memory, None, model.parameter("damage_memory_loss_rate") * memory)
            for fraction in plan.fractions_on(site):
                event = fraction_event(model, fraction)
                given = exposure_at(event, fraction, site)
                event.move(None, memory, biologically_effective_dose(model, given, site))


def biologically_effective_dose(model: Model, given: Exposure, site: str) -> Expr:
    """Biologically effective dose of a fraction to a site's cells at their mean oxygenation: effect over alpha [Gy]."""
    alpha, beta = model.parameter("alpha_photon"), model.parameter("beta_photon")
    effective = effective_exposure(model, given, site)
    dose, unrepaired = photon_equivalent_dose(model, effective), model.value("unrepaired_dose", site, without=0.0)
    return lethal_effect(model, effective, dose, unrepaired, alpha, beta, model.parameter("transition_dose")) / alpha


def _damage(model: Model, site: str) -> Expr:
    return model.value("damage_memory", site, without=0.0)


def _inducers(model: Model, site: str) -> Expr:
    interferons = expr.sum_of(model.value(name, site, without=0.0) for name in ("interferon", "interferon_gamma"))
    direct = _damage(model, site) / model.parameter("damage_mhc_half")
    return direct + interferons / model.parameter("interferon_mhc_half")


def _ligands(model: Model, site: str) -> Expr:
    induced = expr.saturation(_damage(model, site), model.parameter("damage_ligand_half"))
    return 1.0 + model.parameter("nkg2d_ligand_gain") * induced


def _icam1(model: Model, site: str) -> Expr:
    return 1.0 + model.parameter("tumour_icam1_gain") * expr.saturation(_inducers(model, site), 1.0)
