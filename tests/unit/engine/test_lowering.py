"""The sparse Jacobian, the rewriting for speed and the elimination, against dense linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.engine.lowering import lower
from abscopal.engine.lowering.sparsity import eliminate
from abscopal.engine.reference.functions import CompiledSystem
from abscopal.expr import evaluate, topological


def test_compiled_rates_and_jacobian_equal_numpy(treated, draws):
    system, _, values = treated
    functions = CompiledSystem(system)
    rng = np.random.default_rng(0)
    for p in draws(values, 5):
        y = rng.uniform(0.1, 3.0, 5) * [1000.0, 1.0, 1.0, 0.2, 1.0]
        functions.use(p)
        known = dict(zip([*system.states, *system.parameters], [*y, *p], strict=True))
        np.testing.assert_allclose(functions.rates(y), evaluate(system.rates, known), rtol=1e-12, atol=1e-12)
        slopes = functions.jacobian(y).copy()
        for j in range(5):
            step = 1e-6 * y[j]
            up, down = (functions.rates(y + sign * step * np.eye(5)[j]).copy() for sign in (1, -1))
            np.testing.assert_allclose(slopes[:, j], (up - down) / (2 * step), rtol=1e-6, atol=1e-6)


def test_every_divisor_is_divided_by_once_and_parameters_alone_before(treated):
    system, _, _ = treated
    program = lower(system)
    roots = [*program.rates, *program.jacobian.values()]
    divisions = [node for node in topological(roots) if node.op == "div"]
    assert all(node.args[0].op == "const" for node in divisions)
    assert len({node.args[1] for node in divisions}) == len(divisions)
    fixed = {*system.parameters, *program.hoisted}
    for node in topological(roots):
        if node.args:
            assert not all(a in fixed or a.op == "const" for a in node.args)


@pytest.mark.parametrize("seed", range(3))
def test_elimination_order_factorises_with_the_fill_it_announces(seed):
    rng = np.random.default_rng(seed)
    n = 30
    pattern = {(int(i), int(j)) for i, j in rng.integers(0, n, (90, 2))}
    matrix = np.diag(rng.uniform(5.0, 9.0, n))
    for i, j in pattern:
        matrix[i, j] += rng.standard_normal()
    plan = eliminate(n, pattern)
    assert sorted(plan.order) == list(range(n))
    work = matrix.copy()
    for k, below, right in zip(plan.order, plan.lower, plan.upper, strict=True):
        rest = list(plan.order[plan.order.index(k) + 1 :])
        assert {i for i in rest if work[i, k] != 0.0} <= set(below)
        assert {j for j in rest if work[k, j] != 0.0} <= set(right)
        work[np.ix_(rest, rest)] -= np.outer(work[rest, k], work[k, rest]) / work[k, k]
    assert len(plan.slots) == n + sum(map(len, plan.lower)) + sum(map(len, plan.upper))


def test_an_arrow_is_eliminated_without_fill():
    n = 20
    arrow = [(0, j) for j in range(n)] + [(i, 0) for i in range(n)]
    plan = eliminate(n, arrow)
    assert len(plan.slots) == n + 2 * (n - 1)
    assert 0 in plan.order[-2:]
