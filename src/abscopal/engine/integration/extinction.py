"""States that end at a threshold: the moment of crossing is found inside the step, and the step is cut there."""

from __future__ import annotations

from collections.abc import Iterator

from abscopal.engine.emission.text import Code
from abscopal.engine.integration.layout import Layout
from abscopal.engine.integration.tableau import STAGES, H
from abscopal.expr import System

# A crossing is met to this share of rtol, relative to the threshold.
SHARPNESS = 0.1
_HALVINGS = 50


def thresholds(system: System) -> Iterator[tuple[int, float]]:
    """(state, threshold) of every state that can go extinct."""
    for i, threshold in enumerate(system.extinct_below):
        if threshold > 0.0:
            yield i, threshold


def crossing_function(layout: Layout) -> str:
    """crossing(work, lane, state, threshold): share of the step at which the state meets the threshold from above."""
    code = Code()

    def element(array: str, row: str) -> str:
        index = code.value(f"mul i64 {code.value(f'add i64 {row}, {layout.offset(array)}')}, {layout.lanes}")
        place = code.value(f"getelementptr inbounds double, ptr %work, i64 {code.value(f'add i64 {index}, %lane')}")
        return code.value(f"load double, ptr {place}")

    old, new = element("y", "%state"), element("new", "%state")
    k = [element("k", code.value(f"add i64 %state, {j * layout.states}")) for j in range(STAGES)]
    low, high = code.variable("double"), code.variable("double")
    code.do(f"store double 0.0, ptr {low}")
    code.do(f"store double 1.0, ptr {high}")
    powers = []
    for row in H:
        total = code.number(0.0)
        for weight, value in zip(row, k, strict=True):
            total = code.fma(value, code.number(weight), total)
        powers.append(total)
    with code.loop(str(_HALVINGS)):
        bounds = [code.value(f"load double, ptr {x}") for x in (low, high)]
        s = code.binary("fmul", code.binary("fadd", *bounds), code.number(0.5))
        rest = code.binary("fsub", code.number(1.0), s)
        inner = code.fma(s, code.fma(s, powers[2], powers[1]), powers[0])
        value = code.fma(code.binary("fmul", s, rest), inner, code.fma(s, new, code.binary("fmul", rest, old)))
        above = code.compare("ogt", value, "%threshold")
        code.do(f"store double {code.select(above, s, bounds[0])}, ptr {low}")
        code.do(f"store double {code.select(above, bounds[1], s)}, ptr {high}")
    code.do(f"ret double {code.value(f'load double, ptr {high}')}")
    arguments = ["ptr %work", "i64 %lane", "i64 %state", "double %threshold"]
    text = code.function("crossing", arguments, returns="double")
    return text.replace("define", "define internal", 1)
