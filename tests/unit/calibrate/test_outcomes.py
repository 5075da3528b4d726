"""What is compared of an arm: death by the limit, shares, and medians against the study's own control."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.calibrate.outcomes import compared, stable_share, survival_days
from abscopal.calibrate.pool import PoolArm
from abscopal.calibrate.survival_table import Course, MeasuredArm

DAYS = np.arange(0.0, 42.0, 2.0)


def growing(rate: float, start: float = 10.0) -> np.ndarray:
    return start * np.exp(rate * DAYS)


def test_death_is_interpolated_between_records() -> None:
    found = survival_days(DAYS, np.stack([growing(0.2), growing(0.0)]), 1500.0, 40.0)
    assert found[0] == pytest.approx(np.log(150.0) / 0.2, abs=1e-6)
    assert np.isinf(found[1])


def test_death_after_the_follow_up_is_none() -> None:
    assert np.isinf(survival_days(DAYS, growing(0.2), 1500.0, 20.0))


def test_a_failed_animal_counts_as_dead() -> None:
    volumes = growing(0.1)
    volumes[5:] = np.nan
    assert survival_days(DAYS, volumes, 1500.0, 40.0) <= DAYS[5]


def test_the_variance_of_a_transformed_share_does_not_depend_on_it() -> None:
    random = np.random.default_rng(1)
    for share in (0.2, 0.5, 0.8):
        assert stable_share(random.binomial(20, share, 20000), 20).std() == pytest.approx(0.5 / np.sqrt(20.5), rel=0.06)


def arm(name: str, courses: tuple[Course, ...], days: tuple[float, ...]) -> PoolArm:
    mice = MeasuredArm("study", name, "CT26", "SC", "", 1e6, 7.0, 40.0, courses, days, tuple(d < 40.0 for d in days))
    return PoolArm(name, "CT26", mice, 40.0, 1500.0)


def solved(rate: float) -> tuple[np.ndarray, np.ndarray]:
    return DAYS, np.tile(growing(rate), (1, 3, 1))


def test_a_treated_arm_is_compared_with_its_control() -> None:
    control = arm("control", (), (20.0, 21.0, 22.0))
    treated = arm("treated", (Course("anti-PD-1", 200.0, (7.0,)),), (30.0, 31.5, 40.0))
    # both grow a third slower than the mice: growth is off, what the drug adds is right
    found = compared([control, treated], {"control": solved(0.16), "treated": solved(0.16 / 1.5)}, 3)
    assert found.names == ("alive|control", "median|control", "alive|treated", "gain|treated")
    assert found.observed[3] == pytest.approx(np.log(1.5))
    assert found.predicted[0, 3] == pytest.approx(np.log(40.0 * 1.15 / (np.log(150.0) / 0.16)), abs=0.01)
    assert abs(found.misfit[0, 1]) > 0.5
