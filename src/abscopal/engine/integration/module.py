"""The whole machine code of a system for a number of lanes, as one LLVM module."""

from __future__ import annotations

from collections.abc import Iterable

from abscopal.engine.emission.elementary import elementary
from abscopal.engine.emission.linear import factor_function, solve_function
from abscopal.engine.emission.scalar import event_function, expression_function
from abscopal.engine.emission.tables import factor_by_tables, solve_by_tables
from abscopal.engine.emission.text import Code, declarations
from abscopal.engine.integration.barrier import barrier_function
from abscopal.engine.integration.driver import Driver
from abscopal.engine.integration.extinction import crossing_function
from abscopal.engine.integration.functions import rates_function, slopes_function
from abscopal.engine.integration.layout import Layout
from abscopal.engine.integration.output import show_function
from abscopal.engine.integration.start import first_steps_function
from abscopal.engine.integration.step import attempt_function
from abscopal.engine.lowering import Program
from abscopal.engine.lowering.sparsity import Elimination, eliminate

# Factorisations with more multiply-adds are driven by tables: compiling them unrolled would take seconds.
_UNROLLED_OPERATIONS = 8_000

# Frames aligned to cache lines keep spilled vectors from straddling them. Without builtins LLVM makes no call of
# memcpy, which the loader of the machine code cannot place.
_ATTRIBUTES = (
    'attributes #0 = { nounwind noinline alignstack=64 "no-builtins" }\n'
    "attributes #1 = { alwaysinline nounwind willreturn memory(none) }\n"
    'attributes #2 = { nounwind noinline alignstack=64 "no-builtins" }\n'
)


def kernel_module(program: Program, lanes: int) -> tuple[str, Layout]:
    """LLVM IR with `run(job)`, and the sizes of its workspace."""
    elimination = eliminate(len(program.rates), program.jacobian, program.auxiliaries)
    system = program.system
    layout = Layout(
        lanes=lanes,
        states=len(system.states),
        parameters=len(system.parameters),
        hoisted=len(program.hoisted),
        outputs=len(system.outputs),
        entries=len(elimination.slots) + (0 if _unrolled(elimination) else len(elimination.order)),
    )
    return "\n".join(_functions(program, elimination, layout)), layout


def _functions(program: Program, elimination: Elimination, layout: Layout) -> Iterable[str]:
    lanes = layout.lanes

    def vector() -> Code:
        return Code(lanes, scalar=False)

    for code in (Code(), vector()):
        yield declarations(code)
        yield elementary(code)
    yield "declare i64 @llvm.cttz.i64(i64, i1)\n"
    hoisted, outputs = enumerate(program.hoisted.values()), enumerate(program.outputs)
    yield expression_function("prepare", program, ("p",), "q", hoisted, vector())
    yield expression_function("initial", program, ("p",), "y", enumerate(program.initial), stride=lanes)
    yield expression_function("outputs", program, ("y", "p", "q"), "out", outputs, vector())
    for i in range(len(program.maps)):
        yield event_function(f"event_{i}", program, i, lanes)
    yield _event_switch(len(program.maps))
    yield slopes_function(lanes, program, elimination)
    unrolled = _unrolled(elimination)
    yield (factor_function if unrolled else factor_by_tables)(vector(), elimination)
    yield (solve_function if unrolled else solve_by_tables)(vector(), elimination)
    yield rates_function(lanes, program)
    yield barrier_function(vector(), layout)
    yield attempt_function(vector(), layout)
    yield crossing_function(layout)
    yield first_steps_function(vector(), layout)
    yield show_function(vector(), layout, program)
    yield Driver(program.system, layout).function()
    yield _ATTRIBUTES


def _unrolled(elimination: Elimination) -> bool:
    return elimination.operations <= _UNROLLED_OPERATIONS


def _event_switch(count: int) -> str:
    """event(which, y, p, q, arguments): the event map of that number."""
    code = Code()
    cases = " ".join(f"i64 {i}, label %map{i}" for i in range(count))
    code.do(f"switch i64 %which, label %none [ {cases} ]")
    for i in range(count):
        code.label(f"map{i}")
        code.do(f"call void @event_{i}(ptr %y, ptr %p, ptr %q, ptr %arguments)")
        code.do("ret void")
    code.label("none")
    code.do("ret void")
    return code.function("event", ["i64 %which", *(f"ptr %{a}" for a in ("y", "p", "q", "arguments"))])
