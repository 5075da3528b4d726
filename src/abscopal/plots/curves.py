"""Curves over one axis, as plain data: what a calculator hands to a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Curves:
    """Curves over one axis.

    Attributes
    ----------
    x : array (points,).
    by_name : name -> values at `x`, array (points,); NaN where there is nothing to draw.
    x_label, y_label : what the axes show, with the unit in brackets.
    logarithmic : whether the y axis is.
    title : what the curves are of.
    marks : name of a curve -> the point of the answer on it, (x, y).
    bands : name of a curve -> low and high ends of its interval, arrays (points,).
    from_zero : whether the y axis begins at 0 at the latest; ratios around 1 need not.
    right : names of the curves that belong to the second axis, on the right, and `right_label` its label.
    """

    x: Any
    by_name: Mapping[str, Any]
    x_label: str
    y_label: str
    logarithmic: bool = False
    title: str = ""
    marks: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    bands: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    from_zero: bool = True
    right: tuple[str, ...] = ()
    right_label: str = ""
