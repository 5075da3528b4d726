"""The command as a user types it, for all tests of the surface."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from abscopal.cli import application


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Outcome]:
    """The command with its own handling of errors, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: Any) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["abscopal", *map(str, arguments)])
        capsys.readouterr()
        try:
            application.start()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        shown = capsys.readouterr()
        return Outcome(code, shown.out, shown.err)

    return call
