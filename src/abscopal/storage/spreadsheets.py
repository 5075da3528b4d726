"""Tables that spreadsheets open: a name is never run as a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# A cell that begins so is a formula to a spreadsheet, whatever wrote it.
_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: Any) -> Any:
    """The value, with an apostrophe before text that a spreadsheet would run; numbers stay as they are.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("CD8"), safe_cell(-2.0)
    ("'=1+1", 'CD8', -2.0)
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip(" \n").startswith(_STARTS) else value


def safe_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with every text and every heading safe to open in a spreadsheet."""
    found = table.rename(columns=safe_cell)
    for column in found.columns:
        if found[column].dtype.kind not in "biufcM":
            found[column] = found[column].map(safe_cell)
    return found
