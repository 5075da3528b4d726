"""The timeline of one arm, checked by hand on an example."""

from __future__ import annotations

from pathlib import Path

import pytest

from abscopal import study
from abscopal.regimen import timeline

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
