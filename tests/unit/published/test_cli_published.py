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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "Kosinky2018"], "did you mean 'Kosinsky2018'"),
        (["run", "Kosinsky2018", "--protocol", "bot"], "did you mean 'both'"),
        (["run", "Kosinsky2018", "--set", "S_L"], "not NAME=NUMBER"),
        (["run", "Kosinsky2018", "--dose", "depot=1"], "not NAME=AMOUNT@T"),
        (["run", "Kosinsky2018", "--dose", "nothing=1@2"], "unknown state 'nothing'"),
        (["run", "Kosinsky2018", "--duration", "0"], "no length of a run"),
        (["import", "missing.xml"], "no such file"),
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
