"""The baseline that knows no mechanism, beside a fit: exponential growth, an animal's own, arm by arm.

It is `statistics.mixed_lines` on the logarithms of volumes. Of an arm that was left out it knows only the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from abscopal.fitting.problem import FitProblem
from abscopal.fitting.rows import FitRow
from abscopal.measurements import VOLUME
from abscopal.simulation import FloatArray
from abscopal.statistics.mixed_lines import MixedLines, fit_mixed_lines

# Of a tumour below the limit of detection the baseline knows no better than this share of the limit.
_SHARE_OF_LIMIT = 0.5
_LEAST_VALUES = 3
# Standard normal quantile of the upper end of an 80 % interval.
_Z80 = 1.2815515655446004
Place = tuple[str, str]


@dataclass(frozen=True)
class Volumes:
    """Logarithms of the volumes of some rows.

    Attributes
    ----------
    positions : of the rows among those in use of their problem.
    days, logs : array (rows,) [d], [ln mm3]; a censored value stands at half of its lower limit, or at its upper one.
    subjects : whose each is.
    """

    positions: tuple[int, ...]
    days: FloatArray
    logs: FloatArray
    subjects: tuple[str, ...]


def volumes(problem: FitProblem, arms: Iterable[str], site: str) -> Volumes:
    """Volumes of some arms at a site, deaths left out."""
    wanted = set(arms)
    chosen = [
        (i, row)
        for i, row in enumerate(problem.used)
        if row.observation.observable == VOLUME and row.observation.site == site and row.observation.arm in wanted
    ]
    return Volumes(
        tuple(i for i, _ in chosen),
        np.array([row.observation.day for _, row in chosen]),
        np.array([_log(row) for _, row in chosen]),
        tuple(row.series for _, row in chosen),
    )


def _log(row: FitRow) -> float:
    value = row.observation.value
    if row.role == "below":
        value = _SHARE_OF_LIMIT * value
    elif row.role == "interval" and row.observation.lower is not None:
        value = 0.5 * (value + row.observation.lower)
    return float(np.log(max(value, 1e-9)))


def lines_of(found: Volumes) -> MixedLines | None:
    """The lines of some volumes; None where there are too few."""
    if found.days.size < _LEAST_VALUES or not np.ptp(found.days):
        return None
    return fit_mixed_lines(found.days, found.logs, found.subjects)


def places_of(problem: FitProblem) -> tuple[Place, ...]:
    """Every arm and site with measured volumes, in the order of the table."""
    rows = [row.observation for row in problem.used if row.observation.observable == VOLUME]
    return tuple(dict.fromkeys((row.arm, row.site) for row in rows))


def own_lines(problem: FitProblem) -> dict[Place, MixedLines | None]:
    """The baseline of every arm and site, by its own rows."""
    return {(arm, site): lines_of(volumes(problem, [arm], site)) for arm, site in places_of(problem)}


def lines_without(problem: FitProblem, arm: str) -> dict[Place, MixedLines | None]:
    """The baseline of an arm that was left out: the lines of all other arms together."""
    others = [name for name, _ in places_of(problem) if name != arm]
    return {(arm, site): lines_of(volumes(problem, others, site)) for name, site in places_of(problem) if name == arm}


def sample_crps(samples: FloatArray, value: float) -> float:
    r"""Continuous ranked probability score of samples, in their unit.

    Notes
    -----
    .. math:: E|X - y| - \tfrac12 E|X - X'|

    Examples
    --------
    >>> sample_crps(np.array([0.0, 2.0]), 1.0)
    0.5
    """
    ordered = np.sort(samples[np.isfinite(samples)])
    n = len(ordered)
    if not n:
        return float("nan")
    ranks = 2.0 * np.arange(1, n + 1) - n - 1.0
    return float(np.abs(ordered - value).mean() - (ranks @ ordered) / n**2)


def comparison(
    problem: FitProblem, replicated: FloatArray, lines: dict[Place, MixedLines | None], least_mm3: float = 0.1
) -> pd.DataFrame:
    """Volumes of every arm and site as the fit and the baseline foretell them.

    Parameters
    ----------
    replicated : values measured anew (..., rows in use) [mm3].
    least_mm3 : smaller volumes count as this, so that a logarithm exists.

    Returns
    -------
    Columns arm, site, values, crps, baseline_crps [ln mm3], inside_80, baseline_inside_80 (shares).
    """
    flat = np.log(np.maximum(replicated.reshape(-1, replicated.shape[-1]), least_mm3))
    rows = []
    for arm, site in places_of(problem):
        found, line = volumes(problem, [arm], site), lines.get((arm, site))
        own = flat[:, list(found.positions)]
        low, high = np.nanquantile(own, [0.1, 0.9], axis=0)
        censored = _censored([problem.used[i] for i in found.positions])
        row = {
            "arm": arm,
            "site": site,
            "values": found.days.size,
            "crps": float(np.mean([sample_crps(own[:, i], y) for i, y in enumerate(found.logs)])),
            "inside_80": _inside(found.logs, low, high, censored),
        }
        if line is not None:
            mean, sd = line.mean(found.days), line.sd(found.days)
            row["baseline_crps"] = float(line.crps(found.days, found.logs).mean())
            row["baseline_inside_80"] = _inside(found.logs, mean - _Z80 * sd, mean + _Z80 * sd, censored)
        rows.append(row)
    columns = ["arm", "site", "values", "crps", "baseline_crps", "inside_80", "baseline_inside_80"]
    return pd.DataFrame(rows, columns=columns)


def _censored(rows: Sequence[FitRow]) -> FloatArray:
    """-1 for what lies below its value, 1 for what lies above, else 0."""
    return np.array([{"below": -1.0, "above": 1.0}.get(row.role, 0.0) for row in rows])


def _inside(logs: FloatArray, low: FloatArray, high: FloatArray, censored: FloatArray) -> float:
    """Share of values within an interval; of a censored one, whether what it may be meets it."""
    above_low = (logs >= low) | (censored > 0)
    below_high = (logs <= high) | (censored < 0)
    limit = np.where(censored < 0, logs - np.log(_SHARE_OF_LIMIT), logs)
    meets = np.where(censored < 0, low <= limit, above_low & below_high)
    return float(np.mean(meets))
