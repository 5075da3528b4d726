"""`abscopal published`: list, run and import."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from abscopal.cli.published import app
from abscopal.errors import InputError

FILES = Path(__file__).parents[2] / "published" / "sbml"


def _run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_list_names_every_model():
    assert json.loads(_run("list", "--json").stdout)["Kosinsky2018"]
    assert "Kimmel2021" in _run("list").stdout


@pytest.mark.slow
def test_a_run_prints_what_it_found_and_writes_it(tmp_path):
    result = _run("run", "Kosinsky2018", "--protocol", "both", "-n", 8, "--steps", 40, "-o", tmp_path, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["finished"] == 8
    assert found["outputs"]["volume"]["first"] == 15.0
    assert {p.name for p in tmp_path.iterdir()} == {"summary.json", "trajectories.csv", "trajectories.png"}
    assert json.loads((tmp_path / "summary.json").read_text()) == found


def test_an_imported_file_takes_doses_and_other_values():
    pytest.importorskip("libsbml")
    file = FILES / "BIOMD0000000762.xml"
    plain = json.loads(_run("import", file, "--duration", 20, "--json").stdout)
    changed = json.loads(
        _run("import", file, "--duration", 20, "--set", "a=0.1", "--dose", "E=1e6@5,10", "--json").stdout
    )
    assert plain["time_unit"] == "day"
    assert changed["outputs"]["E"]["highest"] > plain["outputs"]["E"]["highest"] + 5e5
    assert "E" in _run("import", file, "--duration", 5).stdout


def test_the_peak_after_a_dose_is_on_the_curve_at_its_time(tmp_path):
    """Between two points of the grid a dose has decayed in part; what is shown is the peak itself."""
    result = _run("run", "Kosinsky2018", "--duration", 20, "--steps", 20, "--dose", "depot=5@7.5", "--json")
    row = json.loads(result.stdout)["outputs"]["depot"]
    assert row["time_of_highest"] == 7.5
    assert row["highest"] == pytest.approx(5.0)
    again = _run("run", "Kuznetsov1994", "--duration", 20, "--steps", 20, "--dose", "E=1@7", "-o", tmp_path / "o")
    assert again.exit_code == 0
    lines = (tmp_path / "o" / "trajectories.csv").read_text().splitlines()[1:]
    times = {line.split(",")[1] for line in lines}
    assert len(times) == 21, "a dose on the grid adds no point"


def test_one_subject_with_spread_is_said_to_be_a_chance_one():
    found = json.loads(_run("run", "Kuznetsov1994", "--steps", 5, "--spread", "a=0.3", "--json").stdout)
    assert "one chance value" in found["warnings"][0]
    many = _run("run", "Kuznetsov1994", "--steps", 5, "--spread", "a=0.3", "-n", 3)
    assert "median of 3 subjects" in many.stdout
    assert "one chance value" not in many.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "Kosinky2018"], "did you mean 'Kosinsky2018'"),
        (["run", "Kosinsky2018", "--protocol", "bot"], "did you mean 'both'"),
        (["run", "Kosinsky2018", "--set", "S_L"], "not NAME=NUMBER"),
        (["run", "Kosinsky2018", "--dose", "depot=1"], "not NAME=AMOUNT@T"),
        (["run", "Kosinsky2018", "--dose", "nothing=1@2"], "unknown state 'nothing'"),
        (["run", "Kosinsky2018", "--duration", "0"], "no length of a run"),
        (["run", "Kosinsky2018", "--set", "S_L=1", "--set", "S_L=2"], "given twice"),
        (["run", "Kosinsky2018", "--set", "S_L=nan"], "not a finite number"),
        (["run", "Kosinsky2018", "--duration", "20", "--dose", "depot=1@30"], "the run goes from 0 to 20"),
        (["run", "Kosinsky2018", "--duration", "20", "--dose", "depot=1@inf"], "the run goes from 0 to 20"),
        (["run", "Kosinsky2018", "--duration", "20", "--dose", "depot=1@nan"], "the run goes from 0 to 20"),
        (["run", "Kosinsky2018", "--dose", "depot=nan@3"], "no amount"),
        (["run", "Kosinsky2018", "--dose", "depot=inf@3"], "no amount"),
        (["run", "Kosinsky2018", "--dose", "depot=-2@3"], "no amount"),
        (["run", "Kosinsky2018", "--start", "inf"], "is no time"),
        (["import", "missing.xml"], "no such file"),
        (["import", str(FILES)], "is a directory"),
    ],
)
def test_bad_input_is_an_input_error_that_the_application_turns_into_exit_2(arguments, message):
    result = _run(*arguments)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


def test_a_run_that_cannot_be_written_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    from abscopal.published import output as saving

    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "summary.json").write_text("of before")
    (folder / "notes.txt").write_text("a person's")

    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(saving, "figure", fails)
    _run("run", "Kuznetsov1994", "--steps", 5, "-o", folder)
    assert {p.name for p in tmp_path.iterdir()} == {"out"}
    assert {p.name: p.read_text() for p in folder.iterdir()} == {"summary.json": "of before", "notes.txt": "a person's"}
    monkeypatch.undo()
    assert _run("run", "Kuznetsov1994", "--steps", 5, "-o", folder).exit_code == 0
    assert {p.name for p in folder.iterdir()} == {"summary.json", "trajectories.csv", "trajectories.png", "notes.txt"}


def test_a_file_in_the_place_of_the_folder_is_refused_before_the_run(tmp_path, monkeypatch):
    from abscopal import published

    (tmp_path / "out").write_text("")
    monkeypatch.setattr(published, "simulate", None)
    result = _run("run", "Kuznetsov1994", "-o", tmp_path / "out")
    assert isinstance(result.exception, InputError)
    assert "is a file" in str(result.exception)


def test_all_that_is_wrong_with_doses_is_told_at_once():
    with pytest.raises(InputError) as error:
        raise _run("run", "Kosinsky2018", "--duration", 9, "--dose", "nothing=-1@1,10").exception
    assert len(error.value.problems) == 3


def test_a_run_that_starts_later_shows_the_times_asked_for():
    pytest.importorskip("libsbml")
    file = FILES / "BIOMD0000000762.xml"
    found = json.loads(_run("import", file, "--start", 5, "--duration", 20, "--json").stdout)
    assert found["end"] == 25.0
    assert set(found["constants"]) <= set(found["outputs"])


def test_constants_are_rows_of_the_table_of_a_single_run(tmp_path):
    pytest.importorskip("libsbml")
    import pandas as pd

    file = FILES / "BIOMD0000000762.xml"
    found = json.loads(_run("import", file, "--steps", 4, "--json", "-o", tmp_path).stdout)
    table = pd.read_csv(tmp_path / "trajectories.csv")
    assert found["constants"]
    assert set(found["outputs"]) == set(table["name"])
