"""Expressions of readouts: which outputs of the model they are made of, and which of those no mechanism provides."""

from __future__ import annotations

from functools import cache

from abscopal import pipeline
from abscopal.errors import InputError
from abscopal.evidence.curation import culture
from abscopal.evidence.curation.markers import CONTROL_WITHOUT
from abscopal.model.generic import generic_model
from abscopal.model.language import AssembledModel, ModelError
from abscopal.study import Study

# Variables of these parts of the body are named after them in a result; all others belong to a site.
_BODY = ("blood", "node")
_NO_OUTPUT = ("", "1")


def parts_of(expression: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Variables above and below the line of each part: `a/(b+c) & d` is ((a,), (b, c)) and ((d,), ()).

    Examples
    --------
    >>> parts_of("danger/(tumour+moribund) & node_cd8")
    ((('danger',), ('tumour', 'moribund')), (('node_cd8',), ()))
    """
    found = []
    for part in expression.split(" & "):
        above, _, below = part.partition("/")
        found.append((_terms(above), _terms(below)))
    return tuple(found)


def _terms(text: str) -> tuple[str, ...]:
    words = (word.strip() for word in text.strip(" ()").split("+"))
    return tuple(word for word in words if word not in _NO_OUTPUT)


def place_of(variable: str) -> tuple[str, str]:
    """Name of a variable and the part of the body it belongs to, "" for a site: `node_cd8` is (cd8, node)."""
    place, _, name = variable.partition("_")
    return (name, place) if place in _BODY and name else (variable, "")


def missing_variables(expression: str, study: Study) -> tuple[str, ...]:
    """Variables of a readout that the model does not have, neither in general nor for this study."""
    if expression == culture.SURVIVAL or expression.startswith(CONTROL_WITHOUT):
        return ()
    asked = [name for part in parts_of(expression) for side in part for name in side]
    missing = [name for name in dict.fromkeys(asked) if place_of(name) not in _general(culture.left_out(study))]
    if missing:
        own = _own(study)
        missing = [name for name in missing if place_of(name) not in own]
    return tuple(missing)


@cache
def _general(without: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    return _variables(generic_model(without))


def _own(study: Study) -> frozenset[tuple[str, str]]:
    try:
        return _variables(pipeline.prepare(study, culture.left_out(study)).model)
    except (InputError, ModelError):  # why it cannot be modelled is told where it is simulated
        return frozenset()


def _variables(model: AssembledModel) -> frozenset[tuple[str, str]]:
    """Variables that a result holds; internal ones of the model are none of them."""
    places = [output.split("@") for output, _ in model.system.outputs]
    return frozenset((name, where if where in _BODY else "") for name, where in places)
