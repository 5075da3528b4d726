"""Sensitivity to defaults: each held at the ends of its distribution, the rest as declared; only where it decides."""

from __future__ import annotations

import csv
import math
from dataclasses import replace

import pytest

from abscopal.evidence import DefaultSet, catalogue, convert, declared
from abscopal.parameters import Spread
from abscopal.scoring import sensitivity
from abscopal.scoring.declarations import Effort
from abscopal.scoring.evaluation import evaluate_record
from abscopal.scoring.measurement import group_sizes
from abscopal.scoring.metrics import log_score
from abscopal.scoring.sensitivity import ends, held, log_scores, shifts, usual, varied, write

EFFORT = Effort(8, 6, 2, 5)


def record_of(name: str):
    (record,) = [r for r in catalogue() if r.id == name]
    return record


def test_ends_are_those_of_the_distribution() -> None:
    items = declared().items
    assert ends(items["radiation_day"]) == (7, 10)
    assert ends(items["dose_photon"]) == (8, 20)
    assert ends(items["fraction_interval"]) == ()


def test_a_held_default_is_the_same_in_every_draw() -> None:
    record = record_of("deng2014_pdl1")
    varied = held(declared(), "follow_up", 45.0)
    free = {convert(record, draw=i)[0].study.follow_up_days for i in range(8)}
    fixed = {convert(record, varied, draw=i)[0].study.follow_up_days for i in range(8)}
    assert len(free) > 1
    assert len(fixed) == 1
    assert group_sizes(False, held(declared(), "group_size_in_vivo", 5.0)) == (5, 5)
    assert group_sizes(False) == (5, 15)
    assert declared().items["follow_up"].spread.uncertainty.family == "choice"


@pytest.mark.slow
def test_log_scores_are_those_of_the_score() -> None:
    """Outcomes score the same without the variants and single treatments, which the model's own answer needs not."""
    record = record_of("deng2014_pdl1")
    expected = {
        claim.id: log_score(claim.prediction, claim.outcome)
        for claim in evaluate_record(record, EFFORT).claims
        if claim.covered and claim.verified and not claim.is_marker
    }
    found = log_scores(record, EFFORT)
    assert expected
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.slow
def test_the_score_moves_with_the_size_of_groups_and_not_with_what_decides_nothing() -> None:
    record = record_of("deng2014_pdl1")
    found = varied(record, "group_size_in_vivo", EFFORT)
    assert found["low"].keys() == found["high"].keys() == log_scores(record, EFFORT).keys()
    assert sum(found["low"].values()) != pytest.approx(sum(found["high"].values()), abs=0.01)
    # A photon study of animals: no LET, no vaccine, no dishes.
    for name in ("let_carbon", "vaccine_dose", "cells_number"):
        assert varied(record, name, EFFORT) == {}


def test_shifts_are_means_over_all_claims_of_a_group() -> None:
    """One of two records is changed, one claim up by 0.3 and one down by 0.1: 0.2 over all claims of both."""
    one, other = record_of("deng2014_pdl1"), record_of("zeng2013_gl261_srs_pd1")
    a, b = [claim.id for claim in one.claims][:2]
    c = other.claims[0].id
    plain = {a: -0.5, b: -1.0}
    found = {f"{r.id}/{name}": {} for r in (one, other) for name in declared().items}
    found[one.id] = {"usual": plain, "again": {a: -0.4, b: -0.9}}
    found[other.id] = {"usual": {c: -0.7}, "again": {c: -0.1}}
    found[f"{one.id}/antibody_dose"] = {"low": {a: -0.2, b: -1.1}, "high": plain}
    row = next(row for row in shifts([one, other], found) if row.group == "all")
    assert (row.default, row.low, row.high, row.records, row.claims) == ("antibody_dose", 100, 250, 1, 2)
    assert row.at_low == pytest.approx(0.2 / 3.0, abs=1e-4)
    assert row.at_high == 0.0
    assert row.by_chance == pytest.approx(0.2 / 3.0, abs=1e-4)  # of the changed record alone; its two claims together


@pytest.mark.slow
def test_the_command_keeps_parts_and_writes_a_table(tmp_path, monkeypatch) -> None:
    record = record_of("deng2014_pdl1")
    free = ("group_size_in_vivo", "let_carbon")
    items = {name: i if name in free else replace(i, spread=Spread()) for name, i in declared().items.items()}
    monkeypatch.setattr(sensitivity, "catalogue", lambda: [record])
    monkeypatch.setattr(sensitivity, "declared", lambda: DefaultSet("two", items))
    monkeypatch.setattr(sensitivity, "in_parts", lambda work, parts, *_: {key: work(*a) for key, a in parts.items()})
    monkeypatch.setattr(sensitivity, "_EFFORT", {"sets": 4, "animals": 4, "draws": 1, "experiments_per_set": 5})
    assert sensitivity.main(["-o", str(tmp_path)]) == 0
    with (tmp_path / "defaults.csv").open(encoding="utf-8") as rows:
        table = list(csv.DictReader(rows))
    assert {row["default"] for row in table} == {"group_size_in_vivo"}
    assert math.isfinite(float(table[0]["at_low"]))


@pytest.mark.slow
def test_other_luck_is_another_score() -> None:
    found = usual(record_of("deng2014_pdl1"), EFFORT)
    assert found["usual"].keys() == found["again"].keys()
    assert found["usual"] != found["again"]


def test_an_empty_table_has_a_head(tmp_path) -> None:
    write(tmp_path / "defaults.csv", [])
    assert (tmp_path / "defaults.csv").read_text(encoding="utf-8").startswith("default,unit,low,high,group")
