"""Tables in a file or a pipe are as wide as they need; on a terminal of any width no name and no number is cut."""

from __future__ import annotations

import pytest

from abscopal.cli.check import _grouped
from abscopal.cli.tables import print_table

ROWS = [{"name": "blood_lymphocytes", "meaning": "lymphocytes in a microlitre of blood " * 3, "value": -1.2345e-12}]


def test_a_row_is_one_line_where_nobody_wraps(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.delenv("COLUMNS", raising=False)
    print_table("", tuple(ROWS[0]), ROWS)
    shown = capsys.readouterr().out
    (line,) = [line for line in shown.splitlines() if "blood_lymphocytes" in line]
    assert line.count("microlitre") == 3


def test_a_narrow_terminal_is_kept_to(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("COLUMNS", "80")
    print_table("", tuple(ROWS[0]), ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("blood_lymphocytes" in line for line in lines)


def test_a_default_of_many_courses_is_told_once():
    rows = [{"key": f"arms.{arm}.drugs[0].route", "value": "ip"} for arm in ("a", "b. c", "d")]
    rows += [{"key": "arms.a.radiation[0].let", "value": "13"}, {"key": "cohort.arms", "value": "shared"}]
    assert list(_grouped(rows)) == ["route ip (3 courses)", "arms.a.radiation[0].let 13", "cohort.arms shared"]
