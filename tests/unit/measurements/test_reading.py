"""A table of measurements is read as its author meant it, and every fault is told with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from abscopal import measurements
from abscopal.errors import InputError
from abscopal.measurements import ABOVE, BELOW, EXACT

HEADER = "arm,animal,day,value\n"


def read(tmp_path: Path, text: str) -> measurements.Measurements:
    file = tmp_path / "data.csv"
    file.write_text(text, encoding="utf-8")
    return measurements.read(file)


def faults(tmp_path: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    return str(caught.value)


def test_a_long_table_is_read_row_by_row(tmp_path: Path) -> None:
    rows = read(tmp_path, HEADER + "RT,m1,0,100\nRT,m1,3,150.5\nctl,m2,0,90\n").rows
    assert [(r.arm, r.animal, r.day, r.value, r.censoring) for r in rows] == [
        ("RT", "m1", 0.0, 100.0, EXACT),
        ("RT", "m1", 3.0, 150.5, EXACT),
        ("ctl", "m2", 0.0, 90.0, EXACT),
    ]


@pytest.mark.parametrize("header", ["Treatment,SampleID,Time,TV", "GROUP,ID,TIME,DV", "group,mouse,day,tumour volume"])
def test_columns_of_other_programs_are_understood_and_said(tmp_path: Path, header: str) -> None:
    table = read(tmp_path, header + "\nRT,m1,3,150\n")
    assert table.rows[0].animal == "m1"
    assert table.rows[0].value == 150.0
    assert any("is read as" in remark for remark in table.remarks)


def test_semicolons_and_decimal_commas_mean_the_same_numbers(tmp_path: Path) -> None:
    table = read(tmp_path, "arm;animal;day;value\nRT;m1;1,5;201,5\n")
    assert (table.rows[0].day, table.rows[0].value) == (1.5, 201.5)
    assert any("decimal comma" in remark for remark in table.remarks)


def test_censored_values_keep_the_side_on_which_the_truth_lies(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + "RT,m1,1,<20\nRT,m1,2,>2000\nRT,m1,3,0\nRT,m1,4,n.d.\n")
    assert [(r.value, r.censoring) for r in table] == [(20.0, BELOW), (2000.0, ABOVE), (4.0, BELOW)]
    assert any("limit of detection" in remark for remark in table.remarks)


def test_a_dead_animal_is_a_death_on_that_day(tmp_path: Path) -> None:
    death = read(tmp_path, HEADER + "RT,m1,1,100\nRT,m1,8,dead\n").of("death").rows[0]
    assert (death.day, death.value) == (8.0, 1.0)


def test_two_diameters_make_a_volume(tmp_path: Path) -> None:
    table = read(tmp_path, "arm,animal,day,length,width\nRT,m1,1,10,6\n")
    assert table.rows[0].value == 180.0  # 10 x 6^2 / 2
    assert any("length x width^2 / 2" in remark for remark in table.remarks)


def test_a_standard_error_becomes_a_standard_deviation(tmp_path: Path) -> None:
    row = read(tmp_path, "arm,day,value,sem,n,statistic\nRT,1,100,5,16,mean\n").rows[0]
    assert (row.sd, row.n, row.is_summary) == (20.0, 16, True)


def test_a_unit_is_converted(tmp_path: Path) -> None:
    assert read(tmp_path, "arm,animal,day,value,unit\nRT,m1,1,0.2,cm3\n").rows[0].value == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "RT,m1,1,abc\n", r"data.csv:2: value: 'abc' is no number"),
        ("arm;animal;day;value\nRT;m1;1;1,234\n", r":2: value: '1,234' is no number"),  # 1.234 or 1234?
        (HEADER + "RT,m1,1,-5\n", r":2: value: a volume of -5"),
        (HEADER + "RT,m1,x,5\n", r":2: day: 'x' is no number"),
        (HEADER + "RT,m1,1,50\nRT,m1,1,60\n", r":3: .*line 2"),
        (HEADER + "RT,m1,1,50\nctl,m1,1,60\n", r":3: animal: .*'m1'.*line 2"),
        (HEADER + "RT,m1,1,0.1\nRT,m1,2,0.2\n", r"cubic centimetres"),
        (HEADER + "RT,m1,1,dead\nRT,m1,2,100\n", r":3: day: .*died on day 1"),
        ("arm,animal,day\nRT,m1,1\n", r"no column 'value'"),
        ("arm,animal,dayy,value\nRT,m1,1,5\n", r"is it 'dayy'"),
        ("arm,day,value,sd,n,statistic\nRT,1,100,0,5,mean\n", r"sd: a spread of 0"),
        ("arm,day,value,statistic\nRT,1,100,mean\n", r"needs the number of animals"),
        ("arm,day,value,statistic\nRT,1,100,mode\n", r"unknown statistic 'mode'"),
        (HEADER, r"no values"),
        ("", r"empty"),
        (HEADER + "RT,m1,1,5,7\n", r":2: the row has 5 cells, the header 4"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert re.search(said, faults(tmp_path, text), re.DOTALL)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    message = faults(tmp_path, HEADER + "RT,m1,1,abc\nRT,m1,2,-5\n,m1,3,5\n")
    assert all(f":{line}:" in message for line in (2, 3, 4))


def test_a_spreadsheet_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "data.xlsx"
    file.write_bytes(b"PK")
    with pytest.raises(InputError, match="save it as CSV"):
        measurements.read(file)


def test_a_wide_table_holds_the_same_values_as_its_long_form(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("Treatment;Mouse;Day 3;Day 7\nRT;m1;100,5;dead\nctl;m2;90;<20\n", encoding="utf-8")
    table = read(tmp_path, measurements.long_from_wide(file))
    assert [(r.arm, r.animal, r.day, r.observable, r.value, r.censoring) for r in table] == [
        ("RT", "m1", 3.0, "volume", 100.5, EXACT),
        ("RT", "m1", 7.0, "death", 1.0, EXACT),
        ("ctl", "m2", 3.0, "volume", 90.0, EXACT),
        ("ctl", "m2", 7.0, "volume", 20.0, BELOW),
    ]
