"""Tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

_RIGHT = ("day", "value")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table, one column per key; whatever text they hold is shown as it is."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", show_lines=False)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in _RIGHT else "left"
        table.add_column(column.replace("_", " "), justify=justify, overflow="fold", no_wrap=column == "name")
    for row in rows:
        table.add_row(*(escape(f"{row[c]:g}" if isinstance(row[c], float) else str(row[c])) for c in columns))
    Console().print(table)


def terminal_width() -> int:
    """Columns of the terminal."""
    from rich.console import Console

    return Console().width
