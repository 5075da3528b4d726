"""A name that a spreadsheet would run as a formula is written as text."""

from __future__ import annotations

import csv

import pytest

from abscopal.results import Result
from abscopal.results.storage import save
from abscopal.storage.spreadsheets import safe_cell

RISKY = ("=1+1", "+1", "-PD1", "@SUM(A1)", "\t=1")


@pytest.mark.parametrize("text", RISKY)
def test_a_risky_cell_begins_with_an_apostrophe(text):
    assert safe_cell(text) == f"'{text}"


def test_numbers_and_plain_names_stay():
    assert [safe_cell(v) for v in (-1.5, "CD8", "a=b", "", None)] == [-1.5, "CD8", "a=b", "", None]


def test_no_table_of_a_result_holds_a_formula(synthetic, tmp_path):
    arms, sites = ("=cmd|'/C calc'!A0", "+drug", "-drug", "@drug"), ("=left", "right")
    built = Result.build(synthetic.dataset(arms, sites), synthetic.metadata(arms, sites))
    folder = save(built, tmp_path / "out", csv=True)
    seen = 0
    for file in (folder / "tables").glob("*.csv"):
        with file.open(newline="", encoding="utf-8") as text:
            for cell in (cell for row in csv.reader(text) for cell in row):
                assert not cell.startswith(("=", "+", "@")), (file.name, cell)
                if cell.startswith("-"):
                    float(cell)
                seen += cell.startswith("'")
    assert seen > 20
