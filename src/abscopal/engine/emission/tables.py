"""Sparse LU factorisation and solution driven by tables, for systems too large to compile unrolled."""

from __future__ import annotations

from itertools import accumulate

from abscopal.engine.emission.text import Code
from abscopal.engine.lowering.sparsity import Elimination


def factor_by_tables(code: Code, elimination: Elimination) -> str:
    """factor(W), as `linear.factor_function`, with its tables."""
    slots = elimination.slots
    lower: list[int] = []
    source: list[int] = []
    target: list[int] = []
    per_pivot, per_lower = [0], [0]
    for k, below, right in zip(elimination.order, elimination.lower, elimination.upper, strict=True):
        per_pivot.append(len(below))
        for i in below:
            lower.append(slots[i, k])
            per_lower.append(len(right))
            source += [slots[k, j] for j in right]
            target += [slots[i, j] for j in right]
    tables = {
        "factor_pivot": [slots[k, k] for k in elimination.order],
        "factor_rows": list(accumulate(per_pivot)),
        "factor_lower": lower,
        "factor_updates": list(accumulate(per_lower)),
        "factor_source": source,
        "factor_target": target,
    }
    with code.loop(str(len(elimination.order))) as step:
        pivot = _look_up(code, "factor_pivot", step)
        inverse = code.binary("fdiv", code.number(1.0), code.load_at("%W", pivot))
        code.store_at(inverse, "%W", pivot)
        with code.loop(*_range(code, "factor_rows", step)) as e:
            place = _look_up(code, "factor_lower", e)
            ratio = code.binary("fmul", code.load_at("%W", place), inverse)
            code.store_at(ratio, "%W", place)
            minus = code.unary("fneg", ratio)
            with code.loop(*_range(code, "factor_updates", e)) as u:
                row = code.load_at("%W", _look_up(code, "factor_source", u))
                changed = _look_up(code, "factor_target", u)
                code.store_at(code.fma(minus, row, code.load_at("%W", changed)), "%W", changed)
    return _close(code, "factor", ["ptr noalias %W"], tables)


def solve_by_tables(code: Code, elimination: Elimination) -> str:
    """backsolve(W, b), as `linear.solve_function`, with its tables.

    With auxiliary unknowns the solution is made in the places of W after its entries.
    """
    slots = elimination.slots
    columns = list(zip(elimination.order, elimination.lower, strict=True))
    rows = list(zip(elimination.order, elimination.upper, strict=True))[::-1]
    tables = {
        "solve_pivot": [k for k, _ in columns],
        "solve_below": list(accumulate((len(below) for _, below in columns), initial=0)),
        "solve_lower": [slots[i, k] for k, below in columns for i in below],
        "solve_row": [i for _, below in columns for i in below],
        "solve_back": [k for k, _ in rows],
        "solve_diagonal": [slots[k, k] for k, _ in rows],
        "solve_right": list(accumulate((len(right) for _, right in rows), initial=0)),
        "solve_upper": [slots[k, j] for k, right in rows for j in right],
        "solve_column": [j for _, right in rows for j in right],
    }
    count, unknowns = len(columns), elimination.unknowns
    vector = "%b"
    if count > unknowns:
        vector = code.at("%W", len(slots))
        with code.loop(str(unknowns)) as k:
            code.store_at(code.load_at("%b", k), vector, k)
        with code.loop(str(count), str(unknowns)) as k:
            code.store_at(code.number(0.0), vector, k)
    with code.loop(str(count)) as k:
        known = code.unary("fneg", code.load_at(vector, _look_up(code, "solve_pivot", k)))
        with code.loop(*_range(code, "solve_below", k)) as e:
            ratio = code.load_at("%W", _look_up(code, "solve_lower", e))
            i = _look_up(code, "solve_row", e)
            code.store_at(code.fma(ratio, known, code.load_at(vector, i)), vector, i)
    with code.loop(str(count)) as k:
        place = _look_up(code, "solve_back", k)
        with code.loop(*_range(code, "solve_right", k)) as e:
            factor = code.unary("fneg", code.load_at("%W", _look_up(code, "solve_upper", e)))
            other = code.load_at(vector, _look_up(code, "solve_column", e))
            code.store_at(code.fma(factor, other, code.load_at(vector, place)), vector, place)
        inverse = code.load_at("%W", _look_up(code, "solve_diagonal", k))
        code.store_at(code.binary("fmul", code.load_at(vector, place), inverse), vector, place)
    if count > unknowns:
        with code.loop(str(unknowns)) as k:
            code.store_at(code.load_at(vector, k), "%b", k)
    return _close(code, "backsolve", ["ptr noalias %W", "ptr noalias %b"], tables)


def _look_up(code: Code, table: str, i: str) -> str:
    place = code.value(f"getelementptr inbounds i32, ptr @{table}, i64 {i}")
    return code.value(f"sext i32 {code.value(f'load i32, ptr {place}')} to i64")


def _range(code: Code, table: str, i: str) -> tuple[str, str]:
    """Stop and start of a loop over the entries of group i."""
    start = _look_up(code, table, i)
    return _look_up(code, table, code.value(f"add i64 {i}, 1")), start


def _close(code: Code, name: str, arguments: list[str], tables: dict[str, list[int]]) -> str:
    code.do("ret void")
    text = code.function(name, arguments, attributes="#2").replace("define", "define internal", 1)
    for table, entries in tables.items():
        values = ", ".join(f"i32 {x}" for x in entries or [0])
        text += f"@{table} = internal constant [{max(1, len(entries))} x i32] [{values}]\n"
    return text
