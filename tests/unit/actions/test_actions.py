"""What commands do, asked for without a terminal: plain data and results, errors as InputError."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from abscopal.actions import check, evidence, model, new, published, run
from abscopal.actions.radiation import beams, cells, tissue
from abscopal.actions.radiation.calculation import draw
from abscopal.errors import InputError

EXAMPLE = Path(__file__).parents[3] / "examples" / "takahashi2019_lm8.yaml"
NO_TERMINAL = """
import pkgutil, sys
from abscopal import actions
for found in pkgutil.walk_packages(actions.__path__, "abscopal.actions."):
    __import__(found.name)
assert not {"typer", "rich", "abscopal.cli"} & set(sys.modules), "an action needs a terminal"
"""


def test_no_action_needs_a_terminal() -> None:
    subprocess.run([sys.executable, "-c", NO_TERMINAL], check=True)


@pytest.mark.slow
def test_a_new_study_can_be_checked_and_is_not_replaced_unasked(tmp_path: Path) -> None:
    file = new.new_study(str(tmp_path / "mine"))
    content = check.check_study(file)
    assert content["study"] == "mine"
    assert set(content["timetable"]) == set(content["arms"])
    with pytest.raises(InputError, match="exists"):
        new.new_study(str(tmp_path / "mine"))
    assert new.new_study(str(tmp_path / "mine"), force=True) == file


@pytest.mark.slow
def test_a_study_is_run_into_the_folder_of_its_job(tmp_path: Path) -> None:
    job = run.study_job(EXAMPLE, {"doubling_time": "3 d"}, tmp_path / "out", size=2, seed=5)
    assert job.subjects == 2 * len(job.study.arms)
    told: list[tuple[str, int, int]] = []
    result = run.run_study(job, progress=lambda *row: told.append(row))
    assert run.arms_without_subjects(result) == ()
    assert {arm for arm, _, _ in told} == {arm.name for arm in job.study.arms}
    assert {f.name for f in (tmp_path / "out").iterdir()} == {"report.html", "summary.json", "trajectories.nc"}


@pytest.mark.parametrize(
    ("name", "folder"), [("../../etc", "_.._etc"), ("a/b: c", "a_b_ c"), ("...", "study"), ("LM8 (1)", "LM8 _1_")]
)
def test_results_of_a_study_stay_inside_out_whatever_its_name(name: str, folder: str) -> None:
    assert run._folder_name(name) == folder


def test_a_record_becomes_files_one_per_line(tmp_path: Path) -> None:
    several = next(r for r in evidence.record_rows() if len(r["lines"].split(", ")) > 1)
    converted = evidence.convert_record(Path(several["id"]))
    written = evidence.write_studies(converted, tmp_path / "study.yaml")
    files = [w.file for w in written if w.file is not None]
    assert len(files) == len(converted.studies) > 1
    for file in files:
        assert check.check_study(file)["timetable"]
    with pytest.raises(InputError, match="no tumour line"):
        evidence.convert_record(Path(several["id"]), line="none")


def test_a_shown_record_says_of_each_claim_where_it_is_read_or_why_not() -> None:
    shown = evidence.find_record(evidence.record_rows()[0]["id"])
    assert isinstance(shown, evidence.ShownRecord)
    assert [row["id"] for row in shown.claim_rows()] == [claim.id for claim in shown.record.claims]
    assert all(row["covered"] for row in shown.claim_rows())
    assert shown.as_dict()["kind"] == shown.record.kind


def test_the_parts_of_a_model_add_up() -> None:
    parts = model.parts_of_model()
    assert len(model.model_parameters()) == parts["parameters"]
    fewer = model.parts_of_model(without=("memory",))
    assert {row["mechanism"] for row in parts["mechanisms"]} - {row["mechanism"] for row in fewer["mechanisms"]} == {
        "memory"
    }


@pytest.mark.slow
def test_a_dose_of_a_published_model_raises_its_species(tmp_path: Path) -> None:
    task = published.PublishedTask(duration=5.0, steps=50)
    name = next(iter(published.published_titles()))
    plain = published.run_published(name, None, task, tmp_path / "out")
    assert plain.any_finished
    assert {f.name for f in (tmp_path / "out").iterdir()} == {"summary.json", "trajectories.csv", "trajectories.png"}
    with pytest.raises(InputError, match="unknown state"):
        published.run_published(name, None, published.PublishedTask(doses=[published.AddedDose("none", 1.0, (0.0,))]))
    with pytest.raises(InputError, match="unknown protocol"):
        published.run_published(name, "none", task)


def test_a_calculation_tells_its_doubts_and_draws_its_curves(tmp_path: Path) -> None:
    far = cells.survival(4.0, 0.2, 0.04, "carbon", let=500.0, curve=True)
    assert far.warnings
    assert far.curves is not None
    assert set(far.curves.by_name) >= {"photons"}
    draw(far.curves, tmp_path / "curve.svg")
    assert [f.name for f in tmp_path.iterdir()] == ["curve.svg"]
    assert not cells.survival(4.0, 0.2, 0.04).warnings
    with pytest.raises(InputError, match="cannot draw"):
        draw(far.curves, tmp_path / "curve.txt")


def test_calculations_agree_with_hand_worked_numbers() -> None:
    # 10 fractions of 3 Gy at alpha/beta 3 Gy: 30 (1 + 3/3) = 60 Gy, and 60 / (1 + 2/3) = 36 Gy in 2 Gy fractions.
    assert tissue.effective_dose(3.0, 10, 3.0).values == pytest.approx({"bed_gy": 60.0, "eqd2_gy": 36.0})
    assert cells.survival(2.0, 0.3, 0.03).values["surviving_fraction"] == pytest.approx(0.48675, rel=1e-4)
    assert beams.let("carbon", 290.0).curves is None


def test_imports_ahead_never_hold_up_the_end_nor_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C the interpreter waits for threads that are no daemons, also for one whose import never ends."""
    started: list[Any] = []

    class Recorded(threading.Thread):
        def start(self) -> None:
            started.append(self)

    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "Thread", Recorded)
    monkeypatch.setattr(run.study_result, "run", stop)
    monkeypatch.setattr(run, "check_folder", lambda *_: None)
    monkeypatch.setattr(run, "_NEEDED_LATER", ("no_such_module",))
    with pytest.raises(KeyboardInterrupt):
        run.run_study(run.StudyJob(study=None, folder=Path("out")))  # type: ignore[arg-type]
    assert [thread.daemon for thread in started] == [True]
    started[0].run()


def test_a_check_calls_patients_patients(tmp_path: Path) -> None:
    file = tmp_path / "patients.yaml"
    file.write_text(
        "{abscopal: 1, study: p, host: {species: human}, tumour: NSCLC, control: none, follow_up: 365 d, "
        "sites: {primary: {start_volume: {value: 45 cm3, day: 0 d}}}, "
        "arms: {none: {}, drug: {drugs: [{agent: durvalumab, dose: 1500 mg, route: iv, days: 0 d}]}}}",
        encoding="utf-8",
    )
    summary = "\n".join(check.check_study(file)["summary"])
    assert "Patients: 60 per arm" in summary
    assert "nimals" not in summary
