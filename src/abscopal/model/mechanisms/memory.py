"""Memory: a share of contracting CD8 effectors lives on, patrols tissue, and expands again on a second encounter.

dM/dt = s_M (d_E E_blood + d_S sum of (1 - c) E_site) - d_M M - homing - k_rec p M, with c the contact with living
tumour cells: what contracts in a tumour that is gone becomes memory, what meets its antigen does not. p = D/(K_M + D),
D the node's dendritic cells: memory cells need fewer of them than naive ones.
Leaves out: resident and circulating subsets.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.effectors import homing_rate
from abscopal.model.mechanisms.growth import living
from abscopal.model.mechanisms.priming import bounded_output
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stock `cd8_memory` of the body."""
    model.species("cd8_memory", "node", "memory CD8 T cells", group="effector", scale=10.0)


def connect(model: Model, plan: Plan) -> None:
    """Formation from contracting effectors, slow loss and recall."""
    memory, blood = model.value("cd8_memory", "node"), model.value("cd8", "blood")
    contracting = model.parameter("effector_death_rate") * blood
    for site in (s for s in plan.sites if model.has("cd8", s)):
        free = 1.0 - expr.saturation(living(model, site), model.parameter("target_half"))
        contracting = contracting + model.parameter("infiltrate_death_rate") * free * model.value("cd8", site)
    model.flow("memory formation", None, memory, model.parameter("memory_share") * contracting)
    model.flow("memory loss", memory, None, model.parameter("memory_death_rate") * memory)
    shown = expr.saturation(model.value("dendritic", "node"), model.parameter("memory_dendritic_half"))
    recalled = model.parameter("memory_recall_rate") * shown * memory
    model.flow("recall", memory, None, recalled)
    for site in (s for s in plan.sites if model.has("cd8", s)):
        model.flow("homing of memory", memory, model.value("cd8", site), homing_rate(model, site) * memory)
    divisions = model.parameter("memory_recall_divisions")
    model.flow("recall expansion", None, model.value("cd8", "node"), bounded_output(model, recalled, divisions))
