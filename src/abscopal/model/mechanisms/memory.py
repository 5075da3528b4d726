"""Memory: a share of contracting CD8 effectors lives on, patrols tissue, and expands again on a second encounter."""

from __future__ import annotations

from abscopal.model.language import Model
from abscopal.model.mechanisms.effectors import homing_rate
from abscopal.model.mechanisms.priming import bounded_output
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stock `cd8_memory` of the body."""
    model.species("cd8_memory", "node", "memory CD8 T cells", group="effector", scale=10.0)


def connect(model: Model, plan: Plan) -> None:
    """Formation from contracting effectors, slow loss and recall."""
    memory, blood = model.value("cd8_memory", "node"), model.value("cd8", "blood")
    contracting = model.parameter("effector_death_rate") * blood
    model.flow("memory formation", None, memory, model.parameter("memory_share") * contracting)
    model.flow("memory loss", memory, None, model.parameter("memory_death_rate") * memory)
    recalled = model.parameter("memory_recall_rate") * model.value("presentation", "node") * memory
    model.flow("recall", memory, None, recalled)
    for site in (s for s in plan.sites if model.has("cd8", s)):
        model.flow("homing of memory", memory, model.value("cd8", site), homing_rate(model, site) * memory)
    divisions = model.parameter("memory_recall_divisions")
    model.flow("recall expansion", None, model.value("cd8", "node"), bounded_output(model, recalled, divisions))
