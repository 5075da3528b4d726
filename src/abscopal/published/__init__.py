"""Models of others: SBML in and out, and published models re-implemented. Loaded on first use.

>>> from abscopal import published
>>> model = published.load_published("Kosinsky2018")
>>> run = published.simulate(model, [0.0, 7.0, 40.0])
>>> print(run["volume"].round(1))
[[  15.   149.2 1758.5]]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "Given": "abscopal.published.model",
    "PublishedModel": "abscopal.published.model",
    "PublishedTrajectories": "abscopal.published.solving",
    "compare_petab": "abscopal.published.petab.comparison",
    "draw": "abscopal.published.ensemble",
    "import_sbml": "abscopal.published.sbml.importing",
    "PetabComparison": "abscopal.published.petab.comparison",
    "PetabProblem": "abscopal.published.petab.problem",
    "load_published": "abscopal.published.models.catalogue",
    "omex_of_study": "abscopal.published.sbml.export.study_documents",
    "petab_problem": "abscopal.published.petab.problem",
    "plan": "abscopal.published.schedule_planning",
    "read_measurements": "abscopal.published.petab.measurements",
    "sbml_of_arm": "abscopal.published.sbml.export.study_documents",
    "sedml_of_arms": "abscopal.published.sbml.export.study_documents",
    "simulate": "abscopal.published.solving",
    "titles": "abscopal.published.models.catalogue",
    "to_sbml": "abscopal.published.sbml.export.writing",
}

__all__ = [*_PUBLIC]

if TYPE_CHECKING:
    from abscopal.published.ensemble import draw as draw
    from abscopal.published.model import Given as Given
    from abscopal.published.model import PublishedModel as PublishedModel
    from abscopal.published.models.catalogue import load_published as load_published
    from abscopal.published.models.catalogue import titles as titles
    from abscopal.published.petab.comparison import PetabComparison as PetabComparison
    from abscopal.published.petab.comparison import compare_petab as compare_petab
    from abscopal.published.petab.measurements import read_measurements as read_measurements
    from abscopal.published.petab.problem import PetabProblem as PetabProblem
    from abscopal.published.petab.problem import petab_problem as petab_problem
    from abscopal.published.sbml.export.study_documents import omex_of_study as omex_of_study
    from abscopal.published.sbml.export.study_documents import sbml_of_arm as sbml_of_arm
    from abscopal.published.sbml.export.study_documents import sedml_of_arms as sedml_of_arms
    from abscopal.published.sbml.export.writing import to_sbml as to_sbml
    from abscopal.published.sbml.importing import import_sbml as import_sbml
    from abscopal.published.schedule_planning import plan as plan
    from abscopal.published.solving import PublishedTrajectories as PublishedTrajectories
    from abscopal.published.solving import simulate as simulate


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'abscopal.published' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
