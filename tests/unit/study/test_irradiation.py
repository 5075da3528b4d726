"""Seeds, dose rates and fields on a part of the target: as written, as read, as told."""

from __future__ import annotations

import math
from typing import Any

import pytest

from abscopal import study
from abscopal.errors import InputError
from abscopal.model.plan import Plan, plan_of
from abscopal.regimen import timeline, timelines
from abscopal.study import Study


def _plan(study: Study) -> Plan:
    return plan_of(study, timelines(study))


def _study(**course: Any) -> Study:
    given = {"quality": "I-125", "days": "0 d", "target": "primary", **course}
    return study.from_dict(
        {
            "abscopal": 1,
            "study": "seeds",
            "tumour": "CT26",
            "sites": {"primary": {"inoculum": "1e6 cells", "inoculated": "-9 d"}},
            "arms": {"none": {}, "treated": {"radiation": [given]}},
            "control": "none",
        }
    )


def _row(made: Study) -> tuple[str, str, str]:
    row = timeline(made, "treated").table()[-1]
    return row.what, row.how_much, row.where


def test_the_initial_dose_rate_of_seeds_gives_their_dose() -> None:
    made = _study(initial_dose_rate="7 cGy/h")
    (course,) = made.arm("treated").radiation
    # 1.68 Gy per day for a mean life of 59.4 d / ln 2.
    assert course.dose_per_fraction_gy == pytest.approx(1.68 * 59.4 / math.log(2), rel=1e-8)
    assert any("dose_per_fraction" in filled.key for filled in made.defaults_filled)
    assert _row(made) == ("implant I-125 seeds", "143.969 Gy until decayed", "primary")
    (field,) = _plan(made).fields
    assert (field.continuous, field.seeds, field.let_kev_um) == (True, True, 3.0)
    assert _row(_study(dose_per_fraction="145 Gy"))[1] == "145 Gy until decayed"


@pytest.mark.parametrize(("rate", "continuous"), [("1 Gy/min", False), ("25 mGy/min", False), ("20 mGy/min", True)])
def test_six_hours_part_a_fraction_from_continuous_irradiation(rate: str, continuous: bool) -> None:
    made = _study(quality="X-rays", dose_per_fraction="8 Gy", dose_rate=rate)
    (field,) = _plan(made).fields
    assert field.continuous is continuous
    assert not field.seeds
    assert ("continuous" in field.key) is continuous


def test_a_long_fraction_tells_its_duration_and_a_part_its_share() -> None:
    slow = _study(quality="X-rays", dose_per_fraction="5.3 Gy", dose_rate="1 mGy/min")
    assert _row(slow) == ("irradiate X-rays", "5.3 Gy over 88.3 h", "primary")
    fast = _study(quality="X-rays", dose_per_fraction="5.3 Gy", dose_rate="1 Gy/min")
    assert _row(fast)[1] == "5.3 Gy"
    part = _study(
        quality="carbon", let="50 keV/um", dose_per_fraction="8 Gy", irradiated_share="40 %", valley_dose="5 %"
    )
    assert _row(part)[2] == "40 % of primary (valleys 5 %)"
    (field,) = _plan(part).fields
    assert (field.share, field.valley) == (0.4, 0.05)
    assert field.key == "carbon 50 keV/um to 40 % of (valleys 5 %) primary"


def test_a_photon_dose_of_equal_effect_makes_a_field_of_its_own() -> None:
    beam = {"quality": "carbon", "let": "50 keV/um", "dose_per_fraction": "3 Gy"}
    (field,) = _plan(_study(**beam, isoeffective_photon_dose="5 Gy")).fields
    assert field.stated_rbe == pytest.approx(5.0 / 3.0)
    assert field.key == "carbon 50 keV/um to (RBE 1.6666666666666667) primary"
    assert _plan(_study(**beam)).fields[0].stated_rbe is None
    assert _row(_study(**beam, isoeffective_photon_dose="5 Gy"))[1] == "3 Gy (as 5 Gy of X-rays)"


ISOEFFECTIVE = {"dose_per_fraction": "3 Gy", "isoeffective_photon_dose": "40 Gy"}


@pytest.mark.parametrize(
    ("course", "message"),
    [
        ({"quality": "X-rays", **ISOEFFECTIVE}, "X-rays are photons themselves"),
        (
            {"quality": "carbon", "let": "50 keV/um", **ISOEFFECTIVE},
            "40 Gy of photons cannot be isoeffective",
        ),
        ({"initial_dose_rate": "7 cGy/h", "dose_per_fraction": "100 Gy"}, "give 144 Gy until they have decayed"),
        ({"dose_per_fraction": "100 Gy", "dose_rate": "7 cGy/h"}, "the dose rate of I-125 seeds is not constant"),
        ({"quality": "X-rays", "dose_per_fraction": "8 Gy", "initial_dose_rate": "7 cGy/h"}, "no initial dose rate"),
        ({"dose_per_fraction": "100 Gy", "valley_dose": "5 %"}, "between the irradiated parts"),
        (
            {"dose_per_fraction": "100 Gy", "irradiated_share": "100 %", "valley_dose": "5 %"},
            "100 % of it leave nothing between them",
        ),
        ({}, "dose_per_fraction"),
        ({"dose_per_fraction": "100 Gy", "irradiated_share": "0 %"}, "out of range"),
        ({"dose_per_fraction": "100 Gy", "irradiated_share": "0.4"}, "unit"),
    ],
)
def test_what_does_not_fit_is_told_with_what_to_do(course: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        _study(**course)
    assert all(problem.advice or problem.allowed for problem in caught.value.problems)
