"""Time to the volume limit with the at-risk table, and responses per site, for the report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.plots.interactive import frame
from abscopal.plots.interactive.measured import measured_steps
from abscopal.plots.measured import measured_survival
from abscopal.plots.palette import RESPONSE_COLOURS, Style, arm_styles, bands_are_readable, most_lines
from abscopal.plots.paper.volumes import day_label
from abscopal.results.endpoints import RESPONSES
from abscopal.results.nouns import noun_of
from abscopal.results.wording import percent
from abscopal.statistics.proportions import Proportion

if TYPE_CHECKING:
    from abscopal.results import Result
    from abscopal.statistics.survival import KaplanMeier

_MOST_ACROSS = 4
# Characters of an arm's name on one line.
_NAME_WIDTH = 26
# What every trace above the table of numbers at risk has.
_GROUP = {"type": "scatter", "xaxis": "x", "yaxis": "y"}


def survival(result: Result) -> frame.Figure | None:
    """Kaplan-Meier curves, their intervals (switched by the page), censoring marks, and numbers at risk below."""
    curves = [(arm.name, arm.survival.curve) for arm in result.arms if arm.survival is not None]
    if not curves:
        return None
    styles, time = arm_styles(result.metadata), result.trajectories.time_days
    lane = max(24, 4 + 16 * most_lines((name for name, _ in curves), _NAME_WIDTH))
    table = lane * len(curves) + 20
    room = frame.legend_room([name for name, _ in curves])
    height = 330 + table + 90 + room
    bands = bands_are_readable(len(curves))
    inside = 330 + table
    layout = frame.layout(height, hovermode="closest")
    layout["margin"].update({"t": 16, "b": 74 + room})
    start, end = float(time[0]), float(time[-1])
    pad = 0.015 * (end - start)
    shared = {"range": [start - pad, end + 2 * pad]}
    ticks = _ticks(start, end)
    layout["xaxis"] = frame.axis("", anchor="y", tickvals=ticks, showticklabels=False, **shared)
    layout["xaxis2"] = frame.axis(day_label(result), anchor="y2", matches="x", tickvals=ticks, showgrid=False)
    layout["yaxis"] = frame.axis(
        f"{noun_of(result.metadata).many} below the limit [%]", domain=[table / inside, 1], range=[-1, 103]
    )
    names = [f'<span style="color:{styles[n].colour}">{frame.wrap(n, _NAME_WIDTH)}</span>' for n, _ in curves]
    lanes: dict[str, Any] = {
        "domain": [0, table / inside - 0.06],
        "range": [len(curves) - 0.5, -0.7],
        "anchor": "x2",
        "ticks": "",
    }
    lanes |= {"tickvals": list(range(len(curves))), "ticktext": names, "showgrid": False, "showline": False}
    layout["yaxis2"] = frame.axis("", **lanes)
    layout["legend"].update({"y": -58 / inside, "yanchor": "top"})
    label = {
        "text": "at risk",
        "x": 0,
        "xref": "paper",
        "xanchor": "right",
        "y": table / inside - 0.045,
        "yref": "paper",
    }
    layout["annotations"].append({**label, "showarrow": False, "font": {"size": 11, "color": "#52606D"}, "xshift": -8})
    data: list[dict[str, Any]] = []
    for place, (arm, k) in enumerate(curves):
        data += _curve(arm, place, k.thinned(), styles[arm], start, bands)
        group = {**_GROUP, "legendgroup": f"arm{place}", "name": frame.arm_name(arm)}
        data += measured_steps(measured_survival(result, arm), start, styles[arm], group)
        left = [str(n) for n in k.at_risk_on(ticks)]
        text = {
            "mode": "text",
            "text": left,
            "textfont": {"color": styles[arm].colour, "size": 12},
            "hoverinfo": "skip",
        }
        at = {"x": ticks, "y": [place] * len(ticks), "xaxis": "x2", "yaxis": "y2", "legendgroup": f"arm{place}"}
        data.append({"type": "scatter", **text, **at, "showlegend": False})
    return {"data": data, "layout": layout, "bands": bands}


def _ticks(start: float, end: float) -> list[float]:
    from math import ceil, floor, log10

    rough = (end - start) / 7
    scale = 10 ** floor(log10(rough))
    step = next(s * scale for s in (1, 2, 5, 10) if s * scale >= rough * 0.999)
    return [round(i * step, 6) for i in range(ceil(start / step), floor(end / step) + 1)]


def _curve(arm: str, index: int, k: KaplanMeier, style: Style, start: float, bands: bool) -> list[dict[str, Any]]:
    x = frame.numbers([start, *k.time_days])
    shared = {**_GROUP, "legendgroup": f"arm{index}", "name": frame.arm_name(arm)}
    low, high = ([100.0, *(100 * np.nan_to_num(v))] for v in (k.low, k.high))
    corners_x, corners_low = _stairs(x, low)
    _, corners_high = _stairs(x, high)
    band = {"x": corners_x + corners_x[::-1], "y": corners_low + corners_high[::-1], "fill": "toself", "mode": "lines"}
    fill = {
        "fillcolor": style.faint(0.12),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "meta": "band",
        "showlegend": False,
        "visible": bands,
    }
    line = {"color": style.colour, "width": 2.2, "dash": style.dash, "shape": "hv"}
    hover = {"hovertemplate": "day %{x:.3g}: %{y:.3g} %<extra>%{fullData.name}</extra>"}
    lost = k.time_days[k.censored > 0]
    mark = {"symbol": "line-ns-open", "size": 9, "color": style.colour, "line": {"width": 2, "color": style.colour}}
    marks = {"x": frame.numbers(lost), "y": frame.numbers(100 * k.at(lost)), "mode": "markers", "marker": mark}
    censored = {"hovertemplate": "censored at the end of follow-up<extra>%{fullData.name}</extra>", "showlegend": False}
    return [
        {**shared, **band, **fill},
        {**shared, "x": x, "y": frame.numbers([100.0, *(100 * k.survival)]), "mode": "lines", "line": line, **hover},
        {**shared, **marks, **censored},
    ]


def _stairs(x: list[float | None], y: list[float]) -> tuple[list[float | None], list[float | None]]:
    heights = frame.numbers(y)
    return [v for v in x for _ in (0, 1)][1:], [v for v in heights for _ in (0, 1)][:-1]


def response(result: Result) -> frame.Figure | None:
    """Shares of responses per arm, one panel per site; the whisker is the 95 % interval of complete responses."""
    if result.metadata.response is None:
        return None
    sites, arms = result.metadata.sites, result.arms
    names = [frame.wrap(arm.name, _NAME_WIDTH) for arm in arms]
    lane = max(46, 15 * most_lines((arm.name for arm in arms), _NAME_WIDTH))
    places = list(range(len(arms)))
    down = math.ceil(len(sites) / _MOST_ACROSS)
    # Heights in pixels: the panels, and between two rows the axis of the upper and the heading of the lower.
    between = 84
    inside = (lane * len(arms) + 10) * down + between * (down - 1)
    layout = frame.layout(120 + inside, barmode="stack", bargap=0.32)
    areas = frame.panels(len(sites), _MOST_ACROSS, 0.04, between / inside)
    data: list[dict[str, Any]] = []
    for s, site in enumerate(sites):
        x, y = frame.name("x", s), frame.name("y", s)
        shared = {"type": "bar", "orientation": "h", "y": places, "xaxis": x, "yaxis": y}
        for kind in RESPONSES:
            shares = [arm.sites[s].responses[kind] for arm in arms]
            texts = [f"{p.count} of {p.n}: {percent(p.value)} ({percent(p.low)} to {percent(p.high)})" for p in shares]
            look = {"marker": {"color": RESPONSE_COLOURS[kind], "line": {"color": "white", "width": 1}}, "name": kind}
            hover = {"text": texts, "textposition": "none", "hovertemplate": "%{text}<extra>%{fullData.name}</extra>"}
            group = {"legendgroup": kind, "showlegend": s == 0}
            data.append({**shared, "x": frame.numbers([100 * p.value for p in shares]), **look, **hover, **group})
        data.append({**_whiskers([arm.sites[s].responses["complete"] for arm in arms]), "xaxis": x, "yaxis": y})
        title = f"tumours on day {result.metadata.response.day:g} [%]"
        layout[frame.layout_name("x", s)] = frame.axis(title, domain=areas[s][0], range=[0, 101], anchor=y)
        lanes = {
            "tickvals": places,
            "ticktext": names if s % _MOST_ACROSS == 0 else [""] * len(names),
            "autorange": "reversed",
        }
        layout[frame.layout_name("y", s)] = frame.axis(
            "", anchor=x, showgrid=False, ticks="", domain=areas[s][1], **lanes
        )
        layout["annotations"].append(frame.heading(f"<b>{frame.safe(site.name)}</b>", areas[s][0], areas[s][1][1]))
    layout["legend"].update({"y": -54 / inside, "yanchor": "top", "traceorder": "normal"})
    layout["margin"].update({"b": 84})
    return {"data": data, "layout": layout}


def _whiskers(shares: list[Proportion]) -> dict[str, Any]:
    """Intervals of a share, drawn above the bars: an error bar of the bars themselves would lie under the next ones."""
    up, down = ([100 * (p.high - p.value) for p in shares], [100 * (p.value - p.low) for p in shares])
    reach = {"type": "data", "symmetric": False, "array": frame.numbers(up), "arrayminus": frame.numbers(down)}
    look = {"error_x": {**reach, "color": "#111111", "thickness": 1.4, "width": 4}, "hoverinfo": "skip"}
    mark = {"mode": "markers", "marker": {"size": 1, "color": "#111111"}, "showlegend": False}
    places = {"x": frame.numbers([100 * p.value for p in shares]), "y": list(range(len(shares)))}
    return {"type": "scatter", **mark, **places, **look}
