"""Complications of normal tissue: beams of one day are one fraction of the organ, too."""

from __future__ import annotations

from typing import Any

import pytest

from abscopal import study
from abscopal.regimen.normal_tissue import complications


def _course(dose_gy: float, days: list[float], lung_gy: float) -> dict[str, Any]:
    organs = {"lung": {"mean_dose": f"{lung_gy} Gy"}}
    days_text = [f"{day} d" for day in days]
    course = {"quality": "X-rays", "energy": "6 MV", "dose_per_fraction": f"{dose_gy} Gy", "days": days_text}
    return {**course, "target": "primary", "organs": organs}


def _lung(*courses: dict[str, Any]) -> dict[str, Any]:
    given = {
        "abscopal": 1,
        "study": "patients",
        "host": {"species": "human"},
        "tumour": "NSCLC",
        "sites": {"primary": {"start_volume": {"value": "20 cm3", "day": "0 d"}}},
        "arms": {"none": {}, "RT": {"radiation": list(courses)}},
        "control": "none",
        "follow_up": "90 d",
    }
    (row,) = complications(study.from_dict(given), "RT")
    return row


def test_two_beams_of_one_fraction_are_one_fraction_of_the_lung() -> None:
    days = [float(day) for day in range(15)]
    one = _lung(_course(4, days, 18))
    two = _lung(_course(2, days, 9), _course(2, [round(day + 0.005, 3) for day in days], 9))
    hours_apart = _lung(_course(2, days, 9), _course(2, [day + 0.25 for day in days], 9))
    assert (two["fractions"], two["dose_gy"]) == (15, pytest.approx(18.0))
    assert two["probability"] == pytest.approx(one["probability"], rel=1e-9)
    assert hours_apart["fractions"] == 30
    assert hours_apart["probability"] < one["probability"] - 0.01


def test_a_boost_on_some_days_makes_fractions_of_two_sizes() -> None:
    days = [float(day) for day in range(20)]
    boosted = _lung(_course(2, days, 10), _course(1, days[:10], 2))
    in_turn = _lung(_course(3, days[:10], 7), _course(2, days[10:], 5))
    assert boosted["probability"] == pytest.approx(in_turn["probability"], rel=1e-9)
