"""JSON has no word for a number that is none; every reader takes null."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from abscopal.storage.json_text import json_text


def test_a_number_that_is_none_becomes_null_wherever_it_stands() -> None:
    content = {"a": float("nan"), "b": [1.0, float("-inf"), {"c": np.float64("inf")}], "d": (2, "NaN"), "e": Path("x")}
    read = json.loads(json_text(content), parse_constant=lambda word: f"not JSON: {word}")
    assert read == {"a": None, "b": [1.0, None, {"c": None}], "d": [2, "NaN"], "e": "x"}
