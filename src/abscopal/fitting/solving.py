"""From coordinates to trajectories: values of parameters, conditioned on the start volumes, solved arm by arm.

All particles and animals of an arm are rows of one `engine.solve`. Tangents are exact: those of the engine, which
follow the accepted steps of each trajectory, times the slopes of the values; and the factor on the inoculum by which a
tumour has its start volume follows by the theorem of the implicit function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal import cohort, engine
from abscopal.fitting.estimated import Estimated
from abscopal.simulation import NOT_CONDITIONED, FloatArray, Prepared, Settings, StartVolumes

_STEP = 1e-5
# What is counted as the reason of a trajectory that could not be solved.
NO_START = "the tumour cannot have the start volume on that day"


@dataclass(frozen=True)
class Solved:
    """Trajectories of an arm.

    Attributes
    ----------
    outputs : (rows, days, outputs); NaN where a row failed.
    tangents : (rows, days, outputs, coordinates), or None.
    ok : (rows,), which rows were solved.
    """

    outputs: FloatArray
    tangents: FloatArray | None
    ok: NDArray[np.bool_]


@dataclass(frozen=True)
class _Conditioned:
    """Values (rows, parameters), which rows can be so, and slopes (rows, columns, coordinates) of columns that move."""

    values: FloatArray
    possible: NDArray[np.bool_]
    slopes: FloatArray
    columns: list[int]


@dataclass(frozen=True)
class _StartGuess:
    """Log-factors on the inoculum, about, as a linear function of the coordinates."""

    at_centre: FloatArray
    slopes: FloatArray

    def __call__(self, places: FloatArray) -> FloatArray:
        return np.asarray(self.at_centre + places @ self.slopes.T)


class Solver:
    """Solves the arms of a study for coordinates: shared parameters first, then errors, then an animal's own.

    Parameters
    ----------
    shared, individual : what is estimated; `errors` coordinates between them move no trajectory.
    baseline : values of all parameters of the model where none is estimated.
    """

    def __init__(
        self,
        prepared: Prepared,
        shared: Sequence[Estimated],
        individual: Sequence[Estimated],
        errors: int,
        baseline: FloatArray,
        settings: Settings,
    ) -> None:
        self.prepared, self.settings, self.baseline = prepared, settings, baseline
        self.shared, self.individual = tuple(shared), tuple(individual)
        self.own_from = len(shared) + errors
        self.size = self.own_from + len(individual)
        self.failures: Counter[str] = Counter()
        self.solves = 0
        names = prepared.model.parameter_names
        self._system_names = [p.name for p in prepared.model.system.parameters]
        # Column of the model -> which shared and which individual parameter moves it, and as which of its columns.
        self._moved: dict[int, dict[str, tuple[int, int]]] = {}
        for kind, items in (("shared", self.shared), ("individual", self.individual)):
            for i, item in enumerate(items):
                for j, column in enumerate(item.columns):
                    self._moved.setdefault(names.index(column), {})[kind] = (i, j)
        self._start = StartVolumes.of(prepared)
        self._takes = () if self._start is None else (*self._start.columns, *self._start.others)
        self._guesses: dict[tuple[str, ...], _StartGuess] = {}

    def values(self, places: FloatArray) -> FloatArray:
        """Values of all parameters (rows, parameters) at coordinates (rows, coordinates), before host changes."""
        values = np.tile(self.baseline, (len(places), 1))
        for column in self._moved:
            values[:, column] = self._value(column, places)
        return values

    def own_values(self, places: FloatArray) -> FloatArray:
        """Values of the individual parameters (rows, individual parameters), each in its first column."""
        names = self.prepared.model.parameter_names
        columns = [names.index(item.columns[0]) for item in self.individual]
        return np.stack([self._value(c, places) for c in columns], axis=1) if columns else np.zeros((len(places), 0))

    def _value(self, column: int, places: FloatArray) -> FloatArray:
        by = self._moved[column]
        value = np.full(len(places), self.baseline[column])
        if "shared" in by:
            i, j = by["shared"]
            value = self.shared[i].value(places[:, i], j)
        if "individual" in by:
            i, j = by["individual"]
            value = self.individual[i].value(places[:, self.own_from + i], j, value)
        return value

    def _slopes(self, places: FloatArray, columns: Sequence[int]) -> FloatArray:
        """Derivatives of the values of some columns by the coordinates (rows, columns, coordinates)."""
        slopes = np.zeros((len(places), len(columns), self.size))
        for c, column in enumerate(columns):
            for kind, (i, _) in self._moved.get(column, {}).items():
                q = i if kind == "shared" else self.own_from + i
                high, low = places.copy(), places.copy()
                high[:, q] += _STEP
                low[:, q] -= _STEP
                slopes[:, c, q] = (self._value(column, high) - self._value(column, low)) / (2.0 * _STEP)
        return slopes

    def solve(
        self,
        arm: str,
        places: FloatArray,
        days: FloatArray,
        outputs: Sequence[str],
        tangents: bool = False,
        known: dict[tuple[str, ...], _Conditioned] | None = None,
    ) -> Solved:
        """Trajectories of an arm at coordinates (rows, coordinates).

        Parameters
        ----------
        known : what was conditioned at the same coordinates for other arms; it is added to.
        """
        changes = self.prepared.study.host_changes(arm)
        known = {} if known is None else known
        if changes not in known:
            known[changes] = self._conditioned(places, changes, tangents)
        found = known[changes]
        columns = found.columns
        solution = engine.solve(
            self.prepared.model.system,
            self.prepared.schedules[arm],
            found.values,
            days,
            start=self.prepared.start_day,
            outputs=list(outputs),
            wrt=[self._system_names[c] for c in columns] if tangents and columns else None,
            **self.settings.of_engine,
        )
        self.solves += len(found.values) * (1 + (len(columns) if tangents else 0))
        ok = found.possible & solution.finished & np.isfinite(solution.outputs).all(axis=(1, 2))
        self._count(np.where(found.possible, solution.status, NOT_CONDITIONED), ok)
        curves = np.where(ok[:, None, None], solution.outputs, np.nan)
        if not tangents:
            return Solved(curves, None, ok)
        if solution.sensitivities is None:
            return Solved(curves, np.zeros((*curves.shape, self.size)), ok)
        return Solved(curves, np.einsum("ntoc,ncq->ntoq", solution.sensitivities, found.slopes), ok)

    def _count(self, status: NDArray[np.int_], ok: NDArray[np.bool_]) -> None:
        for code in status[~ok]:
            known = int(code) in [int(s) for s in engine.Status]
            reason = NO_START if code == NOT_CONDITIONED else engine.Status(int(code)).advice if known else "unknown"
            self.failures[reason] += 1

    def _conditioned(self, places: FloatArray, changes: tuple[str, ...], tangents: bool) -> _Conditioned:
        """Values with the takes that give the start volumes; with tangents, derivatives of the columns that move."""
        factors = self._factors(changes)
        values = self.values(places) * factors
        columns = sorted({*self._moved, *self._takes})
        slopes = self._slopes(places, columns) * factors[columns][:, None] if tangents else np.zeros((0, 0, 0))
        if self._start is None:
            return _Conditioned(values, np.ones(len(values), dtype=bool), slopes, columns)
        takes = list(self._takes)
        plain = self.baseline[takes] * factors[takes]
        own = values[:, takes] / plain
        values[:, takes] = plain
        guess = self._guess(changes)(places)
        scale = self._start.scales_near(values, guess, self.settings)
        possible = np.asarray(np.isfinite(scale).all(axis=1))
        scale = np.where(np.isfinite(scale), scale, 0.0)
        values = self._start.scaled(values, scale)
        if tangents:
            by_scale = self._slopes_of_scale(values, slopes, columns)
            per_take = [*range(len(self._start.columns))]
            for t, column in enumerate(takes):
                change = by_scale[:, per_take[t]] if t < len(per_take) else by_scale.mean(axis=1)
                c = columns.index(column)
                slopes[:, c] = values[:, [column]] * (own[:, [t]] * change + slopes[:, c] / plain[t])
        values[:, takes] *= own
        return _Conditioned(values, possible, slopes, columns)

    def _factors(self, changes: tuple[str, ...]) -> FloatArray:
        """What changes of the host multiply each parameter by."""
        names = self.prepared.model.parameter_names
        return np.asarray(cohort.apply_host_changes(np.ones((1, len(names))), names, changes)[0])

    def _slopes_of_scale(self, values: FloatArray, slopes: FloatArray, columns: list[int]) -> FloatArray:
        """Derivatives of the log-factors by the coordinates (rows, sites, coordinates)."""
        assert self._start is not None
        volumes, by_value = self._start.tangents(values, columns, self.settings)
        relative = by_value / np.maximum(volumes, 1e-12)[..., None]
        sites = len(self._start.columns)
        by_scale = np.zeros((len(values), sites, sites))
        others = np.zeros((len(values), sites))
        for column in self._start.others:
            others += relative[:, :, columns.index(column)] * values[:, [column]] / sites
        for s, column in enumerate(self._start.columns):
            by_scale[:, :, s] = relative[:, :, columns.index(column)] * values[:, [column]] + others
        takes = [columns.index(column) for column in self._takes]
        moved = slopes.copy()
        moved[:, takes] = 0.0
        right = np.nan_to_num(np.einsum("nsc,ncq->nsq", relative, moved))
        whole = np.asarray(np.isfinite(by_scale).all(axis=(1, 2)))
        left = np.where(whole[:, None, None], by_scale, np.eye(sites))
        return -np.linalg.solve(left + 1e-9 * np.eye(sites), right)

    def _guess(self, changes: tuple[str, ...]) -> _StartGuess:
        """Where the search for the factors begins: from the declared values, by their slopes there."""
        assert self._start is not None
        if changes not in self._guesses:
            centre, factors = np.zeros((1, self.size)), self._factors(changes)
            values = self.values(centre) * factors
            takes = list(self._takes)
            values[:, takes] = self.baseline[takes] * factors[takes]
            scale = np.nan_to_num(self._start.scales(values, self.settings), nan=0.0)
            columns = sorted({*self._moved, *self._takes})
            slopes = self._slopes(centre, columns) * factors[columns][:, None]
            by_place = self._slopes_of_scale(self._start.scaled(values, scale), slopes, columns)
            self._guesses[changes] = _StartGuess(scale[0], by_place[0])
        return self._guesses[changes]
