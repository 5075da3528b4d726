"""Exhaustion: antigen and PD-1 signalling turn CD8 effectors of a tumour off; blockade turns part of them on again."""

from __future__ import annotations

from abscopal.model.language import Model
from abscopal.model.mechanisms.growth import contact
from abscopal.model.mechanisms.lymphocytes import resident
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stock `cd8_exhausted` at each site."""
    for site in plan.sites:
        model.species(
            "cd8_exhausted",
            site,
            "exhausted CD8 T cells",
            group="effector",
            scale=10.0,
            radiosensitivity=resident(model),
            depleted_by=("CD8",),
        )


def connect(model: Model, plan: Plan) -> None:
    """Exhaustion, reinvigoration and death."""
    for site in plan.sites:
        active, exhausted = model.value("cd8", site), model.value("cd8_exhausted", site)
        signal = model.value("pd1_signal", site, without=0.5)
        model.flow(
            "exhaustion", active, exhausted, model.parameter("exhaustion_rate") * contact(model, site) * signal * active
        )
        blocked = model.value("pd1_blocked", site, without=0.0) + model.value("coinhibitor_release", site, without=0.0)
        model.flow("reinvigoration", exhausted, active, model.parameter("reinvigoration_rate") * blocked * exhausted)
        model.flow("death of exhausted cells", exhausted, None, model.parameter("exhausted_death_rate") * exhausted)
