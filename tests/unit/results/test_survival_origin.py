"""Mean and median survival count from one day, day 0 of the study, however early the tumours were seeded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abscopal import pipeline
from abscopal.results import Result
from abscopal.results.endpoints import survival_days

EXAMPLE = Path(__file__).parents[3] / "examples" / "pacific_nsclc.yaml"


@pytest.fixture(scope="module")
def patients():
    return pipeline.run(pipeline.load(EXAMPLE).with_cohort(size=8))


def test_nobody_lives_longer_on_average_than_the_follow_up(patients):
    follow_up = patients.trajectories.time_days[-1]
    assert patients.trajectories.time_days[0] < -100.0  # tumours are seeded long before day 0
    day, _ = survival_days(patients.trajectories, patients.metadata.survival)
    for a, arm in enumerate(patients.arms):
        assert arm.survival.restricted_mean_days <= follow_up
        assert arm.survival.restricted_mean_days == pytest.approx(day[a][patients.trajectories.ok[a]].mean())


def test_mean_and_median_of_one_death_for_all_are_its_day(synthetic):
    """Everybody reaches the limit on day 20 of the clock; the record begins 30 days before day 0."""
    data = synthetic.dataset(("A", "B"), ("flank",), failed=0, subjects=5)
    data = data.assign_coords(time=data["time"] - 30.0)
    volume = np.where(data["time"].values < 20.0, 10.0, 5000.0)
    data["volume"][:] = np.broadcast_to(volume, data["volume"].shape)
    meta = {"endpoints": {"survival": {"volume_limit_mm3": 5000.0, "of": "any"}}}
    for arm in Result.build(data, meta).arms:
        assert arm.survival.median_days.value == pytest.approx(20.0)
        assert arm.survival.restricted_mean_days == pytest.approx(arm.survival.median_days.value)
