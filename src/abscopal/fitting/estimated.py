"""What is estimated: parameters with their coordinates. A coordinate is a place in a declared distribution.

Every coordinate has a standard normal prior: of a shared parameter it is the place in its declared uncertainty, of an
individual one the place of an animal in the declared spread between animals. A lognormal parameter so moves on the
logarithmic scale, a share on the logit scale, and bounds are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.parameters import Distribution, Parameter, ParameterSet
from abscopal.simulation import FloatArray

Law = Literal["lognormal", "student"]
AUTO = "auto:"
_HELD = ("integer", "choice")
# Step of the difference quotient of a value by its place.
_STEP = 1e-5


@dataclass(frozen=True)
class FitChoice:
    """What a fit estimates, and by which law values scatter.

    Attributes
    ----------
    estimate : names of shared parameters; `auto:k` stands for the k of which the data are expected to tell most.
    individual : names of parameters that each animal has of its own.
    law : of the error: log-normal, or Student's t with 4 degrees of freedom on the log scale.
    world, worlds : number of a set of values for what is not estimated, and how many such sets there are; None keeps
        the declared values.
    """

    estimate: tuple[str, ...] = ("auto:12",)
    individual: tuple[str, ...] = ()
    law: Law = "lognormal"
    world: int | None = None
    worlds: int = 0


@dataclass(frozen=True)
class Estimated:
    """One estimated parameter.

    Attributes
    ----------
    name : as the user gives it.
    kind : shared, individual (one value per animal), or error (of the measurements).
    columns : parameters of the model that it moves; none for an error.
    laws : (declared value, distribution, bounds) of each column; of an error, of itself.
    declared : the value that stands in the declaration, in `unit`.
    reason : why it is estimated.
    """

    name: str
    kind: Literal["shared", "individual", "error"]
    columns: tuple[str, ...]
    laws: tuple[tuple[float, Distribution, tuple[float, float]], ...]
    unit: str
    meaning: str
    reason: str = ""

    @property
    def declared(self) -> float:
        return self.laws[0][0]

    def value(self, places: ArrayLike, column: int = 0, base: ArrayLike | None = None) -> FloatArray:
        """Values at standard normal places.

        Parameters
        ----------
        base : values around which individual ones lie, where they are not the declared one.
        """
        declared, law, bounds = self.laws[column]
        return np.clip(_at(law, declared, places, base), *bounds)

    def slope(self, places: FloatArray, column: int = 0, base: FloatArray | None = None) -> FloatArray:
        """Derivative of the value by its place."""
        high, low = self.value(places + _STEP, column, base), self.value(places - _STEP, column, base)
        return np.asarray((high - low) / (2.0 * _STEP))

    def at_bound(self, place: float) -> str:
        """Which bound the value at a place sits at: "lower", "upper" or ""."""
        value, (low, high) = float(self.value(place)), self.laws[0][2]
        if not float(self.slope(np.array(place))):
            return "lower" if value <= low else "upper" if value >= high else ""
        return ""


def _at(law: Distribution, declared: float, places: ArrayLike, base: ArrayLike | None) -> FloatArray:
    if base is None:
        return law.at(declared, places)
    around = np.asarray(base, dtype=float)
    if law.family in ("uniform", "loguniform"):  # limits keep their ratio to the value that they lie around
        return np.asarray(law.at(declared, places) * around / declared)
    return law.at(around, places)


def columns_of(name: str, declared: ParameterSet) -> tuple[str, ...]:
    """Parameters of a model that a name means: itself, or without a place all that bear it."""
    if name in declared:
        return (name,)
    return tuple(known for known in declared if known.partition("@")[0] == name)


def chosen(
    names: Sequence[str], declared: ParameterSet, kind: Literal["shared", "individual"], reasons: dict[str, str]
) -> tuple[Estimated, ...]:
    """The estimated parameters of these names.

    Raises
    ------
    InputError
        A name is unknown or given twice, its parameter does not vary, or only in steps; all of them at once.
    """
    problems: list[Problem] = []
    found: list[Estimated] = []
    taken: set[str] = set()
    for name in names:
        columns = tuple(column for column in columns_of(name, declared) if _law(declared[column], kind) is not None)
        problem = _fault(name, columns, declared, kind, taken)
        if problem is not None:
            problems.append(problem)
            continue
        taken |= set(columns)
        found.append(_estimated(name, columns, declared, kind, reasons.get(name, "asked for")))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _law(item: Parameter, kind: str) -> Distribution | None:
    law = item.spread.uncertainty if kind == "shared" else item.spread.between_subjects
    return law if law.varies(item.value) else None


def _fault(name: str, columns: Sequence[str], declared: ParameterSet, kind: str, taken: set[str]) -> Problem | None:
    key = "estimate" if kind == "shared" else "individual"
    what = "uncertainty" if kind == "shared" else "spread between animals"
    if not columns_of(name, declared):
        return unknown_name("parameter", name, {n.partition("@")[0] for n in declared} | set(declared), key)
    if not columns:
        return Problem(
            f"{name!r} has no declared {what}, so that there is no prior",
            key,
            advice=f"leave it out, or declare its {what}",
        )
    if any(_law(declared[c], kind).family in _HELD for c in columns):  # type: ignore[union-attr]
        return Problem(f"{name!r} takes only single values", key, advice="fit the others, once for each of its values")
    if taken & set(columns):
        return Problem(f"{name!r} is given twice, by itself or by a part of it", key, advice="give it once")
    return None


def _estimated(
    name: str, columns: Sequence[str], declared: ParameterSet, kind: Literal["shared", "individual"], reason: str
) -> Estimated:
    items = [declared[column] for column in columns]
    laws = tuple((item.value, _law(item, kind) or Distribution(), item.bounds) for item in items)
    return Estimated(name, kind, tuple(columns), laws, items[0].unit, items[0].meaning, reason)


def error_parameter(name: str, median: float, width: float, meaning: str) -> Estimated:
    """A coefficient of variation with a lognormal prior."""
    law = (median, Distribution("lognormal", width), (1e-3, 10.0))
    return Estimated(name, "error", (), (law,), "1", meaning, "how far values scatter is estimated with the rest")
