"""Plausible parameter sets: what we do not know of each parameter, the laboratory's own factor, and the animals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from abscopal import cohort, parameters
from abscopal.parameters import ParameterSet
from abscopal.parameters.population import Population
from abscopal.scoring.declarations import Effort, declared
from abscopal.statistics.accuracy import Floats

# Key of the random streams of parameter uncertainty; another word would be other numbers.
_STREAM = "knowledge"


def plausible_medians(
    declared_set: ParameterSet,
    sets: Sequence[int],
    laboratory: str | None,
    seed: int,
    population: Population | None = None,
    line: str = "",
) -> Floats:
    """Values of the median animal in each plausible set, shape (sets, parameters); of an unknown line, one per set.

    Parameters
    ----------
    declared_set : the declared parameters of a study; their uncertainty is used.
    sets : numbers of the sets wanted; set 7 is the same whichever others are asked for.
    laboratory : key of the study's laboratory, whose factors multiply the declared parameters; None for none.
    population : calibrated parameters; set 7 has its row 7, and rows begin again where there are more sets.
    line : tumour line of the study, whose own effects the population may hold.
    """
    most = max(sets) + 1
    values = cohort.draw(declared_set, seed, most, stream=_STREAM, of="uncertainty")
    held = _held(declared_set, population) if population else frozenset()
    for column, (name, item) in enumerate(declared_set.items()):
        base = name.partition("@")[0]
        places = population.of(base, line) if population else None
        if places is not None and item.spread.uncertainty.varies(item.value):
            there = item.spread.uncertainty.at(item.value, np.resize(np.array(places), most))
            values[:, column] = np.clip(there, *item.bounds)
        elif base in held:
            values[:, column] = item.value
    values = cohort.line_draws(declared_set, values, seed, laboratory or "")
    for base, row in declared()["laboratory"].items() if laboratory is not None else ():
        factor = _lognormal(row["cv"], cohort.standard_normals(seed, f"laboratory {laboratory}/{base}", most))
        for column, (name, item) in enumerate(declared_set.items()):
            if name.partition("@")[0] == base:
                values[:, column] = np.clip(values[:, column] * factor, *item.bounds)
    return values[list(sets)]


def _held(declared_set: ParameterSet, population: Population) -> frozenset[str]:
    """Parameters that were at their declared values while others of their mechanism were calibrated."""
    mechanisms = {item.mechanism for name, item in declared_set.items() if name.partition("@")[0] in population.shared}
    inside = {name.partition("@")[0] for name, item in declared_set.items() if item.mechanism in mechanisms}
    return frozenset(inside - population.shared - population.of_lines)


def uncertainty_places(names: Sequence[str], sets: int, seed: int) -> Floats:
    """Places of parameters in their uncertainty in each plausible set without a population (sets, names)."""
    return np.stack([cohort.standard_normals(seed, f"{_STREAM}/{name}", sets) for name in names], axis=1)


def _lognormal(cv: float, normals: Floats) -> Floats:
    return np.exp(math.sqrt(math.log1p(cv**2)) * normals)


def animals_of(declared_set: ParameterSet, medians: Floats, sets: Sequence[int], effort: Effort) -> Floats:
    """Values of every animal of every set, shape (sets, animals, parameters); arms share these animals."""
    values = np.empty((len(sets), effort.animals, len(declared_set)))
    for row, (number, median) in enumerate(zip(sets, medians, strict=True)):
        there = ParameterSet(
            {
                name: item.with_value(float(value), item.source)
                for (name, item), value in zip(declared_set.items(), median, strict=True)
            }
        )
        values[row] = cohort.draw(there, effort.seed, effort.animals, stream=f"animals of set {number}")
    return values


def at_class_prior(declared_set: ParameterSet, line: str) -> ParameterSet:
    """The parameters with all that is known of the tumour line replaced by the prior of its immune class."""
    tumour_class = parameters.about_line(line)["class"]
    prior = parameters.shared()
    if tumour_class:
        prior = prior.overriding(parameters.values_of("classes", tumour_class))
    known = parameters.values_of("lines", line)
    return ParameterSet({name: prior[name] if name in known else item for name, item in declared_set.items()})


def scaled(values: Floats, names: Sequence[str], factors: Mapping[str, float]) -> Floats:
    """Values with factors on the parameters of these base names; names the model does not use are left out."""
    changed = values.copy()
    for column, name in enumerate(names):
        changed[..., column] *= factors.get(name.partition("@")[0], 1.0)
    return changed
