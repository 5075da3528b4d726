"""What is given when: one lane per arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abscopal.plots.palette import most_lines, wrapped
from abscopal.plots.paper.canvas import legend, panels, plain, titled
from abscopal.plots.paper.volumes import day_label
from abscopal.plots.schedule import treatments

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from abscopal.results import Result

_MARKERS = {"circle": "o", "diamond": "D", "square": "s", "triangle-down": "v", "cross": "P", "line-ns-open": "|"}


def timetable(result: Result) -> Figure:
    """Every event of every arm on its day."""
    arms = result.trajectories.arms
    found = treatments(result.metadata)
    figure, (axis,) = panels(1, 1, (6.6, 1.0 + max(0.42, 0.17 * most_lines(arms, 26)) * len(arms)))
    for treatment in found:
        y = [len(arms) - 1 - lane for lane in treatment.lanes]
        marker, colour = _MARKERS[treatment.symbol], treatment.colour
        axis.plot(treatment.days, y, marker, color=colour, markersize=6, label=plain(treatment.what), alpha=0.9)
    axis.set_yticks(range(len(arms)), [plain(wrapped(a, 26)) for a in reversed(arms)], fontsize=8)
    axis.set_ylim(-0.6, len(arms) - 0.4)
    axis.grid(axis="y", color="#EEEEEE")
    titled(axis, "", day_label(result), "")
    if found:
        legend(figure, axis, columns=3)
    return figure
