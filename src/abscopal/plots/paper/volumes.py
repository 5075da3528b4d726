"""Tumour volumes over time: median with spread per arm, and every animal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abscopal.plots.measured import measured_curves
from abscopal.plots.palette import MEASURED_COLOUR, arm_styles, bands_are_readable, wrapped
from abscopal.plots.paper.canvas import LEGEND_WIDTH, legend, panels, plain, titled
from abscopal.plots.paper.measured import draw_measured
from abscopal.results.metadata import ReportedSite
from abscopal.results.trajectories import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from abscopal.results import Result

VOLUME_LABEL = "tumour volume [mm³]"


def growth(result: Result, log: bool = False) -> Figure:
    """Median volume and, of few arms, 5-95 % of subjects, one panel per site."""
    t, styles = result.trajectories, arm_styles(result.metadata)
    figure, axes = panels(len(t.sites), 3, (3.6, 3.0), sharey=True)
    quantiles = t.quantiles("volume")
    for s, axis in enumerate(axes):
        for a, arm in enumerate(t.arms):
            style = styles[arm]
            shown = _shown(result, quantiles[:, a, s], log)
            if bands_are_readable(len(t.arms)):
                axis.fill_between(t.time_days, shown[0], shown[-1], color=style.colour, alpha=0.13, linewidth=0)
            name = plain(wrapped(arm, LEGEND_WIDTH))
            axis.plot(t.time_days, shown[2], style.matplotlib_line, color=style.colour, linewidth=1.5, label=name)
            found = measured_curves(result, "volume", arm, t.sites[s])
            draw_measured(axis, found, style.colour, floor_mm3(result) if log else None)
        titled(
            axis,
            wrapped(site_title(result.metadata.sites[s]), 40),
            day_label(result),
            VOLUME_LABEL if s % 3 == 0 else "",
        )
        _scale(result, axis, log)
    legend(figure, axes[0], columns=min(4, len(t.arms)))
    return figure


def spider(result: Result, log: bool = False, animals: int = 60) -> Figure:
    """Volume of every animal (at most `animals`), one panel per site and arm."""
    t, styles = result.trajectories, arm_styles(result.metadata)
    columns = min(len(t.arms), 4)
    order = [(s, a) for s in range(len(t.sites)) for a in range(len(t.arms))]
    figure, axes = panels(len(order), columns, (2.4, 2.1), sharex=True, sharey=True)
    for (s, a), axis in zip(order, axes, strict=True):
        curves = _shown(result, t.solved("volume", a)[:animals, s], log)
        found = measured_curves(result, "volume", t.arms[a], t.sites[s])
        # Paler under measured animals, which are drawn black: both have the arm's panel to themselves.
        opacity = 0.6 if found is None else 0.25
        axis.plot(t.time_days, curves.T, color=styles[t.arms[a]].colour, linewidth=0.6, alpha=opacity)
        draw_measured(axis, found, MEASURED_COLOUR, floor_mm3(result) if log else None)
        first = a % columns == 0
        title = f"{wrapped(t.arms[a], 28)}\n{wrapped(result.metadata.sites[s].name, 28)}"
        titled(axis, title, day_label(result), VOLUME_LABEL if first else "")
        axis.title.set_fontsize(8)
        _scale(result, axis, log)
    return figure


def site_title(site: ReportedSite) -> str:
    """Name of a site and whether any arm irradiates it."""
    word = "irradiated" if site.irradiated else "never irradiated"
    return site.name if site.name == word else f"{site.name} ({word})"


def day_label(result: Result) -> str:
    """The axis of days, with what day 0 is."""
    zero = {"first_fraction": "first fraction", "inoculation": "inoculation"}
    clock = zero.get(result.metadata.clock)
    return f"days from {clock}" if clock else "day"


def floor_mm3(result: Result) -> float:
    """Lowest volume drawn on a logarithmic axis; a tumour below it lies on the axis [mm3]."""
    return result.metadata.volume_floor_mm3 / 10


def top_mm3(result: Result) -> float | None:
    """Top of a linear axis: a little above the volume limit, where animals would be taken out [mm3]."""
    if result.metadata.survival is None:
        return None
    highest = highest_mm3(result)
    limit = 1.25 * result.metadata.survival.volume_limit_mm3
    return limit if highest > limit else None


def highest_mm3(result: Result) -> float:
    """Highest volume that growth figures draw: of 95 % of the animals, and of what was measured [mm3]."""
    t = result.trajectories
    found = (measured_curves(result, "volume", arm, site) for arm in t.arms for site in t.sites)
    simulated = float(np.max(np.nan_to_num(t.quantiles("volume")[-1])))
    return max([simulated, *(curves.highest for curves in found if curves is not None)])


def _shown(result: Result, volume: Floats, log: bool) -> Floats:
    return np.asarray(np.maximum(volume, floor_mm3(result)), float) if log else volume


def _scale(result: Result, axis: Axes, log: bool) -> None:
    if log:
        axis.set_yscale("log")
    else:
        axis.set_ylim(0, top_mm3(result))
    if result.metadata.survival is not None:
        axis.axhline(result.metadata.survival.volume_limit_mm3, color="#999999", linewidth=0.7, linestyle=(0, (4, 3)))
