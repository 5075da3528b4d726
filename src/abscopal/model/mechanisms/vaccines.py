"""Vaccines: antigen of the tumour brought straight to the dendritic cells of lymphoid organs.

An agent against the target `vaccine` at effect share E loads D: dD/dt = y E - d_DC D; an irradiated cell vaccine
W: dW/dt = -k_W W, y W a with the tumour's antigenicity a. Presentation p_v = 1 - prod(1 - b D/(K_DC + D)), b the share
of the tumour's T-cell clones that the vaccine addresses; it joins that of the tumour's own antigen. Interferon of
vaccination acts on priming in all lymphoid organs: sum of i E.
Leaves out: which clones a vaccine has used up already (b is a share of the chances, not of named clones), and
dendritic cells of the tumour that take up the vaccine.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.dendritic import RADIORESISTANT
from abscopal.model.mechanisms.pharmacokinetics import concentration
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Unharmed

TARGET = KIND = "vaccine"


def declare(model: Model, plan: Plan) -> None:
    """Stocks `loaded by` each vaccine in the node, `vaccine cells`; `vaccine_presentation`, `vaccine_interferon`."""
    vaccines = _names(plan)
    if not vaccines:
        return
    for name in vaccines:
        model.species(
            f"loaded by {name}",
            "node",
            f"dendritic cells loaded by {name}",
            group="dendritic",
            scale=10.0,
            radiosensitivity=RADIORESISTANT,
            depleted_by=(),
        )
    for product in plan.products_of(KIND):
        meaning = f"cells of {product.product} not yet cleared"
        cells = model.species(
            f"vaccine cells {product.product}",
            "node",
            meaning,
            group="drug",
            scale=1e3,
            radiosensitivity=Unharmed("they were irradiated before they were given, and act as they are cleared"),
            depleted_by=(),
        )
        for place in product.places:
            given = model.event(product.key(place), "cells")
            given.move(None, cells, given.argument("cells"))
    model.define(
        "vaccine_presentation",
        "node",
        "share of the largest priming rate by vaccines",
        lambda: _presentation(model, vaccines),
        group="dendritic",
    )
    model.define("vaccine_interferon", "node", "interferon of vaccination", lambda: _interferon(model, plan))


def connect(model: Model, plan: Plan) -> None:
    """Loading and loss."""
    for drug in plan.drugs_against(TARGET):
        _load(model, drug.agent, _effect(model, drug.agent))
    for product in plan.products_of(KIND):
        cells = model.value(f"vaccine cells {product.product}", "node")
        model.flow("clearance of vaccine cells", cells, None, model.parameter("vaccine_cell_death_rate") * cells)
        _load(model, product.product, cells * model.parameter("antigenicity"))
    for name in _names(plan):
        loaded = model.value(f"loaded by {name}", "node")
        model.flow("loss of vaccine-loaded cells", loaded, None, model.parameter("node_dendritic_death_rate") * loaded)


def _names(plan: Plan) -> tuple[str, ...]:
    return (*(d.agent for d in plan.drugs_against(TARGET)), *(p.product for p in plan.products_of(KIND)))


def _load(model: Model, name: str, strength: Expr) -> None:
    loaded = model.parameter("vaccine_yield", name) * strength
    model.flow("loading by a vaccine", None, model.value(f"loaded by {name}", "node"), loaded)


def _effect(model: Model, agent: str) -> Expr:
    return expr.saturation(concentration(model, agent), model.parameter("drug_affinity", agent))


def _presentation(model: Model, vaccines: tuple[str, ...]) -> Expr:
    half = model.parameter("node_dendritic_half")
    unseen: Expr = expr.const(1.0)
    for name in vaccines:
        reached = expr.saturation(model.value(f"loaded by {name}", "node"), half)
        unseen = unseen * (1.0 - model.parameter("vaccine_breadth", name) * reached)
    return 1.0 - unseen


def _interferon(model: Model, plan: Plan) -> Expr:
    """Interferon of vaccination that is there now; cell vaccines bring none."""
    agents = [d.agent for d in plan.drugs_against(TARGET)]
    return expr.sum_of(model.parameter("vaccine_interferon", a) * _effect(model, a) for a in agents)
