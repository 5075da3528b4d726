"""Elimination order and fill of the Rosenbrock matrix, found once per system: no pivoting while solving."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Elimination:
    """LU factorisation of a sparse matrix on its diagonal pivots.

    Attributes
    ----------
    order : the pivots, first eliminated first.
    lower : for each pivot, the rows below it that hold an entry in its column, in order of elimination.
    upper : for each pivot, the columns after it in its row, in order of elimination.
    slots : {(row, column): position of the entry in the array of entries}, fill and diagonal included.
    """

    order: tuple[int, ...]
    lower: tuple[tuple[int, ...], ...]
    upper: tuple[tuple[int, ...], ...]
    slots: dict[tuple[int, int], int]

    @property
    def operations(self) -> int:
        """Multiply-adds of one factorisation."""
        return sum(len(below) * len(right) for below, right in zip(self.lower, self.upper, strict=True))


def eliminate(size: int, pattern: Iterable[tuple[int, int]]) -> Elimination:
    """Markowitz's order: at each step the diagonal pivot that can create least fill; ties go to the lower index."""
    rows: list[set[int]] = [{i} for i in range(size)]
    columns: list[set[int]] = [{i} for i in range(size)]
    for i, j in pattern:
        rows[i].add(j)
        columns[j].add(i)
    remaining = set(range(size))
    order: list[int] = []
    lower: dict[int, set[int]] = {}
    upper: dict[int, set[int]] = {}
    while remaining:
        pivot = min(remaining, key=lambda k: ((len(rows[k]) - 1) * (len(columns[k]) - 1), k))
        remaining.remove(pivot)
        order.append(pivot)
        below, right = columns[pivot] - {pivot}, rows[pivot] - {pivot}
        lower[pivot], upper[pivot] = below, right
        for i in below:
            rows[i] |= right
            rows[i].remove(pivot)
        for j in right:
            columns[j] |= below
            columns[j].remove(pivot)
    place = {k: position for position, k in enumerate(order)}
    slots: dict[tuple[int, int], int] = {}
    for k in order:
        for entry in [(k, k), *((k, j) for j in sorted(upper[k], key=place.__getitem__))]:
            slots[entry] = len(slots)
        for i in sorted(lower[k], key=place.__getitem__):
            slots[i, k] = len(slots)
    return Elimination(
        order=tuple(order),
        lower=tuple(tuple(sorted(lower[k], key=place.__getitem__)) for k in order),
        upper=tuple(tuple(sorted(upper[k], key=place.__getitem__)) for k in order),
        slots=slots,
    )
