from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from abscopal.statistics.contrast import fisher_p, mann_whitney_p, ratio, sign_p, wilcoxon_p
from abscopal.statistics.proportions import wilson


@pytest.mark.parametrize(("count", "n"), [(0, 10), (1, 10), (7, 11), (3, 15), (10, 10), (0, 1), (499, 1000)])
def test_wilson_against_scipy(count, n):
    ours, theirs = wilson(count, n), stats.binomtest(count, n).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert ours.value == count / n


def test_wilson_of_nobody_says_nothing_and_of_too_many_is_refused():
    assert math.isnan(wilson(0, 0).value)
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson(3, 2)


@pytest.mark.parametrize("n", [1, 2, 9, 50, 51, 60, 400])
@pytest.mark.parametrize("ties", [False, True])
def test_signed_ranks_against_scipy(n, ties):
    difference = np.random.default_rng(n).normal(0.3, 1.0, n)
    difference = np.round(difference, 1) if ties else difference
    moved = difference[difference != 0.0]
    theirs = stats.wilcoxon(moved, method="auto" if moved.size <= 50 else "approx").pvalue
    assert wilcoxon_p(difference) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (8, 8), (30, 17), (60, 60)])
def test_rank_sums_by_their_formula(n, m):
    rng = np.random.default_rng(n + m)
    a, b = rng.normal(0.4, 1.0, (3, 4, n)), rng.normal(0.0, 1.0, (3, 4, m))
    a[1], b[1] = np.round(a[1]), np.round(b[1])
    a[2], b[2] = 1.0, np.where(np.arange(m) % 2, 1.0, 2.0)
    a[2, 0], b[2, 0] = 3.0, 3.0
    for row in np.ndindex(3, 4):
        found = mann_whitney_p(a[row], b[row])
        if np.ptp([*a[row], *b[row]]) == 0.0:
            assert math.isnan(found)
        else:
            assert found == pytest.approx(_by_ranks(a[row], b[row]), rel=1e-9)
    assert math.isnan(mann_whitney_p(a[2, 0], b[2, 0]))


def _by_ranks(a, b):
    """The normal approximation with ties and continuity, written out."""
    both = np.concatenate([a, b])
    ranks = stats.rankdata(both)
    n, m, total = a.size, b.size, both.size
    excess = abs(ranks[:n].sum() - n * (n + 1) / 2 - n * m / 2) - 0.5
    ties = np.unique(both, return_counts=True)[1]
    variance = n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    return min(1.0, math.erfc(excess / math.sqrt(2.0 * variance)))


@pytest.mark.slow
def test_sign_test_and_its_interval_of_the_median_against_scipy():
    for n in range(1, 70):
        for wins in range(n + 1):
            assert sign_p(wins, n - wins) == pytest.approx(stats.binomtest(wins, n).pvalue, rel=1e-9)
        below = int(stats.binom.ppf(0.025, n, 0.5))
        ordered = np.arange(float(n))
        found = ratio(np.exp(0.01 * ordered), np.ones(n), 1e-9, paired=True)
        assert (found.low == 0.0) == (below == 0)
        if below:
            assert found.low == pytest.approx(math.exp(0.01 * (below - 1)))


def test_ratio_of_independent_groups_is_the_shift_of_the_logarithms():
    rng = np.random.default_rng(3)
    a, b = rng.lognormal(1.0, 0.4, 80), rng.lognormal(0.0, 0.4, 60)
    found = ratio(a, b, 1e-9, paired=False)
    by_hand = np.median(np.subtract.outer(np.log(a), np.log(b)))
    assert found.value == pytest.approx(math.exp(by_hand))
    assert found.low < math.e < found.high
    assert found.p == pytest.approx(stats.mannwhitneyu(a, b).pvalue, rel=1e-9)


def test_interval_of_the_ratio_excludes_one_when_the_test_is_significant():
    rng = np.random.default_rng(4)
    agree = []
    for _ in range(200):
        a, b = rng.lognormal(0.3, 0.5, 25), rng.lognormal(0.0, 0.5, 25)
        r = ratio(a, b, 1e-9, paired=False)
        agree.append((r.p < 0.05) == (r.low > 1 or r.high < 1))
    assert np.mean(agree) > 0.97


def test_interval_of_the_ratio_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = {True: 0, False: 0}
    for _ in range(400):
        b = rng.lognormal(0.0, 0.5, 30)
        for paired in (True, False):
            a = b * rng.lognormal(0.5, 0.3, 30) if paired else rng.lognormal(0.5, 0.5, 30)
            r = ratio(a, b, 1e-9, paired)
            covered[paired] += r.low <= math.exp(0.5) <= r.high
    assert 0.92 < covered[True] / 400 < 0.99
    assert 0.92 < covered[False] / 400 < 0.99


def test_large_groups_are_thinned_without_moving_the_answer():
    rng = np.random.default_rng(6)
    a, b = rng.lognormal(0.2, 0.5, 4000), rng.lognormal(0.0, 0.5, 3000)
    found = ratio(a, b, 1e-9, paired=False)
    exact = np.median(np.subtract.outer(np.log(a), np.log(b)))
    assert math.log(found.value) == pytest.approx(exact, abs=2e-3)
    assert math.log(found.high / found.low) == pytest.approx(2 * 1.96 * 0.5 * math.sqrt(1 / 4000 + 1 / 3000), rel=0.1)


def test_gone_tumours_count_as_the_floor():
    r = ratio(np.zeros(20), np.full(20, 500.0), 1.0, paired=True)
    assert (r.value, r.low, r.high) == pytest.approx((1 / 500,) * 3)


def test_equal_animals_give_no_p_value():
    same = np.full(8, 2.0)
    assert math.isnan(ratio(same, same, 1.0, paired=False).p)
    assert math.isnan(ratio(same, same, 1.0, paired=True).p)
    assert math.isnan(sign_p(0, 0))


def test_small_tests_by_hand():
    assert fisher_p(7, 11, 3, 15) == pytest.approx(stats.fisher_exact([[7, 4], [3, 12]]).pvalue)
    assert sign_p(5, 0) == pytest.approx(2 / 32)
    assert wilcoxon_p(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 0.0])) == pytest.approx(2 / 32)
