"""A lapse that is there is found, one that is not there is not; claims of the test split are never looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abscopal.scoring import predictor
from abscopal.scoring.baselines import PREVALENCE, committed
from abscopal.scoring.declarations import declared
from abscopal.scoring.discrepancy import (
    LAPSES,
    TEMPERATURES,
    development_claims,
    lapsed,
    main,
    measure,
    tempered,
)
from abscopal.scoring.metrics import BETTER, NONE, WORSE, Probabilities, Scored, from_counts
from abscopal.scoring.split import committed as split


class Unread(dict):
    """A claim of a study of the test split: only what study it is of may be asked."""

    def __getitem__(self, key: str) -> object:
        assert key == "study", f"{key} of a test claim was read"
        return super().__getitem__(key)


def simulated_claims(lapse: float, seed: int = 0) -> list[Scored]:
    """240 studies of two claims; a share of them reports what has nothing to do with its prediction."""
    random = np.random.default_rng(seed)
    claims = []
    for i in range(480):
        p = random.dirichlet([0.6, 0.3, 0.6])
        told = [0.45, 0.1, 0.45] if random.random() < lapse else p
        p = 0.98 * p + 0.02 / 3.0
        turned = random.random() < 0.5
        outcome = int(random.choice(3, p=told))
        prediction = Probabilities(*p) if not turned else Probabilities(*p[::-1])
        outcome = outcome if not turned else 2 - outcome
        if outcome == WORSE:  # a claim names the better arm
            prediction, outcome = prediction.turned, BETTER
        claims.append(Scored(f"study {i // 2}", prediction, outcome))
    return claims


def test_a_lapse_is_found_and_helps_studies_left_out() -> None:
    found = measure(simulated_claims(0.4), lapsed, LAPSES)
    assert 0.3 <= found.chosen <= 0.5
    assert found.gain > 2.0 * found.error > 0.0
    assert found.left_out <= max(found.grid.values())


def test_without_a_lapse_nothing_is_gained() -> None:
    found = measure(simulated_claims(0.0), lapsed, LAPSES)
    assert found.chosen <= 0.05
    assert abs(found.gain) < 0.02


def test_a_temperature_draws_probabilities_together() -> None:
    p = Probabilities(0.81, 0.09, 0.10)
    assert tempered(p, p, 1.0) == p
    assert tempered(p, p, 2.0).better == pytest.approx(0.9 / (0.9 + 0.3 + 0.1**0.5))
    assert measure(simulated_claims(0.3), tempered, TEMPERATURES).chosen > 1.0


def test_claims_of_the_test_split_are_never_read(tmp_path, capsys) -> None:
    parts = split()
    development = [study for study, part in parts.items() if part == "development"][:3]
    (hidden,) = [study for study, part in parts.items() if part == "test"][:1]
    shown = {"relation": ">", "counted": True, "p_better": 0.7, "p_none": 0.1, "p_worse": 0.2}
    claims = [{"study": study, **shown} for study in development]
    claims.append({"study": development[0], **shown, "counted": False})
    assert len(development_claims({"claims": [*claims, Unread(study=hidden)]})) == 3
    file = tmp_path / "scores.json"
    file.write_text(json.dumps({"claims": [*claims, {"study": hidden}]}), encoding="utf-8")
    assert main([str(file)]) == 0
    assert "3 claims of 3 studies" in capsys.readouterr().out


def test_one_study_alone_cannot_be_left_out(tmp_path, capsys) -> None:
    with pytest.raises(ValueError, match="at least two studies"):
        measure([Scored("one", Probabilities(0.5, 0.2, 0.3), NONE)], lapsed, LAPSES)
    study = next(name for name, part in split().items() if part == "development")
    claim = {"study": study, "counted": True, "p_better": 0.5, "p_none": 0.3, "p_worse": 0.2, "relation": ">"}
    file = tmp_path / "scores.json"
    file.write_text(json.dumps({"claims": [claim]}), encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main([str(file)])
    assert stop.value.code == 2
    assert "of 1 studies of the development split; two are needed" in capsys.readouterr().err


def test_a_declared_discrepancy_mixes_in_the_prevalence(monkeypatch) -> None:
    plain = from_counts(70, 20 * predictor.publication_bias(), 10, each=10)
    assert declared()["discrepancy"]["value"] == 0.0
    assert predictor.of_a_claim((70, 20, 10), each=10) == plain
    monkeypatch.setitem(declared(), "discrepancy", {"value": 0.25})
    told, prevalence = predictor.of_a_claim((70, 20, 10), each=10), committed()[PREVALENCE].probabilities(0)
    assert told.better == pytest.approx(0.75 * plain.better + 0.25 * prevalence.better)
    assert told.none == pytest.approx(0.75 * plain.none + 0.25 * prevalence.none)
    assert told.better + told.none + told.worse == pytest.approx(1.0)


@pytest.mark.parametrize("text", [None, "no json", "[]", '{"claims": []}'])
def test_what_is_no_score_is_refused_in_words(tmp_path: Path, text: str | None, capsys: Any) -> None:
    given = tmp_path / "scores.json"
    if text is not None:
        given.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main([str(given)])
    assert stop.value.code == 2
    assert "abscopal score" in (told := capsys.readouterr().err) or "whole catalogue" in told
