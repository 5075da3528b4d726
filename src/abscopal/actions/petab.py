"""A PEtab problem, simulated and compared with its measurements."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from abscopal import published
from abscopal.errors import InputError, Problem
from abscopal.published import PetabComparison
from abscopal.storage.folders import check_folder


def compare_petab(problem: Path, changes: Mapping[str, str], folder: Path | None = None) -> PetabComparison:
    """Simulate every condition of a PEtab problem and compare it with the measurements.

    Parameters
    ----------
    changes : parameter of the problem -> another value, as text.
    folder : for summary and table; None writes nothing.

    Raises
    ------
    InputError
        The problem cannot be read or uses something that is not supported, a change is no number or names no parameter,
        or the folder cannot be written to.
    """
    if folder is not None:
        check_folder(folder)
    numbers: dict[str, float] = {}
    problems: list[Problem] = []
    for name, text in changes.items():
        try:
            numbers[name] = float(text)
        except ValueError:
            problems.append(Problem(f"{name}={text} is not NAME=NUMBER", key="--set", advice="PEtab has plain numbers"))
    if problems:
        raise InputError(problems)
    found = published.compare_petab(problem, numbers)
    if folder is not None:
        found.save(folder)
    return found
