"""The species of a study's host, and what of its parameters is needed before the study is read."""

from __future__ import annotations

from typing import Any

from abscopal import parameters, vocabulary


def species_of(data: Any) -> str:
    """Species of the host in the raw values of a study; the mouse where it cannot be read."""
    host = data.get("host") if isinstance(data, dict) else None
    try:
        return parameters.canonical("species", str(host.get("species")) if isinstance(host, dict) else "")
    except KeyError:
        return vocabulary.MOUSE


def doubling_time_of(data: Any) -> float | None:
    """Doubling time of the tumour in the raw values of a study [d]; None where it cannot be read."""
    tumour = data.get("tumour") if isinstance(data, dict) else None
    try:
        line = parameters.canonical("lines", str(tumour))
    except KeyError:
        return None
    species = species_of(data)
    return {**parameters.in_species(species), **parameters.values_of("lines", line, species)}["doubling_time"].value
