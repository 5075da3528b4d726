"""Answers of the calculator: numbers, curves, and the warnings that their formulas gave."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from abscopal.errors import InputError, Problem
from abscopal.radiation import ValidityWarning
from abscopal.storage.files import whole_file

_PLOT_FORMATS = (".png", ".svg", ".pdf")
Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Curves:
    """Curves over one axis: name -> values at `x`, both arrays (points,)."""

    x: Any
    by_name: Mapping[str, Any]
    x_label: str
    y_label: str
    logarithmic: bool = False


@dataclass(frozen=True)
class Calculation:
    """What a calculation found.

    Attributes
    ----------
    values : quantity with its unit -> number, mapping of numbers, or text; `rows` is a table.
    curves : the same over a range, where it was asked for.
    warnings : where a formula was used outside the range that it was made for.
    """

    values: Mapping[str, Any]
    curves: Curves | None = None
    warnings: tuple[str, ...] = ()


def with_warnings(calculate: Callable[Arguments, Calculation]) -> Callable[Arguments, Calculation]:
    """A calculation whose answer carries the warnings that its formulas give, each once."""

    @wraps(calculate)
    def answered(*args: Arguments.args, **more: Arguments.kwargs) -> Calculation:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ValidityWarning)
            answer = calculate(*args, **more)
        told = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, ValidityWarning))
        return replace(answer, warnings=tuple(told))

    return answered


def draw(curves: Curves, path: Path) -> None:
    """Draw curves to a file.

    Raises
    ------
    InputError
        The file has another format, or cannot be written.
    """
    if path.suffix.lower() not in _PLOT_FORMATS or not path.parent.is_dir() or path.is_dir():
        allowed = f"a file ending in {', '.join(_PLOT_FORMATS)} in an existing folder"
        raise InputError(Problem(f"cannot draw to {str(path)!r}", key="--plot", allowed=allowed))
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 3.4), layout="constrained")
    axis = figure.subplots()
    for name, y in curves.by_name.items():
        axis.plot(curves.x, y, label=name)
    axis.set(xlabel=curves.x_label, ylabel=curves.y_label, yscale="log" if curves.logarithmic else "linear")
    axis.legend(frameon=False, fontsize=8)
    with whole_file(path) as file:
        figure.savefig(file, dpi=150, format=path.suffix.lower().removeprefix("."))
