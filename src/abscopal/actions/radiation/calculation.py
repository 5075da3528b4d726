"""Answers of the calculator: numbers, curves, and the warnings that their formulas gave."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from abscopal.errors import InputError, Problem
from abscopal.plots.curves import Curves
from abscopal.radiation.validity import ValidityWarning
from abscopal.storage.files import whole_file
from abscopal.storage.json_text import finite

_PLOT_FORMATS = (".png", ".svg", ".pdf")
Arguments = ParamSpec("Arguments")

__all__ = ["Calculation", "Curves", "draw", "with_warnings"]


@dataclass(frozen=True)
class Calculation:
    """What a calculation found.

    Attributes
    ----------
    values : quantity with its unit -> number, mapping of numbers, or text; `rows` is a table. None is a number that
        could not be found; the warnings say why. No number is NaN or infinite.
    curves : the same over a range, where it was asked for.
    warnings : where a formula was used outside the range that it was made for.
    """

    values: Mapping[str, Any]
    curves: Curves | None = None
    warnings: tuple[str, ...] = ()


def with_warnings(calculate: Callable[Arguments, Calculation]) -> Callable[Arguments, Calculation]:
    """A calculation whose answer carries the warnings that its formulas give, each once, and finite numbers only."""

    @wraps(calculate)
    def answered(*args: Arguments.args, **more: Arguments.kwargs) -> Calculation:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ValidityWarning)
            answer = calculate(*args, **more)
        told = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, ValidityWarning))
        lost = [f"{name} has no finite value here" for name in _not_finite("", answer.values)]
        return replace(answer, values=finite(answer.values), warnings=(*told, *lost))

    return answered


def _not_finite(name: str, value: Any) -> Iterator[str]:
    """Places of the numbers that are NaN or infinite."""
    if isinstance(value, Mapping):
        for key, content in value.items():
            yield from _not_finite(f"{name} {key}".strip(), content)
    elif isinstance(value, list):
        for place, content in enumerate(value, start=1):
            yield from _not_finite(f"{name} {place}", content)
    elif isinstance(value, float) and not math.isfinite(value):
        yield name


def draw(curves: Curves, path: Path) -> None:
    """Draw curves to a file.

    Raises
    ------
    InputError
        The file has another format, or cannot be written.
    """
    check_plot(path)
    from abscopal.plots.paper.calculator import calculated

    figure = calculated(curves)
    with whole_file(path) as file:
        figure.savefig(file, dpi=150, format=path.suffix.lower().removeprefix("."))


def check_plot(path: Path) -> None:
    """Refuse a file that no figure can be drawn to.

    Raises
    ------
    InputError
        Its format is another, or its folder does not exist.
    """
    if path.suffix.lower() not in _PLOT_FORMATS or not path.parent.is_dir() or path.is_dir():
        allowed = f"a file ending in {', '.join(_PLOT_FORMATS)} in an existing folder"
        raise InputError(Problem(f"cannot draw to {str(path)!r}", key="--plot", allowed=allowed))
