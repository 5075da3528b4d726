"""Outputs of lanes at requested times: dense output inside a step, or the present state."""

from __future__ import annotations

import math

from abscopal.engine.emission.text import Code
from abscopal.engine.integration.barrier import splat
from abscopal.engine.integration.layout import SLOT, Layout
from abscopal.engine.integration.tableau import STAGES, H
from abscopal.engine.lowering import Program
from abscopal.expr import symbols_of

_CLIP = 10.0  # negative values within this many tolerances of a step between amounts count as zero


def show_function(code: Code, layout: Layout, program: Program) -> str:
    """show(job, due, direct): writes the next output of every lane in the mask `due`.

    Inside the step from y to new, at the lane's next output time; or of y itself if `direct`.
    """
    work = _slot(code, "workspace")
    at = {name: code.at(work, layout.offset(name)) for name in layout.arrays()}
    present, inside, ready = (code.new_label(x) for x in ("present", "inside", "ready"))
    needed = needed_states(program)
    code.do(f"br i1 %direct, label %{present}, label %{inside}")
    code.label(present)
    with _each_needed(code, layout, needed) as i:
        y = code.load_at(at["y"], i)
        # Round-off below zero does not show.
        limit = code.binary("fmul", _absolute(code, i), code.number(-_CLIP))
        code.store_at(_clipped(code, y, limit, code.compare("olt", y, code.number(0.0))), at["stage"], i)
    code.do(f"br label %{ready}")
    code.label(inside)
    _interpolate(code, layout, at, needed)
    code.do(f"br label %{ready}")
    code.label(ready)
    code.do(f"call void @outputs(ptr {at['stage']}, ptr {at['p']}, ptr {at['q']}, ptr {at['out']})")
    with code.each_bit("%due") as lane:
        _write(code, layout, at, lane)
    code.do("ret void")
    text = code.function("show", ["ptr %job", "i64 %due", "i1 %direct"], attributes="#2")
    return text.replace("define", "define internal", 1) + _table(needed)


def needed_states(program: Program) -> list[int]:
    """States that any output depends on."""
    used = set(symbols_of(program.outputs))
    return [i for i, s in enumerate(program.system.states) if s in used]


def _table(needed: list[int]) -> str:
    entries = ", ".join(f"i64 {i}" for i in needed) or "i64 0"
    return f"@needed = internal constant [{max(1, len(needed))} x i64] [{entries}]\n"


class _each_needed:  # noqa: N801 - reads like the loop it is
    """A loop over the needed states; the body sees the state's number."""

    def __init__(self, code: Code, layout: Layout, needed: list[int]) -> None:
        self.code = code
        self.loop = code.loop(str(len(needed)))
        self.direct = len(needed) == layout.states

    def __enter__(self) -> str:
        i = self.loop.__enter__()
        if self.direct:
            return i
        place = self.code.value(f"getelementptr inbounds i64, ptr @needed, i64 {i}")
        return self.code.value(f"load i64, ptr {place}")

    def __exit__(self, *what: object) -> None:
        self.loop.__exit__(None, None, None)


def _interpolate(code: Code, layout: Layout, at: dict[str, str], needed: list[int]) -> None:
    """stage = the state at each lane's next output time."""
    one = code.number(1.0)
    since = code.binary("fsub", code.load(at["shown_next"], 0), code.load(at["t"], 0))
    s = code.binary("fdiv", since, code.load(at["h"], 0))
    rest = code.binary("fsub", one, s)
    product = code.binary("fmul", s, rest)
    weights = []
    for j in range(STAGES):
        inner = code.fma(s, code.number(H[2][j]), code.number(H[1][j]))
        weights.append(code.binary("fmul", product, code.fma(s, inner, code.number(H[0][j]))))
    rtol = splat(code, _slot(code, "rtol", "double"))
    with _each_needed(code, layout, needed) as i:
        old, new = code.load_at(at["y"], i), code.load_at(at["new"], i)
        value = code.fma(s, new, code.binary("fmul", rest, old))
        for j, weight in enumerate(weights):
            value = code.fma(weight, code.load_at(code.at(at["k"], j * layout.states), i), value)
        # Between two amounts the interpolant may dip below zero by no more than the tolerance allows.
        larger = code.select(code.compare("ogt", old, new), old, new)
        smaller = code.select(code.compare("ogt", old, new), new, old)
        limit = code.binary("fmul", code.fma(larger, rtol, _absolute(code, i)), code.number(-_CLIP))
        amounts = code.compare("oge", smaller, code.number(0.0))
        below = code.value(f"and {code.bit} {amounts}, {code.compare('olt', value, code.number(0.0))}")
        code.store_at(_clipped(code, value, limit, below), at["stage"], i)


def _clipped(code: Code, value: str, limit: str, below: str) -> str:
    near = code.compare("ogt", value, limit)
    return code.select(code.value(f"and {code.bit} {below}, {near}"), code.number(0.0), value)


def _write(code: Code, layout: Layout, at: dict[str, str], lane: str) -> None:
    """Copies the selected outputs of a lane to its subject's row, and moves on to the next output time."""
    n_times, n_selected = _slot(code, "n_times", "i64"), _slot(code, "n_selected", "i64")
    selected, out, times = (_slot(code, x) for x in ("selected", "out", "times"))

    def lane_of(name: str) -> str:
        return code.value(f"getelementptr inbounds double, ptr {at[name]}, i64 {lane}")

    subject = code.value(f"load i64, ptr {lane_of('subject')}")
    shown = code.value(f"load i64, ptr {lane_of('shown')}")
    row = code.value(f"add i64 {code.value(f'mul i64 {subject}, {n_times}')}, {shown}")
    row = code.value(f"mul i64 {row}, {n_selected}")
    row = code.value(f"getelementptr inbounds double, ptr {out}, i64 {row}")
    with code.loop(n_selected) as m:
        which = code.value(f"load i64, ptr {code.value(f'getelementptr inbounds i64, ptr {selected}, i64 {m}')}")
        place = code.value(f"add i64 {code.value(f'mul i64 {which}, {layout.lanes}')}, {lane}")
        source = code.value(f"getelementptr inbounds double, ptr {at['out']}, i64 {place}")
        target = code.value(f"getelementptr inbounds double, ptr {row}, i64 {m}")
        code.do(f"store double {code.value(f'load double, ptr {source}')}, ptr {target}")
    following = code.value(f"add i64 {shown}, 1")
    code.do(f"store i64 {following}, ptr {lane_of('shown')}")
    more = code.value(f"icmp slt i64 {following}, {n_times}")
    code.do(f"store double {Code().number(math.inf)}, ptr {lane_of('shown_next')}")
    with code.when(more):
        following_time = code.value(f"getelementptr inbounds double, ptr {times}, i64 {following}")
        code.do(f"store double {code.value(f'load double, ptr {following_time}')}, ptr {lane_of('shown_next')}")


def _slot(code: Code, name: str, kind: str = "ptr") -> str:
    place = code.value(f"getelementptr inbounds i64, ptr %job, i64 {SLOT[name]}")
    return code.value(f"load {kind}, ptr {place}")


def _absolute(code: Code, i: str) -> str:
    absolute = _slot(code, "absolute")
    place = code.value(f"getelementptr inbounds double, ptr {absolute}, i64 {i}")
    return splat(code, code.value(f"load double, ptr {place}"))
