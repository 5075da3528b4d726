"""Checks of parameters that a study or the command line sets."""

from __future__ import annotations

from collections.abc import Iterator

from abscopal import parameters, units, vocabulary
from abscopal.errors import Problem, unknown_name
from abscopal.study.document import dotted
from abscopal.study.draft import Draft
from abscopal.study.species import species_of


def parameters_exist(draft: Draft) -> Iterator[Problem]:
    """Parameters that the study sets exist, and their values can be used."""
    overrides = draft.get("parameters")
    for name, text in overrides.items() if isinstance(overrides, dict) else ():
        if isinstance(text, str):
            path = ("parameters", name)
            species = species_of(draft.document.data)
            yield from override_problems(name, text, dotted(path), draft.document.line(path), species)


def override_problems(
    name: str, text: str, key: str, line: int | None = None, species: str = vocabulary.MOUSE
) -> Iterator[Problem]:
    """What is wrong with setting a parameter to a text such as `0.3 1/d`; nothing if it can be set."""
    known = parameters.in_species(species)
    if name not in known:
        base = name.partition("@")[0]
        if base in known:
            message = f"{name!r} cannot be set for one agent alone"
            yield Problem(message, key, line, base, f"set `{base}`, for every agent")
        else:
            yield unknown_name("parameter", name, known, key, line)
        return
    declared = known[name]
    try:
        value = units.parse_quantity(text, declared.unit)
    except units.QuantityError as error:
        yield Problem(error.message, key, line, f"{declared.meaning} [{declared.unit}]", error.advice)
        return
    low, high = declared.bounds
    if not low <= value <= high:
        allowed = f"from {low:g} to {high:g} {declared.unit}"
        yield Problem(f"{text!r} is out of the range of this parameter", key, line, allowed, "choose a value in range")
