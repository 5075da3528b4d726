"""One set of rules for every row of a data file."""

from __future__ import annotations

from typing import Any

import pytest

from abscopal.parameters import Distribution, declare
from abscopal.parameters.reading import replaced

ROW: dict[str, Any] = {"symbol": "k", "meaning": "a rate", "value": 1.0, "unit": "1/day"}
ASSUMED = {"kind": "assumed", "note": "for the test"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"kind": "guessed"}, "source kind 'guessed'"),
        ({"kind": "assumed"}, "needs a note"),
        ({"kind": "measured"}, "needs a citation"),
        ({"kind": "measured", "cite": "Nobody1999"}, "not in citations"),
        ({**ASSUMED, "not": "x"}, "unknown key 'not'"),
    ],
)
def test_a_row_without_a_source_is_refused(source: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        declare("k", {**ROW, "source": source})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bound": [0, 2]}, "k: unknown key 'bound'; allowed: .*bounds"),
        ({"bounds": [2, 3]}, "k: the value 1 is not within 2 to 3"),
        ({"bounds": [3, 2]}, "hold nothing"),
        ({"unit": ""}, "no unit"),
        ({"value": "fast"}, "could not convert"),
        ({"spread": {"animals": 0.1}}, "unknown key 'animals'; allowed: .*between_subjects"),
        ({"spread": {"distribution": "gauss", "uncertainty": 0.1}}, "'gauss' is not one of"),
        ({"spread": {"uncertainty": -0.1}}, "width -0.1"),
        ({"spread": {"distribution": "logit", "uncertainty": 0.1}}, "between 0 and 1"),
        ({"spread": {"uncertainty": {"distribution": "uniform", "low": 2, "high": 3}}}, "low <= value <= high"),
        ({"spread": {"uncertainty": {"distribution": "uniform", "low": 0}}}, "low <= value <= high"),
        ({"spread": {"uncertainty": {"distribution": "loguniform", "low": 0, "high": 3}}}, "above 0"),
        ({"spread": {"uncertainty": {"distribution": "choice", "values": [2, 3]}}}, "not among"),
        ({"spread": {"uncertainty": {"cv": 0.2}}}, "'cv' is no part of a distribution"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        declare("k", {**ROW, "source": ASSUMED, **change})


@pytest.mark.parametrize("key", ["value", "unit", "source"])
def test_what_every_row_needs(key: str) -> None:
    row = {name: v for name, v in {**ROW, "source": ASSUMED}.items() if name != key}
    with pytest.raises(ValueError, match=f"k: has no {key}"):
        declare("k", row)


def test_a_row_with_a_source_is_read() -> None:
    row = {**ROW, "spread": {"between_subjects": 0.2}, "source": ASSUMED, "bounds": [0, 2]}
    read = declare("k", row, mechanism="growth")
    assert (read.value, read.bounds, read.mechanism) == (1.0, (0.0, 2.0), "growth")
    assert read.spread.between_subjects == Distribution("lognormal", 0.2)
    assert not read.spread.uncertainty.varies(read.value)


def test_both_spreads_may_differ_in_kind() -> None:
    spread = {"between_subjects": 0.2, "uncertainty": {"distribution": "uniform", "low": 0.5, "high": 4}}
    read = declare("k", {**ROW, "spread": spread, "source": ASSUMED})
    assert read.spread.between_subjects == Distribution("lognormal", 0.2)
    assert read.spread.uncertainty == Distribution("uniform", low=0.5, high=4.0)


def test_a_standard_deviation_is_in_the_unit_of_the_value() -> None:
    spread = {"uncertainty": {"distribution": "normal", "sd": 0.5}}
    read = declare("k", {**ROW, "value": -2.0, "bounds": [-5, 5], "spread": spread, "source": ASSUMED})
    assert read.spread.uncertainty == Distribution("normal", 0.25)


def test_a_row_that_replaces_keeps_what_it_does_not_say() -> None:
    spread = {"distribution": "normal", "between_subjects": 0.2, "uncertainty": 0.3}
    base = declare("k", {**ROW, "spread": spread, "source": ASSUMED, "bounds": [0, 9]}, mechanism="growth")
    other = replaced(base, "line.k", {"value": 3.0, "source": ASSUMED, "spread": {"uncertainty": 0.1}})
    assert (other.value, other.bounds, other.mechanism, other.unit) == (3.0, (0.0, 9.0), "growth", "1/day")
    assert other.spread.between_subjects == Distribution("normal", 0.2)
    assert other.spread.uncertainty == Distribution("normal", 0.1)
    with pytest.raises(ValueError, match="unknown key 'unit'"):
        replaced(base, "line.k", {"value": 3.0, "unit": "1/h", "source": ASSUMED})
