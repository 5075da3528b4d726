"""abscopal: radiotherapy combined with immunotherapy, as an executable mechanistic model.

Research software: never advice on a patient.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from abscopal.version import __version__

# Public name -> module that holds it; loaded on first use so that `import abscopal` stays quick.
_PUBLIC = {
    "InputError": "abscopal.errors",
    "Result": "abscopal.results",
    "Study": "abscopal.study",
    "StudyResult": "abscopal.report.study_result",
    "load": "abscopal.pipeline",
    "parameters": "abscopal",
    "radiation": "abscopal",
    "run": "abscopal.report.study_result",
    "timeline": "abscopal.regimen",
}

__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:
    from abscopal import parameters as parameters
    from abscopal import radiation as radiation
    from abscopal.errors import InputError as InputError
    from abscopal.pipeline import load as load
    from abscopal.regimen import timeline as timeline
    from abscopal.report.study_result import StudyResult as StudyResult
    from abscopal.report.study_result import run as run
    from abscopal.results import Result as Result
    from abscopal.study import Study as Study


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'abscopal' has no attribute {name!r}")
    if _PUBLIC[name] == "abscopal":
        return importlib.import_module(f"abscopal.{name}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
