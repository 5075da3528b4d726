"""The first step of a trajectory whose rates at the start are very large: it is proposed no longer than they allow."""

from __future__ import annotations

from abscopal.engine.emission.text import Code
from abscopal.engine.integration.barrier import splat
from abscopal.engine.integration.layout import SLOT, Layout

# A first step is shortened if it would change a state by more than this many times its size, and then to this share.
# Slower starts are left to the control of errors, which is sure of them.
_HARMLESS, _SHARE = 1e4, 1e-2
# A state's size is at least so many absolute tolerances.
_SIZE = 1e6
_SHORTEST = 1e-60


def first_steps_function(code: Code, layout: Layout) -> str:
    """first_steps(job, taken): shortens the proposed step of the lanes in a mask. Rates are written over W."""

    def slot(name: str, kind: str) -> str:
        place = code.value(f"getelementptr inbounds i64, ptr %job, i64 {SLOT[name]}")
        return code.value(f"load {kind}, ptr {place}")

    work, absolute = slot("workspace", "ptr"), slot("absolute", "ptr")
    at = {name: code.at(work, layout.offset(name)) for name in layout.arrays()}
    with code.loop(str(layout.states)) as i:
        code.store_at(code.number(0.0), at["W"], i)
    code.do(f"call void @add_rates(ptr {at['y']}, ptr {at['p']}, ptr {at['q']}, ptr {at['W']})")
    worst = code.variable(code.real, code.alignment)
    code.do(f"store {code.real} {code.number(0.0)}, ptr {worst}")
    with code.loop(str(layout.states)) as i:
        rate, y = (code.call(f"llvm.fabs.{code.suffix}", code.load_at(at[x], i)) for x in ("W", "y"))
        least = code.value(f"getelementptr inbounds double, ptr {absolute}, i64 {i}")
        size = code.fma(splat(code, code.value(f"load double, ptr {least}")), code.number(_SIZE), y)
        speed, before = code.binary("fdiv", rate, size), code.value(f"load {code.real}, ptr {worst}")
        speed = code.select(code.compare("ogt", speed, before), speed, before)
        code.do(f"store {code.real} {speed}, ptr {worst}")
    speed = code.value(f"load {code.real}, ptr {worst}")
    proposed = code.load(at["proposed"], 0)
    short = code.binary("fdiv", code.number(_SHARE), speed)
    short = code.select(code.compare("ogt", short, code.number(_SHORTEST)), short, code.number(_SHORTEST))
    fast = code.compare("ogt", code.binary("fmul", speed, proposed), code.number(_HARMLESS))
    fast = code.value(f"and {code.bit} {fast}, {code.bits_to_mask('%taken')}")
    code.store(code.select(fast, short, proposed), at["proposed"], 0)
    code.do("ret void")
    text = code.function("first_steps", ["ptr %job", "i64 %taken"], attributes="#2")
    return text.replace("define", "define internal", 1)
