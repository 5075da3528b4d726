"""The open data as records: schedules, corrections, days of animals; a part holds its own studies alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from abscopal.calibrate.open_data import main, record_texts
from abscopal.calibrate.open_survival import SURVIVAL_SET, days_of, split_of_part
from abscopal.evidence import read_record

_COLUMNS = {
    "cell_family": "B16F10",
    "cancer_type": "SKCM",
    "background": "C57BL/6",
    "strain": "WT",
    "site": "SC",
    "t0_cells_millions": 0.05,
    "baseline_days": 5,
    "baseline_differential": 0,
    "tf_days": 60,
    "n_mice": 3,
    **{f"treatment_{i}": None for i in (1, 2, 3, 4)},
    **{f"freq_{i}": None for i in (1, 2, 3, 4)},
    **{f"{what}_{i}": 0.0 for i in (1, 2, 3, 4) for what in ("dose", "treat_start")},
}


def folder_of(tmp_path: Path) -> Path:
    """A survival table of two arms of one study of each part."""
    rows = []
    for study in ("Twyman_Saint_Victor_2015", "Jiang_2016"):
        for arm, given in (("Control", {"treatment_1": "Control"}), ("both", {})):
            both = {
                "treatment_1": "antiCTLA4",
                "dose_1": 10.0,
                "freq_1": "Q3Dx3",
                "treatment_2": "RT",
                "dose_2": 0.0,
                "freq_2": "SD",
                "treat_start_2": 3.0,
            }
            for day, event in ((20, 1), (30, 1), (60, 0)):
                about = {"study": study, "figure": "1", "experiment": arm, "cell": "B16F10", **_COLUMNS}
                rows.append({**about, **(given or both), "day": day, "event": event})
    (tmp_path / SURVIVAL_SET).mkdir()
    pd.DataFrame(rows).to_csv(tmp_path / SURVIVAL_SET / "per_mouse_survival.csv.gz", index=False)
    book = pd.DataFrame([{"Name": "antiCTLA4", "Dosing_Units": "mg/kg"}, {"Name": "RT", "Dosing_Units": "Gy"}])
    book.to_csv(tmp_path / SURVIVAL_SET / "treatment_codebook.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("SD", [5.0]),
        ("Q2Dx3", [5.0, 7.0, 9.0]),
        ("4xQ1Dx2", [5.0, 6.0, 12.0, 13.0, 19.0, 20.0, 26.0, 27.0]),
        ("2Q1WxQ1Dx2", [5.0, 6.0, 12.0, 13.0]),
        ("Q7Dx2+Q14Dx1", [5.0, 12.0, 26.0]),
        ("", []),
    ],
)
def test_schedules_are_days(schedule: str, days: list[float]) -> None:
    assert days_of(schedule, 5.0) == days


def test_an_arm_of_the_table_is_a_record_that_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    data = folder_of(tmp_path / "data")
    monkeypatch.setattr("abscopal.calibrate.open_data.volume_records", lambda data, studies: [])
    assert main(["--part", "development", "-o", str(tmp_path / "records"), "--data", str(data)]) == 0
    (path,) = (tmp_path / "records").glob("*.yaml")  # none of the test part
    record = read_record(path)
    assert record.seed["study"] == "Twyman_Saint_Victor_2015"
    (course,) = record.arm("both").radiation
    assert (course.dose_per_fraction_gy, course.days) == (20.0, (8.0,))  # coded 0 Gy, as its description says
    assert "20 Gy is meant" in course.note
    (drug,) = record.arm("both").drugs
    assert (drug.drug, drug.dose, drug.days) == ("anti-CTLA-4", "10 mg/kg", (5.0, 8.0, 11.0))
    days, alive = (result for result in record.results if result.arm == "both")
    assert (days.times, days.observed, days.day) == ((20.0, 30.0, 60.0), (True, True, False), 60.0)
    assert (alive.value, alive.n, alive.day) == (pytest.approx(1 / 3), 3, 60.0)


def test_a_folder_without_the_data_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-o", str(tmp_path / "out"), "--data", str(tmp_path)]) == 2
    assert "--data" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_every_record_of_the_open_data_reads(tmp_path: Path) -> None:
    above = (parent / "shared" / "data" / "quant" for parent in Path(__file__).resolve().parents)
    data = next((folder for folder in above if folder.is_dir()), None)
    if data is None:
        pytest.skip("the open data (shared/data/quant) are not here")
    studies = set()
    for name, text in record_texts(data, "development").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        record = read_record(tmp_path / name)
        assert record.results
        studies.add(record.seed["study"])
    assert studies <= split_of_part("development")
    assert len(studies) > 60
