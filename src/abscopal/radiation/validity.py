"""Checks of input and named warnings outside the range a formula was made for. Expressions pass unchecked."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from abscopal.errors import InputError, Problem
from abscopal.expr import Expr

MAXIMUM_DOSE_GY = 1000.0


class ValidityWarning(UserWarning):
    """A model is used outside the range of the data behind it; the message names model, range and value."""


def warn_outside(model: str, quantity: str, value: Any, low: float, high: float, unit: str) -> None:
    """Issue a ValidityWarning if any value lies outside [low, high]."""
    if isinstance(value, Expr):
        return
    values = np.asarray(value, dtype=float)
    if values.size and (values.min() < low or values.max() > high):
        worst = values.max() if values.max() > high else values.min()
        message = (
            f"{model}: {quantity} {worst:.4g} {unit} is outside {low:g}-{high:g} {unit}, the range it was made for"
        )
        warnings.warn(message, ValidityWarning, stacklevel=3)


def _check_interval(name: str, value: Any, low: float, high: float, allowed: str, advice: str, open_low: bool) -> None:
    if isinstance(value, Expr):
        return
    values = np.asarray(value)
    if values.dtype == object:
        return
    if not values.size:
        return
    smallest, largest = float(values.min()), float(values.max())
    good = (smallest > low if open_low else smallest >= low) and largest <= high
    if not good:  # also catches NaN
        worst = smallest if not (smallest > low if open_low else smallest >= low) else largest
        raise InputError(Problem(f"{name} is {worst:g}", key=name, allowed=allowed, advice=advice))


def check_dose(dose_gy: Any, name: str = "dose_gy") -> None:
    """Raise InputError unless 0 <= dose <= 1 kGy."""
    _check_interval(name, dose_gy, 0.0, MAXIMUM_DOSE_GY, "0 to 1000 Gy", "give the physical dose in Gy, not cGy", False)


def check_let(let_kev_um: Any, name: str = "let_kev_um") -> None:
    """Raise InputError unless 0 < LET < 1e5 keV/um."""
    _check_interval(name, let_kev_um, 0.0, 1e5, "above 0 keV/um", "photons have a LET of about 0.2 to 2 keV/um", True)


def check_oxygen(po2_mmhg: Any, name: str = "po2_mmhg") -> None:
    """Raise InputError unless 0 <= pO2 <= 1000 mmHg."""
    _check_interval(name, po2_mmhg, 0.0, 1000.0, "0 to 1000 mmHg (1 % O2 = 7.6 mmHg)", "give pO2 in mmHg", False)


def check_not_negative(value: Any, name: str) -> None:
    """Raise InputError unless the value is finite and >= 0."""
    _check_interval(name, value, 0.0, 1e300, "0 or more", f"check the sign and the unit of {name}", False)


def check_positive(value: Any, name: str) -> None:
    """Raise InputError unless the value is finite and > 0."""
    _check_interval(name, value, 0.0, 1e300, "above 0", f"check the sign and the unit of {name}", True)
