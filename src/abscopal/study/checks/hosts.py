"""Checks of what fits the host: its tumour, its drugs and their doses."""

from __future__ import annotations

from collections.abc import Iterator

from abscopal import parameters, vocabulary
from abscopal.errors import Problem
from abscopal.study.draft import Draft
from abscopal.study.species import species_of

# What an agent of a species must say of itself if it says any kinetics of its own.
_KINETICS = ("drug_volume", "drug_elimination_rate")
_UNITS_OF_DOSE = {"mass": ("ug", "mg/kg"), "activity": ("IU", "IU/kg")}


def doses_fit_agents(draft: Draft) -> Iterator[Problem]:
    """Drugs are dosed in a unit of theirs; a dose per body weight needs the weight."""
    for path, course in draft.drugs:
        kind = parameters.agent(course.agent).dose_unit_kind
        fitting = _UNITS_OF_DOSE.get(kind, ())
        if course.dose.unit not in fitting:
            message = f"{course.agent} is not dosed in {course.dose.unit}"
            allowed = " or ".join(fitting) or f"a dose in {kind}"
            yield draft.problem((*path, "dose"), message, allowed, "check the dose and its unit")
        weight = draft.get("host", "body_weight")
        if course.dose.unit.endswith("/kg") and weight is None:
            message = f"{course.dose} needs the body weight of the host"
            yield draft.problem((*path, "dose"), message, "", "add `body_weight:` under `host:`")


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
    if species == vocabulary.MOUSE:
        return ()
    item = parameters.agent(agent)
    known = item.by_species.get(species, {})
    return tuple(name for name in _KINETICS if name in item.values and name not in known)
