"""Immune readouts over time, and the mediators that differ most between two arms."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.plots.folds import fold_ticks
from abscopal.plots.measured import measured_curves
from abscopal.plots.palette import GROUP_COLOURS, arm_styles, bands_are_readable, wrapped
from abscopal.plots.paper.canvas import LEGEND_WIDTH, legend, panels, plain, titled
from abscopal.plots.paper.measured import draw_measured
from abscopal.plots.paper.volumes import day_label
from abscopal.results.mediators import by_place
from abscopal.results.trajectories import VOLUME, Floats, Readout
from abscopal.results.wording import unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from abscopal.results import Result

# Characters that fit above one small panel.
_TITLE_WIDTH = 30
# How far a logarithmic axis reaches below the largest value.
_SPAN = 1e6


def readouts(
    result: Result, readouts: Sequence[str] | None = None, site: str | None = None, log: bool = False
) -> Figure:
    """Median and, of few arms, quartiles of readouts over time, one panel each.

    Readouts of tumours are those of one site (default: the first). Unless readouts are named, those that are nothing
    in every arm have no panel.
    """
    t = result.trajectories
    site = t.sites[0] if site is None else site
    if site not in t.sites:
        raise InputError(unknown_name("site", site, t.sites))
    if readouts is None:
        chosen = [r for r in result.shown_readouts if r.name != VOLUME and np.nan_to_num(_at(result, r, site)[2]).any()]
    else:
        chosen = [t.readout(r) for r in readouts]
    if not chosen:
        raise InputError(Problem("no readout is recorded beside the volume, or all of them are zero"))
    figure, axes = panels(len(chosen), 4, (2.6, 2.0))
    styles = arm_styles(result.metadata)
    for readout, axis in zip(chosen, axes, strict=True):
        _draw_readout(result, axis, _at(result, readout, site), log)
        for arm, style in styles.items():
            draw_measured(axis, measured_curves(result, readout, arm, site), style.colour)
        where = site if readout.per_site else "body"
        title = textwrap.fill(f"{readout.label} ({where})", _TITLE_WIDTH)
        titled(axis, title, day_label(result), f"[{unit_text(readout.unit) or 'dimensionless'}]")
        axis.title.set_fontsize(8)
    legend(figure, axes[0], columns=min(4, len(t.arms)))
    return figure


def _at(result: Result, readout: Readout, site: str) -> Floats:
    """Quantiles (quantile, arm, time) of a readout at a site, or of the body."""
    quantiles = result.trajectories.quantiles(readout.name)
    return quantiles[:, :, result.trajectories.sites.index(site)] if readout.per_site else quantiles


def _draw_readout(result: Result, axis: Axes, at: Floats, log: bool) -> None:
    t, styles = result.trajectories, arm_styles(result.metadata)
    for a, arm in enumerate(t.arms):
        style, name = styles[arm], plain(wrapped(arm, LEGEND_WIDTH))
        if bands_are_readable(len(t.arms)):
            axis.fill_between(t.time_days, at[1, a], at[3, a], color=style.colour, alpha=0.15, linewidth=0)
        axis.plot(t.time_days, at[2, a], style.matplotlib_line, color=style.colour, linewidth=1.2, label=name)
    above = at[2][at[2] > 0]
    if log and above.size:
        axis.set_yscale("log")
        axis.set_ylim(bottom=max(float(above.min()), float(above.max()) / _SPAN) / 1.3)
    else:
        axis.set_ylim(bottom=min(0.0, float(np.nanmin(at))))


def mediators(result: Result, comparison: int = 0, most: int = 6) -> Figure:
    """Fold changes of the `most` readouts that differ most at each place; whiskers: quartiles of subjects."""
    if not 0 <= comparison < len(result.comparisons):
        allowed = f"0 to {len(result.comparisons) - 1}" if result.comparisons else "none: the study compares no arms"
        raise InputError(Problem(f"comparison {comparison} does not exist", allowed=allowed))
    pair = result.comparisons[comparison]
    rows = [m for group in by_place(pair, most) for m in group]
    figure, (axis,) = panels(1, 1, (5.6, 1.0 + 0.27 * max(len(rows), 1)))
    y = np.arange(len(rows))[::-1]
    fold = np.array([m.log2_fold for m in rows])
    reach = np.array([[max(m.log2_fold - m.low, 0), max(m.high - m.log2_fold, 0)] for m in rows]).T
    axis.barh(y, fold, 0.7, color=[GROUP_COLOURS.get(m.group, "#7F7F7F") for m in rows])
    if len(rows):
        axis.errorbar(fold, y, xerr=reach, fmt="none", ecolor="#222222", elinewidth=0.9, capsize=2)
    axis.axvline(0, color="#444444", linewidth=0.8)
    axis.set_yticks(y, [plain(f"{m.label} ({m.site or 'body'})") for m in rows], fontsize=8)
    ticks = fold_ticks([v for m in rows for v in (m.low, m.high, m.log2_fold)], most=6)
    axis.set_xticks(list(ticks), list(ticks.values()))
    titled(axis, f"{wrapped(pair.a, 60)}\nagainst {wrapped(pair.b, 60)}", "ratio of areas under the curve", "")
    return figure
