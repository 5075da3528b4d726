"""Readouts over time and the why panel, for the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.plots.folds import fold_ticks
from abscopal.plots.interactive import frame
from abscopal.plots.interactive.measured import measured_traces
from abscopal.plots.measured import measured_curves
from abscopal.plots.palette import GROUP_COLOURS, arm_styles, most_lines, wrapped
from abscopal.plots.paper.volumes import day_label
from abscopal.results.mediators import by_place
from abscopal.results.trajectories import VOLUME
from abscopal.results.wording import fold, number, unit_text

if TYPE_CHECKING:
    from abscopal.results import Result
    from abscopal.results.comparison import Comparison
    from abscopal.results.trajectories import Readout

_PANEL_PX = 120
_ACROSS = 4
# Characters above one small panel, and decades of a logarithmic axis at most.
_TITLE_WIDTH, _MOST_DECADES = 28, 6
# What the page calls the place of readouts of the whole body.
BODY_PLACE = "body"


def readouts(result: Result) -> frame.Figure | None:
    """Medians of every readout, small panels; the page's switches choose the site and the scale.

    Each site has a layout of its own in `layouts`: a readout that is nothing there in every arm has no panel. `zero`
    names those that are nothing anywhere; `logs` holds the ranges of logarithmic axes, by site.
    """
    t = result.trajectories
    all_of_them = [r for r in result.shown_readouts if r.name != VOLUME]
    chosen = [r for r in all_of_them if any(_is_seen(result, r, s) for s in range(len(t.sites)))]
    if not chosen:
        return None
    first = _first_site(result)
    layouts = {frame.safe(site): _layout(result, chosen, s) for s, site in enumerate(t.sites)}
    logs = {frame.safe(site): _log_ranges(result, chosen, s) for s, site in enumerate(t.sites)}
    layout = layouts[frame.safe(first)]
    data: list[dict[str, Any]] = []
    seen: set[str] = set()
    for i, readout in enumerate(chosen):
        axes = {"xaxis": frame.name("x", i), "yaxis": frame.name("y", i)}
        # Lines before marks: the first trace of an arm that is seen has its entry in the legend.
        made = [*_readout(result, readout, axes), *_measured(result, readout, axes)]
        data += made
        for trace in made:
            here = trace["meta"] in (BODY_PLACE, frame.safe(first)) and _is_shown(layout, i)
            trace.update({"visible": here, "showlegend": here and trace["legendgroup"] not in seen})
            seen |= {trace["legendgroup"]} if here else set()
    zero = [frame.safe(r.label) for r in all_of_them if r not in chosen]
    places = {"places": list(layouts), "first": frame.safe(first), "layouts": layouts, "logs": logs}
    return {"data": data, "layout": layout, "zero": zero, **places}


def _middle(result: Result, readout: Readout, site: int) -> Any:
    """Medians (arm, time) of a readout at a site, or of the body."""
    quantiles = result.trajectories.quantiles(readout.name)[2]
    return quantiles[:, site] if readout.per_site else quantiles


def _is_shown(layout: dict[str, Any], panel: int) -> bool:
    return bool(layout[frame.layout_name("y", panel)].get("visible", True))


def _is_seen(result: Result, readout: Readout, site: int) -> bool:
    return bool(np.nan_to_num(_middle(result, readout, site)).any())


def _layout(result: Result, chosen: Sequence[Readout], site: int) -> dict[str, Any]:
    """Panels of the readouts that are something at a site, row by row; axes keep their numbers at every site."""
    shown = [i for i, readout in enumerate(chosen) if _is_seen(result, readout, site)]
    across = max(1, min(_ACROSS, len(shown)))
    down = max(1, math.ceil(len(shown) / across))
    heads = 15 * (most_lines((chosen[i].label for i in shown), _TITLE_WIDTH) + 1)
    between, room = 30 + heads, frame.legend_room(result.trajectories.arms)
    inside = _PANEL_PX * down + between * (down - 1)
    columns, rows = frame.spans(across, 0.055), frame.spans(down, between / inside)[::-1]
    layout = frame.layout(inside + heads + 90 + room, hovermode="closest")
    for i in set(range(len(chosen))) - set(shown):
        # Named, or plotly would lay axes of its own over the figure.
        for letter, other in (("x", "y"), ("y", "x")):
            hidden = {"visible": False, "domain": [0, 0.001], "anchor": frame.name(other, i)}
            layout[frame.layout_name(letter, i)] = hidden
    for place, i in enumerate(shown):
        readout, (row, column) = chosen[i], divmod(place, across)
        title = day_label(result) if place + across >= len(shown) else ""
        x, y = frame.name("x", i), frame.name("y", i)
        layout[frame.layout_name("x", i)] = frame.axis(title, domain=list(columns[column]), anchor=y, nticks=5)
        options = {"domain": list(rows[row]), "anchor": x, "nticks": 5, "rangemode": "tozero"}
        layout[frame.layout_name("y", i)] = frame.axis("", **options, exponentformat="power")
        where = "" if readout.per_site else ", body"
        unit = frame.safe(unit_text(readout.unit) or "dimensionless")
        text = f"<b>{frame.wrap(readout.label, _TITLE_WIDTH)}</b><br>[{unit}{where}]"
        layout["annotations"].append(frame.heading(text, columns[column], rows[row][1], 11))
    layout["legend"].update({"y": -66 / inside, "yanchor": "top"})
    layout["margin"].update({"t": heads + 10, "b": 80 + room, "l": 46})
    return layout


def _log_ranges(result: Result, chosen: Sequence[Readout], site: int) -> dict[str, list[float]]:
    """Range of each logarithmic axis: from the largest value down to what is above nothing, six decades at most."""
    found = {}
    for i, readout in enumerate(chosen):
        values = _middle(result, readout, site)
        above = np.log10(values[np.isfinite(values) & (values > 0)])
        if above.size:
            top, low = float(above.max()), float(above.min())
            found[frame.layout_name("y", i)] = [round(max(low, top - _MOST_DECADES) - 0.1, 3), round(top + 0.1, 3)]
    return found


def _readout(result: Result, readout: Readout, axes: dict[str, str]) -> list[dict[str, Any]]:
    """Traces of one readout, every arm at every place, on days that keep its peaks."""
    t, styles = result.trajectories, arm_styles(result.metadata)
    middle = t.quantiles(readout.name)[2]
    keep = frame.with_turns(frame.thinned(t.time_days, 46), middle.reshape(-1, t.time_days.size), 60)
    days = frame.grid(t.time_days[keep])
    traces: list[dict[str, Any]] = []
    for s, site in enumerate(t.sites if readout.per_site else [BODY_PLACE]):
        for a, arm in enumerate(t.arms):
            values = (middle[a, s] if readout.per_site else middle[a])[keep]
            line = {"color": styles[arm].colour, "width": 1.8, "dash": styles[arm].dash}
            trace = {"type": "scatter", "mode": "lines", **days, "y": frame.numbers(values, 3), "line": line}
            hover = {"hovertemplate": "day %{x:.3g}: %{y:.3g}<extra>%{fullData.name}</extra>"}
            group = {"legendgroup": f"arm{a}", "name": frame.arm_name(arm)}
            meta = frame.safe(site) if readout.per_site else BODY_PLACE
            traces.append({**trace, **hover, **group, **axes, "meta": meta})
    return traces


def _measured(result: Result, readout: Readout, axes: dict[str, str]) -> list[dict[str, Any]]:
    """Marks of what was measured of one readout, every arm at every place."""
    t, styles = result.trajectories, arm_styles(result.metadata)
    traces: list[dict[str, Any]] = []
    for site in t.sites if readout.per_site else [BODY_PLACE]:
        for a, arm in enumerate(t.arms):
            meta = frame.safe(site) if readout.per_site else BODY_PLACE
            shared = {"type": "scatter", "legendgroup": f"arm{a}", "name": frame.arm_name(arm), **axes, "meta": meta}
            found = measured_curves(result, readout, arm, site)
            traces += measured_traces(found, styles[arm], shared, unit_text(readout.unit))
    return traces


def _first_site(result: Result) -> str:
    """The site shown first: one that no arm irradiates, where the abscopal effect is, if there is one."""
    spared = [s.name for s in result.metadata.sites if not s.irradiated]
    return (spared or [s.name for s in result.metadata.sites])[0]


def mediators(comparison: Comparison) -> frame.Figure | None:
    """Fold changes of the readouts that differ most at each place; whiskers: middle half of the animals."""
    groups = by_place(comparison)
    rows = [m for group in groups for m in group]
    if not rows:
        return None
    names = [f"{frame.wrap(m.label, 40)} · {frame.safe(m.site or 'body')}" for m in rows]
    # An empty lane sets the places apart.
    group_of = [g for g, group in enumerate(groups) for _ in group]
    places = [row + g for row, g in enumerate(group_of)]
    folds = [m.log2_fold for m in rows]
    texts = [
        f"{fold(m.log2_fold)}; area {number(m.area_a)} against {number(m.area_b)} {unit_text(m.unit)}·days, "
        f"peak {number(m.peak_a)} against {number(m.peak_b)}; {100 * m.share_same_sign:.0f} % of "
        f"{comparison.subjects} agree"
        for m in rows
    ]
    reach = {
        "type": "data",
        "symmetric": False,
        "array": frame.numbers([max(m.high - m.log2_fold, 0) for m in rows]),
        "arrayminus": frame.numbers([max(m.log2_fold - m.low, 0) for m in rows]),
        "color": "#222222",
        "thickness": 1.2,
        "width": 3,
    }
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": frame.numbers(folds),
        "y": places,
        "marker": {"color": [GROUP_COLOURS.get(m.group, "#7F7F7F") for m in rows]},
        "error_x": reach,
        "text": [frame.safe(text) for text in texts],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }
    ticks = fold_ticks([v for m in rows for v in (m.low, m.high)])
    title = f"area under the curve, {comparison.a} / {comparison.b}"
    tall = max(26, 15 * most_lines((m.label for m in rows), 40))
    layout = frame.layout(80 + 15 * most_lines([title], 110) + tall * (len(rows) + len(groups) - 1), bargap=0.3)
    options = {"tickvals": list(ticks), "ticktext": list(ticks.values()), "zeroline": True, "zerolinecolor": "#444444"}
    layout["xaxis"] = frame.axis(wrapped(title, 110), **options)
    layout["yaxis"] = frame.axis("", tickvals=places, ticktext=names, autorange="reversed", showgrid=False, ticks="")
    layout["margin"].update({"t": 8})
    return {"data": [bars], "layout": layout}
