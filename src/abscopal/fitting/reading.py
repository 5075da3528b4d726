"""Reading the rows of a table off the trajectories of its arms: two features of each row, and their tangents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.fitting.rows import FitRow
from abscopal.fitting.solving import Solved
from abscopal.simulation import FloatArray

# Animals by which the model's group is represented where animals differ; fixed places, so that a fit repeats.
VIRTUAL = 16
_TINY = 1e-9


@dataclass(frozen=True)
class ArmReading:
    """What is solved in one arm, and which row is read where.

    Attributes
    ----------
    days, outputs : what is recorded.
    animals : animals with coordinates of their own; none where all are alike, which takes one trajectory.
    virtual : places of animals that stand for a group (animals, individual parameters); none without summaries.
    rows : positions among the rows in use.
    subject : which of the arm's trajectories each row reads; -1 for a summary of the virtual animals.
    """

    arm: str
    days: FloatArray
    outputs: tuple[str, ...]
    animals: tuple[int, ...]
    virtual: FloatArray
    rows: tuple[int, ...]
    terms: tuple[FitRow, ...]
    subject: tuple[int, ...]

    @property
    def subjects(self) -> int:
        """Trajectories of one particle."""
        return max(1, len(self.animals) + len(self.virtual))

    def own_places(self, eta: FloatArray) -> FloatArray:
        """Individual coordinates (particles, subjects, k) of the arm's trajectories, from those of all animals."""
        particles, _, k = eta.shape
        if k == 0:
            return np.zeros((particles, 1, 0))
        virtual = np.broadcast_to(self.virtual, (particles, *self.virtual.shape))
        return np.concatenate([eta[:, list(self.animals)], virtual], axis=1)

    def read(self, solved: Solved, particles: int) -> tuple[FloatArray, FloatArray | None]:
        """Features (particles, rows of the arm, 2), and with tangents (particles, rows, 2, coordinates)."""
        shape = (particles, self.subjects, len(self.days), len(self.outputs))
        values = solved.outputs.reshape(shape)
        tangents = None if solved.tangents is None else solved.tangents.reshape(*shape, -1)
        features = np.zeros((particles, len(self.rows), 2))
        slopes = None if tangents is None else np.zeros((particles, len(self.rows), 2, tangents.shape[-1]))
        for r, (row, subject) in enumerate(zip(self.terms, self.subject, strict=True)):
            if row.role in ("death", "alive"):
                found = self._removal(row, subject, values, tangents)
            elif subject < 0:
                found = self._group(row, values, tangents)
            else:
                o, t = self.outputs.index(row.output), self._day(row.observation.day)
                found = [_log(values[:, subject, t, o], None if tangents is None else tangents[:, subject, t, o])]
            for f, (feature, slope) in enumerate(found):
                features[:, r, f] = feature
                if slopes is not None and slope is not None:
                    slopes[:, r, f] = slope
        return features, slopes

    def _day(self, day: float) -> int:
        return int(np.argmin(np.abs(self.days - day)))

    def _removal(
        self, row: FitRow, subject: int, values: FloatArray, tangents: FloatArray | None
    ) -> list[tuple[FloatArray, FloatArray | None]]:
        """Logs of the largest burden so far, on the day of the row and one gap before."""
        outputs = [self.outputs.index(name) for name in row.outputs]
        burden = values[:, subject][..., outputs]
        by = None if tangents is None else tangents[:, subject][..., outputs, :]
        if row.total:
            burden, by = burden.sum(axis=-1), None if by is None else by.sum(axis=-2)
        else:
            largest = burden.argmax(axis=-1)[..., None]
            burden = np.take_along_axis(burden, largest, axis=-1)[..., 0]
            by = None if by is None else np.take_along_axis(by, largest[..., None], axis=-2)[..., 0, :]
        found = []
        for last in (row.observation.day, row.before):
            until = max(1, int(np.searchsorted(self.days, last + 1e-9)))
            when = burden[:, :until].argmax(axis=1)
            particle = np.arange(len(burden))
            found.append(_log(burden[particle, when], None if by is None else by[particle, when]))
        return found

    def _group(
        self, row: FitRow, values: FloatArray, tangents: FloatArray | None
    ) -> list[tuple[FloatArray, FloatArray | None]]:
        """Log of the summary over the virtual animals, and their squared coefficient of variation."""
        o, t, first = self.outputs.index(row.output), self._day(row.observation.day), len(self.animals)
        each = np.maximum(values[:, first:, t, o], _TINY)
        by = None if tangents is None else tangents[:, first:, t, o] / each[..., None]
        logs = np.log(each)
        statistic = row.observation.statistic
        if statistic == "mean":
            weight = each / each.sum(axis=1, keepdims=True)
            centre = np.log(each.mean(axis=1))
            between = (each**2).mean(axis=1) / each.mean(axis=1) ** 2 - 1.0
        else:
            weight = np.full(each.shape, 1.0 / each.shape[1])
            centre = logs.mean(axis=1) if statistic == "geometric mean" else np.median(logs, axis=1)
            between = np.expm1(np.minimum(logs.var(axis=1), 50.0))
            if statistic == "median":
                weight = _middle(logs)
        slope = None if by is None else np.einsum("pv,pvq->pq", weight, by)
        # How the spread itself moves hardly matters for the mode; it is counted where probabilities are.
        return [(centre, slope), (between, None)]


def _log(values: FloatArray, tangents: FloatArray | None) -> tuple[FloatArray, FloatArray | None]:
    safe = np.maximum(values, _TINY)
    slope = None if tangents is None else np.where((values > _TINY)[:, None], tangents / safe[:, None], 0.0)
    return np.log(safe), slope


def _middle(logs: FloatArray) -> FloatArray:
    """Weights of the animals whose average is the median (particles, animals)."""
    order = logs.argsort(axis=1)
    weight = np.zeros(logs.shape)
    n = logs.shape[1]
    for place in {(n - 1) // 2, n // 2}:
        np.put_along_axis(weight, order[:, [place]], 1.0 / len({(n - 1) // 2, n // 2}), axis=1)
    return weight


def readings(
    rows: Sequence[FitRow], animal_of_row: Sequence[int], individual: int, arms: Sequence[str], start: float
) -> tuple[ArmReading, ...]:
    """What is solved in each arm that has rows.

    Parameters
    ----------
    rows : those in use.
    animal_of_row : number of the animal of each row; of a summary -1.
    individual : number of individual parameters.
    start : first day of the trajectories [d].
    """
    found = []
    for arm in arms:
        places = [i for i, row in enumerate(rows) if row.observation.arm == arm]
        if not places:
            continue
        terms = tuple(rows[i] for i in places)
        animals = sorted({animal_of_row[i] for i in places} - {-1}) if individual else []
        grouped = bool(individual) and any(row.is_summary for row in terms)
        subject = [
            0 if not individual else animals.index(animal_of_row[i]) if animal_of_row[i] >= 0 else -1 for i in places
        ]
        found.append(
            ArmReading(
                arm=arm,
                days=_days(terms, start),
                outputs=tuple(dict.fromkeys(name for row in terms for name in row.outputs)),
                animals=tuple(animals),
                virtual=virtual_places(individual) if grouped else np.zeros((0, individual)),
                rows=tuple(places),
                terms=terms,
                subject=tuple(subject),
            )
        )
    return tuple(found)


def _days(terms: Sequence[FitRow], start: float) -> FloatArray:
    """Days of the rows; where deaths are given, a grid up to them, so that the largest volume so far is seen."""
    days = {row.observation.day for row in terms}
    for row in terms:
        if row.role in ("death", "alive"):
            gap = max(row.observation.day - row.before, 0.5)
            days |= {*np.arange(row.observation.day, start, -gap), max(row.before, start)}
    return np.unique(np.round(sorted(days), 6))


def virtual_places(individual: int) -> NDArray[np.float64]:
    """Fixed places of the animals that stand for a group (animals, individual parameters): a Halton sequence."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    sequence = qmc.Halton(d=individual, scramble=False)
    sequence.fast_forward(1)
    places = ndtri(sequence.random(VIRTUAL))
    # Each parameter with mean 0 and standard deviation 1, as the law says.
    return np.asarray((places - places.mean(axis=0)) / places.std(axis=0))
