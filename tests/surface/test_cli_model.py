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
    assert told["flows"] > told["states"]
    less = _told("show", *study, "--without", "memory")
    assert "memory" not in [row["mechanism"] for row in less["mechanisms"]]
    assert less["states"] == told["states"] - 1


def test_parameters_are_those_of_the_study() -> None:
    rows = {row["name"]: row for row in _told("parameters", str(EXAMPLE))}
    assert rows["doubling_time"]["value"] == 3.0
    assert any(name.startswith("alpha_ion@carbon") for name in rows)
    assert rows["alpha_photon"]["cite"] == "Ogata2005"


def test_equations_name_their_mechanism_and_come_as_latex() -> None:
    rows = _told("equations", str(EXAMPLE))
    assert {row["mechanism"] for row in rows} - {""} == set(MECHANISMS)
    assert {row["kind"] for row in rows} == {"flow", "quantity", "event"}
    homing = [row for row in rows if row["name"].startswith("cd8 homing")]
    assert len(homing) == 2
    assert all("homing_rate" in row["right"] and r"\frac" in row["latex"] for row in homing)


def test_a_mechanism_that_is_needed_cannot_be_left_out() -> None:
    done = CliRunner().invoke(app, ["model", "show", "--without", "danger"])
    assert isinstance(done.exception, InputError)
