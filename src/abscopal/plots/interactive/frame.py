"""What every interactive figure shares: fonts, axes, rows and columns of panels, rounded numbers, safe text."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.plots.palette import wrapped

Figure = dict[str, Any]

FONT = {
    "family": "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
    "size": 13,
    "color": "#1f2933",
}
GRID = "#E8ECF0"
_MOST_DAYS = 90
# Characters of a name on one line of a legend; widths of a figure, of an entry without its name, and of a letter [px].
_LEGEND_WIDTH, _PAGE_PX, _ENTRY_PX, _LETTER_PX = 60, 860.0, 48.0, 7.3
# Days added to a thinned curve at most, and the share of its height that is seen.
_MOST_TURNS, _SEEN = 120, 0.02


def safe(text: str) -> str:
    """Text that plotly shows as written: no tags, no links."""
    return html.escape(str(text), quote=False)


def wrap(text: str, width: int) -> str:
    """Text over as many short lines as it needs, shown as written."""
    return "<br>".join(safe(line) for line in wrapped(text, width).split("\n"))


def numbers(values: Iterable[float] | NDArray[Any], digits: int = 4) -> list[float | None]:
    """Numbers to a few significant digits, None for what is not finite: a third of the size in the page."""
    return [float(f"{v:.{digits}g}") if math.isfinite(v) else None for v in np.asarray(values, float).ravel()]


def thinned(time_days: NDArray[Any], most: int = _MOST_DAYS) -> NDArray[np.int64]:
    """Indices of at most `most` recorded days, evenly spread, with the first and the last."""
    if time_days.size <= most:
        return np.arange(time_days.size)
    wanted = np.linspace(time_days[0], time_days[-1], most)
    return np.unique(np.searchsorted(time_days, wanted).clip(0, time_days.size - 1))


def with_turns(keep: NDArray[np.int64], curves: NDArray[Any], most: int = _MOST_TURNS) -> NDArray[np.int64]:
    """The same indices, with those at which a curve turns, jumps or breaks: peaks stay on a thinned curve.

    Parameters
    ----------
    curves : array (curves, days) ; a day counts by its distance from the line between the days kept beside it.
    most : days that are added at most.
    """
    finite = np.nan_to_num(np.atleast_2d(curves))
    reach = np.maximum(np.ptp(finite, axis=1, keepdims=True), np.finfo(float).tiny)
    days = np.arange(finite.shape[1])
    for _ in range(most):
        straight = np.stack([np.interp(days, keep, curve[keep]) for curve in finite])
        off = (np.abs(finite - straight) / reach).max(axis=0)
        if off.max() < _SEEN:
            break
        # The worst day between each two kept ones, at most a share of what may be added at once.
        worst = np.argsort(off)[::-1][: max(1, most // 4)]
        worst = worst[off[worst] >= _SEEN]
        if keep.size + worst.size > _MOST_DAYS + most:
            break
        keep = np.unique(np.concatenate([keep, worst]))
    return keep


def grid(days: NDArray[Any]) -> dict[str, Any]:
    """Days of a trace: start and step where they are even, which spares the page a list per trace."""
    steps = np.diff(days)
    if steps.size and np.allclose(steps, steps[0]):
        return {"x0": float(days[0]), "dx": float(f"{steps[0]:.6g}")}
    return {"x": numbers(days, 6)}


def layout(height: int, **options: Any) -> dict[str, Any]:
    """Layout of a figure: white, the page's font, legend below the panels."""
    shared = {
        "height": height,
        "font": FONT,
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "margin": {"l": 70, "r": 16, "t": 36, "b": 50},
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 13}},
        "hoverlabel": {"font": {"size": 12}, "namelength": -1},
        "annotations": [],
        "shapes": [],
    }
    return {**shared, **options}


def arm_name(name_of_arm: str) -> str:
    """Name of an arm in a legend: whole, over lines that fit the page."""
    return wrap(name_of_arm, _LEGEND_WIDTH)


def legend_room(names: Sequence[str]) -> int:
    """Height that a legend of these names takes below a figure, entries set one behind the other [px]."""
    height, row, left = 0, 0, 0.0
    for name_of_arm in names:
        lines = wrapped(name_of_arm, _LEGEND_WIDTH).split("\n")
        wide = _ENTRY_PX + _LETTER_PX * max(map(len, lines))
        if wide > left:
            height, row, left = height + row, 0, _PAGE_PX
        row, left = max(row, 6 + 17 * len(lines)), left - wide
    return height + row


def axis(title: str = "", **options: Any) -> dict[str, Any]:
    """One axis: a thin line, a pale grid, outside ticks."""
    shared = {
        "title": {"text": safe(title).replace("\n", "<br>"), "font": {"size": 12}, "standoff": 8},
        "gridcolor": GRID,
        "zeroline": False,
        "showline": True,
        "linecolor": "#9AA5B1",
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "#9AA5B1",
        "tickfont": {"size": 11},
        "automargin": True,
    }
    return {**shared, **options}


def name(letter: str, index: int) -> str:
    """Plotly's name of the axis of panel `index` counted from 0: x, x2, x3."""
    return letter if index == 0 else f"{letter}{index + 1}"


def layout_name(letter: str, index: int) -> str:
    """The same axis as a key of the layout: xaxis, xaxis2."""
    return f"{letter}axis" if index == 0 else f"{letter}axis{index + 1}"


def spans(count: int, gap: float) -> list[tuple[float, float]]:
    """Equal intervals of [0, 1] with gaps between them."""
    width = (1 - gap * (count - 1)) / count
    return [(round(i * (width + gap), 5), round(min(i * (width + gap) + width, 1.0), 5)) for i in range(count)]


def panels(count: int, across: int, gap: float, row_gap: float) -> list[tuple[list[float], list[float]]]:
    """Horizontal and vertical interval of each panel, filled row by row from the top."""
    columns = spans(min(count, across), gap)
    rows = spans(math.ceil(count / across), row_gap)[::-1]
    return [(list(columns[i % across]), list(rows[i // across])) for i in range(count)]


def heading(text: str, x: Sequence[float], y: float, size: int = 13) -> dict[str, Any]:
    """Title centred over a panel; the text must already be safe."""
    place = {"x": (x[0] + x[1]) / 2, "y": y, "xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom"}
    return {"text": text, "showarrow": False, "font": {"size": size}, **place}


def horizontal_line(y: float, x_axis: str, y_axis: str) -> dict[str, Any]:
    """A dashed line across one panel."""
    line = {"color": "#7B8794", "width": 1, "dash": "dash"}
    return {
        "type": "line",
        "xref": f"{x_axis} domain",
        "yref": y_axis,
        "x0": 0,
        "x1": 1,
        "y0": y,
        "y1": y,
        "line": line,
    }
