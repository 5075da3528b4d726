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


def test_the_page_has_every_section(sections) -> None:
    page = (DOCS / "scoring.md").read_text(encoding="utf-8")
    for name in ("defaults",):
        once = sections.replaced(page, name, "generated")
        assert sections.replaced(once, name, "generated") == once
        assert len(once.splitlines()) <= len(page.splitlines()) + 4
    with pytest.raises(ValueError, match="no section 'other'"):
        sections.replaced(page, "other", "")


def test_defaults_are_held_against_luck(sections) -> None:
    row = {"default": "antibody_dose", "unit": "ug", "low": "100", "high": "250", "group": "all", "records": "9"}
    moved = {**row, "claims": "30", "at_low": "-0.05", "at_high": "0.01", "by_chance": "0.02"}
    still = {**moved, "default": "follow_up", "at_low": "0.01"}
    text = sections.defaults_section([moved, still], "on 2026-11-29")
    assert "| all | `antibody_dose` | 100 or 250 ug | 9 | -0.050 | +0.010 | 0.020 |" in text
    assert "on all claims: `antibody_dose`." in text


def test_the_page_of_the_score_shows_the_class_prior() -> None:
    page = script("scoring_page")
    group = {"n": 10, "log": -0.5, "accuracy": 0.8, "sensitivity": {"class_prior": {"log": -0.6, "accuracy": 0.7}}}
    empty = {"n": 0, "log": None, "accuracy": None, "sensitivity": {"class_prior": {"log": None, "accuracy": None}}}
    text = page._class_prior({"outcomes": group, "in_vitro": empty})
    assert "| outcomes | 10 | 80 % | 70 % | -0.500 | -0.600 | +0.100 |" in text
    assert "in_vitro" not in text
