"""When a measured animal ended: at its death, or where it is first measured at the limit; else it is censored."""

from __future__ import annotations

import pytest

from abscopal import measurements
from abscopal.measurements import Measurements, Observation, ends_of_animals


def volumes(animal: str, *pairs: tuple[float, float], site: str = "left") -> list[Observation]:
    return [Observation("treated", animal, site, day, "volume", value) for day, value in pairs]


def ends(rows: list[Observation], of: str = "any") -> list[tuple[float, bool]]:
    days, ended = ends_of_animals(Measurements(tuple(rows)), "treated", 1000.0, of)
    return list(zip(days.tolist(), ended.tolist(), strict=True))


def test_an_animal_ends_where_it_is_first_measured_at_the_limit_and_is_censored_where_it_never_is():
    rows = [*volumes("a", (3, 200), (6, 1000), (9, 1500)), *volumes("b", (3, 100), (9, 400))]
    assert ends(rows) == [(6.0, True), (9.0, False)]


def test_a_death_ends_an_animal_before_its_limit_and_one_that_left_alive_is_censored():
    died, left = (Observation("treated", a, "", 5, "death", v) for a, v in (("a", 1.0), ("b", 0.0)))
    assert ends([*volumes("a", (3, 200)), died, *volumes("b", (3, 200)), left]) == [(5.0, True), (5.0, False)]


@pytest.mark.parametrize(("of", "expected"), [("any", (9, False)), ("total", (6, True)), ("left", (9, False))])
def test_the_limit_is_of_the_largest_tumour_or_of_all_together(of, expected):
    rows = [*volumes("a", (3, 300), (6, 600), (9, 700)), *volumes("a", (3, 100), (6, 500), (9, 100), site="right")]
    assert ends(rows, of) == [expected]


def test_a_tumour_below_detection_or_a_summary_is_not_at_the_limit():
    below = Observation("treated", "a", "left", 3, "volume", 2000.0, measurements.BELOW)
    mean = Observation("treated", "", "left", 3, "volume", 2000.0, statistic="mean", n=5)
    assert ends([below, mean]) == [(3.0, False)]


def test_measurements_survive_being_written_as_plain_data():
    rows = (*volumes("a", (3, 200)), Observation("treated", "", "left", 3, "volume", 90, 0, None, "mean", 12.5, 6, 4))
    given = Measurements(rows, ("said",), "data.csv")
    assert measurements.from_plain(measurements.as_plain(given)) == given
