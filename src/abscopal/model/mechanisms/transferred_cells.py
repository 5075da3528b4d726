"""Transfer of naive tumour-specific CD8 T cells: the share that settles joins the precursors of the node.

N becomes N + s n of n cells infused, s the share that settles; they are primed, divide and are lost as the host's own.
Leaves out: what so many cells of one clone do to each other's priming (Badovinac 2007) beyond the largest output of the
node, and the memory cells among them.
"""

from __future__ import annotations

from abscopal.model.language import Model
from abscopal.model.plan import Plan

KIND = "cd8_naive"


def declare(model: Model, plan: Plan) -> None:
    """Nothing of its own: the precursors are those of `priming`."""


def connect(model: Model, plan: Plan) -> None:
    """Infusions into the precursors of the node."""
    for product in plan.products_of(KIND):
        for place in product.places if model.has("cd8_naive", "node") else ():
            infusion = model.event(product.key(place), "cells")
            settled = model.parameter("naive_settling_share") * infusion.argument("cells")
            infusion.move(None, model.value("cd8_naive", "node"), settled)
