"""`abscopal model`: what the model is, as a table and as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from abscopal.cli.application import app
from abscopal.errors import InputError
from abscopal.model import MECHANISMS
from abscopal.model.fingerprint import model_hash

EXAMPLE = Path(__file__).parents[2] / "examples" / "takahashi2019_lm8.yaml"


def _told(*arguments: str) -> Any:
    done = CliRunner().invoke(app, ["model", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize("study", [(), (str(EXAMPLE),)], ids=["generic", "example"])
def test_show_lists_every_mechanism_with_its_parts(study: tuple[str, ...]) -> None:
    told = _told("show", *study)
    assert [row["mechanism"] for row in told["mechanisms"]] == list(MECHANISMS)
    assert told["states"] > 30
    assert told["model_hash"] == model_hash()
    assert told["flows"] > told["states"]
    less = _told("show", *study, "--without", "memory")
    assert "memory" not in [row["mechanism"] for row in less["mechanisms"]]
    assert less["states"] == told["states"] - 2  # precursors of memory, and memory


def test_parameters_are_those_of_the_study() -> None:
    rows = {row["name"]: row for row in _told("parameters", str(EXAMPLE))}
    assert rows["doubling_time"]["value"] == 3.0
    assert any(name.startswith("alpha_ion@carbon") for name in rows)
    assert rows["alpha_photon"]["cite"] == "Ogata2005"


@pytest.mark.slow
def test_equations_name_their_mechanism_and_come_as_latex() -> None:
    rows = _told("equations", str(EXAMPLE))
    used = {row["mechanism"] for row in rows} - {""}
    assert {"growth", "cell_kill", "priming", "effectors", "pharmacokinetics"} <= used <= set(MECHANISMS)
    assert {row["kind"] for row in rows} == {"flow", "quantity", "event"}
    homing = [row for row in rows if row["name"].startswith("cd8 homing")]
    assert len(homing) == 2
    assert all("homing_rate" in row["right"] and r"\frac" in row["latex"] for row in homing)


def test_a_mechanism_that_is_needed_cannot_be_left_out() -> None:
    done = CliRunner().invoke(app, ["model", "show", "--without", "danger"])
    assert isinstance(done.exception, InputError)


@pytest.mark.slow
def test_an_exported_model_gives_another_tool_the_same_volumes(tmp_path: Path) -> None:
    roadrunner = pytest.importorskip("roadrunner")
    file = tmp_path / "model.xml"
    done = CliRunner().invoke(app, ["model", "export", str(EXAMPLE), "--sbml", str(file), "--arm", "Cion"])
    assert done.exit_code == 0, done.output
    runner = roadrunner.RoadRunner(str(file))
    runner.integrator.setValue("relative_tolerance", 1e-8)
    runner.simulate(0.0, 29.0, 30)  # day -9 to day 20
    theirs = runner["tumour_distant"]
    ours = _volumes_of_the_median_animal(20.0)
    assert theirs == pytest.approx(ours, rel=1e-4)


def _volumes_of_the_median_animal(day: float) -> float:
    """Living cells of the distant tumour in arm Cion, with median parameters."""
    import numpy as np

    from abscopal import engine, pipeline, simulation

    prepared = pipeline.prepare(pipeline.load(EXAMPLE))
    timeline = prepared.timelines["Cion"]
    values = simulation.median_subject(prepared, "Cion")[None, :]
    schedule = prepared.schedules["Cion"]
    found = engine.solve(
        prepared.model.system, schedule, values, np.array([day]), start=timeline.start_day, rtol=1e-8, atol=1e-10
    )
    return float(found.output("tumour@distant")[0, 0])


@pytest.mark.parametrize("place", ["missing/model.xml", "."])
def test_an_export_to_a_wrong_place_is_refused(run: Any, place: str) -> None:
    done = run("model", "export", EXAMPLE, "--sbml", place)
    assert done.code == 2
    assert "name a file in a folder that exists" in done.err
    assert list(Path().iterdir()) == []
