"""The figure of a calculator: its curves, with the answer marked on them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from abscopal.plots.curves import Curves
from abscopal.plots.palette import COLOURS, MATPLOTLIB_DASHES
from abscopal.plots.paper.canvas import legend, panels, plain, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (5.0, 3.6)
_MARK = "asked for"
# Characters that fit above the panel.
_TITLE_WIDTH = 62


def calculated(curves: Curves) -> Figure:
    """Matplotlib figure of curves; a vertical line and a dot on each curve mark the value asked for."""
    figure, (axis,) = panels(1, 1, _SIZE)
    titled(axis, textwrap.fill(_micro(curves.title), _TITLE_WIDTH), _micro(curves.x_label), _micro(curves.y_label))
    right = axis.twinx() if curves.right else axis
    if curves.right:
        right.set_ylabel(curves.right_label, fontsize=8)
        right.tick_params(labelsize=8)
        right.spines["top"].set_visible(False)
    for place, name in enumerate(curves.by_name):
        _curve(right if name in curves.right else axis, curves, name, place)
    asked = {x for x, _ in curves.marks.values()}
    for i, x in enumerate(sorted(asked)):
        axis.axvline(x, color="#999999", linewidth=0.7, linestyle=(0, (4, 3)), label=_MARK if i == 0 else None)
    if curves.logarithmic:
        axis.set_yscale("log")
    elif curves.from_zero:
        axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
        right.set_ylim(bottom=min(0.0, right.get_ylim()[0]))
    if curves.right:  # one legend for both axes
        for line in right.get_lines():
            axis.plot([], [], color=line.get_color(), linestyle=line.get_linestyle(), label=line.get_label())
    legend(figure, axis, columns=3)
    return figure


def _micro(text: str) -> str:
    """Text with the unit of LET as figures write it."""
    return text.replace("keV/um", "keV/µm")


def _curve(axis: Axes, curves: Curves, name: str, place: int) -> None:
    colour = COLOURS[place % len(COLOURS)]
    dash = MATPLOTLIB_DASHES[(place // len(COLOURS) + (name in curves.right)) % len(MATPLOTLIB_DASHES)]
    if name in curves.bands:
        axis.fill_between(curves.x, *curves.bands[name], color=colour, alpha=0.15, linewidth=0)
    axis.plot(curves.x, curves.by_name[name], dash, color=colour, linewidth=1.5, label=_micro(plain(name)))
    if name in curves.marks:
        axis.plot(*curves.marks[name], "o", color=colour, markersize=5, label="_nolegend_")
