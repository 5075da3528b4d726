"""A tumour line that is not known: one line of its tissue, drawn once and the same for every subject and arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal import parameters
from abscopal.cohort.streams import standard_normals
from abscopal.parameters import Distribution, ParameterSet, Source, Spread

_STREAM = "line"
_DRAWN: Distribution = Spread().between_lines


def drawn_from(line: str) -> Mapping[str, Any] | None:
    """What an unknown line is drawn from, `{kind, n}`; None for a known line."""
    found: Mapping[str, Any] | None = parameters.about_line(line).get("drawn_from")
    return found


def with_drawn_line(declared: ParameterSet, line: str, seed: int) -> ParameterSet:
    """The parameters of a study with one line drawn for all its arms; those of a known line as they are.

    Parameters
    ----------
    line : the tumour of the study.
    seed : of the cohort: the same seed draws the same line, whatever else the study says.
    """
    source = drawn_from(line)
    if source is None:
        return declared
    values = line_draws(declared, np.array([[p.value for p in declared.values()]]), seed)[0]
    note = f"one of the {source['kind']} (n = {source['n']}), drawn by seed {seed}"
    drawn = {}
    for (name, item), value in zip(declared.items(), values, strict=True):
        if item.spread.between_lines.varies(item.value):
            told = Source("assumed", note=f"{note}; their centre is {item.value:.3g} {item.unit}")
            moved = item.with_value(float(value), told)
            item = replace(moved, spread=replace(moved.spread, between_lines=_DRAWN))
        drawn[name] = item
    return ParameterSet(drawn, declared.name)


def drawn_note(undrawn: ParameterSet, drawn: ParameterSet, line: str, seed: int) -> str:
    """What a reader is told of the line that was drawn; "" of a known one."""
    source = drawn_from(line)
    if source is None:
        return ""
    named = [name for name, item in undrawn.items() if item.spread.between_lines.varies(item.value)]
    values = ", ".join(f"{name} {drawn[name].value:.3g} {drawn[name].unit}".removesuffix(" 1") for name in named)
    return (
        f"{line}: the line is not known. One is drawn for all arms, by seed {seed}, from the distribution of "
        f"{source['kind']}, n = {source['n']}: {values}. Another seed is another line"
    )


def line_draws(
    declared: ParameterSet, values: NDArray[np.float64], seed: int, place: str = ""
) -> NDArray[np.float64]:
    r"""Values (sets, parameters) with a line drawn for each set around them; those of a known line as they are.

    Parameters
    ----------
    values : in each set, the median line of the tissue.
    place : key of the study, so that the unknown lines of two studies are two lines.

    Notes
    -----
    .. math:: \ln x = \ln x_0 + s z

    with :math:`s` the spread between lines (on the logit scale for shares), :math:`z` one standard normal number per set
    and parameter.
    """
    found = values.copy()
    for column, (name, item) in enumerate(declared.items()):
        law = item.spread.between_lines
        if law.varies(item.value):
            places = standard_normals(seed, f"{_STREAM} {place}/{name}", len(values))
            drawn = [float(law.at(median, z)) for median, z in zip(values[:, column], places, strict=True)]
            found[:, column] = np.clip(drawn, *item.bounds)
    return found
