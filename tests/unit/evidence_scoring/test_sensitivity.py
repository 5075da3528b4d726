"""Sensitivity to defaults: each held at the ends of its law, the rest as declared."""

from __future__ import annotations

import math

import pytest

from abscopal.evidence import catalogue, convert, declared
from abscopal.evidence.scoring.declarations import Effort
from abscopal.evidence.scoring.measuring import group_sizes
from abscopal.evidence.scoring.sensitivity import ends, held, shifts


def test_ends_are_those_of_the_law() -> None:
    items = declared().items
    assert ends(items["radiation_day"]) == (7, 10)
    assert ends(items["dose_photon"]) == (8, 20)
    assert ends(items["fraction_interval"]) == ()


def test_a_held_default_is_the_same_in_every_draw() -> None:
    (record,) = [r for r in catalogue() if r.id == "deng2014_pdl1"]
    varied = held(declared(), "follow_up", 45.0)
    free = {convert(record, draw=i)[0].study.follow_up_days for i in range(8)}
    fixed = {convert(record, varied, draw=i)[0].study.follow_up_days for i in range(8)}
    assert len(free) > 1
    assert len(fixed) == 1
    assert group_sizes(False, held(declared(), "group_size_in_vivo", 5.0)) == (5, 5)
    assert group_sizes(False) == (5, 15)
    assert declared().items["follow_up"].law == "choice"


def test_the_score_moves_with_the_size_of_groups() -> None:
    (record,) = [r for r in catalogue() if r.id == "takahashi2019_lm8_p1c4"]
    found = list(shifts([record], Effort(8, 6, 2, 5), only=("group_size_in_vivo",)))
    assert [(s.name, s.value) for s in found[1:]] == [("group_size_in_vivo", 5), ("group_size_in_vivo", 15)]
    assert math.isfinite(found[0].log["all"])
    assert found[1].log["all"] != pytest.approx(found[2].log["all"], abs=0.01)
