"""A study made of Python objects is the study that the same words in a file would make."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

import abscopal as ab
from abscopal import study as studies
from abscopal.errors import InputError

FILE = """
abscopal: 1
study: both_flanks
tumour: MC38
host: {species: mouse, strain: C57BL/6}
sites:
  left: {inoculum: 5e5 cells, inoculated: -9 d, start_volume: {value: 75 mm3, day: 0 d}}
  right: {inoculum: 2e5 cells}
arms:
  untreated: {}
  RT:
    radiation: [{quality: X-rays, dose_per_fraction: 8 Gy, days: [0 d, 1 d, 2 d], target: left}]
  both:
    radiation: [{quality: X-rays, dose_per_fraction: 8 Gy, days: [0 d, 1 d, 2 d], target: left}]
    drugs: [{agent: anti-PD-1, dose: 200 ug, days: {from: 0 d, every: 3 d, times: 4}}]
control: untreated
cohort: {size: 8}
"""
COURSE = ab.Radiation("8 Gy", quality="X-rays", days=["0 d", "1 d", "2 d"], target="left")
DRUG = ab.Drug("anti-PD-1", "200 ug", days={"from": "0 d", "every": "3 d", "times": 4})


def composed(**changes):
    given = {
        "tumour": "MC38",
        "host": ab.Host("mouse", strain="C57BL/6"),
        "sites": [
            ab.Site("left", inoculum="5e5 cells", inoculated="-9 d", start_volume=ab.StartVolume("75 mm3", "0 d")),
            ab.Site("right", inoculum="2e5 cells"),
        ],
        "arms": [ab.Arm("untreated"), ab.Arm("RT", radiation=COURSE), ab.Arm("both", radiation=[COURSE], drugs=DRUG)],
        "size": 8,
    }
    return ab.Study("both_flanks", **{**given, **changes})


def test_it_is_the_study_of_the_file():
    written, read = composed(), studies.parse(FILE)
    assert written.model_dump() == read.model_dump()
    assert written.defaults_filled == read.defaults_filled
    assert "route" in {d.key.rpartition(".")[2] for d in written.defaults_filled}


def test_every_study_is_one_of_the_class_that_makes_them():
    assert isinstance(composed(), ab.Study)
    assert isinstance(studies.parse(FILE), ab.Study)
    assert not isinstance(FILE, ab.Study)


def test_dictionaries_and_arrays_do_as_well():
    days = [f"{d} d" for d in np.arange(3)]
    arms = {
        "untreated": {},
        "RT": ab.Arm(radiation=[{**COURSE, "days": days}]),
        "both": ab.Arm(radiation=COURSE, drugs=DRUG),
    }
    sites = {"left": ab.Site(inoculum="5e5 cells", inoculated="-9 d", start_volume={"value": "75 mm3", "day": "0 d"})}
    made = composed(arms=arms, sites={**sites, "right": {"inoculum": "2e5 cells"}})
    assert made.model_dump() == studies.parse(FILE).model_dump()


def test_the_only_arm_that_gets_nothing_is_the_control():
    assert composed().control == "untreated"
    with pytest.raises(InputError, match="no control arm is named"):
        composed(arms=[ab.Arm("a"), ab.Arm("b")])
    assert composed(arms=[ab.Arm("a"), ab.Arm("b")], control="b").control == "b"


def test_a_variation_changes_what_it_names_and_nothing_else():
    study = composed()
    late = study.with_(name="late", seed=7, arms={"RT": {"note": "as before"}}, follow_up="30 d")
    assert (late.name, late.cohort.seed, late.cohort.size, late.follow_up_days) == ("late", 7, 8, 30.0)
    assert late.endpoints.response.day == 30.0, "defaults that follow from the change follow it"
    assert late.arm("RT").note == "as before"
    assert late.arm("RT").radiation == study.arm("RT").radiation
    assert late.arm("both") == study.arm("both")
    assert study.arm("RT").note == "", "the first study stays as it was"
    assert study.with_() == study


def test_a_part_replaces_and_none_takes_away():
    study = composed()
    assert study.with_(arms={"both": ab.Arm(drugs=DRUG)}).arm("both").radiation == ()
    assert [a.name for a in study.with_(arms={"RT": None}).arms] == ["untreated", "both"]
    assert [a.name for a in study.with_(arms={"third": ab.Arm(drugs=DRUG)}).arms][-1] == "third"
    assert len(study.with_(sites=[ab.Site("left", inoculum="1e6 cells", inoculated="-9 d")]).sites) == 1


def test_a_study_from_a_file_can_be_varied_with_what_was_set_beside_it():
    study = studies.parse(FILE, overrides={"doubling_time": "2 d"})
    assert study.with_(size=3).parameters[0].value == 2.0
    assert study.with_cohort(size=5, seed=9).with_(title="x").cohort.seed == 9
    assert study.with_(parameters={"doubling_time": "3 d"}).parameters[0].value == 3.0
    assert pickle.loads(pickle.dumps(study)).with_(size=3).cohort.size == 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ab.Radiation("8 Gy", quallity="X-rays"), r"Radiation: unknown key 'quallity'(?s:.*)'quality'"),
        (lambda: ab.Radiation("8 Gy", dose_per_fraction="8 Gy"), r"dose_per_fraction=...\): given twice"),
        (lambda: ab.Arm("a", "b"), "Arm: 2 values without a key"),
        (lambda: composed(tumor="B16"), r"Study: unknown key 'tumor'(?s:.*)'tumour'"),
        (lambda: composed().with_(tumor="B16"), r"with_: unknown key 'tumor'(?s:.*)'tumour'"),
        (lambda: composed(arms=[ab.Arm("a"), ab.Arm("a")]), r"arms\[1\]: two arms are called 'a'"),
        (lambda: composed(arms=[ab.Arm(radiation=COURSE)]), r"arms\[0\]: this arm has no name"),
        (lambda: composed(arms={"a": ab.Arm("b")}), r"arms.a: it is called 'b' itself"),
        (lambda: composed(arms={"a": object()}), "a value of the type object cannot be a part of a study"),
        (lambda: composed().with_(arms={"RTT": None}), r"arms: unknown arm 'RTT'(?s:.*)'RT'"),
        (lambda: composed().with_(arms={"RT": {"radiation": ab.Radiation(8)}}), r"dose_per_fraction: '8' has no unit"),
        (lambda: composed().with_(follow_up=float("nan")), "'nan' is not a finite number"),
        (lambda: composed().shifted(3.0).with_(size=4), "vary the study that it was made of"),
    ],
)
def test_nonsense_is_refused_in_words(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_what_is_shown_is_short():
    study = composed()
    expected = "Study('both_flanks': MC38 in mouse, 2 sites, 3 arms (untreated, RT, both), 8 animals per arm, 60 d)"
    assert repr(study) == str(study) == expected
    assert repr(COURSE).startswith("Radiation(dose_per_fraction='8 Gy', quality='X-rays'")
    shown = repr(study.arm("RT").radiation[0])
    assert "None" not in shown
    assert "dose_per_fraction_gy=8.0" in shown
    assert "start_volume=StartVolume(value_mm3=75.0, day=0.0)" in repr(study.sites[0])


def test_what_a_study_is_made_into_is_shown_short_too():
    from abscopal import pipeline

    study = composed()
    assert repr(ab.timeline(study, "RT")) == "Timeline('RT': 5 events, day -9 to 60)"
    assert len(repr(pipeline.prepare(study))) < 100


def test_editors_see_the_keys():
    keys = list(inspect.signature(ab.Radiation).parameters)
    assert keys[0] == "dose_per_fraction"
    assert {"quality", "days", "target", "let"} <= set(keys)
    assert {"arms", "sites", "tumour", "size"} <= set(inspect.signature(ab.Study).parameters)


def test_a_study_without_a_file_can_be_told_from_another_and_written_as_one():
    study = composed()
    assert study.origin.sha256 != study.with_(size=9).origin.sha256
    assert studies.parse(study.origin.file_text).model_dump() == study.model_dump()


def test_public_names_are_there():
    for name in ab.__all__:
        assert getattr(ab, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Studdy'"):
        _ = ab.Studdy
