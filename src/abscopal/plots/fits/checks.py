"""How the search for the mode ended, and residuals against time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.plots.palette import COLOURS, wrapped
from abscopal.plots.paper.canvas import legend, panels, plain, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from abscopal.fitting import Fit

_EDGE = 0.5


def starts(fit: Fit) -> Figure:
    """Log posterior at the end of each start of the search, best first: a flat beginning is one mode found often."""
    found = fit.starts.sort_values("log_posterior", ascending=False)
    below = float(found["log_posterior"].iloc[0]) - found["log_posterior"].to_numpy()
    figure, (axis,) = panels(1, 1, (4.2, 2.6))
    arrived = found["converged"].to_numpy(bool)
    rank = np.arange(1, len(found) + 1)
    axis.plot(rank, below, color="#BBBBBB", linewidth=0.8)
    for chosen, shape, fill, label in (
        (arrived, "o", COLOURS[0], "converged"),
        (~arrived, "o", "white", "stopped before"),
    ):
        look: dict[str, Any] = {"color": COLOURS[0], "markerfacecolor": fill}
        axis.plot(rank[chosen], below[chosen], shape, linestyle="none", markersize=4.5, label=label, **look)
    axis.set_yscale("symlog", linthresh=1.0)
    axis.invert_yaxis()
    titled(axis, "Starts of the search, best first", "start", "log posterior below the best")
    legend(figure, axis)
    return figure


def residuals(fit: Fit) -> Figure:
    """Where each measured value lies among its predictions, as a standard normal quantile, against the day."""
    from scipy.special import ndtri

    used = fit.problem.used
    flat = fit.evaluation.replicated.reshape(-1, len(used))
    rows = [i for i, row in enumerate(used) if row.role not in ("death", "alive", "below", "above", "interval")]
    arms = list(dict.fromkeys(used[i].observation.arm for i in rows))
    figure, (axis,) = panels(1, 1, (5.6, 3.0))
    for a, arm in enumerate(arms):
        own = [i for i in rows if used[i].observation.arm == arm]
        values = np.array([used[i].observation.value for i in own])
        shares = (np.sum(flat[:, own] < values, axis=0) + _EDGE) / (np.isfinite(flat[:, own]).sum(axis=0) + 2 * _EDGE)
        days = [used[i].observation.day for i in own]
        colour = COLOURS[a % len(COLOURS)]
        label = plain(wrapped(arm, 30))
        axis.plot(days, ndtri(shares), "o", linestyle="none", markersize=2.2, color=colour, alpha=0.7, label=label)
    for level in (-1.2816, 0.0, 1.2816):
        axis.axhline(level, color="#999999", linewidth=0.7, linestyle="-" if level == 0 else (0, (4, 3)))
    titled(axis, "Residuals (dashed: 80 %)", "day", "measured among predictions [sd]")
    legend(figure, axis)
    return figure
