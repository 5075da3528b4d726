"""The generated sections of the page on scoring: they say what the tables say, and leave the rest of the page alone."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sections() -> ModuleType:
    return script("scoring_sections")


def parameter(name: str, **values: str) -> dict[str, str]:
    row = {"parameter": name, "drop": "9.1", "drop_low": "9.1", "drop_high": "1.0", "low": "-0.5", "high": "2.0"}
    return {**row, "share": "0.06", "verdict": "only one-sided", "fitted": "True", "stage": "radiation alone", **values}


TOLD = {
    "model_hash": "abc",
    "sets": 768,
    "studies": 24,
    "claims": 115,
    "parameters": 242,
    "log_likelihood_sd": 7.0,
    "predicted_share": 0.31,
    "noise_floor": 4.9,
    "suggested": {"radiation alone": ["kill_rate"]},
}


def test_the_page_has_every_section(sections) -> None:
    page = (DOCS / "scoring.md").read_text(encoding="utf-8")
    for name in ("profile", "lines", "defaults"):
        once = sections.replaced(page, name, "generated")
        assert sections.replaced(once, name, "generated") == once
        assert len(once.splitlines()) <= len(page.splitlines()) + 4
    with pytest.raises(ValueError, match="no section 'other'"):
        sections.replaced(page, "other", "")


def test_profiles_are_told_with_their_noise(sections) -> None:
    nothing = parameter("homing_rate", verdict="not identifiable", fitted="False", stage="")
    text = sections.profile_section(TOLD, [parameter("kill_rate"), nothing], "on 2026-11-29")
    assert "| `kill_rate` | 9.1 | 9.1 | 1.0 | -0.5 to +2 | 6.0 % | only one-sided | radiation alone |" in text
    assert "1 only one-sided, 1 not identifiable. 1 stand out of the noise" in text
    assert "homing_rate" not in text
    none = sections.profile_section({**TOLD, "suggested": {"radiation alone": []}}, [nothing], "on 2026-11-29")
    assert "None stands out of the noise; the leading ones" in none


def test_lines_left_out_stand_beside_studies(sections) -> None:
    stage = {"stage": "combinations", "studies": 12, "gain_left_out": -0.02, "gain_left_out_lines": 0.01, "kept": False}
    text = sections.lines_section([{**stage, "gain_by_line": {"MC38": 0.2, "LLC": -0.1}}], "on 2026-11-29")
    assert "| combinations | 12 | -0.020 | +0.010 | LLC -0.100 | MC38 +0.200 | no |" in text


def test_defaults_are_held_against_luck(sections) -> None:
    row = {"default": "antibody_dose", "unit": "ug", "low": "100", "high": "250", "group": "all", "records": "9"}
    moved = {**row, "claims": "30", "at_low": "-0.05", "at_high": "0.01", "by_chance": "0.02"}
    still = {**moved, "default": "follow_up", "at_low": "0.01"}
    text = sections.defaults_section([moved, still], "on 2026-11-29")
    assert "| all | `antibody_dose` | 100 or 250 ug | 9 | -0.050 | +0.010 | 0.020 |" in text
    assert "on all claims: `antibody_dose`." in text


def test_the_figure_is_drawn(sections, tmp_path) -> None:
    curves = [
        {"parameter": name, "place": str(place), "fall": str(fall)}
        for name, falls in (("kill_rate", (9, 0, 2)), ("noise", (4, 3, 4)))
        for place, fall in zip((-2, 0, 2), falls, strict=True)
    ]
    sections.draw(curves, ["kill_rate"], tmp_path / "profile.png")
    assert (tmp_path / "profile.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_of_the_score_shows_the_class_prior() -> None:
    page = script("scoring_page")
    group = {"n": 10, "log": -0.5, "accuracy": 0.8, "sensitivity": {"class_prior": {"log": -0.6, "accuracy": 0.7}}}
    empty = {"n": 0, "log": None, "accuracy": None, "sensitivity": {"class_prior": {"log": None, "accuracy": None}}}
    text = page._class_prior({"outcomes": group, "in_vitro": empty})
    assert "| outcomes | 10 | 80 % | 70 % | -0.500 | -0.600 | +0.100 |" in text
    assert "in_vitro" not in text
