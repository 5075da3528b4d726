"""The distributions of declared numbers: one function from a place in a distribution, or a quantile, to a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Family = Literal["fixed", "lognormal", "normal", "logit", "uniform", "loguniform", "integer", "choice"]
FAMILIES: tuple[Family, ...] = get_args(Family)
# These lie around the declared value; the others have limits or values of their own.
AROUND: tuple[Family, ...] = ("lognormal", "normal", "logit")
_BETWEEN: tuple[Family, ...] = ("uniform", "loguniform", "integer")
_KEYS = ("distribution", "width", "sd", "low", "high", "values")


@dataclass(frozen=True)
class Distribution:
    """How one number varies.

    Attributes
    ----------
    family : fixed; lognormal (the declared value is the median), normal (the mean) or logit (the median of a share
        between 0 and 1); uniform, loguniform or integer from `low` to `high`; choice of `values`.
    width : coefficient of variation of lognormal and normal, standard deviation on the logit scale of logit.
    low, high : ends of uniform, loguniform and integer, in the unit of the number.
    values : what a choice is made of, all equally probable.
    """

    family: Family = "fixed"
    width: float = 0.0
    low: float = 0.0
    high: float = 0.0
    values: tuple[float, ...] = ()

    def varies(self, value: float) -> bool:
        """Whether a number of this declared value varies at all; a relative width of zero is none."""
        if self.family in AROUND:
            return self.width != 0.0 and value != 0.0
        return self.family != "fixed"

    def at(self, value: ArrayLike, places: ArrayLike) -> NDArray[np.float64]:
        """Numbers at standard normal places.

        Parameters
        ----------
        value : the declared value, in its unit; an array broadcasts with places (lognormal, normal, logit)
        places : array of any shape [standard deviations]; 0 is the median

        Notes
        -----
        Lognormal: v exp(s z) with s^2 = ln(1 + width^2); normal: v (1 + width z); logit: logit(v) + width z. The other
        families take z as the quantile Phi(z).

        Examples
        --------
        >>> float(Distribution("normal", 0.1).at(20.0, 2.0))
        24.0
        """
        z, value = np.asarray(places, dtype=float), np.asarray(value, dtype=float)
        if self.family == "lognormal":
            return np.asarray(value * np.exp(np.sqrt(np.log1p(self.width**2)) * z))
        if self.family == "normal":
            return np.asarray(value * (1.0 + self.width * z))
        if self.family == "logit":
            logit = np.log(value / (1.0 - value)) + self.width * z
            return np.asarray(1.0 / (1.0 + np.exp(-logit)))
        from scipy.special import ndtr

        return self.at_quantile(value, ndtr(z))

    def at_quantile(self, value: ArrayLike, quantiles: ArrayLike) -> NDArray[np.float64]:
        """Numbers at quantiles between 0 and 1.

        Parameters
        ----------
        value : the declared value, in its unit
        quantiles : array of any shape, above 0 and below 1

        Examples
        --------
        >>> float(Distribution("uniform", low=2.0, high=4.0).at_quantile(2.5, 0.25))
        2.5
        """
        if self.family in AROUND:
            from scipy.special import ndtri

            return self.at(value, ndtri(quantiles))
        q = np.asarray(quantiles, dtype=float)
        if self.family == "uniform":
            return np.asarray(self.low + q * (self.high - self.low))
        if self.family == "loguniform":
            return np.asarray(self.low * (self.high / self.low) ** q, dtype=float)
        if self.family == "integer":
            return np.asarray(np.trunc(self.low) + np.trunc(q * (self.high - self.low + 1)))
        if self.family == "choice":
            return np.asarray(np.take(self.values, np.trunc(q * len(self.values)).astype(int)), dtype=float)
        return np.full(q.shape, value)

    def moved(self, old: float, new: float) -> Distribution:
        """The distribution after its declared value changed: limits keep their ratio to it."""
        if self.family not in ("uniform", "loguniform") or old == new or old == 0.0:
            return self
        low, high = sorted((self.low * new / old, self.high * new / old))
        return replace(self, low=low, high=high)

    def variation(self, value: float) -> float:
        """One number for tables: the declared width, for other families the coefficient of variation."""
        if self.family in AROUND or self.family == "fixed" or value == 0.0:
            return self.width
        drawn = self.at_quantile(value, (np.arange(1000) + 0.5) / 1000.0)
        return float(np.std(drawn) / abs(value))

    def ends(self) -> tuple[float, ...]:
        """Lowest and highest number of a family that has them; nothing for the others."""
        if self.family == "choice":
            return (min(self.values), max(self.values))
        return (self.low, self.high) if self.family in _BETWEEN else ()

    @property
    def words(self) -> str:
        """The distribution in words: `7 to 10`."""
        if self.family == "choice":
            return "one of " + ", ".join(f"{v:g}" for v in self.values)
        if self.family in _BETWEEN:
            return f"{self.low:g} to {self.high:g}"
        return "fixed" if self.width == 0.0 else f"{self.family}, width {self.width:g}"


FIXED = Distribution()


def read_distribution(row: float | Mapping[str, Any], family: Family, value: float) -> Distribution:
    """A distribution as a data file writes it.

    Parameters
    ----------
    row : a number, the width of `family`; or {distribution, width | sd | low, high | values}.
    family : what a bare number is the width of.
    value : the declared value, in its unit; `sd` is in the same unit.

    Raises
    ------
    ValueError
        The family is unknown, or its numbers are missing or impossible.
    """
    if not isinstance(row, Mapping):
        row = {"distribution": family, "width": row}
    unknown = [key for key in row if key not in _KEYS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no part of a distribution; allowed: {', '.join(_KEYS)}")
    name = row.get("distribution", family)
    if name not in FAMILIES:
        raise ValueError(f"distribution {name!r} is not one of {', '.join(FAMILIES)}")
    width = float(row["sd"]) / abs(value) if "sd" in row and value else float(row.get("width", 0.0))
    numbers = tuple(float(v) for v in row.get("values") or ())
    found = Distribution(name, width, float(row.get("low", 0.0)), float(row.get("high", 0.0)), numbers)
    _check(found, row, value)
    return found


def _check(found: Distribution, row: Mapping[str, Any], value: float) -> None:
    if not 0.0 <= found.width < 10.0:
        raise ValueError(f"a distribution cannot have the width {found.width:g}")
    if found.family == "logit" and not 0.0 < value < 1.0:
        raise ValueError(f"a logit distribution needs a value between 0 and 1, not {value:g}")
    if found.family in _BETWEEN and not ({"low", "high"} <= row.keys() and found.low <= value <= found.high):
        raise ValueError(f"a {found.family} distribution needs low <= value <= high")
    if found.family == "loguniform" and found.low <= 0.0:
        raise ValueError("a loguniform distribution needs limits above 0")
    if found.family == "choice" and value not in found.values:
        raise ValueError(f"the value {value:g} is not among the values of the choice")
