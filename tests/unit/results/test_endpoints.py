from __future__ import annotations

import numpy as np
import pytest

from abscopal.engine import Status
from abscopal.results import Result
from abscopal.results.endpoints import responses
from abscopal.results.metadata import ResponseRule
from abscopal.results.summary import notes
from abscopal.statistics.curves import first_crossing, value_on

DAYS = np.arange(0.0, 61.0)


def test_exponential_growth_crosses_on_its_exact_day():
    rate, start = 0.13, 5.0
    day, reached = first_crossing(DAYS, start * np.exp(rate * DAYS), 1500.0)
    assert bool(reached)
    assert float(day) == pytest.approx(np.log(1500.0 / start) / rate, abs=1e-12)


def test_crossing_at_the_start_never_and_from_nothing():
    volume = np.array([[2000.0, 1.0, 1.0], [1.0, 2.0, 3.0], [0.0, 0.0, 4000.0]])
    day, reached = first_crossing(np.array([0.0, 1.0, 2.0]), volume, 1000.0)
    assert reached.tolist() == [True, False, True]
    assert day.tolist() == pytest.approx([0.0, 2.0, 1.25])


def test_only_the_first_crossing_counts():
    day, _ = first_crossing(np.arange(5.0), np.array([10.0, 200.0, 10.0, 200.0, 400.0]), 100.0)
    assert day < 1.0


def test_volume_between_records_is_logarithmic_and_exact_on_them():
    values = np.array([[1.0, 4.0, 0.0]])
    days = np.array([0.0, 2.0, 4.0])
    assert value_on(days, values, 1.0)[0] == pytest.approx(2.0)
    assert value_on(days, values, 2.0)[0] == 4.0
    assert value_on(days, values, 3.0)[0] == pytest.approx(2.0)
    assert value_on(days, values, 1.0, logarithmic=False)[0] == pytest.approx(2.5)


def test_response_classes_at_their_borders():
    rule = ResponseRule(day=10.0, complete_below_mm3=1.0, partial_below_fraction=0.5, baseline_day=0.0)
    now = np.array([0.0, 0.99, 1.0, 49.9, 50.0, 125.0, 125.1])
    volume = np.stack([np.full(7, 100.0), now], axis=1)
    assert responses(np.array([0.0, 10.0]), volume, rule).tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_a_tumour_that_appears_after_baseline_progresses():
    rule = ResponseRule(day=10.0, baseline_day=0.0)
    assert responses(np.array([0.0, 10.0]), np.array([[0.0, 40.0], [0.0, 0.0]]), rule).tolist() == [3, 0]


def test_survival_of_any_of_the_sites_is_the_earliest(result, synthetic):
    def medians(of):
        rule = {"survival": {"volume_limit_mm3": 1500.0, "of": of}}
        return Result.build(result.data, synthetic.metadata(endpoints=rule)).arms[0].survival.curve

    both = [medians(site).at(30.0) for site in synthetic.SITES]
    assert medians("any").at(30.0) <= min(both)
    assert medians("total").at(30.0) <= medians("any").at(30.0)


def test_comparison_day_does_not_hang_on_the_size_of_the_cohort(synthetic):
    days = []
    for subjects in (60, 600, 2000):
        built = Result.build(synthetic.dataset(subjects=subjects, failed=0), synthetic.metadata())
        days.append(built.comparison_day[0])
    assert abs(days[0] - days[2]) <= 2.0
    assert abs(days[1] - days[2]) <= 1.0


def test_comparison_day_set_by_the_study_is_kept(result, synthetic):
    endpoints = {**synthetic.metadata()["endpoints"], "comparison_day": 33.0}
    built = Result.build(result.data, synthetic.metadata(endpoints=endpoints))
    assert built.comparison_day == (33.0, "set by the study")
    assert built.comparisons[0].sites[0].volume_ratio.value != result.comparisons[0].sites[0].volume_ratio.value


def test_failed_animals_are_counted_and_left_out(synthetic):
    data = synthetic.dataset(failed=7)
    data["volume"][1, :7] = 1e9
    data["volume"][2, 3, 0, 5] = np.nan
    built = Result.build(data, synthetic.metadata())
    assert [(arm.n, arm.failed) for arm in built.arms] == [(60, 0), (53, 7), (59, 1), (60, 0)]
    assert built.arms[1].sites[0].volume_mm3.value < 1e4
    failures = built.trajectories.failures()
    assert [(row["arm"], row["code"], row["count"]) for row in failures] == [
        (synthetic.ARMS[1], 2, 7),
        (synthetic.ARMS[2], -1, 1),
    ]
    assert "loosen the tolerance" in failures[0]["advice"]


def test_animals_that_the_reference_solver_finished_count_and_are_told(synthetic):
    data = synthetic.dataset(failed=0)
    plain = Result.build(data.copy(deep=True), synthetic.metadata())
    data["status"][1, :4] = int(Status.FINISHED_BY_REFERENCE)
    built = Result.build(data, synthetic.metadata())
    assert [(arm.n, arm.failed) for arm in built.arms] == [(60, 0)] * 4
    assert built.arms[1].sites[0].volume_mm3 == plain.arms[1].sites[0].volume_mm3
    assert built.trajectories.failures() == []
    assert built.trajectories.by_reference() == {synthetic.ARMS[1]: 4}
    assert any("4 of 60" in note and "reference solver" in note for note in notes(built))
    assert not any("reference solver" in note for note in notes(plain))


def test_shifting_the_calendar_shifts_every_day(result, synthetic):
    moved = result.data.assign_coords(time=result.data["time"] + 5.0)
    meta = synthetic.metadata()
    meta["endpoints"]["response"]["day"] += 5.0
    meta["timetable"] = {a: [{**r, "day": r["day"] + 5.0} for r in rows] for a, rows in meta["timetable"].items()}
    there, here = Result.build(moved, meta), result
    assert there.comparison_day[0] == here.comparison_day[0] + 5.0
    for a, b in zip(there.arms, here.arms, strict=True):
        assert a.survival.median_days.value == pytest.approx(b.survival.median_days.value + 5.0)
        assert a.sites[0].responses == b.sites[0].responses
        assert a.sites[1].growth_delay_days.value == pytest.approx(b.sites[1].growth_delay_days.value, nan_ok=True)


def test_growth_delay_of_a_planted_shift(synthetic):
    data = synthetic.dataset(("late", "control"), ("flank",), failed=0)
    early = 10.0 * np.exp(0.15 * DAYS) * np.linspace(0.8, 1.25, 60)[:, None, None]
    data["volume"][1] = early
    data["volume"][0] = early * np.exp(-0.15 * 6.0)
    meta = synthetic.metadata(("late", "control"), ("flank",), shared_subjects=True)
    meta["arms"] = [{"name": "late"}, {"name": "control", "control": True}]
    delay = Result.build(data, meta).arms[0].sites[0].growth_delay_days
    assert (delay.value, delay.low, delay.high) == pytest.approx((6.0, 6.0, 6.0))
