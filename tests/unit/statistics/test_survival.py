from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from abscopal.statistics.survival import kaplan_meier, log_rank, restricted_mean_days

SEEDS = range(12)


def censored_times(seed, n=40, ties=True):
    rng = np.random.default_rng(seed)
    days = rng.exponential(20.0, n) + 0.1
    days = np.round(days) + 1 if ties else days
    follow_up = rng.uniform(5, 60, n)
    return np.minimum(days, follow_up), days <= follow_up


def lifelines():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("lifelines")
        import lifelines
        import lifelines.statistics
    return lifelines


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.filterwarnings("ignore")
def test_kaplan_meier_against_lifelines(seed, ties):
    days, event = censored_times(seed, ties=ties)
    theirs = lifelines().KaplanMeierFitter().fit(days, event)
    ours = kaplan_meier(days, event)
    table = theirs.survival_function_.iloc[1:, 0]
    np.testing.assert_allclose(ours.time_days, table.index)
    np.testing.assert_allclose(ours.survival, table, atol=1e-7)
    bounds = theirs.confidence_interval_.iloc[1:].to_numpy()
    alive = ours.survival > 0
    np.testing.assert_allclose(ours.low[alive], bounds[alive, 0], atol=1e-7)
    np.testing.assert_allclose(ours.high[alive], bounds[alive, 1], atol=1e-7)
    assert ours.median_days == pytest.approx(theirs.median_survival_time_, abs=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.filterwarnings("ignore")
def test_at_risk_events_and_censored_against_lifelines(seed):
    days, event = censored_times(seed)
    table = lifelines().KaplanMeierFitter().fit(days, event).event_table.iloc[1:]
    ours = kaplan_meier(days, event)
    np.testing.assert_array_equal(ours.at_risk, table["at_risk"])
    np.testing.assert_array_equal(ours.events, table["observed"])
    np.testing.assert_array_equal(ours.censored, table["censored"])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.filterwarnings("ignore")
def test_log_rank_of_two_groups_against_lifelines(seed):
    (a, ea), (b, eb) = censored_times(seed), censored_times(seed + 100, n=25)
    theirs = lifelines().statistics.logrank_test(a, b * 1.4, ea, eb)
    ours = log_rank((a, ea), (b * 1.4, eb))
    assert ours.statistic == pytest.approx(theirs.test_statistic, abs=1e-7)
    assert ours.p == pytest.approx(theirs.p_value, abs=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.filterwarnings("ignore")
def test_log_rank_of_four_groups_against_lifelines(seed):
    groups = [censored_times(seed + 50 * i, n=15 + 5 * i) for i in range(4)]
    labels = np.concatenate([np.full(g[0].size, i) for i, g in enumerate(groups)])
    days, events = (np.concatenate([g[k] for g in groups]) for k in (0, 1))
    theirs = lifelines().statistics.multivariate_logrank_test(days, labels, events)
    ours = log_rank(*groups)
    assert ours.degrees_of_freedom == 3
    assert ours.statistic == pytest.approx(theirs.test_statistic, abs=1e-7)
    assert ours.p == pytest.approx(theirs.p_value, abs=1e-7)


def test_six_animals_by_hand():
    curve = kaplan_meier([1, 3, 3, 5, 7, 9], [True, True, False, True, False, True])
    np.testing.assert_allclose(curve.survival, [5 / 6, 4 / 6, 4 / 9, 4 / 9, 0])
    assert curve.at_risk.tolist() == [6, 5, 3, 2, 1]
    assert curve.at([0, 1, 2.9, 3, 100]).tolist() == pytest.approx([1, 5 / 6, 5 / 6, 4 / 6, 0])
    assert curve.at_risk_on([0, 1, 1.1, 3, 9, 10]).tolist() == [6, 6, 5, 5, 1, 0]
    assert curve.median_days == 5


def test_an_even_split_reaches_its_median():
    assert kaplan_meier([1, 2, 3, 4], [True, True, False, False]).median_days == 2


def test_nobody_lost_means_no_median_and_no_p_value():
    days, event = [60.0] * 5, [False] * 5
    curve = kaplan_meier(days, event)
    assert curve.survival.tolist() == [1.0]
    assert math.isinf(curve.median_days)
    assert math.isnan(log_rank((days, event), (days, event)).p)


def test_log_rank_is_symmetric_and_inverts_the_hazard_ratio():
    a, b = censored_times(1), censored_times(2, n=30)
    there, back = log_rank(a, b), log_rank(b, a)
    assert there.p == pytest.approx(back.p)
    assert there.hazard_ratio == pytest.approx(1 / back.hazard_ratio)
    assert there.low == pytest.approx(1 / back.high)


def test_days_before_the_clock_are_allowed():
    shifted = kaplan_meier(np.array([1.0, 2, 3]) - 10, [True, True, True])
    assert shifted.median_days == -8
    assert restricted_mean_days(shifted, -10, -7) == pytest.approx(2.0)


@pytest.mark.parametrize("days", [[1.0, math.inf], [1.0, math.nan], [1.0]])
def test_durations_that_cannot_be_used_are_refused(days):
    with pytest.raises(ValueError, match=r"finite|durations"):
        kaplan_meier(days, [True, False])


def test_a_thinned_curve_is_the_same_curve_at_fewer_times() -> None:
    rng = np.random.default_rng(3)
    whole = kaplan_meier(rng.uniform(0.0, 60.0, 5000), rng.random(5000) < 0.7)
    thin = whole.thinned(100)
    assert thin.time_days.size == 100
    assert thin.time_days[[0, -1]] == pytest.approx(whole.time_days[[0, -1]])
    assert np.array_equal(thin.survival, whole.at(thin.time_days))
    assert (thin.events.sum(), thin.censored.sum()) == (whole.events.sum(), whole.censored.sum())
    assert np.abs(thin.at(np.arange(61.0)) - whole.at(np.arange(61.0))).max() < 0.02
    assert whole.thinned(5000) is whole
