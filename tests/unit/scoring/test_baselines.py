"""Baselines: records of rules, the rules themselves, independent action."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import pipeline, radiation
from abscopal.results.bench import ArmPool
from abscopal.scoring.baselines import RuleRecord, count
from abscopal.scoring.metrics import BETTER, NONE
from abscopal.scoring.pools import independent_action
from abscopal.scoring.treatments import higher_dose, more_treatment, photon_equivalent_bed_gy, singles
from abscopal.study import Study


@pytest.fixture(scope="module")
def small(lab) -> Study:
    return lab.study(
        "MC38",
        {
            "X": lab.x_rays(8, days=(0, 1, 2)),
            "C": lab.carbon(5, let=70),
            "PD1": lab.drug("anti-PD-1"),
            "X+PD1": lab.both(lab.x_rays(8, days=(0, 1, 2)), lab.drug("anti-PD-1", days=(2, 5))),
            "X nude": lab.both(lab.x_rays(8, days=(0, 1, 2)), lab.host("nude")),
        },
    )


def test_a_rule_is_worth_what_it_was_right() -> None:
    record = count([(1, BETTER)] * 7 + [(1, NONE)] + [(-1, BETTER)] + [(0, NONE)] * 2 + [(0, BETTER)])
    assert record == RuleRecord(7, 1, 1, 2, 1)
    p = record.probabilities(1)
    assert (p.better, p.none, p.worse) == pytest.approx((8 / 12, 2 / 12, 2 / 12))
    assert record.probabilities(-1) == p.turned


def test_a_silent_rule_shares_the_differences_between_the_arms() -> None:
    p = RuleRecord(silent_none=2, silent_difference=5).probabilities(0)
    assert p.none == pytest.approx(0.3)
    assert p.better == p.worse == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("X+PD1", "X", 1),
        ("X", "X+PD1", -1),
        ("X+PD1", "PD1", 1),
        ("X", "control", 1),
        ("X", "PD1", 0),
        ("X", "C", 0),
        ("X", "X nude", 0),
        ("X", "X", 0),
    ],
)
def test_more_treatment_wins_only_where_one_arm_holds_the_other(
    small: Study, first: str, second: str, says: int
) -> None:
    assert more_treatment(small.arm(first), small.arm(second)) == says


def test_another_depth_is_another_treatment(lab: Any) -> None:
    beam = {"quality": "protons", "energy": "70 MeV", "dose_per_fraction": "4 Gy", "target": "primary"}
    arms = {
        name: {"radiation": [{**beam, "depth": depth, "days": day}]}
        for name, depth, day in (("deep", "35 mm", "0 d"), ("shallow", "5 mm", "0 d"), ("later", "5 mm", "2 d"))
    }
    arms["deep and drug"] = lab.both(arms["deep"], lab.drug("anti-PD-1"))
    study = lab.study("MC38", arms)
    assert more_treatment(study.arm("deep and drug"), study.arm("deep")) == 1
    assert more_treatment(study.arm("deep and drug"), study.arm("shallow")) == 0
    assert more_treatment(study.arm("later"), study.arm("shallow")) == 0


def test_single_arms_of_a_combination(small: Study) -> None:
    assert [(len(a.radiation), len(a.drugs)) for a in singles(small.arm("X+PD1"))] == [(1, 0), (0, 1)]
    assert singles(small.arm("control")) == []


def test_photon_equivalent_dose(small: Study) -> None:
    prepared = pipeline.prepare(small)
    declared, lines = prepared.declared, prepared.timelines
    ratio = declared["alpha_photon"].value / declared["beta_photon"].value
    photons = photon_equivalent_bed_gy(lines["X"], declared)
    assert photons == pytest.approx(24 * (1 + 8 / ratio))
    # Carbon of 70 keV/um kills more than as many grays of X-rays, and less than four times as many would.
    carbon = photon_equivalent_bed_gy(lines["C"], declared)
    assert 5 * (1 + 5 / ratio) < carbon < 20 * (1 + 20 / ratio)
    assert photon_equivalent_bed_gy(lines["PD1"], declared) == 0.0


def test_parts_of_one_fraction_are_one_fraction_to_the_rule(lab: Any) -> None:
    """Beams add up to a fraction, qualities by effect, in any order; a course to two sites is a course to each."""
    minute, hours = 1 / 1440, 8 / 24

    def course(*treatments: Any) -> dict[str, Any]:
        return lab.both(*treatments)

    arms = {
        "whole": lab.x_rays(8),
        "beams": course(lab.x_rays(4), lab.x_rays(4, (5 * minute,))),
        "hours apart": course(lab.x_rays(4), lab.x_rays(4, (hours,))),
        "to both": lab.x_rays(8, target=["primary", "secondary"]),
        "to each": course(lab.x_rays(8), lab.x_rays(8, target="secondary")),
        "mixed": course(lab.x_rays(4), lab.carbon(3, (minute,))),
        "mixed, turned": course(lab.carbon(3), lab.x_rays(4, (minute,))),
        "slow": lab.x_rays(8, dose_rate="0.2 Gy/h"),
    }
    prepared = pipeline.prepare(lab.study("B16-F10", arms))
    declared = prepared.declared
    found = {name: photon_equivalent_bed_gy(line, declared) for name, line in prepared.timelines.items()}
    alpha, beta = declared["alpha_photon"].value, declared["beta_photon"].value
    assert found["whole"] == pytest.approx(8 * (1 + 8 * beta / alpha))
    assert found["beams"] == pytest.approx(found["whole"])
    assert found["hours apart"] == pytest.approx(2 * 4 * (1 + 4 * beta / alpha))
    assert found["to both"] == found["to each"] == pytest.approx(found["whole"])
    a, b = radiation.mixed_field_coefficients([4.0, 3.0], [alpha, 0.634], [beta, 0.0374])
    assert found["mixed"] == pytest.approx((a * 7 + b * 49) / alpha)
    assert found["mixed, turned"] == pytest.approx(found["mixed"])
    assert found["slow"] == pytest.approx(found["whole"])


def test_equal_doses_are_equal_within_a_share() -> None:
    assert [higher_dose(a, b, 0.02) for a, b in ((10, 5), (5, 10), (10, 10.1), (0, 0))] == [1, -1, 0, 0]


def test_independent_action_multiplies_the_effects() -> None:
    def arm(*volumes: float) -> ArmPool:
        return ArmPool({"volume@primary": np.array([[volumes]])}, np.ones((1, 1), dtype=bool))

    floors = {"volume@primary": 5.0}
    found = independent_action(arm(100, 1000), [arm(50, 100), arm(80, 500)], floors)
    assert found.outputs["volume@primary"][0, 0] == pytest.approx([40.0, 50.0])
    nothing_left = independent_action(arm(100, 1000), [arm(50, 0), arm(80, 0)], floors)
    assert nothing_left.outputs["volume@primary"][0, 0, 1] == pytest.approx(5.0 * 5.0 / 1000)
