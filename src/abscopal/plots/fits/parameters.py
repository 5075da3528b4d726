"""Priors and posteriors of parameters, and the pairs that the data confuse most."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.plots.palette import COLOURS, wrapped
from abscopal.plots.paper.canvas import panels, plain, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from abscopal.fitting import Fit

_ACROSS = 4
_PRIOR, _POSTERIOR, _NOTHING = "#888888", COLOURS[0], "#B8B8B8"
# Ratio of the ends of an axis from which it is logarithmic.
_WIDE = 20.0
_BINS = 36
_MOST_POINTS, _PAIRS = 600, 6


def parameters(fit: Fit) -> Figure:
    """Histograms of each shared parameter's posterior, over the line of its prior; pale where nothing was learnt."""
    from matplotlib.ticker import NullFormatter
    from scipy.special import ndtri

    items, table = fit.problem.shared_coordinates, fit.table().set_index("name")
    figure, axes = panels(len(items), _ACROSS, (2.5, 2.0))
    prior_places = ndtri((np.arange(4000) + 0.5) / 4000)
    for i, (item, axis) in enumerate(zip(items, axes, strict=True)):
        prior, posterior = np.asarray(item.value(prior_places)), np.asarray(item.value(fit.draws.theta[..., i])).ravel()
        low, high = np.quantile(prior, [0.005, 0.995])
        low, high = min(low, posterior.min()), max(high, posterior.max())
        logarithmic = low > 0 and high / low > _WIDE
        edges = np.geomspace(low, high, _BINS) if logarithmic else np.linspace(low, high, _BINS)
        row = table.loc[item.name]
        colour = _NOTHING if row["verdict"] else _POSTERIOR
        for values, look in ((posterior, {"color": colour}), (prior, {"color": _PRIOR, "histtype": "step"})):
            options: dict[str, Any] = {**look, "weights": np.full(values.size, 1.0 / values.size)}
            axis.hist(values, list(edges), **options)
        if logarithmic:
            axis.set_xscale("log")
            axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_yticks([])
        unit = "" if item.unit == "1" else f" [{item.unit}]"
        title = f"{wrapped(item.name, 26)}\ncontraction {100 * row['contraction']:.0f} %"
        titled(axis, title, f"{row['q50']:.3g} ({row['q05']:.3g} to {row['q95']:.3g}){unit}", "")
        axis.title.set_fontsize(8)
        axis.xaxis.label.set_fontsize(7)
    return figure


def pairs(fit: Fit) -> Figure:
    """Draws of the six pairs of parameters that are most correlated, in standard deviations of the prior."""
    items = fit.problem.shared_coordinates
    places = fit.draws.theta.reshape(-1, len(items))
    both = np.atleast_2d(np.corrcoef(places.T))
    ranked = sorted(combinations(range(len(items)), 2), key=lambda p: -abs(both[p]))[:_PAIRS]
    figure, axes = panels(max(len(ranked), 1), 3, (2.6, 2.3))
    shown = places[np.linspace(0, len(places) - 1, min(len(places), _MOST_POINTS)).astype(int)]
    look: dict[str, Any] = {"color": _POSTERIOR, "markersize": 1.6, "alpha": 0.5}
    for (i, j), axis in zip(ranked, axes, strict=False):
        axis.plot(shown[:, i], shown[:, j], "o", linestyle="none", **look)
        titled(axis, f"correlation {both[i, j]:.2f}", plain(items[i].name), plain(items[j].name))
    if not ranked:
        axes[0].set_visible(False)
    return figure
