"""Figures of a result: matplotlib for papers, plotly for the report; arms keep their colours everywhere."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from abscopal.errors import InputError, unknown_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from abscopal.results import Result

_PAPER = {
    "growth": "volumes",
    "spider": "volumes",
    "survival": "outcomes",
    "response": "outcomes",
    "readouts": "immune",
    "mediators": "immune",
    "timetable": "schedule",
}
KINDS = tuple(_PAPER)

__all__ = ["KINDS", "draw"]


def draw(result: Result, kind: str = "growth", **options: Any) -> Figure:
    """Matplotlib figure of a result; save it with `.savefig("growth.pdf")`.

    Parameters
    ----------
    kind : one of `KINDS`
    options : of the figure: `log` (growth, spider), `animals` (spider), `readouts`, `site` and `log` (readouts),
        `comparison` and `most` (mediators)

    Raises
    ------
    InputError : for an unknown kind, with the nearest.
    """
    if kind not in _PAPER:
        raise InputError(unknown_name("plot", kind, KINDS))
    module = importlib.import_module(f"abscopal.plots.paper.{_PAPER[kind]}")
    figure: Figure = getattr(module, kind)(result, **options)
    return figure
