"""Functions for one trajectory at a time: what the reference solver calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from abscopal.engine.emission.arithmetic import Arithmetic
from abscopal.engine.emission.elementary import elementary
from abscopal.engine.emission.text import Code, declarations
from abscopal.engine.lowering import Program
from abscopal.expr import Expr

# Without builtins LLVM makes no call of memset, which the loader of the machine code cannot place.
ATTRIBUTES = (
    'attributes #0 = { nounwind uwtable "no-builtins" }\n'
    "attributes #1 = { alwaysinline nounwind willreturn memory(none) }\n"
)


def scalar_module(program: Program) -> str:
    """LLVM IR with

    prepare(p, q), initial(p, y), rates(y, p, q, dy), jacobian(y, p, q, J), outputs(y, p, q, out) and, for each
    event map i, event_i(y, p, q, arguments): in place. q holds hoisted values; J is dense, row by row, and only its
    structurally non-zero entries are written. All arguments are pointers to doubles.
    """
    n = len(program.system.states)
    entries = {i * n + j: e for (i, j), e in program.jacobian.items()}
    parts = [
        declarations(Code()),
        elementary(Code()),
        expression_function("prepare", program, ("p",), "q", enumerate(program.hoisted.values())),
        expression_function("initial", program, ("p",), "y", enumerate(program.initial)),
        expression_function("rates", program, ("y", "p", "q"), "dy", enumerate(program.rates)),
        expression_function("jacobian", program, ("y", "p", "q"), "J", entries.items()),
        expression_function("outputs", program, ("y", "p", "q"), "out", enumerate(program.outputs)),
    ]
    parts += [event_function(f"event_{i}", program, i) for i in range(len(program.maps))]
    return "\n".join([*parts, ATTRIBUTES])


def leaves(
    code: Code, program: Program, sources: Iterable[str], stride: int | None = None
) -> Mapping[Expr, Callable[[], str]]:
    """How to load each symbol, from the arrays named y (states), p (parameters), q (hoisted values)."""
    system = program.system
    symbols = {"y": system.states, "p": system.parameters, "q": tuple(program.hoisted)}
    loads: dict[Expr, Callable[[], str]] = {}
    for source in sources:
        for i, s in enumerate(symbols[source]):
            loads[s] = lambda source=source, i=i: code.load(f"%{source}", i, stride)  # type: ignore[misc]
    return loads


def expression_function(
    name: str,
    program: Program,
    inputs: tuple[str, ...],
    output: str,
    entries: Iterable[tuple[int, Expr]],
    code: Code | None = None,
    stride: int | None = None,
) -> str:
    """A function that stores the value of each (position, expression) in the array `output`."""
    code = code or Code()
    wanted = list(entries)
    arithmetic = Arithmetic(code, leaves(code, program, inputs, stride), [e for _, e in wanted])
    for position, expression in wanted:
        code.store(arithmetic.value(expression), f"%{output}", position, stride)
    code.do("ret void")
    return code.function(name, [f"ptr noalias %{a}" for a in (*inputs, output)])


def event_function(name: str, program: Program, index: int, stride: int | None = None) -> str:
    """One event map in place; every update reads the state before the event, so all stores come last."""
    code = Code()
    event = program.maps[index]
    loads = dict(leaves(code, program, ("y", "p", "q"), stride))
    for i, argument in enumerate(event.arguments):
        loads[argument] = lambda i=i: code.load("%arguments", i)  # type: ignore[misc]
    arithmetic = Arithmetic(code, loads, [e for _, e in event.updates])
    values = [(state, arithmetic.value(e)) for state, e in event.updates]
    for state, value in values:
        code.store(value, "%y", state, stride)
    code.do("ret void")
    return code.function(name, [f"ptr noalias %{a}" for a in ("y", "p", "q", "arguments")])
