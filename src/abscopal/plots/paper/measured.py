"""Measured values over the curves of a paper figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from abscopal.plots.measured import Marks, MeasuredCurves
    from abscopal.statistics.survival import KaplanMeier

_DOT, _TRIANGLE, _SQUARE = 1.7, 3.5, 4.0


def draw_measured(axis: Axes, found: MeasuredCurves | None, colour: str, floor: float | None = None) -> None:
    """Lines of animals, marks of values, and bars of groups, in an arm's colour.

    Parameters
    ----------
    floor : lowest value of a logarithmic axis; None draws values as they are.
    """
    if found is None:
        return

    def heights(values: tuple[float, ...]) -> np.ndarray:
        return np.asarray(values) if floor is None else np.maximum(values, floor)

    for days, values in found.animals:
        axis.plot(days, heights(values), "-", color=colour, linewidth=0.5, alpha=0.45)
    kinds: tuple[tuple[Marks, str, float, str], ...] = (
        (found.exact, "o", _DOT, colour),
        (found.below, "v", _TRIANGLE, "white"),
        (found.above, "^", _TRIANGLE, "white"),
    )
    for marks, shape, size, fill in kinds:
        look: dict[str, Any] = {"color": colour, "markersize": size, "markerfacecolor": fill, "markeredgewidth": 0.7}
        axis.plot(marks.days, heights(marks.values), shape, linestyle="none", **look)
    if found.groups.days:
        bars_look: dict[str, Any] = {"elinewidth": 0.9, "capsize": 2, "markersize": _SQUARE, "markeredgecolor": "white"}
        reach = np.asarray(found.groups.reach)
        middle = heights(found.groups.values)
        down = reach if floor is None else np.minimum(reach, middle - floor)
        bars = None if np.isnan(reach).all() else np.nan_to_num(np.stack([down, reach]))
        axis.errorbar(found.groups.days, middle, yerr=bars, fmt="s", color=colour, **bars_look)


def draw_measured_steps(axis: Axes, curve: KaplanMeier | None, start: float, colour: str) -> None:
    """Step curve of measured animals: thin, with an open dot at each end and a tick at each censoring."""
    if curve is None:
        return
    days, share = np.concatenate([[start], curve.time_days]), np.concatenate([[1.0], curve.survival])
    axis.step(days, 100.0 * share, where="post", color=colour, linewidth=0.8, alpha=0.9)
    ended, lost = curve.time_days[curve.events > 0], curve.time_days[curve.censored > 0]
    look: dict[str, Any] = {"color": colour, "markerfacecolor": "white", "markersize": 3.5, "markeredgewidth": 0.8}
    axis.plot(ended, 100.0 * curve.at(ended), "o", linestyle="none", **look)
    axis.plot(lost, 100.0 * curve.at(lost), "|", linestyle="none", color=colour, markersize=5)
