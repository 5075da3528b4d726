"""Amounts that cannot fall below zero: a step that carries one there has jumped over what stops it.

Where a state is zero its rate says whether it may leave the positive side: x/(K + x) stops there, a constant outflow
does not (the condition of Nagumo for a positive solution). So a step is taken back if a state goes from zero or more to
clearly below zero while its rate, taken with this state at zero, would not carry it there.
"""

from __future__ import annotations

from abscopal.engine.emission.text import Code
from abscopal.engine.integration.layout import Layout

# The error that a step taken back is given: it is repeated with the smallest share allowed.
_TAKEN_BACK = 1e6
# A step of this share of the time (or of 1 d) is at the end of what the clock resolves: in it the amount is used up.
_INSTANT = 1e-12


def barrier_function(code: Code, layout: Layout) -> str:
    """barrier(work, rtol, absolute): raises the error of lanes whose step carries an amount through zero wrongly.

    Where the step is too short to be repeated, the amount becomes zero. The rates are written over W, which the next
    step makes anew.
    """
    at = {name: code.at("%work", layout.offset(name)) for name in layout.arrays()}
    rtol, zero = splat(code, "%rtol"), code.number(0.0)
    with code.loop(str(layout.states)) as i:
        old, new = code.load_at(at["y"], i), code.load_at(at["new"], i)
        crosses = crossing(code, old, new, tolerance_of(code, i, old, new, rtol))
        code.store_at(code.select(crosses, zero, old), at["stage"], i)
        code.store_at(zero, at["W"], i)
    code.do(f"call void @add_rates(ptr {at['stage']}, ptr {at['p']}, ptr {at['q']}, ptr {at['W']})")
    h, t = (code.load(at[x], 0) for x in ("h", "t"))
    size = code.call(f"llvm.fabs.{code.suffix}", t)
    size = code.select(code.compare("ogt", size, code.number(1.0)), size, code.number(1.0))
    short = code.compare("olt", h, code.binary("fmul", size, code.number(_INSTANT)))
    with code.loop(str(layout.states)) as i:
        old, new = code.load_at(at["y"], i), code.load_at(at["new"], i)
        tolerance = tolerance_of(code, i, old, new, rtol)
        carried = code.binary("fmul", code.load_at(at["W"], i), h)
        # A rate that is not a number, or infinite, carries nothing anywhere.
        stays = code.compare("ugt", carried, code.unary("fneg", tolerance))
        stays = code.value(f"or {code.bit} {stays}, {code.compare('olt', carried, code.number(-1e300))}")
        wrongly = code.value(f"and {code.bit} {crossing(code, old, new, tolerance)}, {stays}")
        code.store_at(code.select(code.value(f"and {code.bit} {wrongly}, {short}"), zero, new), at["new"], i)
        error = code.load(at["error"], 0)
        raised = code.select(code.compare("ogt", error, code.number(_TAKEN_BACK)), error, code.number(_TAKEN_BACK))
        raised = code.select(short, error, raised)
        code.store(code.select(wrongly, raised, error), at["error"], 0)
    code.do("ret void")
    arguments = ["ptr %work", "double %rtol", "ptr %absolute"]
    return code.function("barrier", arguments, attributes="#2").replace("define", "define internal", 1)


def tolerance_of(code: Code, i: str, old: str, new: str, rtol: str) -> str:
    """What counts as small for state i in a step between two values; `%absolute` is an argument of the function."""
    absolute = code.value(f"getelementptr inbounds double, ptr %absolute, i64 {i}")
    a, b = (code.call(f"llvm.fabs.{code.suffix}", x) for x in (old, new))
    size = code.select(code.compare("ogt", a, b), a, b)
    return code.fma(size, rtol, splat(code, code.value(f"load double, ptr {absolute}")))


def crossing(code: Code, old: str, new: str, tolerance: str) -> str:
    """Whether a state goes from zero or more to clearly below zero."""
    below = code.compare("ole", new, code.unary("fneg", tolerance))
    return code.value(f"and {code.bit} {code.compare('oge', old, code.number(0.0))}, {below}")


def splat(code: Code, scalar: str) -> str:
    """A double in every lane."""
    if code.scalar:
        return scalar
    first = code.value(f"insertelement {code.real} poison, double {scalar}, i64 0")
    return code.value(f"shufflevector {code.real} {first}, {code.real} poison, <{code.lanes} x i32> zeroinitializer")
