"""`abscopal fit` and `run --posterior` as a user types them, on simulated animals."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

STUDY = """
abscopal: 1
study: flank
tumour: CT26
sites:
  flank: {inoculum: 5e5 cells, inoculated: -9 d}
arms:
  untreated: {}
  RT: {radiation: [{quality: X-rays, dose_per_fraction: 8 Gy, fractions: 1, days: 0 d, target: flank}]}
control: untreated
cohort: {size: 2, seed: 1, arms: shared}
follow_up: 20 d
"""
# Exponential growth that the model can make; what it is does not matter here.
ROWS = [
    (arm, f"{arm}-{i}", day, scale * (1 + 0.2 * i) * math.exp(0.12 * day))
    for arm, scale in (("untreated", 60.0), ("RT", 40.0))
    for i in (0, 1)
    for day in (0, 4, 8, 12)
]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    lines = [f"{arm},{animal},{day},{value:.4g}" for arm, animal, day, value in ROWS]
    (tmp_path / "d.csv").write_text("\n".join(["arm,animal,day,value", *lines]) + "\n", encoding="utf-8")
    return tmp_path


def test_check_tells_what_each_row_became_and_computes_nothing(run: Any, desk: Path) -> None:
    (desk / "d.csv").write_text("group,id,time,dv\nRT,a,4,80\nRT,a,8,<20\nRT,a,12,-\n", encoding="utf-8")
    done = run("fit", "s.yaml", "--data", "d.csv", "--estimate", "alpha_photon", "--check", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert [(row["line"], row["role"]) for row in told["rows"]] == [(2, "exact"), (3, "below")]
    assert [row["name"] for row in told["parameters"]] == ["alpha_photon", "cv_volume"]
    assert not (desk / "fits" / "s" / "fit.json").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--estimate", "alpha_foton"], "did you mean 'alpha_photon'"),
        (["--estimate", "auto:none"], "auto:12"),
        (["--individual", "doubling_tim"], "did you mean 'doubling_time'"),
        (["-o", "d.csv"], "d.csv"),
    ],
)
def test_what_cannot_be_fitted_is_answered_with_a_remedy(run: Any, desk: Path, options: list[str], said: str) -> None:
    done = run("fit", "s.yaml", "--data", "d.csv", *options, "--check")
    assert done.code == 2
    assert said in done.err


def test_a_posterior_that_is_none_is_refused(run: Any, desk: Path) -> None:
    done = run("run", "s.yaml", "--posterior", "d.csv", "-o", "out")
    assert done.code == 2
    assert "no posterior of a fit" in done.err
    assert "--posterior" in run("run", "s.yaml", "--animals", "new").err


@pytest.mark.slow
def test_a_preview_becomes_another_schedule(run: Any, desk: Path) -> None:
    done = run("fit", "s.yaml", "--data", "d.csv", "--estimate", "doubling_time", "--preview", "-o", "fit")
    assert done.code == 0
    assert {p.name for p in (desk / "fit").iterdir()} == {"posterior.nc", "fit.json", "draws.csv", "report.html"}
    told = json.loads((desk / "fit" / "fit.json").read_text(encoding="utf-8"))
    assert [row["arm"] for row in told["baseline"]] == ["untreated", "RT"]
    page = (desk / "fit" / "report.html").read_text(encoding="utf-8")
    assert "doubling_time" in page
    assert "know no mechanism" in page
    (desk / "three.yaml").write_text(STUDY.replace("fractions: 1, days: 0 d", "fractions: 2, days: [0 d, 1 d]"))
    done = run("run", "three.yaml", "--posterior", "fit/posterior.nc", "-o", "out")
    assert done.code == 0
    assert "1 parameters fitted to 'flank'" in done.out
    told = json.loads((desk / "out/summary.json").read_text(encoding="utf-8"))["posterior"]
    assert (told["animals"], told["parameters"]) == ("new", ["doubling_time"])
    (desk / "other.yaml").write_text(STUDY.replace("CT26", "B16-F10"))
    done = run("run", "other.yaml", "--posterior", "fit/posterior.nc", "-o", "out")
    assert done.code == 2
    assert "another tumour, host or override" in done.err
