"""Measured values over the curves of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.plots.interactive import frame

if TYPE_CHECKING:
    from abscopal.plots.measured import Marks, MeasuredCurves
    from abscopal.plots.palette import Style
    from abscopal.statistics.survival import KaplanMeier

_SHAPES = {"exact": "circle", "below": "triangle-down-open", "above": "triangle-up-open", "groups": "square"}
_SIZES = {"exact": 4, "below": 7, "above": 7, "groups": 8}
_WORDS = {"exact": "", "below": "below ", "above": "above ", "groups": "group: "}


def measured_traces(
    found: MeasuredCurves | None, style: Style, shared: Mapping[str, Any], unit: str, floor: float | None = None
) -> list[dict[str, Any]]:
    """Traces of lines of animals, marks of values and bars of groups.

    Parameters
    ----------
    shared : axes, group in the legend, name and whatever else every trace of this arm and panel has.
    unit : of the value, for what is shown under the pointer.
    floor : lowest value of a logarithmic axis; None draws values as they are.
    """
    if found is None:
        return []
    hidden = {**shared, "showlegend": False}
    traces: list[dict[str, Any]] = []
    if found.animals:
        days = [v for line in found.animals for v in (*line[0], None)]
        heights = [v for line in found.animals for v in (*_heights(line[1], floor), None)]
        line = {"color": style.faint(0.4), "width": 1}
        traces.append({**hidden, "mode": "lines", "x": days, "y": heights, "line": line, "hoverinfo": "skip"})
    for kind in ("exact", "below", "above", "groups"):
        marks: Marks = getattr(found, kind)
        if marks.days:
            traces.append({**hidden, **_marks(kind, marks, style, unit, floor)})
    return traces


def _heights(values: tuple[float, ...], floor: float | None) -> list[float | None]:
    return frame.numbers(values if floor is None else np.maximum(values, floor))


def _marks(kind: str, marks: Marks, style: Style, unit: str, floor: float | None) -> dict[str, Any]:
    mark = {"symbol": _SHAPES[kind], "size": _SIZES[kind], "color": style.colour}
    hover = f"measured on day %{{x:.3g}}: {_WORDS[kind]}%{{y:.3g}} {frame.safe(unit)}<extra>%{{fullData.name}}</extra>"
    trace = {"mode": "markers", "x": frame.numbers(marks.days, 6), "y": _heights(marks.values, floor), "marker": mark}
    trace["hovertemplate"] = hover
    if kind == "groups" and not np.isnan(marks.reach).all():
        reach = frame.numbers(np.nan_to_num(marks.reach))
        trace["error_y"] = {"type": "data", "array": reach, "color": style.colour, "thickness": 1.2, "width": 3}
    return trace


def measured_steps(
    curve: KaplanMeier | None, start: float, style: Style, shared: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Step curve of measured animals: thin, with an open dot at each end and a tick at each censoring."""
    if curve is None:
        return []
    hidden = {**shared, "showlegend": False}
    days = frame.numbers([start, *curve.time_days], 6)
    line = {"color": style.colour, "width": 1.1, "shape": "hv"}
    hover = {"hovertemplate": "measured, day %{x:.3g}: %{y:.3g} %<extra>%{fullData.name}</extra>"}
    heights = frame.numbers([100.0, *(100.0 * curve.survival)])
    traces = [{**hidden, "mode": "lines", "x": days, "y": heights, "line": line, **hover}]
    for shown, symbol, size in ((curve.events, "circle-open", 6), (curve.censored, "line-ns-open", 8)):
        at = curve.time_days[shown > 0]
        mark = {"symbol": symbol, "size": size, "color": style.colour, "line": {"width": 1.4, "color": style.colour}}
        place = {"x": frame.numbers(at, 6), "y": frame.numbers(100.0 * curve.at(at))}
        traces.append({**hidden, "mode": "markers", **place, "marker": mark, **hover})
    return traces
