"""Arrow matrices solve, draw and weigh as the dense matrices that they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal.fitting.arrow import Arrow


@pytest.fixture(params=[0, 3])
def pair(request: pytest.FixtureRequest) -> tuple[Arrow, Any]:
    """An arrow with d = 4 and as many animals with k = 2, and the same matrix in full."""
    animals, d, k = request.param, 4, 2 if request.param else 0
    size = d + animals * k
    root = np.random.default_rng(1).standard_normal((size, size))
    full = root @ root.T + size * np.eye(size)
    for g in range(animals):
        for h in range(animals):
            if g != h:
                full[d + g * k : d + (g + 1) * k, d + h * k : d + (h + 1) * k] = 0.0
    own = [slice(d + g * k, d + (g + 1) * k) for g in range(animals)]
    cross = np.array([full[:d, s] for s in own]).reshape(animals, d, k)
    inner = np.array([full[s, s] for s in own]).reshape(animals, k, k)
    return Arrow(full[:d, :d], cross, inner), full


def test_solving(pair: tuple[Arrow, Any]) -> None:
    arrow, full = pair
    right = np.random.default_rng(2).standard_normal(len(full))
    theta, eta = arrow.solved(right[:4], right[4:].reshape(arrow.own.shape[:2]))
    assert np.allclose(np.concatenate([theta, eta.ravel()]), np.linalg.solve(full, right))


def test_the_quadratic_form(pair: tuple[Arrow, Any]) -> None:
    arrow, full = pair
    x = np.random.default_rng(3).standard_normal(len(full))
    shared, each = arrow.form(x[:4], x[4:].reshape(arrow.own.shape[:2]))
    assert np.isclose(shared + each.sum(), x @ full @ x)


def test_draws_have_the_covariance(pair: tuple[Arrow, Any]) -> None:
    arrow, full = pair
    random = np.random.default_rng(4)
    normals = random.standard_normal((40_000, 4)), random.standard_normal((40_000, *arrow.own.shape[:2]))
    theta, eta = arrow.drawn(*normals)
    drawn = np.concatenate([theta, eta.reshape(len(theta), -1)], axis=1)
    exact = np.linalg.inv(full)
    assert np.abs(np.cov(drawn.T) - exact).max() < 0.03 * exact.max()
    assert np.allclose(np.linalg.inv(arrow.reduced), exact[:4, :4])
