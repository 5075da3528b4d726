"""From a study file to a checked study: read, fill defaults, validate, check, all problems at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from abscopal import parameters, units
from abscopal.errors import InputError, Problem
from abscopal.study.checks import check
from abscopal.study.checks.parameters import override_problems
from abscopal.study.defaults import fill_defaults
from abscopal.study.document import Document, read_document, read_text
from abscopal.study.problems import problems_of
from abscopal.study.schema import study_schema
from abscopal.study.species import species_of
from abscopal.study.specification import Origin, Study
from abscopal.study.values import ParameterOverride

COMMAND_LINE = "command line"


def load(path: str | os.PathLike[str], overrides: Mapping[str, str] | None = None) -> Study:
    """The study that a file describes.

    Parameters
    ----------
    path : a YAML file, see docs/study-files.md.
    overrides : parameter name -> value with unit, as text; recorded in the study.

    Raises
    ------
    InputError
        The file or an override cannot be used; every problem is listed with its line.
    """
    return parse(read_text(path), str(path), overrides)


def parse(text: str, path: str = "", overrides: Mapping[str, str] | None = None) -> Study:
    """The study that a text describes; `path` is named in messages. Raises InputError."""
    return _study(read_document(text, path), path, text, overrides or {})


def from_dict(data: Mapping[str, Any], overrides: Mapping[str, str] | None = None) -> Study:
    """The study that nested dictionaries describe, with keys and units as in a file. Raises InputError."""
    return _study(Document(_as_written(data)), "", "", overrides or {})


def _as_written(value: Any) -> Any:
    """Numbers and booleans as the text that a file would hold, so that a missing unit is an error here too."""
    if isinstance(value, Mapping):
        return {str(key): _as_written(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [_as_written(content) for content in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)


def _study(document: Document, path: str, text: str, overrides: Mapping[str, str]) -> Study:
    filled = fill_defaults(document.data, overrides)
    problems = list(document.problems)
    study = None
    try:
        study = Study.model_validate(document.data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += problems_of(error, document, study_schema())
    problems = _once(problems + check(document, overrides))
    extra = _overrides(overrides, problems, species_of(document.data))
    if problems or study is None:
        raise InputError(sorted(problems, key=lambda p: p.line or 0), path)
    study = study.model_copy(update={"parameters": _in_declared_units((*study.parameters, *extra))})
    study._defaults_filled = filled
    study._origin = Origin(path, text, dict(document.lines))
    return study


def _once(problems: list[Problem]) -> list[Problem]:
    """Each problem once: parts that arms share through an alias are wrong on one line only."""
    kept: dict[tuple[int | None, str, str], Problem] = {}
    for problem in problems:
        last = problem.key.rpartition(".")[2] if problem.line else problem.key
        kept.setdefault((problem.line, last, problem.message), problem)
    return list(kept.values())


def _overrides(overrides: Mapping[str, str], problems: list[Problem], species: str) -> tuple[ParameterOverride, ...]:
    found = []
    for name, given in overrides.items():
        text = str(given)
        wrong = list(override_problems(name, text, f"--set {name}", species=species))
        if wrong:
            problems += wrong
        else:
            found.append(ParameterOverride.from_text(name, text, COMMAND_LINE))
    return tuple(found)


def _in_declared_units(overrides: tuple[ParameterOverride, ...]) -> tuple[ParameterOverride, ...]:
    """Each parameter once, the last word wins, its value in the unit that the parameter is declared in."""
    last = {override.name: override for override in overrides}
    known = parameters.shared() if last else {}
    return tuple(
        ParameterOverride(name, units.convert(o.value, o.unit, known[name].unit), known[name].unit, o.origin)
        for name, o in last.items()
    )
