"""Tables on a terminal of 80 columns: no name is cut, no number is broken."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from abscopal.cli.outcomes import harm_table, outcome_table
from abscopal.results import Result

LONG = (
    "three fractions of 8 Gy to the right flank and anti-PD-1 early",
    "three fractions of 8 Gy to the right flank and anti-PD-1 late",
    "a_name_without_any_place_to_break_it_that_ends_in_one",
    "a_name_without_any_place_to_break_it_that_ends_in_two",
)


def shown(table, width):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def columns(text):
    """The text of each column, its lines joined as they are folded."""
    rows = [line.split("│")[1:-1] for line in text.splitlines() if line.startswith("│")]
    return ["".join(cell.strip() for cell in column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("sites", [("flank",), ("left leg", "micrometastasis"), ("a", "b", "c", "d", "e")])
def test_no_name_is_cut_and_no_number_broken(synthetic, width, sites):
    built = Result.build(synthetic.dataset(LONG, sites), synthetic.metadata(LONG, sites))
    text = shown(outcome_table(built, width), width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    names = columns(text)[0].replace(" ", "")
    for name in LONG:
        assert names.count(name.replace(" ", "")) == 1
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("│")[1:-1]]
        for cell in cells:
            assert cell not in ("%", "%)", "days", "reached")
            assert cell.count("(") == cell.count(")")


def test_harm_is_told_whole_at_80_columns(synthetic):
    data = synthetic.dataset(LONG, ("flank",))
    data["blood_lymphocytes"] = data["lymphocytes"]
    built = Result.build(data, synthetic.metadata(LONG, ("flank",), host="human"))
    text = shown(harm_table(built, 80), 80)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert "lymphopenia" in text
