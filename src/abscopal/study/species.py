"""The species of a study's host, and what of its parameters is needed before the study is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from abscopal import parameters, units, vocabulary


def species_of(data: Any) -> str:
    """Species of the host in the raw values of a study; the mouse where it cannot be read."""
    host = data.get("host") if isinstance(data, dict) else None
    try:
        return parameters.canonical("species", str(host.get("species")) if isinstance(host, dict) else "")
    except KeyError:
        return vocabulary.MOUSE


def set_or_declared(name: str, data: Mapping[str, Any], overrides: Mapping[str, str]) -> float | None:
    """Value of a parameter in the raw values of a study, in its declared unit; None where it cannot be read.

    It is the one set beside the file (`overrides`), else set in it, else declared for its tumour line and species.
    """
    written = data.get("parameters")
    given = {**(written if isinstance(written, dict) else {}), **overrides}
    try:
        return units.parse_quantity(str(given[name]), parameters.shared()[name].unit)
    except (KeyError, units.QuantityError):  # what cannot be read is told by the check of parameters
        pass
    species = species_of(data)
    try:
        line = parameters.canonical("lines", str(data.get("tumour")))
    except KeyError:
        return None
    return {**parameters.in_species(species), **parameters.values_of("lines", line, species)}[name].value
