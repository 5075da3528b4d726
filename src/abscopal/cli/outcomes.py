"""What `abscopal run` prints of a result: tables in which no name is cut and no number broken, at 80 columns too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from rich.cells import cell_len

if TYPE_CHECKING:
    from rich.table import Table

    from abscopal.results import Result

# Width of the frame of a table, and of what stands beside each column.
_FRAME, _BESIDE = 1, 3
# A space at which no line breaks.
_NO_BREAK = "\u00a0"
# Columns that arm names get at least before a table is turned.
_LEAST_NAME = 10

# End points of the table, and what their columns are called.
_COLUMNS = {
    "median time to the volume limit": "median time to the limit",
    "complete response": "complete response",
    "growth delay": "growth delay",
}


def outcome_table(result: Result, width: int) -> Table:
    """Outcomes of every arm: a column per site where that fits the width, else a row per arm and site."""
    from abscopal.results.tables import MEDIAN_TIME
    from abscopal.results.wording import endpoint_cell

    rows = result.table()
    shown = rows[rows["endpoint"].isin([MEDIAN_TIME, "complete response", "growth delay"])]
    title = result.metadata.title or result.metadata.name
    across: dict[str, dict[str, str]] = {arm: {} for arm in result.trajectories.arms}
    down: dict[tuple[str, str], dict[str, str]] = {}
    several = len(result.metadata.sites) > 1
    for row in shown.to_dict("records"):
        column, site, cell = _COLUMNS[row["endpoint"]], row["site"], endpoint_cell(row).replace(" ", _NO_BREAK)
        across[row["arm"]][column if site == "all" or not several else f"{column}, {site}"] = cell
        for s, place in enumerate(result.trajectories.sites if site == "all" else (site,)):
            down.setdefault((row["arm"], place), {})[column] = cell if s == 0 else ""  # of the subject, not of a site
    wide = [{"arm": arm, **cells} for arm, cells in across.items()]
    if not several or _fits(wide, ("arm",), width):
        return _table(title, wide, ("arm",), width)
    return _table(
        title, [{"arm": arm, "site": site, **cells} for (arm, site), cells in down.items()], ("arm", "site"), width
    )


def harm_table(result: Result, width: int) -> Table:
    """A column per kind of harm that the study has, a row per arm; turned where that does not fit the width."""
    from abscopal.results.wording import harm_cells

    rows = [{"arm": arm.name, **harm_cells(arm)} for arm in result.harm]
    if _fits(rows, ("arm",), width):
        return _table("Harm", rows, ("arm",), width)
    kinds = list(dict.fromkeys(kind for row in rows for kind in row if kind != "arm"))
    turned = [{"arm": row["arm"], "harm": kind, "value": row.get(kind, "–")} for row in rows for kind in kinds]
    return _table("Harm", turned, ("arm", "harm"), width)


def _columns(rows: Sequence[Mapping[str, str]], names: Sequence[str]) -> list[str]:
    return [*names, *(dict.fromkeys(column for row in rows for column in row if column not in names))]


def _fits(rows: Sequence[Mapping[str, str]], names: Sequence[str], width: int) -> bool:
    """Whether every number and every word of a heading fits on a line, and names have room to be read."""
    needed = _FRAME
    for column in _columns(rows, names):
        needed += _BESIDE + (
            _LEAST_NAME
            if column in names
            else _longest_word([column, *(unbroken(row.get(column, "")) for row in rows)])
        )
    return needed <= width


def _table(title: str, rows: Sequence[Mapping[str, str]], names: Sequence[str], width: int) -> Table:
    """Numbers on one line, names folded into what is left of the width: never cut, so that none equals another."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    columns = _columns(rows, names)
    rows = [{c: text if c in names else unbroken(text) for c, text in row.items()} for row in rows]
    widths = _widths(rows, columns, names, width)
    for column in columns:
        justify: Literal["left", "right"] = "left" if column in names else "right"
        heading = column if column in names else _lines(column, widths[column])
        table.add_column(escape(heading), justify=justify, overflow="fold", width=widths[column])
    above: Any = None
    for row in rows:
        # The name of an arm stands once.
        first = "" if len(names) > 1 and row[names[0]] == above else row[names[0]]
        above = row[names[0]]
        cells = {
            c: text if c in names else _lines(text, widths[c])
            for c, text in {**dict.fromkeys(columns, "–"), **row}.items()
        }
        table.add_row(*(escape(first if c == names[0] else cells[c]) for c in columns))
    return table


def _widths(
    rows: Sequence[Mapping[str, str]], columns: Sequence[str], names: Sequence[str], width: int
) -> dict[str, int]:
    """Width of each column: numbers at least their longest word, names what is left, the longest giving way first."""
    texts = {c: [c, *(row.get(c, "") for row in rows)] for c in columns}
    whole = {c: max(cell_len(text) for text in texts[c]) for c in columns}
    least = {c: min(whole[c], _LEAST_NAME) if c in names else _longest_word(texts[c]) for c in columns}
    left = width - _FRAME - _BESIDE * len(columns)
    for group in ([c for c in columns if c not in names], list(names)):
        while sum(whole.values()) > left and (wide := [c for c in group if whole[c] > least[c]]):
            whole[max(wide, key=lambda c: whole[c])] -= 1
    return whole


def unbroken(text: str) -> str:
    """The same text, where no line breaks between a number and its unit, or inside an interval."""
    text = re.sub(r"\([^)]*\)", lambda found: found[0].replace(" ", _NO_BREAK), text)
    for whole in (" %", " days", "not reached", " / ", "on day "):
        text = text.replace(whole, whole.replace(" ", _NO_BREAK))
    return text


def _lines(text: str, width: int) -> str:
    """Words over as many lines as they need; rich itself would break at a space that must not break."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines).replace(_NO_BREAK, " ")


def _longest_word(texts: Sequence[str]) -> int:
    return max((cell_len(word) for text in texts for word in text.split(" ")), default=1)
