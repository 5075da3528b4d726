"""What `check` and the report say of a study."""

from __future__ import annotations

from abscopal import pipeline, study
from abscopal.regimen import timeline
from abscopal.simulation import description

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


def test_the_clock_has_the_word_of_the_study_file() -> None:
    meta = description.metadata(pipeline.prepare(TEMPLATE), {})
    assert meta["clock"] == TEMPLATE.clock == "first_fraction"
