"""What each row of a table becomes, and why one is left out."""

from __future__ import annotations

from typing import Any

import pytest

from abscopal.errors import InputError
from abscopal.fitting.rows import LEFT_OUT, rows_of
from abscopal.measurements import ABOVE, BELOW, Measurements, Observation


def _one(animal: str, day: float, value: float, **more: Any) -> Observation:
    return Observation("control", animal, "primary", day, more.pop("observable", "volume"), value, **more)


def _mean(day: float, value: float, n: int = 8, **more: Any) -> Observation:
    return _one("", day, value, statistic="mean", sd=30.0, n=n, **more)


def _roles(bench: Any, *rows: Observation) -> list[str]:
    return [row.role for row in rows_of(bench.prepared, Measurements(rows))]


def test_censoring_and_summaries(bench: Any) -> None:
    rows = (
        _one("1", 1, 100),
        _one("1", 2, 20, censoring=BELOW),
        _one("1", 3, 900, censoring=ABOVE),
        _one("1", 4, 50, lower=20.0),
        _mean(1, 100),
        _mean(2, 20, censoring=BELOW),
    )
    assert _roles(bench, *rows) == ["exact", "below", "above", "interval", "mean", "below"]


def test_what_follows_the_limit_is_left_out(bench: Any) -> None:
    rows = (_one("1", 5, 1600), _one("1", 8, 1600), _one("2", 8, 400))
    assert _roles(bench, *rows) == ["exact", LEFT_OUT, "exact"]
    found = rows_of(bench.prepared, Measurements(rows))
    assert "passed the limit of 1500 mm3 on day 5" in found[1].why


def test_a_group_ends_when_it_loses_its_first_animal(bench: Any) -> None:
    assert _roles(bench, _mean(1, 100), _mean(4, 300), _mean(7, 200, n=6)) == ["mean", "mean", LEFT_OUT]


def test_a_removal_without_volumes_is_an_interval_of_a_gap(bench: Any) -> None:
    death, alive = _one("1", 14, 1.0, observable="death"), _one("2", 18, 0.0, observable="death")
    found = rows_of(bench.prepared, Measurements((death, alive)))
    assert [row.role for row in found] == ["death", "alive"]
    assert found[0].why == "reached the limit between day 10.5 and day 14"


def test_the_gap_is_that_of_the_measurements(bench: Any) -> None:
    others = tuple(_one("2", day, 100) for day in (2, 4, 6))
    found = rows_of(bench.prepared, Measurements((_one("1", 14, 1.0, observable="death"), *others)))
    assert found[0].before == 12.0


@pytest.mark.parametrize(("last", "why"), [(1300.0, "its measured volumes tell"), (200.0, "left for another reason")])
def test_volumes_tell_more_than_the_removal(bench: Any, last: float, why: str) -> None:
    found = rows_of(bench.prepared, Measurements((_one("1", 10, last), _one("1", 13, 1.0, observable="death"))))
    assert found[1].role == LEFT_OUT
    assert why in found[1].why


def test_all_faults_are_told_at_once_with_their_lines(bench: Any) -> None:
    rows = (_one("1", 1, 100, observable="volumes", line=2), _one("1", 2, 0.0, line=3), _one("1", 3, 5, line=4))
    with pytest.raises(InputError) as told:
        rows_of(bench.prepared, Measurements(rows, name="data.csv"))
    assert "data.csv:2" in str(told.value)
    assert "data.csv:3" in str(told.value)
    assert "'volume'" in str(told.value)


def test_names_that_cannot_be_estimated(bench: Any) -> None:
    rows = bench.rows(1)
    with pytest.raises(InputError) as told:
        bench.problem(rows, shared=("doubling_tim", "cell_density", "alpha_photon", "alpha_photon"))
    for words in ("did you mean 'doubling_time'", "'cell_density' has no declared uncertainty", "given twice"):
        assert words in str(told.value)
    with pytest.raises(InputError, match="no declared spread between animals"):
        bench.problem(rows, individual=("beta_photon",))
