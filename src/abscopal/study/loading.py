"""From a study file to a checked study: read, fill defaults, validate, check, all problems at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from abscopal import parameters, units
from abscopal.errors import InputError, Problem
from abscopal.study.checks import check
from abscopal.study.checks.parameters import override_problems
from abscopal.study.defaults import fill_defaults
from abscopal.study.document import Document, document_of, read_document, read_text
from abscopal.study.own_catalogue import own_catalogue
from abscopal.study.problems import problems_of
from abscopal.study.schema import study_schema
from abscopal.study.species import species_of
from abscopal.study.specification import FilledDefault, Origin, Study
from abscopal.study.values import ParameterOverride

COMMAND_LINE = "command line"


def load(
    path: str | os.PathLike[str],
    overrides: Mapping[str, str] | None = None,
    catalogue: str | os.PathLike[str] | None = None,
) -> Study:
    """The study that a file describes.

    Parameters
    ----------
    path : a YAML file, see docs/study-files.md.
    overrides : parameter name -> value with unit, as text; recorded in the study.
    catalogue : a file of the user's own lines, drugs and cell products, see docs/catalogue.md; None is
        `catalogue.yaml` beside the study, if there is one.

    Raises
    ------
    InputError
        The file or an override cannot be used; every problem is listed with its line.
    """
    text = read_text(path)
    with parameters.using(own_catalogue(path, catalogue)):
        return parse(text, str(path), overrides)


def parse(text: str, path: str = "", overrides: Mapping[str, str] | None = None) -> Study:
    """The study that a text describes; `path` is named in messages. Raises InputError."""
    return _study(read_document(text, path), path, text, overrides or {})


def from_dict(data: Mapping[str, Any], overrides: Mapping[str, str] | None = None) -> Study:
    """The study that nested dictionaries describe, with keys and units as in a file.

    Parameters
    ----------
    data : what a YAML reader would make of a study file: dictionaries, lists, text and plain numbers. Quantities are
        text with their unit.
    overrides : parameter name -> value with unit, as text; recorded in the study.

    Raises
    ------
    InputError
        Everything that is wrong, each with its key, as `arms.RT.radiation[0].dose_per_fraction`.

    Examples
    --------
    >>> site = {"inoculum": "1e6 cells", "inoculated": "-9 d"}
    >>> course = {"quality": "X-rays", "dose_per_fraction": "8 Gy", "days": "0 d"}
    >>> given = {"abscopal": 1, "study": "one_side", "tumour": "LM8", "sites": {"left": site}, "control": "untreated"}
    >>> from_dict({**given, "arms": {"untreated": {}, "RT": {"radiation": [course]}}}).arm("RT").radiation[0].target
    ('left',)
    """
    return _study(document_of(data), "", "", overrides or {})


def _study(document: Document, path: str, text: str, overrides: Mapping[str, str]) -> Study:
    written = _with_overrides(deepcopy(document.data), overrides)
    filled = fill_defaults(document.data, overrides)
    problems = list(document.problems)
    study = None
    try:
        study = Study.model_validate(document.data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += problems_of(error, document, study_schema())
    problems = _without_copies(_once(problems + check(document, overrides)), filled)
    extra = _overrides(overrides, problems, species_of(document.data))
    if problems or study is None:
        raise InputError(sorted(problems, key=lambda p: p.line or 0), path)
    study = study.model_copy(update={"parameters": _in_declared_units((*study.parameters, *extra))})
    study._defaults_filled = filled
    study._origin = Origin(path, text, dict(document.lines), written)
    study._made_of = from_dict
    study._catalogue = parameters.current()
    return study


def _with_overrides(written: Any, overrides: Mapping[str, str]) -> Any:
    """What is written, with the parameters that are set beside it."""
    if not overrides:
        return written
    before = written.get("parameters")
    return {**written, "parameters": {**(before if isinstance(before, dict) else {}), **overrides}}


def _once(problems: list[Problem]) -> list[Problem]:
    """Each problem once: parts that arms share through an alias are wrong on one line only."""
    kept: dict[tuple[int | None, str, str], Problem] = {}
    for problem in problems:
        last = problem.key.rpartition(".")[2] if problem.line else problem.key
        kept.setdefault((problem.line, last, problem.message), problem)
    return list(kept.values())


def _without_copies(problems: list[Problem], filled: Sequence[FilledDefault]) -> list[Problem]:
    """What is wrong with a value is told where it is written, not again where it is the default of another key."""
    keys = {default.key for default in filled}
    written = {problem.message for problem in problems if problem.key not in keys}
    return [problem for problem in problems if problem.key not in keys or problem.message not in written]


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
