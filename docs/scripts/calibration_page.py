"""Writes docs/calibration.md's tables from the folder of a calibration: `python docs/scripts/calibration_page.py DIR`.

DIR is that of `python -m abscopal.calibrate -o DIR`. What stands outside the marked sections stays as it is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from scoring_sections import replaced, rows_of

PAGE = Path(__file__).parents[1] / "calibration.md"


def rounds(folder: Path) -> str:
    """Misfit and predictive checks, round by round."""
    told = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    head = "| round | misfit of a datum | data inside the 80 % band | facts in range by the median |"
    lines = [head, "| --- | --- | --- | --- |"]
    for number, row in enumerate(told["rounds"]):
        shares = [f"{100 * row[key]:.0f} %" for key in ("data in the 80 % band", "facts in range by the median")]
        lines.append(f"| {number} | {row['median misfit']:.2f} | {shares[0]} | {shares[1]} |")
    about = f"{told['sets']} sets, model {told['model']}, seed {told['seed']}."
    return "\n".join([about, "", *lines])


def numbers(folder: Path) -> str:
    """Every calibrated number with what the data told of it."""
    rows = rows_of(folder / "fitted.csv")
    identified = [row for row in rows if float(row["contraction"]) > 0.1]
    lines = ["| number | search began at | found | uncertainty | contraction |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| `{row['name'].replace('|', '` of `')}` | {row['prior']} | {row['value']} "
        f"| {row['uncertainty']} ({row['distribution']}) | {row['contraction']} |"
        for row in rows
    ]
    count = f"{len(identified)} of {len(rows)} numbers have a contraction above 0.1; the others are as before."
    return "\n".join([count, "", *lines])


def main(folder: Path) -> None:
    """Replaces the generated sections."""
    page = PAGE.read_text(encoding="utf-8")
    for name, section in (("rounds", rounds), ("numbers", numbers)):
        page = replaced(page, name, section(folder))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
