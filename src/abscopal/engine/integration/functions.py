"""Rates and Jacobian for all lanes; large systems in several functions, since compiling one would take long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from abscopal.engine.emission.arithmetic import Arithmetic
from abscopal.engine.emission.scalar import leaves
from abscopal.engine.emission.text import Code
from abscopal.engine.lowering import Program
from abscopal.engine.lowering.sparsity import Elimination
from abscopal.expr import Expr, topological

Part = Callable[[Code, Sequence[int]], None]

# Operations per function; what two functions share is computed in both.
_PER_FUNCTION = 3000


def rates_function(lanes: int, program: Program) -> str:
    """add_rates(y, p, q, dy): dy += f(y)."""
    rows = [i for i, rate in enumerate(program.rates) if not (rate.op == "const" and rate.value == 0.0)]

    def part(code: Code, chosen: Sequence[int]) -> None:
        arithmetic = Arithmetic(code, leaves(code, program, ("y", "p", "q")), [program.rates[i] for i in chosen])
        for i in chosen:
            value = arithmetic.value(program.rates[i])
            code.store(code.binary("fadd", value, code.load("%dy", i)), "%dy", i)

    groups = list(_groups([(i, [program.rates[i]]) for i in rows]))
    return _joined("add_rates", ("y", "p", "q", "dy"), lanes, groups, part)


def slopes_function(lanes: int, program: Program, elimination: Elimination) -> str:
    """slopes(y, p, q, dy, W, diagonal): dy = f(y) and W = D - J, where D is diagonal for states and 1 for auxiliaries.

    Fill is set to zero.
    """
    n = len(program.rates)
    rows = range(n + program.auxiliaries)
    by_row: dict[int, list[int]] = {i: [] for i in rows}
    for i, j in program.jacobian:
        by_row[i].append(j)
    fill: dict[int, list[int]] = {i: [] for i in rows}
    for (i, j), slot in elimination.slots.items():
        if i != j and (i, j) not in program.jacobian:
            fill[i].append(slot)

    def roots(i: int) -> list[Expr]:
        return [*program.rates[i : i + 1], *(program.jacobian[i, j] for j in by_row[i])]

    def part(code: Code, chosen: Sequence[int]) -> None:
        arithmetic = Arithmetic(code, leaves(code, program, ("y", "p", "q")), [e for i in chosen for e in roots(i)])
        step = code.load("%diagonal", 0)
        for i in chosen:
            diagonal = step if i < n else code.number(1.0)
            if i < n:
                code.store(arithmetic.value(program.rates[i]), "%dy", i)
            for j in by_row[i]:
                entry = arithmetic.value(program.jacobian[i, j])
                value = code.binary("fsub", diagonal, entry) if i == j else code.unary("fneg", entry)
                code.store(value, "%W", elimination.slots[i, j])
            if i not in by_row[i]:
                code.store(diagonal, "%W", elimination.slots[i, i])
            for slot in fill[i]:
                code.store(code.number(0.0), "%W", slot)

    groups = list(_groups([(i, roots(i)) for i in rows]))
    return _joined("slopes", ("y", "p", "q", "dy", "W", "diagonal"), lanes, groups, part)


def _groups(rows: list[tuple[int, list[Expr]]]) -> Iterator[list[int]]:
    """Consecutive rows whose expressions together are not too many."""
    group: list[int] = []
    nodes: set[Expr] = set()
    for i, roots in rows:
        own = set(topological(roots))
        if group and len(nodes | own) > _PER_FUNCTION:
            yield group
            group, nodes = [], set()
        group.append(i)
        nodes |= own
    yield group


def _joined(name: str, arguments: tuple[str, ...], lanes: int, groups: list[list[int]], part: Part) -> str:
    """One function, or one per group and one that calls them all."""
    typed = [f"ptr noalias %{a}" for a in arguments]
    whole = Code(lanes, scalar=False)
    texts = []
    for position, group in enumerate(groups):
        code = whole if len(groups) == 1 else Code(lanes, scalar=False)
        part(code, group)
        if len(groups) > 1:
            code.do("ret void")
            texts.append(code.function(f"{name}_{position}", typed, attributes="#2"))
            whole.do(f"call void @{name}_{position}({', '.join(f'ptr %{a}' for a in arguments)})")
    whole.do("ret void")
    texts.append(whole.function(name, typed, attributes="#2"))
    return "".join(text.replace("define", "define internal", 1) for text in texts)
