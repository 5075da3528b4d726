"""The timeline of one arm, checked by hand on an example."""

from __future__ import annotations

from pathlib import Path

import pytest

from abscopal import study
from abscopal.regimen import timeline, timelines
from abscopal.regimen.sessions import summed_dose_notes

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_the_combination_of_takahashi_day_by_day() -> None:
    line = timeline(study.load(EXAMPLES / "takahashi2019_lm8.yaml"), "Comb")
    assert [tuple(row) for row in line.table()] == [
        ("-9", "inoculate LM8", "1e+06 cells", "irradiated"),
        ("-7", "inoculate LM8", "1e+06 cells", "distant"),
        ("-3", "inject anti-PD-L1 (1 of 3)", "150 ug", "ip"),
        ("-3", "inject anti-CTLA-4 (1 of 3)", "150 ug", "ip"),
        ("0", "irradiate carbon 290 MeV/u, 50 keV/um", "5.3 Gy", "irradiated"),
        ("0", "inject anti-PD-L1 (2 of 3)", "150 ug", "ip"),
        ("0", "inject anti-CTLA-4 (2 of 3)", "150 ug", "ip"),
        ("3", "inject anti-PD-L1 (3 of 3)", "150 ug", "ip"),
        ("3", "inject anti-CTLA-4 (3 of 3)", "150 ug", "ip"),
    ]
    assert (line.start_day, line.end_day, line.dose_gy("distant")) == (-9.0, 60.0, 0.0)


def test_a_dose_per_body_weight_becomes_absolute() -> None:
    line = timeline(study.load(EXAMPLES / "liu2024_llc.yaml"), "CIRT+PD1")
    (first, *_) = line.of_kind("drug")
    assert (first.amount, first.unit) == (500.0, "ug")  # 25 mg/kg in 20 g
    assert "500 ug (25 mg/kg)" in {row.how_much for row in line.table()}


def test_whole_body_irradiation_reaches_every_site() -> None:
    text = (EXAMPLES / "takahashi2019_lm8.yaml").read_text(encoding="utf-8")
    line = timeline(study.parse(text.replace("target: irradiated", "target: whole_body")), "Cion")
    assert line.dose_gy("distant") == line.dose_gy("irradiated") == 5.3
    assert len(line.of_kind("fraction")) == 1
    assert line.table()[-1].where == "whole body"


def test_host_changes_travel_with_the_timeline() -> None:
    text = (EXAMPLES / "takahashi2019_lm8.yaml").read_text(encoding="utf-8")
    nude = study.parse(text.replace("immune: competent", "immune: nude"))
    assert timeline(nude, "NoTX").host_changes == ("nude",)
    with pytest.raises(KeyError):
        timeline(nude, "no such arm")


def test_an_unchecked_dose_per_weight_without_weight_is_an_error_not_a_guess() -> None:
    loaded = study.load(EXAMPLES / "liu2024_llc.yaml")
    weightless = loaded.model_copy(update={"host": loaded.host.model_copy(update={"body_weight_g": None})})
    with pytest.raises(ValueError, match="body weight"):
        timeline(weightless, "CIRT+PD1")


PARTS = """
abscopal: 1
study: beams
host: {species: human}
tumour: NSCLC
sites: {primary: {start_volume: {value: 45 cm3, day: 0 d}}}
arms:
  none: {}
  RT:
    radiation:
    - {quality: X-rays, dose_per_fraction: FIRST, days: {from: 0 d, every: 1 d, times: TIMES}}
    - {quality: X-rays, dose_per_fraction: FIRST, days: {from: LATER, every: 1 d, times: TIMES}}
control: none
follow_up: 365 d
"""


@pytest.mark.parametrize(
    ("dose", "later", "times", "words"),
    [
        ("20 Gy", "0.01 d", 1, ["40 Gy in one fraction of 2 parts to primary"]),
        ("20 Gy", "0.1 d", 1, []),
        ("2 Gy", "0.01 d", 25, ["100 Gy to primary in 2 courses"]),
        ("1 Gy", "0.01 d", 30, []),
        ("60 Gy", "0.01 d", 1, ["120 Gy to primary in 2 courses"]),
    ],
)
def test_parts_of_a_fraction_and_courses_are_summed_before_they_are_judged(dose, later, times, words) -> None:
    text = PARTS.replace("FIRST", dose).replace("LATER", later).replace("TIMES", str(times))
    found = summed_dose_notes(timelines(study.parse(text)).values(), "human")
    assert len(found) == len(words)
    assert all(word in note and note.startswith("RT: ") for word, note in zip(words, found, strict=True))


def test_a_dose_of_a_patient_is_in_milligrams() -> None:
    drug = {"agent": "durvalumab", "dose": "1500 mg", "route": "iv", "days": "0 d"}
    data = {
        "abscopal": 1,
        "study": "flat",
        "host": {"species": "human"},
        "tumour": "NSCLC",
        "sites": {"primary": {"start_volume": {"value": "45 cm3", "day": "0 d"}}},
        "arms": {"none": {}, "drug": {"drugs": [drug]}},
        "control": "none",
        "follow_up": "90 d",
    }
    line = timeline(study.from_dict(data), "drug")
    assert [row.how_much for row in line.table() if "durvalumab" in row.what] == ["1500 mg"]
    drug["dose"] = "200 ug"
    line = timeline(study.from_dict(data), "drug")
    assert [row.how_much for row in line.table() if "durvalumab" in row.what] == ["200 ug"]
