"""The Jacobian of rates as a sparse matrix with auxiliary rows, by elimination on the graph of partial derivatives.

Every operation of the rates is a vertex with one edge, its partial derivative, from each of its arguments. Taking a
vertex out joins each of its a sources to each of its b targets, at a*b products; taken out in the order of least
products (Markowitz), all vertices between states and rates leave the Jacobian with few operations. But a signal that
many states feed and many rates read fills a block of the Jacobian. Such a vertex is kept: it becomes an auxiliary
unknown with its own row, whose a + b entries stand for the a*b of the block, and the sparse solver orders it with the
states. The solution for the states is the same.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from abscopal.expr import Expr, graph, topological
from abscopal.expr.derivative import partial

Entries = dict[tuple[int, int], Expr]
Edges = dict[Expr, dict[Expr, Expr]]

# A vertex is kept if taking it out would leave this many entries more than keeping it.
_KEEP_FROM = 6
_CHOICES = ("where", "min", "max")


def linearise(rates: Sequence[Expr], states: Sequence[Expr], *, auxiliaries: bool) -> tuple[Entries, int]:
    """The partial derivatives {(row, column): entry}, and how many auxiliary rows follow those of the states.

    Row i < n holds d rate[i] / d unknown and row n + j holds d auxiliary[j] / d unknown, where the unknowns are the n
    states and then the auxiliaries, all other unknowns fixed. Without auxiliaries this is the Jacobian.
    """
    roots = [_root(i) for i in range(len(rates))]
    inner, sources = _graph(rates, states, roots)
    kept = _take_out(inner, sources, _taken_always(rates) if auxiliaries else set())
    column = {x: j for j, x in enumerate([*states, *kept])}
    entries = {
        (row, column[x]): entry
        for row, vertex in enumerate([*roots, *kept])
        for x, entry in sources[vertex].items()
        if not graph.is_const(entry, 0.0)
    }
    return dict(sorted(entries.items())), len(kept)


def _root(i: int) -> Expr:
    """A vertex for rate i itself, apart from the expression, which other rates may use."""
    return graph.symbol(f"rate:{i}")


def _graph(rates: Sequence[Expr], states: Sequence[Expr], roots: Sequence[Expr]) -> tuple[list[Expr], Edges]:
    """The vertices between states and rates, arguments first, and what each vertex depends on by one edge."""
    known = set(states)
    inner: list[Expr] = []
    sources: Edges = {}
    for node in topological(rates):
        edges: dict[Expr, Expr] = {}
        for argument, slope in _edges(node):
            if argument in known:
                edges[argument] = graph.add(edges[argument], slope) if argument in edges else slope
        if edges:
            known.add(node)
            inner.append(node)
            sources[node] = edges
    for root, rate in zip(roots, rates, strict=True):
        sources[root] = {rate: graph.const(1.0)} if rate in known else {}
    return inner, sources


def _taken_always(rates: Sequence[Expr]) -> set[Expr]:
    """What some rate uses whatever a condition says: inside a branch that is not taken slopes may be infinite."""
    found = set(rates)
    for node in reversed(list(topological(rates))):
        if node in found and node.op not in _CHOICES:
            found.update(node.args)
    return found


def _edges(node: Expr) -> Iterator[tuple[Expr, Expr]]:
    one, zero = graph.const(1.0), graph.const(0.0)
    if node.op in ("lt", "le"):
        return
    if node.op in _CHOICES:
        if node.op == "where":
            condition, chosen, otherwise = node.args
        else:
            a, b = node.args
            condition, chosen, otherwise = (a < b, a, b) if node.op == "min" else (a < b, b, a)
        yield chosen, graph.where(condition, one, zero)
        yield otherwise, graph.where(condition, zero, one)
        return
    for position, argument in enumerate(node.args):
        yield argument, partial(node, position)


def _chain(outer: Expr, inner: Expr) -> Expr:
    """The product of two slopes; a choice selects, so that an infinite slope on the branch not taken is ignored."""
    for masked, other in ((outer, inner), (inner, outer)):
        if masked.op == "where" and any(graph.is_const(a, 0.0) for a in masked.args[1:]):
            condition, a, b = masked.args
            return graph.where(condition, _chain(a, other), _chain(b, other))
    return graph.mul(outer, inner)


def _take_out(inner: Sequence[Expr], sources: Edges, candidates: set[Expr]) -> list[Expr]:
    """Takes vertices out, cheapest first and of those the last, and returns the candidates that are worth keeping."""
    targets: dict[Expr, dict[Expr, None]] = {v: {} for v in inner}
    for vertex, edges in sources.items():
        for x in edges:
            if x in targets:
                targets[x][vertex] = None
    place = {v: i for i, v in enumerate(inner)}
    left = set(inner)

    def products(v: Expr) -> int:
        return len(sources[v]) * len(targets[v])

    heap = [(products(v), -place[v]) for v in inner]
    heapq.heapify(heap)
    while heap:
        cost, minus = heapq.heappop(heap)
        v = inner[-minus]
        if v not in left:
            continue
        if cost != products(v):
            heapq.heappush(heap, (products(v), minus))
            continue
        if v in candidates and cost - len(sources[v]) - len(targets[v]) >= _KEEP_FROM:
            continue  # it comes back if a neighbour's going makes it cheaper
        left.remove(v)
        touched = [*sources[v], *targets[v]]
        _join(v, sources, targets)
        for x in touched:
            if x in left:
                heapq.heappush(heap, (products(x), -place[x]))
    return [v for v in inner if v in left]


def _join(v: Expr, sources: Edges, targets: dict[Expr, dict[Expr, None]]) -> None:
    """Takes one vertex out: each of its targets now depends on each of its sources."""
    into, out = sources.pop(v), targets.pop(v)
    for x in into:
        if x in targets:
            del targets[x][v]
    for target in out:
        edges = sources[target]
        outer = edges.pop(v)
        for x, slope in into.items():
            term = _chain(outer, slope)
            edges[x] = graph.add(edges[x], term) if x in edges else term
            if x in targets:
                targets[x][target] = None
