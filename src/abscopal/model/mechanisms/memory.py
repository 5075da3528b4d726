"""Memory: CD8 T cells that outlive a response, rest once antigen has gone, and expand again on a second encounter.

A share s_M of contracting effectors are memory precursors. They decide at rate k_m: without presentation they become
memory, with it they differentiate terminally and die (Sarkar 2008), so nothing becomes memory while the tumour lasts
(Wherry 2004). Antigen-experienced cells answer to s times less antigen than naive ones (Curtsinger 1998):
p_M = s p/(1 + (s - 1) p), with p the presentation that primes; the same p_M recalls memory. Recall needs no
costimulation: R = k_act p_M M cells a day divide n_M times, bounded as priming is. Memory enters tissue as effectors do,
before any encounter in the node (Kedl 1998), and is an effector there.
Leaves out: residence in tissue, helpers' memory, antibodies.
"""

from __future__ import annotations

from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.effectors import homing_rate
from abscopal.model.mechanisms.priming import bounded_output
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stocks `cd8_memory_precursor` and `cd8_memory` of the body."""
    model.species("cd8_memory_precursor", "node", "precursors of memory CD8 T cells", group="effector", scale=10.0)
    model.species("cd8_memory", "node", "memory CD8 T cells", group="effector", scale=10.0)


def connect(model: Model, plan: Plan) -> None:
    """Precursors from contracting effectors, their decision, slow loss of memory and recall."""
    memory, precursors = model.value("cd8_memory", "node"), model.value("cd8_memory_precursor", "node")
    contracting = model.parameter("effector_death_rate") * model.value("cd8", "blood")
    model.flow("memory precursors", None, precursors, model.parameter("memory_share") * contracting)
    seen = sensed_presentation(model)
    deciding = model.parameter("memory_maturation_rate") * precursors
    model.flow("memory formation", precursors, memory, (1.0 - seen) * deciding)
    model.flow("terminal differentiation", precursors, None, seen * deciding)
    model.flow("memory loss", memory, None, model.parameter("memory_death_rate") * memory)
    recalled = model.parameter("activation_rate") * seen * memory
    model.flow("recall", memory, None, recalled)
    for site in (s for s in plan.sites if model.has("cd8", s)):
        model.flow("homing of memory", memory, model.value("cd8", site), homing_rate(model, site) * memory)
    divisions, largest = model.parameter("memory_recall_divisions"), model.parameter("memory_recall_capacity")
    model.flow("recall expansion", None, model.value("cd8", "node"), bounded_output(recalled, divisions, largest))


def sensed_presentation(model: Model) -> Expr:
    """Presentation as antigen-experienced cells sense it: its odds are those of priming times their sensitivity."""
    presentation, sensitivity = model.value("presentation", "node"), model.parameter("memory_sensitivity")
    return sensitivity * presentation / (1.0 + (sensitivity - 1.0) * presentation)
