"""Simulated experiments against SciPy and lifelines' definitions, and against chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from abscopal.statistics.experiments import (
    Findings,
    compare_means,
    compare_rates,
    compare_survival,
    draw_groups,
    generator,
    joined,
    measured_with_error,
    together,
)
from abscopal.statistics.survival import log_rank, log_rank_of_pairs

ALL = np.ones((40, 25), dtype=bool)


def groups(per_set: int = 5, sizes: tuple[int, int] = (5, 15), solved: tuple[np.ndarray, np.ndarray] = (ALL, ALL)):
    return draw_groups(solved, per_set, sizes, generator(1, "test"))


def test_welch_p_values_are_those_of_scipy() -> None:
    random = np.random.default_rng(1)
    a, b = random.normal(0.0, 1.0, (50, 12)), random.normal(0.7, 2.0, (50, 12))
    taken = np.arange(12) < random.integers(5, 13, (50, 1))
    found = compare_means(a, b, taken)
    expected = [stats.ttest_ind(x[t], y[t], equal_var=False) for x, y, t in zip(a, b, taken, strict=True)]
    assert found.p == pytest.approx([e.pvalue for e in expected])
    assert list(found.sign) == [int(np.sign(e.statistic)) for e in expected]


def test_groups_without_any_spread() -> None:
    flat = np.full((2, 6), 1.5)
    other = np.array([[1.5] * 6, [2.0] * 6])
    found = compare_means(flat, other, np.ones((2, 6), dtype=bool))
    assert list(found.p) == [1.0, 0.0]
    assert list(found.sign) == [0, -1]


def test_equal_arms_are_called_different_as_often_as_the_level_says() -> None:
    random = np.random.default_rng(2)
    a, b = random.normal(size=(4000, 15)), random.normal(size=(4000, 15))
    taken = np.arange(15) < random.integers(5, 16, (4000, 1))
    found = compare_means(a, b, taken)
    for level in (0.05, 0.157):
        better, none, worse = found.counts(level)
        assert (better + worse) / 4000 == pytest.approx(level, abs=3.5 * np.sqrt(level / 4000))
        assert better + none + worse == 4000


def test_groups_are_of_the_declared_sizes_and_stay_in_their_set() -> None:
    found = groups()
    sizes = found.taken.sum(axis=1)
    assert found.experiments == 200
    assert (sizes.min(), sizes.max()) == (5, 15)
    assert list(found.first[:, 0] // 25) == [k for k in range(40) for _ in range(5)]
    assert np.all(found.first // 25 == found.second // 25)


def test_arms_are_drawn_independently() -> None:
    found = groups(per_set=20)
    same = np.mean(found.first == found.second)
    assert same == pytest.approx(1 / 25, abs=0.01)


def test_failed_animals_are_never_drawn_and_empty_sets_have_no_experiment() -> None:
    solved = ALL.copy()
    solved[3] = False
    solved[5, 1:] = False
    found = groups(solved=(solved, ALL))
    assert found.experiments == 39 * 5
    assert np.all(solved.ravel()[found.first])
    assert 3 not in found.second // 25


def test_a_failed_animal_moves_no_other_set() -> None:
    solved = ALL.copy()
    solved[5, 0] = False
    kept = (groups().first // 25)[:, 0] != 5
    assert np.array_equal(groups().first[kept], groups(solved=(solved, ALL)).first[kept])


def test_survival_is_decided_by_the_log_rank_test() -> None:
    random = np.random.default_rng(4)
    days_a, days_b = np.ceil(random.exponential(30, (20, 10))), np.ceil(random.exponential(12, (20, 10)))
    seen_a, seen_b = days_a < 60, days_b < 60
    days_a, days_b = np.minimum(days_a, 60), np.minimum(days_b, 60)
    taken = np.ones((20, 10), dtype=bool)
    found = compare_survival((days_a, seen_a), (days_b, seen_b), taken)
    expected = [log_rank((days_a[i], seen_a[i]), (days_b[i], seen_b[i])) for i in range(20)]
    assert found.p == pytest.approx([e.p for e in expected])
    assert list(found.sign) == [1 if e.hazard_ratio < 1 else -1 for e in expected]
    assert found.direction > 0.8


def test_log_rank_of_many_experiments_is_that_of_each() -> None:
    """Groups of other sizes, many ties, some without a death, some where everybody dies on one day."""
    random = np.random.default_rng(9)
    shape = (300, 9)
    days_a, days_b = random.integers(1, 6, shape).astype(float), random.integers(1, 8, shape).astype(float)
    seen_a, seen_b = random.random(shape) < 0.7, random.random(shape) < 0.5
    seen_a[:20] = seen_b[:20] = False
    days_a[20:40] = days_b[20:40] = 3.0
    taken = np.arange(9) < random.integers(2, 10, (300, 1))
    p, log_ratio = log_rank_of_pairs((days_a, seen_a), (days_b, seen_b), taken)
    expected = [log_rank((days_a[i, t], seen_a[i, t]), (days_b[i, t], seen_b[i, t])) for i, t in enumerate(taken)]
    assert p == pytest.approx([e.p for e in expected], nan_ok=True)
    assert np.exp(log_ratio) == pytest.approx([e.hazard_ratio for e in expected], nan_ok=True)
    assert np.isnan(p[:20]).all()
    assert np.isfinite(p[40:]).mean() > 0.9


def test_survival_without_a_death_is_no_difference() -> None:
    days, seen = np.full((1, 5), 60.0), np.zeros((1, 5), dtype=bool)
    found = compare_survival((days, seen), (days, seen), np.ones((1, 5), dtype=bool))
    assert (found.p[0], found.sign[0]) == (1.0, 0)


def test_rates_are_decided_by_fisher() -> None:
    a = np.array([[True] * 8 + [False] * 2])
    b = np.array([[True] * 1 + [False] * 9])
    found = compare_rates(a, b, np.ones((1, 10), dtype=bool))
    assert found.p[0] == pytest.approx(stats.fisher_exact([[8, 2], [1, 9]]).pvalue)
    assert found.sign[0] == 1


def test_a_compound_marker_counts_only_if_all_parts_agree() -> None:
    parts = [
        Findings(np.array([0.01, 0.01, 0.01]), np.array([1, 1, 1])),
        Findings(np.array([0.02, 0.20, 0.01]), np.array([1, 1, -1])),
    ]
    found = together(parts)
    assert found.counts(0.05) == (1, 2, 0)
    assert list(found.sign) == [1, 1, 0]


def test_direction_counts_a_tie_as_half() -> None:
    assert Findings(np.ones(4), np.array([1, 1, 0, -1])).direction == 0.625
    assert joined([Findings(np.ones(1), np.array([1])), Findings(np.ones(1), np.array([-1]))]).direction == 0.5


def test_error_of_measurement_has_the_declared_spread_and_a_floor() -> None:
    values = np.full((400, 50), 100.0)
    logs = measured_with_error(values, 0.2, 5.0, np.random.default_rng(1))
    assert np.std(np.exp(logs)) / np.mean(np.exp(logs)) == pytest.approx(0.2, rel=0.03)
    gone = measured_with_error(np.zeros((3, 3)), 0.2, 5.0, np.random.default_rng(1))
    assert np.all(gone == np.log(5.0))
