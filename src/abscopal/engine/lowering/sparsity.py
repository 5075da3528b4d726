"""Elimination order and fill of the Rosenbrock matrix, found once per system: no pivoting while solving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

# In larger systems pivots are chosen without counting their fill.
_FILL_COUNTED = 400


@dataclass(frozen=True)
class Elimination:
    """LU factorisation of a sparse matrix on its diagonal pivots.

    Attributes
    ----------
    order : the pivots, first eliminated first.
    lower : for each pivot, the rows below it that hold an entry in its column, in order of elimination.
    upper : for each pivot, the columns after it in its row, in order of elimination.
    slots : {(row, column): position of the entry in the array of entries}, fill and diagonal included.
    unknowns : how many of the rows, the first, are unknowns that are asked for; the others are auxiliary, with 1 on
        their diagonal and 0 on their right-hand side.
    """

    order: tuple[int, ...]
    lower: tuple[tuple[int, ...], ...]
    upper: tuple[tuple[int, ...], ...]
    slots: dict[tuple[int, int], int]
    unknowns: int

    @cached_property
    def unit(self) -> frozenset[int]:
        """Pivots that are still 1 when their turn comes."""
        changed: set[int] = set()
        for below, right in zip(self.lower, self.upper, strict=True):
            changed.update({*below} & {*right})
        return frozenset(k for k in self.order if k >= self.unknowns and k not in changed)

    @cached_property
    def silent(self) -> frozenset[int]:
        """Rows whose right-hand side is still 0 when their turn comes."""
        return self._unreached_by(self.lower)

    @cached_property
    def unread(self) -> frozenset[int]:
        """Auxiliary unknowns whose solution no other one that is asked for needs."""
        return self._unreached_by(self.upper)

    def _unreached_by(self, links: tuple[tuple[int, ...], ...]) -> frozenset[int]:
        """Rows to which no chain of links leads from an unknown, in the order of elimination."""
        reached = set(range(self.unknowns))
        for k, others in zip(self.order, links, strict=True):
            if k in reached:
                reached.update(others)
        return frozenset(self.order) - reached

    @property
    def operations(self) -> int:
        """Multiply-adds of one factorisation."""
        return sum(len(below) * len(right) for below, right in zip(self.lower, self.upper, strict=True))


def eliminate(unknowns: int, pattern: Iterable[tuple[int, int]], auxiliaries: int = 0) -> Elimination:
    """Least fill: at each step the diagonal pivot that creates the fewest new entries.

    Of equals it is the one that takes most products, since these only grow, and then the lower index. In very large
    systems, where counting the fill would take long, it is the pivot with the fewest products (Markowitz).
    """
    size = unknowns + auxiliaries
    rows: list[set[int]] = [{i} for i in range(size)]
    columns: list[set[int]] = [{i} for i in range(size)]
    for i, j in pattern:
        rows[i].add(j)
        columns[j].add(i)

    def cost(k: int) -> tuple[int, int, int]:
        below, right = columns[k] - {k}, rows[k] - {k}
        products = len(below) * len(right)
        if size > _FILL_COUNTED:
            return products, 0, k
        return sum(len(right - rows[i]) for i in below), -products, k

    costs = {k: cost(k) for k in range(size)}
    order: list[int] = []
    lower: dict[int, set[int]] = {}
    upper: dict[int, set[int]] = {}
    while costs:
        pivot = min(costs, key=costs.__getitem__)
        del costs[pivot]
        order.append(pivot)
        below, right = columns[pivot] - {pivot}, rows[pivot] - {pivot}
        lower[pivot], upper[pivot] = below, right
        for i in below:
            rows[i] |= right
            rows[i].remove(pivot)
        for j in right:
            columns[j] |= below
            columns[j].remove(pivot)
        changed = set().union(*(rows[i] for i in below), *(columns[j] for j in right))
        costs.update({k: cost(k) for k in changed if k in costs})
    return _elimination(order, lower, upper, unknowns)


def _elimination(
    order: Sequence[int], lower: Mapping[int, set[int]], upper: Mapping[int, set[int]], unknowns: int
) -> Elimination:
    """The factorisation with its entries numbered: row by row, in the order of elimination."""
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
        unknowns=unknowns,
    )
