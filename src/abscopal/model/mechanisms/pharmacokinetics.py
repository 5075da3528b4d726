"""Drugs: absorption, one compartment, share of the target that is bound.

dG/dt = -k_a G; dC/dt = k_a G/V_d - k_el C; occupancy = 1 - product over agents of (1 - C/(K_D + C)); of a small
molecule K_D is the concentration of half effect. A drug injected into a tumour leaves it for the plasma at the rate
k_a; there its concentration is the amount per volume of tissue and adds to C.
Leaves out: target-mediated clearance, antibodies against the antibody, slow entry into tumours (K_D is effective).
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.plan import Plan
from abscopal.regimen.keys import drug_key
from abscopal.regimen.problems import EXTRAVASCULAR_ROUTES
from abscopal.vocabulary import INTRATUMORAL

_LITRES_PER_MM3 = 1e-6


def declare(model: Model, plan: Plan) -> None:
    """Per agent the stocks `depot` [nmol], if a route needs it, and `plasma` [nM], and the dosing events."""
    for drug in plan.drugs:
        volume = model.parameter("drug_volume", drug.agent)
        plasma = model.species(
            f"plasma {drug.agent}", "blood", f"{drug.agent} in plasma", unit="nM", group="drug", scale=1e-1
        )
        if any(route in EXTRAVASCULAR_ROUTES for route in drug.routes):
            model.species(f"depot {drug.agent}", "blood", f"{drug.agent} not yet absorbed", unit="nmol", scale=1e-3)
        for site in drug.injected:
            local = model.species(
                f"local {drug.agent}", site, f"{drug.agent} injected here", unit="nmol", group="drug", scale=1e-3
            )
            injection = model.event(drug_key(drug.agent, INTRATUMORAL, site), "amount_nmol")
            injection.move(None, local, injection.argument("amount_nmol"))
        for route in drug.routes:
            dose = model.event(drug_key(drug.agent, route), "amount_nmol")
            if route in EXTRAVASCULAR_ROUTES:
                dose.move(None, model.value(f"depot {drug.agent}", "blood"), dose.argument("amount_nmol"))
            else:
                dose.move(None, plasma, dose.argument("amount_nmol") / volume)


def connect(model: Model, plan: Plan) -> None:
    """Absorption and elimination."""
    for drug in plan.drugs:
        plasma = model.value(f"plasma {drug.agent}", "blood")
        model.flow(
            f"elimination of {drug.agent}",
            plasma,
            None,
            model.parameter("drug_elimination_rate", drug.agent) * plasma,
        )
        if model.has(f"depot {drug.agent}", "blood"):
            depot = model.value(f"depot {drug.agent}", "blood")
            absorbed = model.parameter("drug_absorption_rate", drug.agent) * depot
            volume = model.parameter("drug_volume", drug.agent)
            model.flow(f"absorption of {drug.agent}", depot, plasma, absorbed, gain=1.0 / volume)
        for site in drug.injected:
            local = model.value(f"local {drug.agent}", site)
            left = model.parameter("drug_absorption_rate", drug.agent) * local
            volume = model.parameter("drug_volume", drug.agent)
            model.flow(f"{drug.agent} leaves the tumour", local, plasma, left, gain=1.0 / volume)


def occupancy(model: Model, plan: Plan, target: str, site: str | None = None) -> Expr:
    """Share of a target's molecules that is bound by any agent in use; at a site also by what was injected there."""
    free: Expr = expr.const(1.0)
    for drug in plan.drugs_against(target):
        there = concentration(model, drug.agent, site)
        free = free * (1.0 - expr.saturation(there, model.parameter("drug_affinity", drug.agent)))
    return 1.0 - free


def concentration(model: Model, agent: str, site: str | None = None) -> Expr:
    """Concentration of an agent [nM] in plasma, or at a site with what was injected there."""
    plasma = model.value(f"plasma {agent}", "blood", without=0.0)
    if site is None or not model.has(f"local {agent}", site):
        return plasma
    litres = (model.value("volume", site) + 1.0) * _LITRES_PER_MM3
    return plasma + model.value(f"local {agent}", site) / litres
