"""What `check` and the report say of a study."""

from __future__ import annotations

from typing import Any

import numpy as np

from abscopal import pipeline, study
from abscopal.regimen import timeline
from abscopal.simulation import ArmTrajectories, Settings, description

TEMPLATE = study.parse(study.template("described"))


def test_a_change_of_the_host_stands_first_in_its_timetable() -> None:
    changed = [arm.name for arm in TEMPLATE.arms if arm.host_changes]
    assert changed
    for arm in TEMPLATE.arms:
        rows = description.timetable(timeline(TEMPLATE, arm.name))
        assert [row["kind"] for row in rows].count("host") == len(arm.host_changes)
        if arm.name in changed:
            assert rows[0] == {
                "day": -9.0,
                "what": "CD8 depletion",
                "how_much": "throughout",
                "where": "host",
                "kind": "host",
            }


def test_an_arm_in_words_names_what_its_dose_does_not_say() -> None:
    carbon = {"quality": "carbon", "energy": "290 MeV/u", "let": "50 keV/um", "isoeffective_photon_dose": "8 Gy"}
    slow = {"quality": "X-rays", "dose_rate": "0.02 Gy/min", "irradiated_share": "40 %", "valley_dose": "5 %"}
    same = {"dose_per_fraction": "4 Gy", "days": "0 d", "target": "primary"}
    arms = {"a": {"radiation": [carbon | same]}, "b": {"radiation": [slow | same | {"node_in_field": "true"}]}}
    changed = TEMPLATE.with_(arms=arms)
    assert "as 8 Gy of X-rays" in description.describe_arm(changed, "a")
    told = description.describe_arm(changed, "b")
    for words in ("over 3.33 h", "40 % of primary", "valleys 5 %", "lymph node"):
        assert words in told


def test_fractions_of_a_course_that_are_one_fraction_are_told() -> None:
    def told(days: list[str]) -> str:
        course = {"quality": "X-rays", "dose_per_fraction": "8 Gy", "days": days, "target": "primary"}
        changed = TEMPLATE.with_(arms={"radiation": {"radiation": [course]}})
        return "\n".join(description.warnings_of(pipeline.prepare(changed), ()))

    assert "radiation: fractions 10 minutes apart act as one" in told(["0 d", "10 min", "2 d"])
    assert "apart act as one" not in told(["0 d", "6 h", "2 d"])


def test_the_clock_has_the_word_of_the_study_file() -> None:
    meta = description.metadata(pipeline.prepare(TEMPLATE), {})
    assert meta["clock"] == TEMPLATE.clock == "first_fraction"


def test_an_arm_whose_readouts_depend_on_the_tolerance_is_told_with_the_remedy() -> None:
    def arm(*changes: float) -> ArmTrajectories:
        nothing = np.zeros((2, 0, 0))
        zeros = np.zeros(2, dtype=np.int64)
        return ArmTrajectories(nothing, (), zeros.astype(np.int8), zeros, np.zeros((2, 0)), np.array(changes))

    arms = {"sound": arm(1e-4, 9e-3), "shaky": arm(1e-4, 0.06, 0.03), "not compared": arm()}
    (told,) = description.accuracy_notes(arms, Settings())
    assert told.startswith("shaky: ")
    assert "2 of 3" in told
    assert "6 %" in told
    assert "--rtol 1e-06" in told


def test_arms_that_are_irradiated_otherwise_read_otherwise(lab: Any) -> None:
    """Node, valleys, depth, time and a stated photon dose all change what is simulated, so the arm's line has them."""
    deep = {"quality": "protons", "dose_per_fraction": "4 Gy", "days": "0 d", "target": "primary", "energy": "70 MeV"}
    arms = {
        "plain": lab.carbon(4),
        "node": lab.carbon(4, node_in_field=True),
        "peaks": lab.carbon(4, irradiated_share="40 %"),
        "valleys": lab.carbon(4, irradiated_share="40 %", valley_dose="10 %"),
        "as photons": lab.carbon(4, isoeffective_photon_dose="9 Gy"),
        "slow": lab.carbon(4, dose_rate="1 Gy/h"),
        "entrance": {"radiation": [{**deep, "depth": "10 mm"}]},
        "peak": {"radiation": [{**deep, "depth": "35 mm"}]},
    }
    made = lab.study("CT26", arms)
    words = {name: description.describe_arm(made, name) for name in arms}
    assert len(set(words.values())) == len(words), words
    assert "its lymph node" in words["node"]
