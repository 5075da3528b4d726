"""Writes the generated section of docs/scoring.md on defaults, and docs/defaults.csv.

    python docs/scripts/scoring_sections.py --defaults DIR

DIR of `python -m abscopal.scoring.sensitivity -o DIR`.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

DOCS = Path(__file__).parents[1]
PAGE = DOCS / "scoring.md"
_SHOWN_DEFAULTS = 8
Row = Mapping[str, str]


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def replaced(page: str, name: str, text: str) -> str:
    """A page with the section of this name replaced."""
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the page has no section {name!r} between {begin.strip()} and {end}")
    return f"{before}{begin}\n{text.strip()}\n\n{end}{after}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def defaults_section(rows: Sequence[Row], made: str) -> str:
    """The defaults that move the score most, by group of claims."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["group"]].append(row)
    head = ("claims", "default", "held at", "records", "shift, low", "shift, high", "by chance")
    body = [
        (
            group,
            f"`{row['default']}`",
            f"{float(row['low']):g} or {float(row['high']):g} {row['unit'] if row['unit'] != '1' else ''}".strip(),
            row["records"],
            *(f"{float(row[key]):+.3f}" for key in ("at_low", "at_high")),
            f"{float(row['by_chance']):.3f}",
        )
        for group, found in groups.items()
        for row in found[:_SHOWN_DEFAULTS]
    ]
    beyond = [row for row in groups["all"] if _beyond_chance(row)]
    names = ", ".join(f"`{row['default']}`" for row in beyond) or "none"
    return f"""
Shift of the mean log score of all claims of a group with one default held at either end of its law, and the standard
error of such a shift if it did nothing: at most that, since the scores share their parameter sets. Beyond two standard
errors on all claims: {names}. Made {made} (the table keeps no hash of its model).
The {_SHOWN_DEFAULTS} largest of each group; all are in [defaults.csv](defaults.csv).

{table(head, body)}
"""


def _beyond_chance(row: Row) -> bool:
    return max(abs(float(row["at_low"])), abs(float(row["at_high"]))) > 2.0 * float(row["by_chance"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Replaces the sections whose source is given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--defaults", type=Path, metavar="DIR", required=True)
    given = parser.parse_args(arguments)
    page, made = PAGE.read_text(encoding="utf-8"), f"on {date.today().isoformat()}"
    page = replaced(page, "defaults", defaults_section(rows_of(given.defaults / "defaults.csv"), made))
    shutil.copyfile(given.defaults / "defaults.csv", DOCS / "defaults.csv")
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
