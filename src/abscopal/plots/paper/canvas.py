"""The look that every paper figure shares, and its grids of panels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOK = {"labelsize": 8}
# Characters of a name on one line of a legend, and how many of its size fit an inch.
LEGEND_WIDTH = 44
_CHARACTERS_PER_INCH = 15.0
_LINE_INCHES = 0.15


def panels(count: int, columns: int, size: tuple[float, float], **options: Any) -> tuple[Figure, list[Axes]]:
    """Figure with `count` panels in rows of at most `columns`; `size` is one panel's, in inches."""
    from matplotlib.figure import Figure

    columns = max(1, min(columns, count))
    rows = max(1, math.ceil(count / columns))
    figure = Figure(figsize=(size[0] * columns, size[1] * rows), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False, **options).ravel())
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(**_LOOK)
    for axis in axes[count:]:
        axis.set_visible(False)
    return figure, axes[:count]


def titled(axis: Axes, title: str, x: str, y: str) -> None:
    """Title and axis labels in the shared sizes."""
    axis.set_title(plain(title), fontsize=9)
    axis.set_xlabel(x, fontsize=8)
    axis.set_ylabel(y, fontsize=8)


def plain(text: str) -> str:
    """Text in which matplotlib finds no mathematics, and which no legend leaves out for a stroke at its start."""
    return text.replace("$", r"\$") if not text.startswith("_") else " " + text.replace("$", r"\$")


def legend(figure: Figure, axis: Axes, columns: int = 4) -> None:
    """One legend below all panels, from the handles of one of them; the figure grows by its height."""
    handles, labels = axis.get_legend_handles_labels()
    # Long names need their width: fewer stand side by side.
    longest = max((len(line) for label in labels for line in label.split("\n")), default=1)
    columns = max(1, min(columns, int(figure.get_figwidth() * _CHARACTERS_PER_INCH // (longest + 6))))
    rows = math.ceil(len(labels) / columns)
    lines = sum(sorted((label.count("\n") + 1 for label in labels), reverse=True)[:rows])
    figure.set_figheight(figure.get_figheight() + _LINE_INCHES * lines)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=8, frameon=False)
