"""Memory: CD8 T cells that outlive a response, rest once antigen has gone, and expand again on a second encounter.

A share s_M of contracting effectors are precursors of memory. They decide at rate k_m: those that meet antigen, in the
node or on tumour cells, differentiate terminally and die (Sarkar 2008, PMC2275385), the others become memory. So hardly
any forms while a tumour lasts (Wherry 2004), and recall cannot feed itself. Antigen-experienced cells need s_mem times
less presentation than naive ones: p_M = s_mem p/(1 + (s_mem - 1) p). Memory is recalled at k_act p_M, without
costimulation, and divides n_M times, below a largest output. It enters tissue before any encounter in the node (Kedl
1998, J Immunol 161:674) and is an effector there. Leaves out: residence in tissue, CD4 memory, antibodies; memory is
of the study's own line alone.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.effectors import homing_rate
from abscopal.model.mechanisms.growth import contact
from abscopal.model.mechanisms.lymphocytes import circulating
from abscopal.model.mechanisms.priming import bounded_output, presented
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Stocks `cd8_memory_precursor` and `cd8_memory` of the body."""
    stocks = (("cd8_memory_precursor", "precursors of memory CD8 T cells"), ("cd8_memory", "memory CD8 T cells"))
    for name, meaning in stocks:
        model.species(
            name,
            "node",
            meaning,
            group="effector",
            scale=10.0,
            radiosensitivity=circulating(model),
            depleted_by=("CD8", "dividing lymphocytes"),
        )


def connect(model: Model, plan: Plan) -> None:
    """Precursors from contracting effectors, their decision, slow loss of memory and recall."""
    memory, precursors = model.value("cd8_memory", "node"), model.value("cd8_memory_precursor", "node")
    contracting = model.parameter("effector_death_rate") * model.value("cd8", "blood")
    model.flow("memory precursors", None, precursors, model.parameter("memory_share") * contracting)
    seen = _sensed_presentation(model)
    without_antigen = (1.0 - seen) * _share_away_from_tumours(model, plan)
    deciding = model.parameter("memory_maturation_rate") * precursors
    model.flow("memory formation", precursors, memory, without_antigen * deciding)
    model.flow("terminal differentiation", precursors, None, (1.0 - without_antigen) * deciding)
    model.flow("memory loss", memory, None, model.parameter("memory_death_rate") * memory)
    recalled = model.parameter("activation_rate") * seen * memory
    model.flow("recall", memory, None, recalled)
    for site in (s for s in plan.sites if model.has("cd8", s)):
        model.flow("homing of memory", memory, model.value("cd8", site), homing_rate(model, site) * memory)
    divisions, largest = model.parameter("memory_recall_divisions"), model.parameter("memory_recall_capacity")
    model.flow("recall expansion", None, model.value("cd8", "node"), bounded_output(recalled, divisions, largest))


def _sensed_presentation(model: Model) -> Expr:
    """Presentation as antigen-experienced cells sense it: its odds are those of priming times their sensitivity."""
    presentation, sensitivity = presented(model), model.parameter("memory_sensitivity")
    return sensitivity * presentation / (1.0 + (sensitivity - 1.0) * presentation)


def _share_away_from_tumours(model: Model, plan: Plan) -> Expr:
    """Share of T cells that meet no tumour cell at any site, as contact is for division and exhaustion."""
    met = (contact(model, site) for site in plan.sites)
    return expr.product_of(1.0 - share for share in met)
