"""Tables on the terminal."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from abscopal.errors import printable

if TYPE_CHECKING:
    from rich.table import Table

_RIGHT = ("day", "value")
_TYPED = ("id", "name")
# Terminal width from which a table of parameters has room for every column.
_WIDE = 140
# Columns of the widest table in a file or a pipe.
_WIDEST = 240


def print_table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table, one column per key; whatever text they hold is shown as it is."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(printable(title)), title_justify="left", show_lines=False)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in _RIGHT else "left"
        # A name that is typed again is never cut nor folded.
        typed = column in _TYPED
        least = max((len(str(row[column])) for row in rows), default=0) if typed else None
        table.add_column(column.replace("_", " "), justify=justify, overflow="fold", no_wrap=typed, min_width=least)
    for row in rows:
        cells = (f"{row[c]:g}" if isinstance(row[c], float) else printable(str(row[c])) for c in columns)
        table.add_row(*map(escape, cells))
    print_whole(table)


def print_whole(table: Table) -> None:
    """Print a table: as wide as the terminal; in a file or a pipe as wide as it needs, so that it can be searched."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        needed = console.measure(table, options=console.options.update(max_width=_WIDEST)).maximum
        console.width = max(console.width, needed)
    console.print(table)


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
            plain(Padding(escape(printable(text)), (0, 0, 0, 4)))


def terminal_width() -> int:
    """Columns of the terminal."""
    from rich.console import Console

    return Console().width
