"""Measurements for a calibration: rows of a table of measured values, each with the error that PEtab needs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

from abscopal import measurements
from abscopal.errors import InputError, Problem
from abscopal.measurements import EXACT, Observation
from abscopal.regimen import in_words, site_place
from abscopal.simulation import Prepared


@dataclass(frozen=True)
class Measurement:
    """One measured value.

    Attributes
    ----------
    output : the output of the model it is of, such as `volume@irradiated`.
    day : on the study's clock [d].
    sd : standard deviation of its error, in the unit of the output.
    """

    arm: str
    output: str
    day: float
    value: float
    sd: float


def read_measurements(file: str | PathLike[str], prepared: Prepared) -> tuple[Measurement, ...]:
    """The measurements of a table, see docs/measurements.md; each needs an `sd`, of its error, or of a mean's animals.

    Raises
    ------
    InputError
        The table cannot be read, does not fit the study, or has rows that PEtab cannot hold: without an error, of
        deaths, censored, medians; each problem with its line.
    """
    outputs = [in_words(name) for name, _ in prepared.model.system.outputs]
    found = measurements.matched(measurements.read(file), prepared.study, outputs)
    problems = [problem for row in found for problem in _not_in_petab(row)]
    if problems:
        raise InputError(problems, str(file))
    sites = {site.name: site_place(site.name) for site in prepared.study.sites}
    return tuple(
        Measurement(row.arm, f"{row.observable}@{sites.get(row.site, row.site)}", row.day, row.value, _error(row))
        for row in found
    )


def _error(row: Observation) -> float:
    """Standard deviation of a row's error: of a mean, of its n animals."""
    assert row.sd is not None
    return row.sd / math.sqrt(row.n) if row.is_summary else row.sd


def _not_in_petab(row: Observation) -> Iterator[Problem]:
    if row.observable == "death":
        yield Problem("PEtab has no deaths", "observable", row.line, advice="leave the row out, or use abscopal fit")
    elif row.censoring != EXACT or row.lower is not None:
        yield Problem("PEtab has no censored values", "cens", row.line, advice="leave the row out, or use abscopal fit")
    elif row.statistic not in ("value", "mean"):
        yield Problem(f"PEtab has no {row.statistic}", "statistic", row.line, "value or mean", "use abscopal fit")
    elif row.sd is None:
        yield Problem(
            "the row has no error", "sd", row.line, "a standard deviation above 0", "add a column sd (or sem and n)"
        )
