"""Unrolled sparse LU factorisation and solution, in place, without pivoting."""

from __future__ import annotations

from abscopal.engine.emission.text import Code
from abscopal.engine.lowering.sparsity import Elimination


def factor_function(code: Code, elimination: Elimination) -> str:
    """factor(W): W becomes L and U; the diagonal holds the reciprocals of the pivots."""
    values: dict[tuple[int, int], str] = {}
    slots = elimination.slots

    def get(entry: tuple[int, int]) -> str:
        if entry not in values:
            values[entry] = code.load("%W", slots[entry])
        return values[entry]

    for k, below, right in zip(elimination.order, elimination.lower, elimination.upper, strict=True):
        unit = k in elimination.unit
        if not unit:
            inverse = code.binary("fdiv", code.number(1.0), get((k, k)))
            code.store(inverse, "%W", slots[k, k])
        for i in below:
            ratio = get((i, k)) if unit else code.binary("fmul", get((i, k)), inverse)
            code.store(ratio, "%W", slots[i, k])
            minus = code.unary("fneg", ratio)
            for j in right:
                values[i, j] = code.fma(minus, get((k, j)), get((i, j)))
        for j in right:
            code.store(get((k, j)), "%W", slots[k, j])
    code.do("ret void")
    return code.function("factor", ["ptr noalias %W"], attributes="#2").replace("define", "define internal", 1)


def solve_function(code: Code, elimination: Elimination) -> str:
    """backsolve(W, b): b becomes the solution, after `factor`."""
    slots = elimination.slots
    values = {k: code.load("%b", k) for k in elimination.order if k < elimination.unknowns}

    def less(i: int, entry: tuple[int, int], other: int) -> None:
        """values[i] - W[entry] values[other]"""
        minus = code.unary("fneg", code.load("%W", slots[entry]))
        product = (minus, values[other])
        values[i] = code.fma(*product, values[i]) if i in values else code.binary("fmul", *product)

    for k, below in zip(elimination.order, elimination.lower, strict=True):
        if k not in elimination.silent:
            for i in below:
                less(i, (i, k), k)
    for k, right in zip(reversed(elimination.order), reversed(elimination.upper), strict=True):
        if k in elimination.unread:
            continue
        for j in right:
            less(k, (k, j), j)
        if k not in elimination.unit:
            values[k] = code.binary("fmul", values[k], code.load("%W", slots[k, k]))
        if k < elimination.unknowns:
            code.store(values[k], "%b", k)
    code.do("ret void")
    arguments = ["ptr noalias %W", "ptr noalias %b"]
    return code.function("backsolve", arguments, attributes="#2").replace("define", "define internal", 1)
