"""What lies closer than the accuracy of the solver is a tie, in every test and comparison."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abscopal.results import Result
from abscopal.results.wording import answer
from abscopal.statistics import accuracy
from abscopal.statistics.contrast import ratio
from abscopal.statistics.curves import first_crossing
from abscopal.statistics.experiments import compare_means
from abscopal.statistics.removal import days_of_leaving
from abscopal.statistics.survival import log_rank

OFF = 1e-7
VOLUMES = np.geomspace(3.0, 900.0, 40)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("off", [OFF, -1e-5])
def test_volumes_that_differ_by_the_error_of_the_solver_are_equal(paired, off):
    found = ratio(VOLUMES * (1.0 + off), VOLUMES, 1.0, paired)
    assert found.value == 1.0
    assert math.isnan(found.p) or found.p > 0.9
    assert found.low <= 1.0 <= found.high


def test_a_group_without_spread_is_equal_to_its_near_tie():
    same = np.full(12, 84.0)
    found = ratio(same * (1.0 + OFF), same, 1.0, paired=False)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert math.isnan(found.p)


def test_days_that_differ_by_the_error_of_the_solver_are_one_day():
    seen = np.ones(12, bool)
    test = log_rank((np.full(12, 21.0), seen), (np.full(12, 21.0 + OFF), seen))
    assert test.statistic == 0.0
    assert math.isnan(test.p)
    spread = np.linspace(10.0, 30.0, 12)
    assert log_rank((spread, seen), (spread + OFF, seen)).statistic == pytest.approx(0.0, abs=1e-12)
    assert log_rank((np.full(12, 21.0), seen), (np.full(12, 21.1), seen)).p < 1e-3


def test_simulated_means_within_the_accuracy_are_no_finding():
    logs = np.full((3, 8), 2.0)
    found = compare_means(logs * (1.0 + OFF), logs, np.ones((3, 8), bool))
    assert found.sign.tolist() == [0, 0, 0]
    assert found.p.tolist() == [1.0, 1.0, 1.0]


def test_a_volume_at_the_limit_reaches_it_on_whichever_side_the_solver_lands():
    days = np.array([0.0, 1.0, 2.0])
    curves = np.array([[100.0, 200.0 - 1e-6, 50.0], [100.0, 200.0 + 1e-6, 50.0]])
    day, reached = first_crossing(days, curves, 200.0)
    assert reached.tolist() == [True, True]
    assert day == pytest.approx([1.0, 1.0], abs=1e-5)


def test_animals_leave_on_one_day_in_simulated_experiments_too():
    class Steady:
        def standard_normal(self, shape):
            return np.zeros(shape)

    from abscopal.statistics.conventions import Instrument

    days = np.arange(5.0)
    curves = 100.0 * np.exp(days)[None, None, None, :] * np.array([1.0 - OFF, 1.0 + OFF])[None, None, :, None]
    limit = 100.0 * math.exp(3.0)
    left, seen = days_of_leaving(days, curves, limit, Instrument(0.2, 5.0), Steady())
    assert left.tolist() == [3.0, 3.0]
    assert seen.all()


def test_merged_values_keep_their_group_and_never_span_more_than_the_accuracy():
    a, b = accuracy.merged(0.1, np.array([0.0, 0.09, 0.18, np.inf]), np.array([0.15, np.nan, -np.inf]))
    assert a.tolist() == [0.0, 0.0, 0.15, math.inf]
    assert b[0] == 0.15
    assert math.isnan(b[1])
    assert b[2] == -math.inf


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("off", [OFF, -2e-5])
def test_arms_of_one_effect_by_another_path_are_the_same_everywhere(synthetic, shared, off):
    data = synthetic.dataset(failed=0)
    for name in data.data_vars:
        if "time" in data[name].dims:
            data[name][2] = data[name][3].values * (1.0 + off)
    pair = Result.build(data, synthetic.metadata(shared_subjects=shared)).comparisons[0]
    for site in pair.sites:
        assert math.isnan(site.volume_ratio.p) or site.volume_ratio.p > 0.9
        assert math.isnan(site.complete_p) or site.complete_p == 1.0
    assert (pair.survival.longer_in_a, pair.survival.longer_in_b) == (0, 0)
    assert max(m.score for m in pair.mediators) == 0.0
    assert all(m.peak_day_a == m.peak_day_b for m in pair.mediators)
    sentence = answer(pair)
    assert "p < 0.001" not in sentence
    assert "longer" not in sentence
    assert "shorter" not in sentence
