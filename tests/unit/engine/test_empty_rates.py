"""A system with very many zero rates: LLVM must not turn them into a call that the loader cannot place."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.engine import solve
from abscopal.expr import Schedule, System, const, symbol

STATES = 400


@pytest.mark.parametrize("solver", ["reference", "fast"])
def test_many_constant_states_stay_constant(solver):
    states = tuple(symbol(f"y{i}") for i in range(STATES))
    rate = symbol("p:k")
    system = System(
        states=states,
        parameters=(rate,),
        rates=(-rate * states[0], *(const(0.0) for _ in states[1:])),
        initial=tuple(const(1.0 + i) for i in range(STATES)),
        outputs=(("first", states[0]), ("last", states[-1])),
        maps=(),
        scales=(1.0,) * STATES,
        extinct_below=(0.0,) * STATES,
    )
    found = solve(system, Schedule(), np.array([[0.5]]), np.array([0.0, 2.0]), solver=solver, rtol=1e-8, atol=1e-10)
    assert found.outputs[0, -1] == pytest.approx([np.exp(-1.0), float(STATES)], rel=1e-6)
