"""Antibodies: absorption from the peritoneum, one compartment, receptor occupancy; depletion of CD8 and CD4 T cells.

dG/dt = -k_a G; dC/dt = k_a G/V_d - k_el C; occupancy = 1 - product over agents of (1 - C/(K_D + C)).
Leaves out: target-mediated clearance, antibodies against the antibody, slow entry into tumours (K_D is effective).
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.plan import Plan

EXTRAVASCULAR_ROUTES = ("ip", "sc", "im")
DEPLETED_BY = {"CD8": ("cd8",), "CD4": ("cd4", "treg")}


def declare(model: Model, plan: Plan) -> None:
    """Per agent the stocks `depot` [nmol], if a route needs it, and `plasma` [nM], and the dosing events."""
    for drug in plan.drugs:
        volume = model.parameter("antibody_volume", drug.agent)
        plasma = model.species(
            f"plasma {drug.agent}", "blood", f"{drug.agent} in plasma", unit="nM", group="drug", scale=1e-1
        )
        if any(route in EXTRAVASCULAR_ROUTES for route in drug.routes):
            model.species(f"depot {drug.agent}", "blood", f"{drug.agent} not yet absorbed", unit="nmol", scale=1e-3)
        for route in drug.routes:
            dose = model.event(f"drug:{drug.agent}:{route}", "amount_nmol")
            if route in EXTRAVASCULAR_ROUTES:
                dose.move(None, model.value(f"depot {drug.agent}", "blood"), dose.argument("amount_nmol"))
            else:
                dose.move(None, plasma, dose.argument("amount_nmol") / volume)


def connect(model: Model, plan: Plan) -> None:
    """Absorption, elimination and depletion of target cells."""
    for drug in plan.drugs:
        plasma = model.value(f"plasma {drug.agent}", "blood")
        model.flow(
            f"elimination of {drug.agent}",
            plasma,
            None,
            model.parameter("antibody_elimination_rate", drug.agent) * plasma,
        )
        if model.has(f"depot {drug.agent}", "blood"):
            depot = model.value(f"depot {drug.agent}", "blood")
            absorbed = model.parameter("antibody_absorption_rate", drug.agent) * depot
            volume = model.parameter("antibody_volume", drug.agent)
            model.flow(f"absorption of {drug.agent}", depot, plasma, absorbed, gain=1.0 / volume)
    for target, cells in DEPLETED_BY.items():
        if plan.drugs_against(target):
            rate = model.parameter("depletion_rate") * occupancy(model, plan, target)
            _deplete(model, plan, cells, rate)


def occupancy(model: Model, plan: Plan, target: str) -> Expr:
    """Share of a target's molecules that is bound by any agent in use."""
    free: Expr = expr.const(1.0)
    for drug in plan.drugs_against(target):
        plasma = model.value(f"plasma {drug.agent}", "blood", without=0.0)
        free = free * (1.0 - expr.saturation(plasma, model.parameter("antibody_affinity", drug.agent)))
    return 1.0 - free


def _deplete(model: Model, plan: Plan, cells: tuple[str, ...], rate: Expr) -> None:
    for cell in cells:
        for name in (cell, f"{cell}_naive", f"{cell}_exhausted", f"{cell}_memory"):
            for where in ("node", "blood", *plan.sites):
                if model.has(name, where):
                    stock = model.value(name, where)
                    model.flow(f"depletion of {name}", stock, None, rate * stock)
