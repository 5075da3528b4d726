"""What `abscopal score` prints of a few records: every claim, and how many of them no summary counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from abscopal.cli.score import _print
from abscopal.scoring import Score
from abscopal.scoring.claim_scores import ClaimScore, RecordScore
from abscopal.scoring.metrics import Probabilities


def _claim(number: int, basis: str) -> ClaimScore:
    arms = ("RT+drug", "RT")
    claim = ClaimScore(f"x#c{number}", "x", "survival", ">", *arms, basis, None, "", "in_vivo", "development", True)
    return ClaimScore(**{**vars(claim), "prediction": Probabilities(0.75, 0.2, 0.05)})


def test_claims_from_memory_are_not_left_out_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    claims = (_claim(1, "abs"), _claim(2, "mem"))
    _print(Score((RecordScore("x", "x.yaml", "scored", claims=claims),), {}, {}), Path("out"))
    shown = capsys.readouterr().out
    for claim in claims:
        assert claim.id in shown
    assert shown.count("75 %") == 2
    assert "1 of 2 claims are from memory" in shown


def test_nothing_is_said_where_every_claim_counts(capsys: pytest.CaptureFixture[str]) -> None:
    _print(Score((RecordScore("x", "x.yaml", "scored", claims=(_claim(1, "abs"),)),), {}, {}), Path("out"))
    assert "from memory" not in capsys.readouterr().out
