"""Days of a course: on weekdays, with holidays left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abscopal.study.days import DaysField
from abscopal.study.fields import FieldError

DAYS = DaysField()


def _read(**given: Any) -> tuple[float, ...]:
    found: tuple[float, ...] = DAYS.read({key.rstrip("_"): value for key, value in given.items()})
    return found


def test_thirty_fractions_on_weekdays_take_six_weeks() -> None:
    days = _read(weekdays="5", from_="0 d", times="30")
    assert len(days) == 30
    assert days[-1] == 39.0
    assert all(day % 7 < 5 for day in days)


def test_named_weekdays() -> None:
    assert _read(weekdays=["Mon", "Wed", "Friday"], from_="0 d", times="5") == (0.0, 2.0, 4.0, 7.0, 9.0)
    assert _read(weekdays=["thu", "TUE"], from_="1 d", times="3") == (1.0, 6.0, 8.0)
    assert _read(weekdays="Tue", from_="-2 d", times="3") == (-2.0, 5.0, 12.0)


def test_a_course_that_starts_in_the_middle_of_a_week() -> None:
    assert _read(weekdays="5", starts_on="Wed", from_="0 d", times="6") == (0.0, 1.0, 2.0, 5.0, 6.0, 7.0)


def test_holidays_are_left_out_and_given_later() -> None:
    assert _read(weekdays="5", from_="0 d", times="6", skip=["4 d", "7 d"]) == (0.0, 1.0, 2.0, 3.0, 8.0, 9.0)
    assert _read(every="12 h", from_="0 d", times="4", skip="1 d") == (0.0, 0.5, 2.0, 2.5)


@given(st.integers(1, 7), st.integers(1, 60), st.sets(st.integers(0, 60), max_size=10), st.integers(-20, 20))
def test_every_course_has_its_number_of_days_and_none_is_a_holiday(
    weekdays: int, times: int, holidays: set[int], first: int
) -> None:
    skip = [f"{day} d" for day in sorted(holidays)] or None
    days = _read(weekdays=str(weekdays), from_=f"{first} d", times=str(times), skip=skip)
    assert len(days) == times
    assert list(days) == sorted(set(days))
    assert not set(days) & set(map(float, holidays))
    assert all((day - first) % 7 < weekdays for day in days)
    # Nothing that could be given is left out.
    could = [d for d in range(first, int(days[-1]) + 1) if (d - first) % 7 < weekdays and d not in holidays]
    assert list(days) == could


@pytest.mark.parametrize(
    ("given_", "message", "below"),
    [
        ({"weekdays": "8", "from": "0 d", "times": "3"}, "out of range", ("weekdays",)),
        ({"weekdays": ["Mon", "Funday"], "from": "0 d", "times": "3"}, "Funday", ("weekdays", 1)),
        ({"weekdays": ["Mon", "Mon"], "from": "0 d", "times": "3"}, "twice", ("weekdays",)),
        ({"weekdays": [], "from": "0 d", "times": "3"}, "no weekday", ("weekdays",)),
        ({"weekdays": "5", "starts_on": "Sun", "from": "0 d", "times": "3"}, "none of the weekdays", ("starts_on",)),
        ({"weekdays": "5", "every": "1 d", "from": "0 d", "times": "3"}, "exclude", ("every",)),
        ({"every": "1 d", "starts_on": "Mon", "from": "0 d", "times": "3"}, "belongs to", ("starts_on",)),
        ({"weekday": "5", "from": "0 d", "times": "3"}, "unknown key", ("weekday",)),
        ({"weekdays": "5", "from": "0 d"}, "'times' is missing", ()),
        ({"from": "0 d", "times": "3"}, "'every' is missing", ()),
        ({"every": "100 d", "from": "0 d", "times": "1000"}, "after day 3650", ("times",)),
        ({"weekdays": "5", "from": "0 d", "times": "3", "skip": ["1,5 d"]}, "comma", ("skip", 0)),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_key(given_: Any, message: str, below: Any) -> None:
    with pytest.raises(FieldError, match=message) as caught:
        DAYS.read(given_)
    assert caught.value.below == below
