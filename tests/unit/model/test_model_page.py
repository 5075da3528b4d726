"""The pages on the model are what docs/scripts/model_page.py writes from the mechanisms of today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "docs" / "scripts" / "model_page.py"


@pytest.mark.slow
def test_the_pages_on_the_model_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("model_page", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages = module.pages()
    assert len(pages) > 20
    stale = [file.name for file, text in pages.items() if not file.exists() or file.read_text(encoding="utf-8") != text]
    assert not stale, "run docs/scripts/model_page.py"
    assert {file.name for file in (SCRIPT.parents[1] / "mechanisms").glob("*.md")} <= {file.name for file in pages}
