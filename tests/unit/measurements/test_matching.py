"""Measurements belong to one study: its arms, its sites, its days, its readouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from abscopal import measurements, study
from abscopal.errors import InputError
from abscopal.study import Study

READOUTS = ("volume@left", "volume@right", "lymphocytes@blood")


def two_flanks() -> Study:
    return study.from_dict(
        {
            "abscopal": 1,
            "study": "flanks",
            "tumour": "CT26",
            "sites": {
                "left": {"inoculum": "5e5 cells", "inoculated": "-9 d"},
                "right": {"inoculum": "5e5 cells", "inoculated": "-7 d"},
            },
            "arms": {"untreated": {}, "treated": {}},
            "control": "untreated",
            "follow_up": "30 d",
        }
    )


def match(tmp_path: Path, text: str) -> measurements.Measurements:
    file = tmp_path / "data.csv"
    file.write_text(text, encoding="utf-8")
    return measurements.matched(measurements.read(file), two_flanks(), READOUTS)


def test_a_row_that_fits_keeps_its_values_and_gets_the_only_place(tmp_path: Path) -> None:
    text = "arm,animal,day,observable,site,value\nuntreated,m1,0,volume,left,80\nuntreated,m1,0,lymphocytes,,900\n"
    assert [row.site for row in match(tmp_path, text)] == ["left", "blood"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("treatd,m1,0,volume,left,80", "did you mean 'treated'"),
        ("treated,m1,0,volume,lefft,80", "did you mean 'left'"),
        ("treated,m1,0,volum,left,80", "did you mean 'volume'"),
        ("treated,m1,0,volume,,80", "of which site"),
        ("treated,m1,-20,volume,left,80", "before the first inoculation"),
        ("treated,m1,45,volume,left,80", "after the end of follow-up"),
    ],
)
def test_a_row_that_does_not_fit_says_what_would(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        match(tmp_path, "arm,animal,day,observable,site,value\n" + row + "\n")


def test_a_mistyped_arm_is_one_fault_however_many_rows_it_has(tmp_path: Path) -> None:
    rows = "".join(f"treatd,m1,{day},volume,left,80\n" for day in range(20))
    with pytest.raises(InputError) as caught:
        match(tmp_path, "arm,animal,day,observable,site,value\n" + rows)
    assert len(caught.value.problems) == 1
    assert "in 20 rows" in str(caught.value)


def test_a_readout_of_the_body_may_be_named_as_results_name_it(tmp_path: Path) -> None:
    (row,) = match(tmp_path, "arm,animal,day,observable,value\nuntreated,m1,0,blood_lymphocytes,900\n")
    assert (row.observable, row.site) == ("lymphocytes", "blood")
