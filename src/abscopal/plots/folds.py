"""Axes of ratios: positions are log2, labels are folds."""

from __future__ import annotations

import math
from collections.abc import Iterable


def fold_ticks(log2_values: Iterable[float], most: int = 9) -> dict[float, str]:
    """Tick positions [log2] and labels (×½, ×1, ×2) that span the values.

    Examples
    --------
    >>> list(fold_ticks([-1.0, 2.0]).values())
    ['×1/2', '×1', '×2', '×4']
    """
    finite = [v for v in log2_values if math.isfinite(v)] or [0.0]
    low, high = min(0, math.floor(min(finite))), max(0, math.ceil(max(finite)))
    step = max(1, math.ceil((high - low) / most))
    places = [p for p in range(low, high + 1) if p % step == 0]
    return {float(p): f"×{2**p}" if p >= 0 else f"×1/{2**-p}" for p in places}
