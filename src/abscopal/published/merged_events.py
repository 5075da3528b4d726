"""Many event maps as one that is told which to be: machine code for hundreds of small maps costs too much."""

from __future__ import annotations

from collections.abc import Sequence

from abscopal import expr
from abscopal.expr import EventMap, Expr, graph, substitute_all

_WHICH = expr.symbol("which:")


def merged(maps: Sequence[EventMap], states: Sequence[Expr]) -> EventMap:
    """One map whose first argument is the position of the map to act as; its other arguments follow."""
    width = max((len(m.arguments) for m in maps), default=0)
    arguments = [expr.symbol(f"argument:{i}") for i in range(width)]
    updates: dict[int, Expr] = {}
    for number, one in enumerate(maps):
        given = dict(zip(one.arguments, arguments, strict=False))
        chosen = (_WHICH - float(number)) * (_WHICH - float(number)) < 0.25
        for (i, _), new in zip(one.updates, substitute_all([e for _, e in one.updates], given), strict=True):
            updates[i] = graph.where(chosen, new, updates.get(i, states[i]))
    return EventMap("act", (_WHICH, *arguments), tuple(sorted(updates.items(), key=lambda item: item[0])))
