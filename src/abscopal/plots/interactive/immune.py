"""Readouts over time and the why panel, for the report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from abscopal.plots.folds import fold_ticks
from abscopal.plots.interactive import frame
from abscopal.plots.palette import GROUP_COLOURS, arm_styles, wrapped
from abscopal.plots.paper.volumes import day_label
from abscopal.results.mediators import by_place
from abscopal.results.wording import number, unit_text

if TYPE_CHECKING:
    from abscopal.results import Result
    from abscopal.results.comparison import Comparison

_ROW_PX = 200
_ACROSS = 4


def readouts(result: Result) -> frame.Figure | None:
    """Medians of every readout, small panels; the page's switch chooses the site (`meta` holds it)."""
    t, styles = result.trajectories, arm_styles(result.metadata)
    chosen = [r for r in t.readouts if r.name != "volume"]
    if not chosen:
        return None
    keep = frame.thinned(t.time_days, 61)
    days = frame.grid(t.time_days[keep])
    across = min(_ACROSS, len(chosen))
    down = math.ceil(len(chosen) / across)
    height = _ROW_PX * down + 90
    gap = 78 / (height - 120) if down > 1 else 0.0
    columns, rows = frame.spans(across, 0.055), frame.spans(down, min(gap, 0.8 / down))[::-1]
    layout = frame.layout(height, hovermode="closest")
    first = _first_site(result)
    data: list[dict[str, Any]] = []
    for i, readout in enumerate(chosen):
        x, y = frame.name("x", i), frame.name("y", i)
        quantiles = t.quantiles(readout.name)[2][..., keep]
        for s, site in enumerate(t.sites if readout.per_site else ["body"]):
            for a, arm in enumerate(t.arms):
                values = quantiles[a, s] if readout.per_site else quantiles[a]
                line = {"color": styles[arm].colour, "width": 1.8, "dash": styles[arm].dash}
                trace = {"type": "scatter", "mode": "lines", **days, "y": frame.numbers(values, 3), "line": line}
                hover = {"hovertemplate": "day %{x:.3g}: %{y:.3g}<extra>%{fullData.name}</extra>"}
                group = {"legendgroup": f"arm{a}", "showlegend": i == 0 and s == 0, "name": frame.safe(arm)}
                meta = frame.safe(site) if readout.per_site else "body"
                visible = not readout.per_site or site == first
                data.append({**trace, **hover, **group, "xaxis": x, "yaxis": y, "meta": meta, "visible": visible})
        row, column = divmod(i, across)
        bottom = i + across >= len(chosen)
        title = day_label(result) if bottom else ""
        layout[frame.layout_name("x", i)] = frame.axis(title, domain=list(columns[column]), anchor=y, nticks=5)
        options = {"domain": list(rows[row]), "anchor": x, "nticks": 5, "rangemode": "tozero"}
        layout[frame.layout_name("y", i)] = frame.axis("", **options, exponentformat="power")
        unit = unit_text(readout.unit) or "dimensionless"
        where = "" if readout.per_site else ", body"
        text = f"<b>{frame.wrap(readout.label, 38, 1)}</b><br>[{frame.safe(unit)}{where}]"
        layout["annotations"].append(frame.heading(text, columns[column], rows[row][1], 11))
    _legend_of_first(data, len(t.arms), len(t.sites), chosen[0].per_site, first, t.sites)
    layout["legend"].update({"y": -66 / (height - 120), "yanchor": "top"})
    layout["margin"].update({"t": 40, "b": 96, "l": 46})
    return {"data": data, "layout": layout, "places": [frame.safe(s) for s in t.sites], "first": frame.safe(first)}


def _first_site(result: Result) -> str:
    """The site shown first: one that no arm irradiates, where the abscopal effect is, if there is one."""
    spared = [s.name for s in result.metadata.sites if not s.irradiated]
    return (spared or [s.name for s in result.metadata.sites])[0]


def _legend_of_first(
    data: list[dict[str, Any]], arms: int, sites: int, per_site: bool, first: str, names: tuple[str, ...]
) -> None:
    """Legend entries belong to traces that stay visible: the page moves them when the site changes."""
    for trace in data[: arms * (sites if per_site else 1)]:
        trace["showlegend"] = trace["meta"] in ("body", frame.safe(first))


def mediators(comparison: Comparison) -> frame.Figure | None:
    """Fold changes of the readouts that differ most at each place; whiskers: middle half of the animals."""
    groups = by_place(comparison)
    rows = [m for group in groups for m in group]
    if not rows:
        return None
    names = [f"{frame.wrap(m.label, 40, 1)} · {frame.safe(m.site or 'body')}" for m in rows]
    # An empty lane sets the places apart.
    group_of = [g for g, group in enumerate(groups) for _ in group]
    places = [row + g for row, g in enumerate(group_of)]
    fold = [m.log2_fold for m in rows]
    texts = [
        f"{number(2**m.log2_fold)}-fold; area {number(m.area_a)} against {number(m.area_b)} {unit_text(m.unit)}·days, "
        f"peak {number(m.peak_a)} against {number(m.peak_b)}; {100 * m.share_same_sign:.0f} % of animals agree"
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
        "x": frame.numbers(fold),
        "y": places,
        "marker": {"color": [GROUP_COLOURS.get(m.group, "#7F7F7F") for m in rows]},
        "error_x": reach,
        "text": [frame.safe(text) for text in texts],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }
    ticks = fold_ticks([v for m in rows for v in (m.low, m.high)])
    layout = frame.layout(95 + 26 * (len(rows) + len(groups) - 1), bargap=0.3)
    title = f"area under the curve, {comparison.a} / {comparison.b}"
    options = {"tickvals": list(ticks), "ticktext": list(ticks.values()), "zeroline": True, "zerolinecolor": "#444444"}
    layout["xaxis"] = frame.axis(wrapped(title, 110, 1), **options)
    layout["yaxis"] = frame.axis("", tickvals=places, ticktext=names, autorange="reversed", showgrid=False, ticks="")
    layout["margin"].update({"t": 8})
    return {"data": [bars], "layout": layout}
