"""Data with the bands of what a fit foretells of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.measurements import ABOVE, BELOW, VOLUME, Observation
from abscopal.plots.fits.bands import Panel, panels_of
from abscopal.plots.palette import COLOURS, wrapped
from abscopal.plots.paper.canvas import panels, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from abscopal.fitting import Fit
    from abscopal.simulation import FloatArray

_ACROSS = 3
_DATA, _BAND, _BASELINE = "#111111", COLOURS[0], COLOURS[1]
# Below this share of the smallest value an axis shows nothing.
_BELOW_SMALLEST = 0.3


def predictive(fit: Fit, log: bool = True) -> Figure:
    """Measured values (black) in the 80 % band of values measured anew, animals taken out at the limit in both."""
    found = panels_of(fit)
    limit = fit.problem.prepared.study.endpoints.survival.volume_limit_mm3
    return draw_panels(found, limit, log)


def draw_panels(found: Sequence[Panel], limit_mm3: float, log: bool = True) -> Figure:
    """One panel for each arm, observable and place."""
    figure, axes = panels(len(found), _ACROSS, (3.1, 2.5))
    sites = {panel.site for panel in found}
    for panel, axis in zip(found, axes, strict=True):
        _draw(axis, panel, log)
        if panel.observable == VOLUME:
            axis.axhline(limit_mm3, color="#999999", linewidth=0.7, linestyle=(0, (4, 3)))
        where = f", {panel.site}" if len(sites) > 1 else ""
        what = "volume [mm³]" if panel.observable == VOLUME else f"{panel.observable}"
        titled(axis, wrapped(f"{panel.arm}{where}", 34), "day", what)
    _share_scales(found, axes)
    return figure


def _share_scales(found: Sequence[Panel], axes: Sequence[Axes]) -> None:
    """One scale for all panels of an observable."""
    for observable in dict.fromkeys(panel.observable for panel in found):
        own = [axis for panel, axis in zip(found, axes, strict=True) if panel.observable == observable]
        limits = [axis.get_ylim() for axis in own]
        for axis in own:
            axis.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def _draw(axis: Axes, panel: Panel, log: bool) -> None:
    values = np.array([row.value for row in panel.rows])
    positive = values[values > 0]
    floor = _BELOW_SMALLEST * float(positive.min()) if positive.size else 1e-3

    def shown(heights: FloatArray) -> FloatArray:
        return np.maximum(heights, floor) if log else heights

    axis.fill_between(panel.days, shown(panel.low), shown(panel.high), color=_BAND, alpha=0.22, linewidth=0)
    axis.plot(panel.days, shown(panel.middle), color=_BAND, linewidth=1.4)
    if panel.line is not None:
        measured = [row.day for row in panel.rows]
        days = np.linspace(min(measured), max(measured), 30)
        axis.plot(days, np.exp(panel.line.mean(days)), color=_BASELINE, linewidth=1.0, linestyle=(0, (3, 2)))
    for name in dict.fromkeys(row.animal for row in panel.rows if row.animal):
        own = sorted((row.day, row.value) for row in panel.rows if row.animal == name)
        axis.plot(*np.array(own).T, color=_DATA, linewidth=0.4, alpha=0.5)
    _mark(axis, [row for row in panel.rows if not row.censoring and not row.is_summary], "o", 1.8, _DATA)
    _mark(axis, [row for row in panel.rows if row.censoring == BELOW], "v", 3.2, "white")
    _mark(axis, [row for row in panel.rows if row.censoring == ABOVE], "^", 3.2, "white")
    _mark(axis, [row for row in panel.rows if not row.censoring and row.is_summary], "s", 3.4, _DATA)
    if log:
        axis.set_yscale("log")
        axis.set_ylim(bottom=floor)


def _mark(axis: Axes, rows: Sequence[Observation], shape: str, size: float, fill: str) -> None:
    look: dict[str, Any] = {"color": _DATA, "markersize": size, "markerfacecolor": fill, "markeredgewidth": 0.7}
    axis.plot([row.day for row in rows], [row.value for row in rows], shape, linestyle="none", **look)
