"""The price of time: dose that a tumour's regrowth during a course takes away, per tissue from published analyses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from abscopal import expr
from abscopal.errors import InputError, unknown_name
from abscopal.expr.functions import Value
from abscopal.parameters import RADIATION, Parameter, citations, declare
from abscopal.radiation.numbers import load_data
from abscopal.radiation.validity import check_not_negative, check_positive


@dataclass(frozen=True)
class RegrowthInCourse:
    """What a published analysis says of the regrowth of a tissue during radiotherapy.

    Attributes
    ----------
    tissue, of : name; what exactly was analysed.
    limits : whom and what it was fitted to.
    coefficients : `kick_off` [day], `dose_per_day` [Gy in 2 Gy fractions per day], `alpha_beta` [Gy], with source.
    """

    tissue: str
    of: str
    limits: str
    coefficients: Mapping[str, Parameter]

    def value(self, name: str) -> float:
        """A coefficient's value."""
        return self.coefficients[name].value

    @property
    def source(self) -> str:
        """Citation of the dose per day."""
        return citations()[self.coefficients["dose_per_day"].source.cite]


@cache
def regrowing_tissues() -> Mapping[str, RegrowthInCourse]:
    """All tissues whose regrowth during a course is declared, by name."""
    return MappingProxyType({name: _tissue(name, row) for name, row in load_data("repopulation.yaml").items()})


def _tissue(name: str, row: Mapping[str, Any]) -> RegrowthInCourse:
    coefficients = {key: declare(f"{key}@{name}", c, RADIATION) for key, c in row["coefficients"].items()}
    return RegrowthInCourse(name, row["of"], row["limits"], MappingProxyType(coefficients))


def regrowth_in_course(tissue: str) -> RegrowthInCourse:
    """The regrowth of a tissue, by any of its spellings.

    Raises
    ------
    InputError
        None is declared for this tissue; offers the nearest.
    """
    rows = load_data("repopulation.yaml")
    spellings = {word: name for name, row in rows.items() for word in (name, *row["aliases"])}
    found = spellings.get(tissue.strip().lower().replace("_", " "))
    if found is None:
        raise InputError(unknown_name("tissue with a declared regrowth", tissue, rows, key="tissue"))
    return regrowing_tissues()[found]


def dose_lost_to_regrowth(overall_days: Value, kick_off_days: Value, dose_per_day_gy: Value) -> Value:
    """Dose in 2 Gy fractions that regrowth during a course takes away [Gy].

    Parameters
    ----------
    overall_days : from the first to the last fraction [day]
    kick_off_days : after the first fraction, when regrowth begins [day]
    dose_per_day_gy : dose in 2 Gy fractions that compensates one day of regrowth [Gy/day]

    Notes
    -----
    K max(0, T - T_k). Take it from an EQD2; times 1 + 2/(alpha/beta) it is a loss of BED.

    Raises
    ------
    InputError
        A time or the dose per day is negative.

    References
    ----------
    Withers 1988, Acta Oncol 27:131; Fowler 1989, Br J Radiol 62:679.

    Examples
    --------
    >>> round(float(dose_lost_to_regrowth(46.0, 28.0, 0.6)), 2)
    10.8
    """
    check_not_negative(overall_days, "overall_days")
    check_not_negative(kick_off_days, "kick_off_days")
    check_not_negative(dose_per_day_gy, "dose_per_day_gy")
    return dose_per_day_gy * expr.maximum(overall_days - kick_off_days, 0.0)


def time_corrected_bed(bed_gy: Value, lost_eqd2_gy: Value, alpha_beta_gy: Value) -> Value:
    """Biologically effective dose less what regrowth takes away [Gy]; never below zero.

    Parameters
    ----------
    bed_gy : biologically effective dose without regrowth [Gy]
    lost_eqd2_gy : see `dose_lost_to_regrowth` [Gy]
    alpha_beta_gy : alpha/beta of the tissue [Gy]

    Examples
    --------
    >>> round(float(time_corrected_bed(84.0, 10.8, 10.0)), 2)  # 35 x 2 Gy in 46 days, head and neck
    71.04
    """
    check_positive(alpha_beta_gy, "alpha_beta_gy")
    return expr.maximum(bed_gy - lost_eqd2_gy * (1.0 + 2.0 / alpha_beta_gy), 0.0)
