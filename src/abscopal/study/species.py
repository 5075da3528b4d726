"""What depends on the species of a study's host: which tumours and drugs it can have, and its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from abscopal import parameters
from abscopal.errors import Problem

if TYPE_CHECKING:
    from abscopal.study.checks import Draft

# What an agent of a species must say of itself if it says any kinetics of its own.
_KINETICS = ("drug_volume", "drug_elimination_rate")


def species_of(data: Any) -> str:
    """Species of the host in the raw values of a study; the mouse where it cannot be read."""
    host = data.get("host") if isinstance(data, dict) else None
    try:
        return parameters.canonical("species", str(host.get("species")) if isinstance(host, dict) else "")
    except KeyError:
        return parameters.MOUSE


def doubling_time_of(data: Any) -> float | None:
    """Doubling time of the tumour in the raw values of a study [d]; None where it cannot be read."""
    tumour = data.get("tumour") if isinstance(data, dict) else None
    try:
        line = parameters.canonical("lines", str(tumour))
    except KeyError:
        return None
    species = species_of(data)
    return {**parameters.in_species(species), **parameters.values_of("lines", line, species)}["doubling_time"].value


def tumour_fits_host(draft: Draft) -> Iterator[Problem]:
    """A tumour of patients in a mouse, or the reverse."""
    species = species_of(draft.document.data)
    try:
        tumour = parameters.canonical("lines", str(draft.get("tumour")))
    except KeyError:
        return
    if parameters.host_of(tumour) != species:
        allowed = ", ".join(name for name in parameters.lines() if parameters.host_of(name) == species)
        advice = f"choose a tumour of a {species}, or write `species: {parameters.host_of(tumour)}` under `host:`"
        yield draft.problem(("tumour",), f"{tumour} does not grow in a {species}", allowed, advice)


def agents_fit_host(draft: Draft) -> Iterator[Problem]:
    """Drugs whose kinetics are declared for another species only."""
    species = species_of(draft.document.data)
    for path, course in draft.drugs:
        missing = missing_kinetics(course.agent, species)
        if missing:
            message = f"{course.agent} has no kinetics of a {species} ({', '.join(missing)})"
            yield draft.problem((*path, "agent"), message, "an agent with a value for this species", "choose another")


def missing_kinetics(agent: str, species: str) -> tuple[str, ...]:
    """Kinetics that an agent declares for the mouse and not for a species, where the mouse's would be used."""
    if species == parameters.MOUSE:
        return ()
    item = parameters.agent(agent)
    known = item.by_species.get(species, {})
    return tuple(name for name in _KINETICS if name in item.values and name not in known)
