"""The command line calculator: one number per command that can be checked, its JSON, its plots, its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from abscopal.cli.radiation import app
from abscopal.errors import InputError

CELLS = ["--alpha", "0.3", "--beta", "0.03"]
CALLS = {
    "let": (["let", "carbon", "290", "--depth", "0"], "let_kev_um", 12.85, 0.05),
    "range": (["range", "proton", "150"], "csda_range_mm", 157.75, 0.1),
    "survival": (["survival", "2", *CELLS], "surviving_fraction", 0.4868, 0.0001),
    "oer": (["oer", "0", "--let", "100"], "oer", 1.77, 0.01),
    "bed": (["bed", "2", "-n", "30", "--alpha-beta", "10"], "bed_gy", 72.0, 1e-9),
    "isoeffective-dose": (
        ["isoeffective-dose", "2.94", *CELLS, "--from", "carbon", "--from-let", "50", "--to", "6 MV"],
        "median_gy",
        5.594,
        0.001,
    ),
    "immunogenic": (["immunogenic", "8", *CELLS, "--trex1-threshold", "14"], "double_strand_breaks", 280.0, 1e-6),
}


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("name", CALLS)
def test_number_in_json_and_in_the_table(name: str) -> None:
    arguments, key, value, tolerance = CALLS[name]
    found = json.loads(run(*arguments, "--json"))
    assert found[key] == pytest.approx(value, abs=tolerance)
    assert f"{found[key]:g}" in run(*arguments)


def test_rbe_lists_every_model_and_warns_outside_its_range() -> None:
    found = json.loads(run("rbe", "2", *CELLS, "--let", "120", "--json"))
    assert set(found["rbe"]) == {"generic", "mkm", "lem", "rmf"}
    assert any("repair-misrepair-fixation" in note for note in found["warnings"])
    one = json.loads(
        run(
            "rbe",
            "2",
            "--alpha",
            "0.2",
            "--beta",
            "0.02",
            "-q",
            "proton",
            "--let",
            "2.5",
            "--model",
            "wedenberg",
            "--json",
        )
    )
    assert one["rbe"]["wedenberg"] == pytest.approx(1.0767, abs=1e-4)


def test_sobp_table_and_plot(tmp_path: Path) -> None:
    target = tmp_path / "peak.svg"
    rows = json.loads(run("sobp", "95", "155", "--json", "--plot", str(target)))["rows"]
    assert rows[2]["dose"] == pytest.approx(1.0, abs=0.01)
    assert "<svg" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ["let", "carbon", "290"],
        ["range", "helium", "150"],
        ["survival", "6", *CELLS, "-q", "carbon", "--let", "50", "--po2", "2"],
        ["rbe", "2", *CELLS, "-q", "helium", "--let", "10"],
        ["oer", "5"],
        ["isoeffective-dose", "2", *CELLS, "--from", "6 MV", "--to", "proton", "--to-let", "3"],
        ["immunogenic", "8", *CELLS, "-q", "carbon", "--energy", "290", "--depth", "100"],
    ],
)
def test_plot_is_written(arguments: list[str], tmp_path: Path) -> None:
    target = tmp_path / "curve.png"
    run(*arguments, "--plot", str(target))
    assert target.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["let", "carbn", "290"], "did you mean 'carbon'"),
        (["let", "carbon", "29000"], "outside the tables"),
        (["survival", "-1", *CELLS], None),
        (["survival", "2", "--alpha", "-0.3", "--beta", "0.03"], None),
        (["survival", "2", *CELLS, "--energy", "290"], "name an ion"),
        (["survival", "2", *CELLS, "-q", "carbon", "--energy", "290", "--depth", "500"], "no dose of carbon"),
        (["bed", "2", "-n", "3", "--alpha-beta", "3", "--rbe-max", "-1"], None),
        (["survival", "2000", *CELLS], "0 to 1000 Gy"),
        (["rbe", "2", *CELLS, "--let", "50", "--model", "lemm"], "lem"),
        (["oer", "5", "--let", "0"], "above 0 keV/um"),
        (["immunogenic", "8", *CELLS, "--trex1-threshold", "high"], "not a number"),
        (["oer", "5", "--plot", "curve.txt"], "ending in .png"),
    ],
)
def test_bad_input_is_refused(arguments: list[str], words: str | None) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code != 0
    if words is not None:
        assert isinstance(result.exception, InputError)
        assert words in str(result.exception)


def test_a_plot_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "taken.png"
    taken.mkdir()
    result = CliRunner().invoke(app, ["oer", "5", "--plot", str(taken)])
    assert isinstance(result.exception, InputError)
    assert "cannot draw" in str(result.exception)
