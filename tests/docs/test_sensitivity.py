"""The estimators of the page on sensitivity find known indices, and the committed page speaks of today's parameters."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from abscopal import parameters

DOCS = Path(__file__).parents[2] / "docs"
NAMED = re.compile(r"`([a-z][a-z0-9_]*(?:@[^`]+)?)`")


@pytest.fixture(scope="module")
def indices() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sensitivity_indices", DOCS / "scripts" / "sensitivity_indices.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _ishigami(x: np.ndarray) -> np.ndarray:
    """Ishigami and Homma's function with a = 7, b = 0.1, and a fourth input that does nothing."""
    return (np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


# Known in closed form: variance 13.8446.
FIRST, TOTAL, VARIANCE = (0.3139, 0.4424, 0.0, 0.0), (0.5576, 0.4424, 0.2437, 0.0), 13.8446


def test_indices_of_the_ishigami_function(indices: ModuleType) -> None:
    random = np.random.default_rng(3)
    x = random.uniform(-np.pi, np.pi, (8000, 4))
    y = _ishigami(x)
    found, interval = indices.first_order(x, y, draws=40)
    assert found[:, 0] == pytest.approx(FIRST, abs=0.02)
    assert np.all(interval[0] <= found + 1e-9)
    assert np.all(interval[1] >= found - 1e-9)

    bases = 3000
    changed = indices.radial(x[:bases], x[bases : 2 * bases], np.arange(4))
    differences = _ishigami(changed).reshape(bases, 4, 1) - y[:bases, None, :]
    assert y.var() == pytest.approx(VARIANCE, rel=0.04)
    found, interval = indices.total(differences, y.var(axis=0), draws=40)
    assert found[:, 0] == pytest.approx(TOTAL, abs=0.03)
    assert found[3, 0] == 0.0
    assert np.all(interval[0] <= found)
    assert np.all(interval[1] >= found)


def test_first_order_of_noise_is_nothing_in_a_small_sample(indices: ModuleType) -> None:
    random = np.random.default_rng(1)
    found, _ = indices.first_order(random.normal(size=(400, 200)), random.normal(size=(400, 1)))
    assert found.mean() == pytest.approx(0.0, abs=0.005)


def test_rank_regression_of_a_monotone_sum(indices: ModuleType) -> None:
    """Of independent inputs with weights 2 and -1 the coefficients of ranks are about 2 and -1 over the root of 5."""
    x = np.random.default_rng(1).normal(size=(5000, 3))
    coefficients, explained = indices.rank_regression(x, np.exp(2.0 * x[:, :1] - x[:, 1:2]))
    assert coefficients[:, 0] == pytest.approx([2 / 5**0.5, -1 / 5**0.5, 0.0], abs=0.03)
    assert explained[0] > 0.95


def test_ranks_of_ties_are_their_mean(indices: ModuleType) -> None:
    found = indices.ranks(np.array([[5.0], [1.0], [5.0], [9.0]]))[:, 0]
    assert found[0] == found[2]
    assert found[1] < found[0] < found[3]


def test_collinear_columns(indices: ModuleType) -> None:
    a, b = np.array([1.0, 2.0, 3.0]), np.array([3.0, -1.0, 0.5])
    columns = np.stack([a, b, -2.0 * a, 1e-3 * b], axis=1)
    ((i, j, cosine),) = indices.collinear(columns, 0.99, 0.1)
    assert (i, j) == (0, 2)
    assert cosine == pytest.approx(-1.0)


def test_the_committed_page_names_parameters_of_today() -> None:
    """Fails when a parameter is renamed or removed: run docs/scripts/sensitivity.py again."""
    known = set(parameters.shared())
    page = (DOCS / "sensitivity.md").read_text(encoding="utf-8")
    named = {name.partition("@")[0] for name in NAMED.findall(page) if not re.fullmatch(r"[0-9a-f]{12}", name)}
    assert len(named) > 60
    assert not named - known, "run docs/scripts/sensitivity.py"
    with (DOCS / "sensitivity.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 150
    assert not {row["parameter"].partition("@")[0] for row in rows} - known, "run docs/scripts/sensitivity.py"
    assert {row["mechanism"] for row in rows} <= {p.mechanism for p in parameters.shared().values()}
    assert (DOCS / "images" / "sensitivity.png").exists()
