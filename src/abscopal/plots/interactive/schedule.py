"""The timetable for the report: one lane per arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from abscopal.plots.interactive import frame
from abscopal.plots.palette import most_lines
from abscopal.plots.paper.volumes import day_label
from abscopal.plots.schedule import treatments

if TYPE_CHECKING:
    from abscopal.results import Result


def timetable(result: Result) -> frame.Figure | None:
    """Every event of every arm on its day; hovering says how much and where."""
    arms = result.trajectories.arms
    found = treatments(result.metadata)
    if not found:
        return None
    data: list[dict[str, Any]] = []
    for treatment in found:
        mark = {"symbol": treatment.symbol, "size": 11, "color": treatment.colour, "opacity": 0.9}
        mark["line"] = {"color": "white", "width": 1}
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": frame.arm_name(treatment.what),
                "x": frame.numbers(treatment.days, 6),
                "y": list(treatment.lanes),
                "text": [frame.safe(text) for text in treatment.texts],
                "marker": mark,
                "hovertemplate": "day %{x:.4g}: %{text}<extra>%{fullData.name}</extra>",
            }
        )
    names = [frame.wrap(arm, 28) for arm in arms]
    lane = max(52, 16 * most_lines(arms, 28))
    room = frame.legend_room([treatment.what for treatment in found])
    layout = frame.layout(82 + room + lane * len(arms), hovermode="closest")
    layout["xaxis"] = frame.axis(day_label(result))
    lanes = {"tickvals": list(range(len(arms))), "ticktext": names, "range": [len(arms) - 0.4, -0.6], "ticks": ""}
    layout["yaxis"] = frame.axis("", **lanes)
    layout["legend"].update({"y": -58 / (lane * len(arms)), "yanchor": "top"})
    layout["margin"].update({"t": 8, "b": 70 + room})
    return {"data": data, "layout": layout}
