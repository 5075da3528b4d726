"""I16, as far as it is reached: memory hampers a second tumour of the same line but does not yet reject it."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import parameters
from abscopal.engine import solve
from abscopal.expr import Schedule, evaluate
from abscopal.model import Plan, assemble

MEMORY_CELLS = 5e5
DAY = 10.0
LARGEST_SHARE = 0.9


def _volume_of_a_second_tumour(line: str, memory_cells: float, without: tuple[str, ...] = ()) -> float:
    model = assemble(Plan(sites=("second",)), without)
    system = model.system
    declared = parameters.shared().overriding(parameters.values_of("lines", line))
    values = np.array([declared[name.partition("@")[0]].value for name in model.parameter_names])
    initial = np.array(evaluate(system.initial, dict(zip(system.parameters, values, strict=True))), dtype=float)
    names = [f"{s.name}@{s.where}" for s in model.species]
    if "cd8_memory@node" in names:
        initial[names.index("cd8_memory@node")] = memory_cells
    schedule = Schedule.of([(0.0, model.event_keys.index("inoculation:second"), [5e5])])
    solution = solve(
        system, schedule, values[None], np.array([0.0, DAY]), initial=initial[None], outputs=["volume@second"]
    )
    return float(solution.outputs[0, -1, 0])


@pytest.mark.parametrize("line", ["CT26", "MC38", "EO771", "TUBO"])
def test_i16_memory_hampers_a_second_tumour(line: str) -> None:
    naive, immune = (_volume_of_a_second_tumour(line, cells) for cells in (0.0, MEMORY_CELLS))
    assert immune < LARGEST_SHARE * naive


def test_i16_is_the_work_of_memory() -> None:
    naive, immune = (_volume_of_a_second_tumour("CT26", cells, ("memory",)) for cells in (0.0, MEMORY_CELLS))
    assert immune == naive
