"""`abscopal evidence` as a user meets it: the list, one record, a record as a study; exit codes and messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from abscopal import pipeline, study

RECORD = """\
id: author2020_x
kind: in_vivo
citation: Author A et al. Journal 2020;1:1-10
model: {species: mouse, tumour: TUBO; MC38, host: immunocompetent}
clock: rt
arms:
- {id: ctrl}
- id: RT
  rt: [{quality: photon_xray, dose_per_fraction_gy: 12, fractions: 1, days: null, target: primary}]
- id: RT+drug
  rt: [{quality: photon_xray, dose_per_fraction_gy: 12, fractions: 1, days: null, target: primary}]
  drugs: [{drug: xyzumab, dose: null}]
claims:
- {id: c1, metric: primary_tumour, better_arm: RT, worse_arm: ctrl, relation: '>', p: null, basis: abs}
- {id: c2, metric: survival, better_arm: RT+drug, worse_arm: RT, relation: '>', p: null, basis: abs}
"""


Evidence = Callable[..., Any]


@pytest.fixture
def run(run: Evidence) -> Evidence:
    """`abscopal evidence ...` in a folder that holds record.yaml."""
    Path("record.yaml").write_text(RECORD, encoding="utf-8")
    return partial(run, "evidence")


@pytest.mark.slow
def test_list_shows_every_record_and_counts(run: Evidence):
    shown = run("list")
    assert shown.code == 0
    assert "takahashi2019_lm8_p1c4" in shown.out
    assert "83 records, 348 claims" in shown.out
    rows = {row["id"]: row for row in json.loads(run("list", "--json").out)["records"]}
    assert not any("…" in row["citation"] for row in rows.values())  # nothing is cut for machines
    takahashi = rows["takahashi2019_lm8_p1c4"]
    assert takahashi["lines"] == "LM8"
    assert (takahashi["arms"], takahashi["claims"], takahashi["covered"]) == (4, 6, 6)
    assert rows["onishi2018_hmgb1_let"]["covered"] == 2
    assert rows["conrad2009_macrophage"]["covered"] == 0


@pytest.mark.parametrize(
    ("options", "id_", "not_id"),
    [
        (("--line", "lm-8"), "takahashi2019_lm8_p1c4", "golden2014_icd_dose"),
        (("--drug", "anti PD1"), "barsoumian2020_radscopal", "golden2014_icd_dose"),
        (("--metric", "abscopal"), "takahashi2019_lm8_p1c4", "golden2014_icd_dose"),
        (("--metric", "CRT"), "huang2020_crt_hypoxia", "takahashi2019_lm8_p1c4"),
        (("--metric", "marker:crt"), "huang2020_crt_hypoxia", "takahashi2019_lm8_p1c4"),
        (("--line", "LM8", "--metric", "survival"), "takahashi2019_lm8_p1c4", "golden2014_icd_dose"),
    ],
)
def test_list_of_a_line_a_drug_or_a_metric(run: Evidence, options: tuple[str, ...], id_: str, not_id: str) -> None:
    ids = {row["id"] for row in json.loads(run("list", "--json", *options).out)["records"]}
    assert id_ in ids
    assert not_id not in ids


@pytest.mark.parametrize("option", ["--line", "--drug", "--metric"])
def test_a_name_that_no_record_has_is_refused_with_the_nearest(run: Evidence, option: str) -> None:
    name = {"--line": "LM9", "--drug": "anti-CTLA4x", "--metric": "abscopall"}[option]
    done = run("list", option, name)
    assert done.code == 2
    assert name in done.err
    assert "did you mean" in done.err
    assert run("list", "--clinical", option, name).code == 2


@pytest.mark.parametrize("listed", [("list", "--line", "CT26"), ("list", "--clinical")])
def test_ids_are_never_folded(run: Evidence, monkeypatch: pytest.MonkeyPatch, listed: tuple[str, ...]) -> None:
    told = json.loads(run(*listed, "--json").out)
    monkeypatch.setenv("COLUMNS", "60")
    shown = run(*listed).out
    (rows,) = told.values()
    assert rows
    assert all(row["id"] in shown for row in rows)


def test_clinical_records_are_listed_and_shown(run: Evidence):
    rows = json.loads(run("list", "--clinical", "--json").out)["clinical"]
    assert len(rows) == 79
    assert "79 clinical records" in run("list", "--clinical").out
    shown = run("show", "PEMBRO-RT")
    assert shown.code == 0
    for text in ("NCT02492568", "24 Gy in 3 fractions", "0.66", "0.37 to 1.18", "not predicted yet"):
        assert text in shown.out
    assert json.loads(run("show", "PEMBRO-RT", "--json").out)["results"][0]["p"] == "0.07"


def test_show_tells_what_is_covered_and_why_not(run: Evidence):
    shown = run("show", "deng2014_pdl1")
    assert shown.code == 0
    for text in ("IR+PDL1_noTNF", "yes: pdl1 at primary"):
        assert text in shown.out
    content = json.loads(run("show", "deng2014_pdl1", "--json").out)
    assert [c["line"] for c in content["conversions"]] == ["TUBO", "MC38"]
    assert "observations in patients are not simulated" in run("show", "hu2023_prostate_patients_cirt").out


def test_an_unknown_id_is_bad_input_with_the_nearest(run: Evidence):
    shown = run("show", "deng2014_pdl2")
    assert shown.code == 2
    assert "did you mean 'deng2014_pdl1'" in shown.err


def test_convert_prints_a_study_that_can_be_run(run: Evidence):
    shown = run("convert", "record.yaml")
    assert shown.code == 0
    read = study.parse(shown.out, "converted")
    assert read.tumour == "TUBO"
    assert "# filled: suggested: radiation at 50 to 100 mm3" in shown.out
    assert "not covered: arm RT+drug: xyzumab is not among the drugs of the model" in shown.err
    assert "not covered: claim c2" in shown.err
    assert "for MC38: --line NAME" in shown.err
    assert pipeline.run(read.with_cohort(size=2)).data.sizes["arm"] == 2
    assert study.parse(run("convert", "record.yaml", "--line", "mc38").out).tumour == "MC38"


def test_convert_writes_one_file_per_line(run: Evidence):
    shown = run("convert", "record.yaml", "-o", "out.yaml")
    assert shown.code == 0
    assert sorted(path.name for path in Path().glob("out*")) == ["out_MC38.yaml", "out_TUBO.yaml"]
    assert study.load("out_MC38.yaml").tumour == "MC38"
    run("convert", "takahashi2019_lm8_p1c4", "-o", "lm8.yaml")
    assert study.load("lm8.yaml").source.record == "takahashi2019_lm8_p1c4"


def test_convert_as_json_lists_what_was_filled(run: Evidence):
    content = json.loads(run("convert", "record.yaml", "--json").out)
    first = content["conversions"][0]
    assert first["covered"]
    assert first["arms"] == {"ctrl": "ctrl", "RT": "RT"}
    assert {"key", "value", "why"} == set(first["filled"][0])
    assert study.from_dict(first["study"]).tumour == "TUBO"
    drawn = [run("convert", "record.yaml", "--draw", i, "--json").out for i in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_not_covered_is_exit_zero_always(run: Evidence):
    for old, new in (("TUBO; MC38", "DC"), ("in_vivo", "in_vitro"), ("photon_xray", "neutron"), ("mouse", "dog")):
        Path("record.yaml").write_text(RECORD.replace(old, new), encoding="utf-8")
        for options in ((), ("--json",), ("-o", "none.yaml")):
            assert run("convert", "record.yaml", *options).code == 0, (new, options)
    assert not Path("none.yaml").exists()
    shown = run("convert", "hu2023_prostate_patients_cirt")
    assert all(line.startswith("#") for line in shown.out.splitlines())
    assert "observations in patients are not simulated" in shown.out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("better_arm: RT,", "better_arm: RX,", "record.yaml:14: claims[0].better_arm: there is no arm 'RX'"),
        ("dose_per_fraction_gy: 12", "dose_per_fraction_gy: twelve", "'twelve' is not a number"),
        ("clock: rt", "clokc: rt", "unknown key 'clokc'"),
        ("id: c2", "id: c1", "claim 'c1' stands there twice"),
        ("arms:", "arms: [", "YAML syntax"),
    ],
)
def test_invalid_is_exit_two_and_names_the_line(run: Evidence, old: str, new: str, message: str):
    Path("record.yaml").write_text(RECORD.replace(old, new, 1), encoding="utf-8")
    for options in ((), ("--json",)):
        shown = run("convert", "record.yaml", *options)
        assert shown.code == 2
        assert message in shown.err
        assert shown.out == ""


def test_a_line_or_folder_that_is_not_there_is_bad_input(run: Evidence):
    assert run("convert", "record.yaml", "--line", "CT26").code == 2
    assert run("convert", "record.yaml", "-o", "no/such/folder.yaml").code == 2
    assert run("convert", "nothing.yaml").code == 2


def test_an_id_of_the_catalogue_for_another_experiment_is_noted(run: Evidence):
    Path("record.yaml").write_text(RECORD.replace("author2020_x", "deng2014_pdl1"), encoding="utf-8")
    shown = run("convert", "record.yaml")
    assert shown.code == 0
    assert "another experiment of the catalogue" in shown.err
