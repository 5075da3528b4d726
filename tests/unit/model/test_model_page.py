"""docs/model.md is what docs/scripts/model_page.py writes from the mechanisms of today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "docs" / "scripts" / "model_page.py"


def test_the_page_on_the_model_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("model_page", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page()
