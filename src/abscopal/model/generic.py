"""A model that needs no study: two sites, a drug against every target, a cell product of each kind."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from abscopal import parameters
from abscopal.model.assemble import assemble
from abscopal.model.language import AssembledModel
from abscopal.model.plan import Antigen, CellProduct, Drug, Plan
from abscopal.regimen import Field
from abscopal.vocabulary import HUMAN, PHOTON

# One product of each kind, and both kinds of dendritic cells.
_PRODUCTS = (
    "tumour-specific CD8 T cells",
    "naive tumour-specific CD8 T cells",
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


def neutral_value(model: AssembledModel, output: str) -> float:
    """Value of an output `name@place` that a model leaves out because nothing in its study would change it.

    It is declared with the stock or quantity, 0 unless said: perfusion of a site that is not irradiated is 1. A name
    that the model has nowhere is looked up in the generic model, which has all.
    """
    found = model.neutral(output)
    if found is None:
        found = _with_everything().neutral(output)
    return 0.0 if found is None else found


@cache
def _with_everything() -> AssembledModel:
    return generic_model()
