"""One attempted step for all lanes at once: stages, new state and error estimate."""

from __future__ import annotations

from collections.abc import Sequence

from abscopal.engine.emission.text import Code
from abscopal.engine.integration.barrier import splat, tolerance_of
from abscopal.engine.integration.layout import Layout
from abscopal.engine.integration.tableau import GAMMA, STAGES, A, C

# The stage in whose pass the sums for all later ones are begun.
_SUMMED = 5
# Below this a state of amounts is zero: it keeps the arithmetic out of the slow range of denormal numbers.
_TINY = 1e-150


def attempt_function(code: Code, layout: Layout) -> str:
    """attempt(work, rtol, absolute): from y and h to new and error."""
    at = {name: code.at("%work", layout.offset(name)) for name in layout.arrays()}
    h = code.load(at["h"], 0)
    inverse = code.binary("fdiv", code.number(1.0), h)
    code.store(code.binary("fmul", inverse, code.number(1.0 / GAMMA)), at["error"], 0)
    pointers = {name: f"ptr {at[name]}" for name in ("y", "p", "q", "stage", "W", "k")}
    stages = [code.at(at["k"], s * layout.states) for s in range(STAGES)]
    code.do(
        f"call void @slopes({pointers['y']}, {pointers['p']}, {pointers['q']}, ptr {stages[0]}, "
        f"{pointers['W']}, ptr {at['error']})"
    )
    code.do(f"call void @factor({pointers['W']})")
    code.do(f"call void @backsolve({pointers['W']}, ptr {stages[0]})")
    for s in range(1, STAGES):
        _combine(code, layout, at, stages, s, inverse)
        code.do(f"call void @add_rates({pointers['stage']}, {pointers['p']}, {pointers['q']}, ptr {stages[s]})")
        code.do(f"call void @backsolve({pointers['W']}, ptr {stages[s]})")
    crossed = _finish(code, layout, at, stages[-1])
    with code.when(code.value(f"icmp ne i64 {crossed}, 0")):
        code.do("call void @barrier(ptr %work, double %rtol, ptr %absolute)")
    return _close(code, "attempt", ["ptr %work", "double %rtol", "ptr %absolute"])


def _combine(code: Code, layout: Layout, at: dict[str, str], stages: list[str], s: int, inverse: str) -> None:
    """stage = y + sum A k and k_s = sum C k / h, state by state.

    The last stages start from the stage before, plus its k; what they take of the k before is summed in the first pass
    that reads these, in the places of their own k, since reading all k again costs more than the sums.
    """
    chained = s > _SUMMED
    with code.loop(str(layout.states)) as i:
        first = _SUMMED if chained else 0
        earlier = [code.load_at(stages[j], i) for j in range(first, s)]
        value = code.load_at(at["stage"] if chained else at["y"], i)
        if chained:
            value = code.binary("fadd", value, earlier[-1])
        else:
            for a, k in zip(A[s], earlier, strict=True):
                value = code.fma(k, code.number(a), value)
        code.store_at(value, at["stage"], i)
        total = _weighted(code, C[s][first:], earlier, code.load_at(stages[s], i) if chained else None)
        code.store_at(code.binary("fmul", total, inverse), stages[s], i)
        if s == _SUMMED:
            for later in range(s + 1, STAGES):
                code.store_at(_weighted(code, C[later][:s], earlier), stages[later], i)


def _weighted(code: Code, weights: Sequence[float], values: Sequence[str], total: str | None = None) -> str:
    """The sum of weights times values, added to a total if there is one."""
    for weight, value in zip(weights, values, strict=True):
        number = code.number(weight)
        total = code.binary("fmul", value, number) if total is None else code.fma(value, number, total)
    assert total is not None
    return total


def _finish(code: Code, layout: Layout, at: dict[str, str], last: str) -> str:
    """new = stage + k_8, and the largest of k_8 over the tolerance of each state; the lanes in which an amount falls
    through zero.

    The largest quotient is found by products, a/b > c/d where a d > c b, and divided once.
    """
    r, zero = code.real, code.number(0.0)
    worst, allowed, sum_ = (code.variable(r, code.alignment) for _ in range(3))
    crossed = code.variable("i64")
    code.do(f"store i64 0, ptr {crossed}")
    for variable, value in ((worst, zero), (allowed, code.number(1.0)), (sum_, zero)):
        code.do(f"store {r} {value}, ptr {variable}")
    rtol = splat(code, "%rtol")
    with code.loop(str(layout.states)) as i:
        old, k = code.load_at(at["y"], i), code.load_at(last, i)
        new = code.binary("fadd", code.load_at(at["stage"], i), k)
        tolerance = tolerance_of(code, i, old, new, rtol)
        # Amounts that fall through zero by less than the tolerance are zero.
        under = code.compare("olt", new, code.number(_TINY))
        positive = code.compare("oge", old, zero)
        falls = code.value(f"and {code.bit} {under}, {positive}")
        clearly = code.compare("ole", new, code.unary("fneg", tolerance))
        through = code.mask_to_bits(code.value(f"and {code.bit} {falls}, {clearly}"))
        code.do(
            f"store i64 {code.value(f'or i64 {through}, ' + code.value(f'load i64, ptr {crossed}'))}, ptr {crossed}"
        )
        # What falls clearly below zero is left to `barrier`; it looks at the value itself.
        new = code.select(falls, code.select(clearly, new, zero), new)
        code.store_at(new, at["new"], i)
        size = code.call(f"llvm.fabs.{code.suffix}", k)
        before, against = (code.value(f"load {r}, ptr {x}") for x in (worst, allowed))
        larger = code.compare("ogt", code.binary("fmul", size, against), code.binary("fmul", before, tolerance))
        code.do(f"store {r} {code.select(larger, size, before)}, ptr {worst}")
        code.do(f"store {r} {code.select(larger, tolerance, against)}, ptr {allowed}")
        both = code.binary("fadd", size, tolerance)
        total = code.binary("fadd", code.value(f"load {r}, ptr {sum_}"), both)
        code.do(f"store {r} {total}, ptr {sum_}")
    # A comparison forgets what is not a number; the sum does not.
    total = code.value(f"load {r}, ptr {sum_}")
    sound = code.compare("ord", total, zero)
    error = code.binary("fdiv", *(code.value(f"load {r}, ptr {x}") for x in (worst, allowed)))
    code.store(code.select(sound, error, total), at["error"], 0)
    return code.value(f"load i64, ptr {crossed}")


def _close(code: Code, name: str, arguments: list[str]) -> str:
    code.do("ret void")
    return code.function(name, arguments, attributes="#2").replace("define", "define internal", 1)
