"""A model that needs no study: two sites, one of them irradiated, and a drug against every target."""

from __future__ import annotations

from collections.abc import Iterable

from abscopal import parameters
from abscopal.model.assemble import assemble
from abscopal.model.language import AssembledModel
from abscopal.model.plan import PHOTON, Drug, Field, Plan


def generic_plan() -> Plan:
    """The plan of the generic model; it uses every mechanism."""
    agents = [parameters.agent(name) for name in parameters.agents()]
    return Plan(
        sites=("irradiated", "distant"),
        fields=(Field("X-rays to irradiated", ("irradiated",), PHOTON, 2.0),),
        drugs=tuple(Drug(agent.name, agent.about["target"], ("ip",)) for agent in agents),
    )


def generic_model(without: Iterable[str] = ()) -> AssembledModel:
    """The generic model, for listings and documentation."""
    return assemble(generic_plan(), without)
