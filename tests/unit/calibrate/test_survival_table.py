"""Arms of the survival table: what is read, what is left out, and what its documentation corrects."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from abscopal.calibrate.open_survival import split_of_part
from abscopal.calibrate.survival_table import SURVIVAL_TABLE, Course, measured_arms
from abscopal.errors import InputError

ROW = {
    "study": "Morisada_2017",
    "figure": "1a",
    "experiment": "arm",
    "cell_family": "MOC1",
    "background": "C57BL/6",
    "site": "SC",
    "t0_cells_millions": "5",
    "baseline_days": "10",
    "tf_days": "100",
    **{f"treatment_{i}": "NA" for i in range(1, 5)},
    **{f"dose_{i}": "0" for i in range(1, 5)},
    **{f"freq_{i}": "NA" for i in range(1, 5)},
    **{f"treat_start_{i}": "0" for i in range(1, 5)},
}


def arms(folder: Path, *rows: dict[str, str]) -> list:
    file = folder / SURVIVAL_TABLE
    file.parent.mkdir(parents=True)
    with gzip.open(file, "wt", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*ROW, "day", "event"])
        writer.writeheader()
        for row in rows:
            writer.writerows({**ROW, **row, "day": day, "event": event} for day, event in (("30", "1"), ("100", "0")))
    return measured_arms(folder, "development")


def test_courses_have_their_days_after_inoculation(tmp_path) -> None:
    (arm,) = arms(
        tmp_path,
        {"treatment_1": "antiPD1", "dose_1": "10", "freq_1": "Q3Dx2", "treatment_2": "RT", "dose_2": "8"}
        | {"freq_2": "SD", "treat_start_2": "4"},
    )
    # 10 mg/kg of a mouse of 20 g
    assert arm.courses == (Course("anti-PD-1", 200.0, (10.0, 13.0)), Course("RT", 8.0, (14.0,)))
    assert arm.treatment == "RT + PD-1"
    assert (arm.cells, arm.days, arm.died) == (5e6, (30.0, 100.0), (True, False))


def test_what_the_documentation_corrects(tmp_path) -> None:
    uncoded, empty = arms(
        tmp_path,
        {"experiment": "a", "study": "Twyman_Saint_Victor_2015", "treatment_1": "RT", "dose_1": "0", "freq_1": "SD"},
        {"experiment": "b", "study": "Dovedi_2017", "treatment_1": "RT", "dose_1": "2", "freq_1": "NA"},
    )
    assert uncoded.courses == (Course("RT", 20.0, (10.0,)),)
    assert empty.courses == (Course("RT", 2.0, (10.0, 11.0, 12.0, 13.0, 14.0)),)


def test_arms_that_cannot_be_given_are_left_out(tmp_path) -> None:
    kept = arms(
        tmp_path,
        {"experiment": "control", "treatment_1": "Control"},
        {"experiment": "other drug", "treatment_1": "antiCD40", "dose_1": "5", "freq_1": "SD"},
        {"experiment": "odd schedule", "treatment_1": "antiPD1", "dose_1": "5", "freq_1": "weekly"},
        {"experiment": "no start", "treatment_1": "antiPD1", "dose_1": "5", "freq_1": "SD", "treat_start_1": "NA"},
        {"experiment": "test study", "study": "Kim_2014", "treatment_1": "Control"},
    )
    assert [arm.name for arm in kept] == ["control"]


def test_parts_are_disjoint() -> None:
    assert not split_of_part("development") & split_of_part("test")


@pytest.mark.parametrize("part", ["training", ""])
def test_only_parts_of_the_split_exist(tmp_path, part) -> None:
    with pytest.raises(KeyError):
        measured_arms(tmp_path, part)


def test_a_table_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match="is not there"):
        measured_arms(tmp_path, "test")
