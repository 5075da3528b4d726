"""`abscopal data`: what a user types of a table of measured values, and what is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

WIDE = "Treatment;Mouse;Day 3;Day 7\nuntreated;m1;100,5;dead\ntreated;m2;90;<20\n"
STUDY = """
abscopal: 1
study: flanks
tumour: CT26
sites:
  left: {inoculum: 5e5 cells, inoculated: -9 d}
  right: {inoculum: 5e5 cells, inoculated: -7 d}
arms: {untreated: {}, treated: {}}
control: untreated
follow_up: 30 d
"""


def test_a_wide_table_becomes_a_long_one_with_the_same_values(run: Any, tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text(WIDE, encoding="utf-8")
    assert run("data", "convert", "wide.csv", "-o", "long.csv").code == 0
    told = json.loads(run("data", "check", "long.csv", "--json").out)
    assert [(row["arm"], row["observables"], row["censored"]) for row in told["arms"]] == [
        ("untreated", {"volume": 1, "death": 1}, 0),
        ("treated", {"volume": 2}, 1),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("treatd,m1,3,left,80", "did you mean 'treated'"),
        ("treated,m1,3,lefft,80", "did you mean 'left'"),
        ("treated,m1,-40,left,80", "before the first inoculation"),
        ("treated,m1,3,left,eighty", "'eighty' is no number"),
    ],
)
def test_a_row_that_does_not_fit_the_study_is_refused_with_its_line(
    run: Any, tmp_path: Path, row: str, said: str
) -> None:
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "data.csv").write_text(f"arm,animal,day,site,value\n{row}\n", encoding="utf-8")
    done = run("data", "check", "data.csv", "--study", "s.yaml")
    assert done.code == 2
    assert "data.csv:2" in done.err
    assert said in done.err


def test_measured_values_are_in_the_result_of_a_run(run: Any, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "data.csv").write_text("arm,mouse,day,site,value\ntreated,m1,3,left,80\n", encoding="utf-8")
    done = run("run", "s.yaml", "--data", "data.csv", "-n", "1", "-o", "out")
    assert done.code == 0
    assert "data.csv: 1 measured values of 1 arms and 1 animals" in done.out
    assert "'mouse' is read as 'animal'" in done.err
    assert json.loads((tmp_path / "out/summary.json").read_text(encoding="utf-8"))["measured"]["values"] == 1


def test_measured_values_of_another_study_stop_a_run_before_it_begins(run: Any, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "data.csv").write_text("arm,animal,day,site,value\ntreatd,m1,3,left,80\n", encoding="utf-8")
    done = run("run", "s.yaml", "--data", "data.csv", "-o", "out")
    assert done.code == 2
    assert "did you mean 'treated'" in done.err
    assert not (tmp_path / "out/summary.json").exists()
