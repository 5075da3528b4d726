"""Figures of a fit: data with what the fit foretells, priors and posteriors, the search, residuals, arms left out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from abscopal.errors import InputError, unknown_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from abscopal.fitting import Fit

_PLACES = {
    "predictive": "predictive",
    "parameters": "parameters",
    "pairs": "parameters",
    "starts": "checks",
    "residuals": "checks",
}
FIT_KINDS = tuple(_PLACES)

__all__ = ["FIT_KINDS", "draw_fit"]


def draw_fit(fit: Fit, kind: str = "predictive", **options: Any) -> Figure:
    """Matplotlib figure of a fit.

    Parameters
    ----------
    kind : one of `FIT_KINDS`

    Raises
    ------
    InputError : for an unknown kind, with the nearest.
    """
    if kind not in _PLACES:
        raise InputError(unknown_name("plot", kind, FIT_KINDS))
    module = importlib.import_module(f"abscopal.plots.fits.{_PLACES[kind]}")
    figure: Figure = getattr(module, kind)(fit, **options)
    return figure
