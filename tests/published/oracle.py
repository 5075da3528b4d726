"""libRoadRunner as the oracle of SBML tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libsbml
import numpy as np
import pytest

roadrunner = pytest.importorskip("roadrunner")
roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)

# Absolute tolerance of the oracle: what is smaller than some of these is noise there.
ABSOLUTE = 1e-14


def simulated(text: str, names: Sequence[str], end: float, points: int) -> np.ndarray[Any, Any]:
    """Values of ids in the meaning they have in formulas, array (points, names), with tight tolerances."""
    run = roadrunner.RoadRunner(text)
    run.integrator.relative_tolerance = 1e-11
    run.integrator.absolute_tolerance = ABSOLUTE
    run.integrator.maximum_num_steps = 200_000
    document = libsbml.readSBMLFromString(text)
    run.timeCourseSelections = ["time", *(selection(document, name) for name in names)]
    return np.asarray(run.simulate(0.0, end, points))[:, 1:]


def selection(document: Any, identifier: str) -> str:
    """What libRoadRunner calls an id in the meaning it has in formulas."""
    species = document.getModel().getSpecies(identifier)
    concentration = species is not None and not species.getHasOnlySubstanceUnits()
    return f"[{identifier}]" if concentration else identifier


def ids_by_name(document: Any) -> dict[str, str]:
    """Ids of parameters and species by their names."""
    model = document.getModel()
    return {e.getName(): e.getId() for e in [*model.getListOfParameters(), *model.getListOfSpecies()]}


def states_of(document: Any) -> set[str]:
    """Ids of everything that reactions and rate rules change."""
    model = document.getModel()
    return {s.getId() for s in model.getListOfSpecies()} | {
        r.getVariable() for r in model.getListOfRules() if r.isRate()
    }


def assert_agree(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any], names: Sequence[str], rtol: float) -> None:
    """Relative agreement, but for values a billion times smaller than the same quantity's largest, and for noise."""
    largest = np.abs(theirs).max(axis=0)
    allowed = rtol * np.abs(theirs) + 1e-9 * largest + 10.0 * ABSOLUTE
    wrong = np.argwhere(~(np.abs(ours - theirs) <= allowed))
    if len(wrong):
        row, column = wrong[0]
        raise AssertionError(f"{names[column]} at point {row}: {ours[row, column]!r} but {theirs[row, column]!r}")
