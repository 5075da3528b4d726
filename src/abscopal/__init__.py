"""abscopal: radiotherapy combined with immunotherapy, as an executable mechanistic model.

Research software: never advice on a patient.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from abscopal.version import __version__

# Public name -> module that holds it (and its name there); loaded on first use, so that `import abscopal` stays quick.
_PUBLIC = {
    "Arm": "abscopal.study:WrittenArm",
    "Cells": "abscopal.study:WrittenCells",
    "Drug": "abscopal.study:WrittenDrug",
    "Host": "abscopal.study:WrittenHost",
    "InputError": "abscopal.errors",
    "Radiation": "abscopal.study:WrittenRadiation",
    "Result": "abscopal.results",
    "Site": "abscopal.study:WrittenSite",
    "StartVolume": "abscopal.study:WrittenStartVolume",
    "Study": "abscopal.study:ComposedStudy",
    "StudyFit": "abscopal.report.study_fit",
    "StudyResult": "abscopal.report.study_result",
    "fit": "abscopal.report.study_fit",
    "from_dict": "abscopal.study",
    "load": "abscopal.pipeline",
    "open": "abscopal.report.study_result:open_folder",
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
    from abscopal.report.study_fit import StudyFit as StudyFit
    from abscopal.report.study_fit import fit as fit
    from abscopal.report.study_result import StudyResult as StudyResult
    from abscopal.report.study_result import open_folder as open  # noqa: F401 - in __all__ by `_PUBLIC`
    from abscopal.report.study_result import run as run
    from abscopal.results import Result as Result
    from abscopal.study import ComposedStudy as Study  # noqa: F401 - in __all__ by `_PUBLIC`, as those below
    from abscopal.study import WrittenArm as Arm  # noqa: F401
    from abscopal.study import WrittenCells as Cells  # noqa: F401
    from abscopal.study import WrittenDrug as Drug  # noqa: F401
    from abscopal.study import WrittenHost as Host  # noqa: F401
    from abscopal.study import WrittenRadiation as Radiation  # noqa: F401
    from abscopal.study import WrittenSite as Site  # noqa: F401
    from abscopal.study import WrittenStartVolume as StartVolume  # noqa: F401
    from abscopal.study import from_dict as from_dict


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'abscopal' has no attribute {name!r}")
    if _PUBLIC[name] == "abscopal":
        return importlib.import_module(f"abscopal.{name}")
    module, _, known_as = _PUBLIC[name].partition(":")
    return getattr(importlib.import_module(module), known_as or name)


def __dir__() -> list[str]:
    return sorted(__all__)
