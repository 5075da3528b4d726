"""Reading records: what is kept, and every way in which a file can be wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from abscopal import evidence
from abscopal.evidence import InvalidRecord, read_record, read_trial
from abscopal.study import LARGEST_FILE_BYTES

ARM = "- id: RT\n"
CLAIM = "  better_arm: RT+PDL1\n"


def test_catalogue_holds_every_record_with_its_claims():
    records = evidence.catalogue()
    assert len(records) == 83
    claims = [claim for record in records for claim in record.claims]
    assert len(claims) == 348
    assert sum(claim.discriminating for claim in claims) == 165
    assert sum(claim.relation == "~" for claim in claims) == 33
    assert len({claim.id for claim in claims}) == 348


def test_clinical_records_are_loaded_and_told_apart():
    trials = {trial.id: trial for trial in evidence.trials()}
    assert len(trials) == 79
    pembro = trials["PEMBRO-RT"]
    assert pembro.randomised
    assert pembro.patients == 76
    assert pembro.radiation[0].total_dose_gy == 24
    overall = next(result for result in pembro.results if result.endpoint == "OS")
    assert (overall.value, overall.interval, overall.p) == (0.66, (0.37, 1.18), "0.16")
    assert trials["NCT03940820"].results == ()


def test_a_list_of_lets_means_the_midpoint():
    courses = [course for arm in evidence.find("ando2017_nrs1_dc_route").arms for course in arm.radiation]
    assert {course.let_kev_um for course in courses if course.quality == "carbon"} == {75.0}


def test_ids_are_text_and_split_is_ignored(record):
    numbered = record(("- id: ctrl", "- id: 0"), ("split: open", "split: held-out"))
    assert numbered.arms[0].id == "0"
    assert not hasattr(numbered, "split")


def test_null_is_not_zero(record):
    arm = record(("dose_per_fraction_gy: 8", "dose_per_fraction_gy: null")).arm("RT")
    assert arm.radiation[0].dose_per_fraction_gy is None
    assert arm.radiation[0].days == ()


def test_claims_without_a_grading_are_graded_by_their_arms(record):
    plain = ("  discriminating: false\n", "")
    assert not record(plain).claims[0].discriminating
    assert record(plain, (CLAIM, "  better_arm: ctrl\n")).claims[0].discriminating


def test_a_record_without_claims_is_one(written):
    path = written()
    head, _, _ = path.read_text(encoding="utf-8").partition("claims:")
    path.write_text(head + "claims: []\n", encoding="utf-8")
    assert read_record(path).claims == ()


WRONG = [
    ("text for a number", "dose_per_fraction_gy: 8", "dose_per_fraction_gy: eight", 19, "'eight' is not a number"),
    ("negative dose", "dose_per_fraction_gy: 8", "dose_per_fraction_gy: -8", 19, "out of range"),
    ("not finite", "dose_per_fraction_gy: 8", "dose_per_fraction_gy: .nan", 19, "is not a number"),
    ("half a fraction", "fractions: 3", "fractions: 2.5", 19, "not a whole number"),
    ("days as words", "days: null, target", "days: [soon], target", 19, "'soon' is not a number"),
    ("unknown key", ARM, "- id: RT\n  drgus: []\n", 18, "unknown key 'drgus'"),
    ("unknown key at the top", "clock: rt", "clok: rt", 11, "unknown key 'clok'"),
    ("arm twice", "- id: RT\n", "- id: ctrl\n", 17, "'ctrl' stands there twice, first on line 13"),
    ("key twice", "clock: rt\n", "clock: rt\nclock: rt\n", 12, "written twice"),
    ("no such arm", CLAIM, "  better_arm: RT+PD1\n", 28, "there is no arm 'RT+PD1'"),
    ("arm against itself", CLAIM, "  better_arm: RT\n", 26, "compared with itself"),
    ("metric", "primary_tumour", "primary_tumor", 27, "unknown metric 'primary_tumor'"),
    ("marker without a name", "primary_tumour", "'marker:'", 27, "unknown metric"),
    ("relation", "'>'", "'<'", 30, "unknown relation '<'"),
    ("basis", "basis: abs", "basis: abstract", 32, "unknown basis 'abstract'"),
    ("kind", "kind: in_vivo", "kind: mouse", 3, "unknown kind of record 'mouse'"),
    ("clock", "clock: rt", "clock: birth", 11, "unknown clock 'birth'"),
    ("truth", "discriminating: false", "discriminating: maybe", 33, "neither true nor false"),
    ("arms as a mapping", "arms:\n", "arms: {}\nold:\n", 12, "is not a list"),
    ("drugs as text", "  drugs: []\n", "  drugs: none\n", 15, "'none' is not a list"),
    ("no id", "id: author2020_ct26\n", "", 1, "'id' is missing"),
    ("empty id", "id: author2020_ct26\n", "id: ''\n", 1, "an id is wanted"),
    ("quality missing", "quality: photon_xray, ", "", 19, "'quality' is missing"),
    ("not YAML", "arms:\n", "arms: [\n", None, "YAML syntax"),
    ("a list", "doi: null", "doi: [10.1/x]", 5, "a list is not text"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_wrong_records_are_named_with_file_and_line(written, old, new, line, message):
    path = written((old, new))
    with pytest.raises(InvalidRecord) as caught:
        read_record(path)
    problems = [problem for problem in caught.value.problems if message in problem.message]
    assert problems, str(caught.value)
    if line is not None:
        assert line in {problem.line for problem in problems}
        assert f"{path}:{line}: " in str(caught.value)
    assert "study" not in str(caught.value)


def test_all_problems_come_at_once_with_the_nearest_name(written):
    path = written((ARM, "- id: RT\n  drgus: []\n"), ("'>'", "'<'"))
    with pytest.raises(InvalidRecord) as caught:
        read_record(path)
    assert len(caught.value.problems) == 2
    assert "did you mean 'drugs'?" in str(caught.value)


def test_notes_and_sources_may_stand_anywhere(record):
    more = record((ARM, "- id: RT\n  comment: dose from the figure\n  dose_basis: fig\n"))
    assert more.arm("RT").id == "RT"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id: caf\xe9\n", "not UTF-8"),
        (b"", "empty"),
        (b"- a\n- b\n", "is not a record"),
        (b"\x00\x01\x02", "characters that YAML does not allow"),
        (b"a: " * 200, "YAML syntax"),
        (b"id: &a [x]\nb: [*a, *a]\n" + b"c: {" * 40 + b"}" * 40, "nested"),
        (b"id: !secret x\n", "tag"),
    ],
)
def test_files_that_are_no_records(tmp_path: Path, content, message):
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidRecord, match=message) as caught:
        read_record(path)
    assert str(path) in str(caught.value)


def test_a_huge_file_is_refused_unread(tmp_path: Path):
    path = tmp_path / "huge.yaml"
    path.write_text("id: x\nnote: " + "x" * LARGEST_FILE_BYTES, encoding="utf-8")
    began = time.perf_counter()
    with pytest.raises(InvalidRecord, match="too large"):
        read_record(path)
    assert time.perf_counter() - began < 1.0


def test_a_missing_file_and_a_directory_are_told_apart(tmp_path: Path):
    with pytest.raises(InvalidRecord, match="no such file"):
        read_record(tmp_path / "nothing.yaml")
    with pytest.raises(InvalidRecord, match="directory"):
        read_record(tmp_path)


@pytest.mark.slow
def test_a_thousand_arms_are_read_and_converted_in_bounded_time(written):
    course = "{quality: photon_xray, dose_per_fraction_gy: %s, fractions: 1, days: [0], target: primary}"
    more = "".join(f"- id: arm{i}\n  rt:\n  - {course % (1 + i / 100)}\n" for i in range(1000))
    path = written(("claims:\n", more + "claims:\n"))
    began = time.perf_counter()
    record = read_record(path)
    (conversion,) = evidence.convert(record)
    assert len(conversion.arms) == 1003
    assert time.perf_counter() - began < 20.0


def test_clinical_records_are_validated(tmp_path: Path):
    path = tmp_path / "trial.yaml"
    text = "id: X\nname: X\nrandomised: true\nn: many\nresults:\n- endpoint: OS\n  ci: [low, 1]\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidRecord) as caught:
        read_trial(path)
    assert [problem.line for problem in caught.value.problems] == [4, 7]


def test_ids_that_clash_are_named(written, record):
    taken = record(("id: author2020_ct26\n", "id: deng2014_pdl1\n"))
    assert ["another experiment of the catalogue" in p.message for p in evidence.clashes([taken])] == [True]
    twice = [read_record(written(name=name)) for name in ("a.yaml", "b.yaml")]
    assert [p.message for p in evidence.clashes(twice)] == [f"id 'author2020_ct26' is that of {twice[0].path} too"]
    assert list(evidence.clashes([evidence.find("deng2014_pdl1")])) == []


DAYS = [
    ("[0, 1, 2]", (0.0, 1.0, 2.0)),
    ("'3'", (3.0,)),
    ("d3", (3.0,)),
    ("day 3", (3.0,)),
    ("[d3, d5]", (3.0, 5.0)),
    ("'3, 5 and 7'", (3.0, 5.0, 7.0)),
    ("d3-d7", (3.0, 4.0, 5.0, 6.0, 7.0)),
    ("'0-2'", (0.0, 1.0, 2.0)),
    ("'-3'", (-3.0,)),
    ("'7 to 9'", (7.0, 8.0, 9.0)),
]


@pytest.mark.parametrize(("text", "days"), DAYS)
def test_days_may_be_texts_and_series(record, text, days):
    found = record(("days: null, target", f"days: {text}, target")).arm("RT").radiation[0]
    assert found.days == days


@pytest.mark.parametrize("text", ["soon", "every 3 days", "'7-3'", "'3-d'", "{from: 0}", "'0-9999'", ".nan"])
def test_days_that_cannot_be_read_are_refused(written, text):
    with pytest.raises(InvalidRecord, match=r"arms\[1\].rt\[0\].days"):
        read_record(written(("days: null, target", f"days: {text}, target")))


def test_a_range_of_lets_is_its_midpoint_and_lines_may_be_a_list(record):
    found = record(("let_kev_um: null", "let_kev_um: 70-80"), ("tumour: CT26", "tumour: [CT26, 4T1]"))
    assert found.arm("RT").radiation[0].let_kev_um == 75
    assert [c.line for c in evidence.convert(found)] == ["CT26", "4T1"]
