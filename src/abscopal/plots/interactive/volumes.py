"""Growth curves and spider plots for the report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.plots.interactive import frame
from abscopal.plots.interactive.measured import measured_traces
from abscopal.plots.measured import measured_curves
from abscopal.plots.palette import MEASURED_COLOUR, Style, arm_styles, bands_are_readable, most_lines
from abscopal.plots.paper.volumes import VOLUME_LABEL, day_label, floor_mm3, highest_mm3, site_title, top_mm3
from abscopal.results.nouns import noun_of
from abscopal.results.trajectories import VOLUME

if TYPE_CHECKING:
    from abscopal.results import Result

_MOST_CURVES = 320
_MOST_ACROSS = 4
# Characters above one of four panels.
_PANEL_WIDTH = 30


def growth(result: Result) -> frame.Figure:
    """Median and 5-95 % of animals per arm, one panel per site; bands and scale are switched by the page."""
    t, styles = result.trajectories, arm_styles(result.metadata)
    whole = t.quantiles("volume")
    middles = np.log(np.maximum(whole[2].reshape(-1, t.time_days.size), floor_mm3(result)))
    keep = frame.with_turns(frame.thinned(t.time_days), middles)
    days, quantiles = frame.numbers(t.time_days[keep], 6), whole[..., keep]
    down = math.ceil(len(t.sites) / _MOST_ACROSS)
    room, bands = frame.legend_room(t.arms), bands_are_readable(len(t.arms))
    layout = frame.layout(408 + room + 300 * (down - 1), hovermode="closest")
    places = frame.panels(len(t.sites), _MOST_ACROSS, 0.06 if len(t.sites) < 4 else 0.05, 0.36 / (down + 1))
    data: list[dict[str, Any]] = []
    for s, site in enumerate(result.metadata.sites):
        x, y = frame.name("x", s), frame.name("y", s)
        for a, arm in enumerate(t.arms):
            style = styles[arm]
            shared = {"type": "scatter", "xaxis": x, "yaxis": y, "legendgroup": f"arm{a}", "name": frame.arm_name(arm)}
            low, middle, high = (_on_log(result, quantiles[q, a, s]) for q in (0, 2, 4))
            band = {"x": [*days, *days[::-1]], "y": [*low, *high[::-1]], "fill": "toself", "hoverinfo": "skip"}
            fill = {"fillcolor": style.faint(0.13), "line": {"width": 0}, "mode": "lines", "meta": "band"}
            data.append({**shared, **band, **fill, "showlegend": False, "visible": bands})
            line = {"color": style.colour, "width": 2.2, "dash": style.dash}
            hover = {"hovertemplate": "day %{x:.3g}: %{y:.3g} mm³<extra>%{fullData.name}</extra>"}
            data.append(
                {**shared, "x": days, "y": middle, "mode": "lines", "line": line, "showlegend": s == 0, **hover}
            )
            found = measured_curves(result, VOLUME, arm, site.name)
            data += measured_traces(found, style, shared, "mm³", floor_mm3(result))
        layout[frame.layout_name("x", s)] = frame.axis(day_label(result), domain=places[s][0], anchor=y)
        first = s % _MOST_ACROSS == 0
        options = {"domain": places[s][1], "showticklabels": first}
        layout[frame.layout_name("y", s)] = {**_volume_axis(result, VOLUME_LABEL if first else "", s, x), **options}
        title = f"<b>{frame.wrap(site_title(site), 34 if len(t.sites) > 2 else 60)}</b>"
        layout["annotations"].append(frame.heading(title, places[s][0], places[s][1][1]))
        if result.metadata.survival is not None:
            layout["shapes"].append(frame.horizontal_line(result.metadata.survival.volume_limit_mm3, x, y))
    layout["legend"].update({"y": -62 / (layout["height"] - 96 - room), "yanchor": "top"})
    layout["margin"].update({"t": 18 + 16 * most_lines(map(site_title, result.metadata.sites), 34), "b": 62 + room})
    return {"data": data, "layout": layout, "bands": bands, **_scales(result)}


def spider(result: Result) -> frame.Figure:
    """Every animal's volume (a part of them where there are many), one panel per site and arm."""
    t, styles = result.trajectories, arm_styles(result.metadata)
    arms, sites = len(t.arms), len(t.sites)
    per_panel = max(8, min(40, _MOST_CURVES // (arms * sites)))
    keep = frame.thinned(t.time_days, 61)
    days = [*frame.numbers(t.time_days[keep]), None]
    across = min(arms, 4)
    down = math.ceil(arms / across) * sites
    heads = most_lines(t.arms, _PANEL_WIDTH) + most_lines(t.sites, _PANEL_WIDTH)
    between = 30 + 15 * heads
    inside = max(200, 130 * down + between * (down - 1))
    columns, rows = frame.spans(across, 0.025), frame.spans(down, between / inside)[::-1]
    layout = frame.layout(inside + 82 + 15 * heads, showlegend=False, hovermode=False)
    data: list[dict[str, Any]] = []
    for s in range(sites):
        for a, arm in enumerate(t.arms):
            row, column = s * math.ceil(arms / across) + a // across, a % across
            panel = s * arms + a
            x, y = frame.name("x", panel), frame.name("y", panel)
            curves = t.solved("volume", a)[:per_panel, s][:, keep]
            heights = [v for curve in curves for v in (*_on_log(result, curve), None)]
            found = measured_curves(result, VOLUME, arm, t.sites[s])
            line = {"color": styles[arm].faint(0.6 if found is None else 0.25), "width": 1}
            data.append({"type": "scatter", "mode": "lines", "x": days * len(curves), "y": heights, "line": line})
            shared = {"type": "scatter", "xaxis": x, "yaxis": y, "name": frame.safe(arm)}
            data[-1].update(shared)
            data += measured_traces(found, Style(MEASURED_COLOUR, "solid"), shared, "mm³", floor_mm3(result))
            bottom = row == down - 1 or a + across >= arms
            title = day_label(result) if bottom and row == down - 1 else ""
            layout[frame.layout_name("x", panel)] = frame.axis(title, domain=list(columns[column]), anchor=y)
            options = {"domain": list(rows[row]), "showticklabels": column == 0}
            label = VOLUME_LABEL if column == 0 else ""
            layout[frame.layout_name("y", panel)] = {**_volume_axis(result, label, panel, x), **options}
            layout[frame.layout_name("x", panel)].update({"matches": "x"} if panel else {})
            text = f"<b>{frame.wrap(arm, _PANEL_WIDTH)}</b><br>{frame.wrap(t.sites[s], _PANEL_WIDTH)}"
            layout["annotations"].append(frame.heading(text, columns[column], rows[row][1], 12))
    layout["margin"].update({"t": 12 + 15 * heads, "b": 70})
    noun = noun_of(result.metadata)
    note = f"{per_panel} of {t.subjects} {noun.many} per arm" if per_panel < t.subjects else f"every {noun.one}"
    return {"data": data, "layout": layout, "note": note, **_scales(result)}


def _on_log(result: Result, volume: Any) -> list[float | None]:
    """Volumes that a logarithmic axis can hold too: never below its floor."""
    return frame.numbers(np.maximum(volume, floor_mm3(result)))


def _volume_axis(result: Result, title: str, index: int, anchor: str) -> dict[str, Any]:
    shared = {"matches": "y", "showticklabels": False} if index else {}
    return frame.axis(title, range=_scales(result)["linear"], anchor=anchor, **shared)


def _scales(result: Result) -> dict[str, list[float]]:
    """Ranges of the linear and the logarithmic volume axis, for the page's switch."""
    highest = max(highest_mm3(result), 1.0)
    top = top_mm3(result) or 1.05 * highest
    floor = floor_mm3(result)
    logarithmic = [math.log10(floor), math.log10(max(highest, 10 * floor)) + 0.1]
    return {"linear": [0.0, float(f"{top:.4g}")], "log": [round(v, 3) for v in logarithmic]}
