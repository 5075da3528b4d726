"""Tables on the terminal."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

_RIGHT = ("day", "value")
# Terminal width from which a table of parameters has room for every column.
_WIDE = 140


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


def print_parameters(rows: Sequence[Mapping[str, Any]], title: str = "Parameters") -> None:
    """Print parameters with their sources: a table where the terminal is wide enough, else three lines each."""
    from rich.console import Console
    from rich.markup import escape
    from rich.padding import Padding

    console = Console()
    with_source = [{**row, "source": "; ".join(row[k] for k in ("cite", "where", "note") if row[k])} for row in rows]
    if console.width >= _WIDE:
        print_table(title, ("name", "value", "unit", "kind", "meaning", "source"), with_source)
        return
    plain = functools.partial(console.print, highlight=False)
    plain(title)
    for row in with_source:
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        plain(f"[bold]{escape(row['name'])}[/bold] = {row['value']:g}{escape(unit)}, {row['kind']}")
        for text in (row["meaning"], row["source"]):
            plain(Padding(escape(text), (0, 0, 0, 4)))


def terminal_width() -> int:
    """Columns of the terminal."""
    from rich.console import Console

    return Console().width
