"""Expressions of readouts: which outputs of the model they are made of, and which of those no mechanism provides."""

from __future__ import annotations

from functools import cache

from abscopal import pipeline
from abscopal.errors import InputError
from abscopal.evidence.curation import culture
from abscopal.model.generic import generic_model
from abscopal.model.language import AssembledModel, ModelError
from abscopal.results.questions import BODY, CONTROL_WITHOUT, SURVIVING_SHARE, parts_of, place_of
from abscopal.study import Study


def missing_variables(expression: str, study: Study) -> tuple[str, ...]:
    """Variables of a readout that the model does not have, neither in general nor for this study."""
    if expression == SURVIVING_SHARE or expression.startswith(CONTROL_WITHOUT):
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
    return frozenset((name, where if where in BODY else "") for name, where in places)
