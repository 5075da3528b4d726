"""One file per mechanism; each can be switched off by its name.

A mechanism has up to three functions of model and plan, called in three rounds: `declare` its stocks and quantities,
`connect` them by flows and events, `rewrite` the events that all others have made. Within the first two rounds the
order of `MECHANISMS` decides nothing but the order of terms.
"""

from __future__ import annotations

from types import ModuleType

from abscopal.model.mechanisms import (
    adverse_events,
    antigen_loss,
    car_t,
    cell_kill,
    cell_loss,
    checkpoints,
    chemokines,
    chemotherapy,
    coinhibitors,
    costimulation,
    cytokine_drugs,
    cytokine_release,
    damage_sensing,
    danger,
    dendritic,
    dendritic_products,
    effectors,
    exhaustion,
    growth,
    hypoxia,
    lymphocytes,
    lymphodepletion,
    memory,
    myeloid,
    natural_killer,
    pharmacokinetics,
    priming,
    protracted,
    repair,
    senescence,
    spatial,
    suppression,
    surface,
    transferred_cells,
    treg,
    treg_drugs,
    vaccines,
    vessels,
)

MECHANISMS: dict[str, ModuleType] = {
    "growth": growth,
    "vessels": vessels,
    "hypoxia": hypoxia,
    "cell_kill": cell_kill,
    "repair": repair,
    "senescence": senescence,
    "damage_sensing": damage_sensing,
    "surface": surface,
    "danger": danger,
    "dendritic": dendritic,
    "dendritic_products": dendritic_products,
    "vaccines": vaccines,
    "priming": priming,
    "effectors": effectors,
    "transferred_cells": transferred_cells,
    "memory": memory,
    "exhaustion": exhaustion,
    "chemokines": chemokines,
    "checkpoints": checkpoints,
    "treg": treg,
    "treg_drugs": treg_drugs,
    "myeloid": myeloid,
    "suppression": suppression,
    "natural_killer": natural_killer,
    "costimulation": costimulation,
    "coinhibitors": coinhibitors,
    "cytokine_drugs": cytokine_drugs,
    "antigen_loss": antigen_loss,
    "car_t": car_t,
    "cytokine_release": cytokine_release,
    "pharmacokinetics": pharmacokinetics,
    "chemotherapy": chemotherapy,
    "lymphocytes": lymphocytes,
    "lymphodepletion": lymphodepletion,
    "cell_loss": cell_loss,
    "adverse_events": adverse_events,
    "spatial": spatial,
    "protracted": protracted,
}

# Those that rewrite what all others made of a fraction, in the order in which they do so: a dose rate takes over what
# the peaks and valleys of its field do together.
REWRITING: tuple[str, ...] = ("spatial", "protracted")
