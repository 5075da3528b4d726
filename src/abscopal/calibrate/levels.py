"""What varies at which level: shared parameters, line effects, and the spread of animals; places of a set to values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.special import expit, logit

from abscopal import cohort, parameters
from abscopal.calibrate.ensemble import Floats
from abscopal.parameters.population import OF_LINE
from abscopal.storage.packaged import read_yaml

_TO = {"log": np.log, "plain": np.asarray, "logit": logit}
_FROM = {"log": np.exp, "plain": np.asarray, "logit": expit}
# Factors on the variability between animals.
GROWTH, IMMUNITY = "animals growth", "animals immunity"
TAKE = "inoculum_take"
# What varies between animals without a part in immunity: it takes the factor of growth.
OF_GROWTH = frozenset(
    [
        "doubling_time",
        "spontaneous_death_rate",
        "debris_clearance_rate",
        "alpha_photon",
        "moribund_death_rate",
        "drug_elimination_rate",
        "drug_volume",
        "hypoxic_fraction_limit",
    ]
)


@dataclass(frozen=True)
class Level:
    """One number that a set has: its scale, and centre and width of its prior on that scale."""

    scale: str
    centre: float
    width: float

    def at(self, places: Floats) -> Floats:
        """Values at places [prior standard deviations]."""
        return np.asarray(_FROM[self.scale](_TO[self.scale](self.centre) + self.width * places))

    def places(self, values: Floats) -> Floats:
        """Places of values; the inverse of `at`."""
        return np.asarray((_TO[self.scale](values) - _TO[self.scale](self.centre)) / self.width)


@cache
def declared() -> Mapping[str, Mapping[str, Any]]:
    """`data/levels.yaml`."""
    loaded: Mapping[str, Mapping[str, Any]] = read_yaml("abscopal.calibrate", "levels.yaml")
    return loaded


def shared_levels() -> dict[str, Level]:
    """Parameters that all lines share, and the factors on variability between animals."""
    rows = declared()
    found = {name: Level(**row) for name, row in rows["shared"].items()}
    for name, key in ((GROWTH, "growth"), (IMMUNITY, "immunity")):
        found[name] = Level("log", **rows["animals"][key])
    return found


def line_levels(line: str) -> dict[str, Level]:
    """Effects of a line, around what is declared for its class, or for it where that was measured."""
    centres = line_centres(line)
    measured = declared()["priors"].get(line, {}).get("measured", ())
    free = {name: row for name, row in declared()["lines"].items() if name not in measured}
    return {name: Level(row["scale"], centres[name], row["width"]) for name, row in free.items()}


def with_quadratic(line: str, named: Mapping[str, Floats]) -> dict[str, Floats]:
    """Effects of a line, the quadratic coefficient of its radiosensitivity beside the linear one."""
    known = known_of_line(line)
    linear = named.get("alpha_photon")
    return {
        **named,
        **({} if linear is None else {"beta_photon": linear * known["beta_photon"] / known["alpha_photon"]}),
    }


def line_places(key: str, places: Mapping[str, Floats], sets: int, seed: int) -> Floats:
    """Places of a line effect `parameter|line`: its column, or draws of a line that has no data of its own."""
    own = places.get(key)
    return cohort.standard_normals(seed, f"calibration/{key}", sets) if own is None else own


def columns() -> tuple[str, ...]:
    """Everything that a set has: shared levels, and the effects of lines with data of their own."""
    effects = (f"{name}{OF_LINE}{line}" for line in declared()["priors"] for name in line_levels(line))
    return (*shared_levels(), *effects)


def line_centres(line: str) -> dict[str, float]:
    """Where the prior of each effect of a line lies."""
    row = declared()["priors"].get(line, {})
    of_class = declared()["classes"][row.get("class", "intermediate")]
    return {name: float(row.get(name, of_class[name])) for name in declared()["lines"]}


def known_of_line(line: str) -> dict[str, float]:
    """Other declared values of a line: radiosensitivity, TREX1, suppression by myeloid cells."""
    names = ("alpha_photon", "beta_photon", "trex1_degradation", "myeloid_load", "bystander_cd8_density")
    shared = parameters.shared()
    known = {name: shared[name].value for name in names}
    if line in parameters.lines():
        values = parameters.values_of("lines", line, "mouse")
        known.update({name: values[name].value for name in names if name in values})
    return known
