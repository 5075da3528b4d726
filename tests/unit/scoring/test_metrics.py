"""Scores of three-outcome probabilities, by hand."""

from __future__ import annotations

import math

import pytest

from abscopal.scoring.metrics import (
    BETTER,
    NONE,
    WORSE,
    Probabilities,
    Scored,
    brier,
    calibration,
    correct,
    from_counts,
    gain,
    log_score,
    mean_of,
    per_study,
    published_outcome,
    summarise,
)

SURE = Probabilities(0.8, 0.1, 0.1)


def test_counts_are_smoothed_by_one_each() -> None:
    p = from_counts(0, 5, 2)
    assert (p.better, p.none, p.worse) == (0.1, 0.6, 0.3)


def test_experiments_of_one_world_count_as_one_replication() -> None:
    p = from_counts(0, 50, 20, each=10)
    assert (p.better, p.none, p.worse) == (0.1, 0.6, 0.3)


def test_published_outcome_of_each_relation() -> None:
    assert (published_outcome(">"), published_outcome("~")) == (BETTER, NONE)


def test_turning_exchanges_the_arms_alone() -> None:
    assert Probabilities(0.7, 0.2, 0.1).turned == Probabilities(0.1, 0.2, 0.7)


@pytest.mark.parametrize(("outcome", "expected"), [(BETTER, 0.06), (NONE, 1.46), (WORSE, 1.46)])
def test_brier_score(outcome: int, expected: float) -> None:
    assert brier(SURE, outcome) == pytest.approx(expected)


def test_log_score_is_the_logarithm_of_the_published_chance() -> None:
    assert log_score(SURE, NONE) == pytest.approx(math.log(0.1))


def test_a_shared_first_place_counts_as_its_share() -> None:
    even = Probabilities(0.45, 0.1, 0.45)
    assert (correct(even, BETTER), correct(even, NONE), correct(even, WORSE)) == (0.5, 0.0, 0.5)
    assert correct(SURE, BETTER) == 1.0


def test_mean_of_predictions() -> None:
    mean = mean_of([SURE, Probabilities(0.2, 0.5, 0.3)])
    assert (mean.better, mean.none, mean.worse) == pytest.approx((0.5, 0.3, 0.2))


def test_summary_is_a_mean_over_claims_and_empty_is_not_a_number() -> None:
    found = summarise([Scored("a", SURE, BETTER), Scored("a", SURE, NONE)])
    assert found.n == 2
    assert found.log == pytest.approx((math.log(0.8) + math.log(0.1)) / 2)
    assert (found.brier, found.accuracy) == pytest.approx((0.76, 0.5))
    assert math.isnan(summarise([]).log)


def test_studies_weigh_equally_in_the_gain() -> None:
    many = [Scored("many", SURE, BETTER)] * 9 + [Scored("one", SURE, NONE)]
    even = Probabilities(1 / 3, 1 / 3, 1 / 3)
    baseline = [Scored(s.study, even, s.outcome) for s in many]
    found = gain(per_study(many), per_study(baseline), resamples=500, seed=1)
    assert found.mean == pytest.approx((math.log(2.4) + math.log(0.3)) / 2)
    assert found.studies == 2
    assert (found.low, found.high) == pytest.approx((math.log(0.3), math.log(2.4)))


def test_gain_interval_of_many_studies_matches_the_normal_one() -> None:
    model = {f"s{i}": 0.1 * (i % 11) for i in range(110)}
    found = gain(model, dict.fromkeys(model, 0.0), resamples=2000, seed=3)
    half = 1.96 * math.sqrt(0.1 / 110)  # variance of 0, 0.1 ... 1 is 0.1
    assert found.mean == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.01)


def test_gain_does_not_depend_on_names() -> None:
    values = [0.3, -0.2, 0.9, 0.1]
    one = gain({f"a{i}": v for i, v in enumerate(values)}, {f"a{i}": 0.0 for i in range(4)}, 300, 1)
    other = gain({f"z{i}": v for i, v in enumerate(reversed(values))}, {f"z{i}": 0.0 for i in range(4)}, 300, 1)
    assert one == other


def test_one_study_has_no_interval() -> None:
    found = gain({"a": 1.0}, {"a": 0.5}, 100, 1)
    assert (found.mean, found.low, found.high) == (0.5, -math.inf, math.inf)


def test_calibration_counts_every_outcome_of_every_claim() -> None:
    rows = calibration([Scored("a", SURE, BETTER), Scored("a", SURE, NONE)], bins=5)
    low, high = rows[0], rows[4]
    assert (low.n, high.n) == (4, 2)
    assert (low.observed, high.observed) == (0.25, 0.5)
    assert (low.predicted, high.predicted) == pytest.approx((0.1, 0.8))
