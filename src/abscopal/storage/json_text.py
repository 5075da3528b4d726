"""JSON that every reader takes: numbers that are NaN or infinite, for which it has no word, become null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def finite(content: Any) -> Any:
    """The same content with None for every number that is NaN or infinite.

    Examples
    --------
    >>> finite({"median": float("nan"), "days": [1.0, float("inf")]})
    {'median': None, 'days': [1.0, None]}
    """
    if isinstance(content, Mapping):
        return {name: finite(value) for name, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def json_text(content: Any) -> str:
    """Plain content as JSON text, indented; what JSON has no form for is written as its text.

    Examples
    --------
    >>> print(json_text({"median": float("nan")}))
    {
      "median": null
    }
    """
    return json.dumps(finite(content), indent=2, ensure_ascii=False, allow_nan=False, default=str)
