"""A model that needs no study: two sites, a drug against every target, a cell product of each kind."""

from __future__ import annotations

from collections.abc import Iterable

from abscopal import parameters
from abscopal.model.assemble import assemble
from abscopal.model.language import AssembledModel
from abscopal.model.plan import HUMAN, PHOTON, Antigen, CellProduct, Drug, Field, Plan

# One product of each kind, and both kinds of dendritic cells.
_PRODUCTS = (
    "tumour-specific CD8 T cells",
    "CD19 CAR-T (4-1BB)",
    "adoptive NK cells",
    "CD19 CAR-NK",
    "immature dendritic cells",
    "alpha-GalCer-pulsed dendritic cells",
    "GM-CSF-secreting cell vaccine",
)


def generic_plan() -> Plan:
    """The plan of the generic model; it uses every mechanism, those of patients only among them."""
    agents: dict[str, Drug] = {}
    for name in parameters.agents():
        target = str(parameters.agent(name).about["target"])
        agents.setdefault(target, Drug(name, target, ("ip",)))
    products = (CellProduct(name, str(parameters.product(name).about["adds_to"]), ("blood",)) for name in _PRODUCTS)
    return Plan(
        sites=("irradiated", "distant"),
        fields=(
            Field("X-rays to irradiated", ("irradiated",), PHOTON, 2.0),
            Field("I-125 to irradiated", ("irradiated",), PHOTON, 3.0, continuous=True, seeds=True),
        ),
        drugs=tuple(agents.values()),
        products=tuple(products),
        antigens=(Antigen("CD19", 1e4),),
        host=HUMAN,
    )


def generic_model(without: Iterable[str] = ()) -> AssembledModel:
    """The generic model, for listings and documentation."""
    return assemble(generic_plan(), without)
