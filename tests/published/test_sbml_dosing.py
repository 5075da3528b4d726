"""Doses that a model gives itself: each happens as often, and when, as its trigger says."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("libsbml")

from sbml_documents import build

from abscopal import published

END = 40.0
FINE = np.linspace(0.0, END, 401)
WEEKS = [7.0, 14.0, 21.0, 28.0, 35.0]


def _model(when, **more):
    text = build(
        level=3,
        version=2,
        species={"A": 0.0},
        parameters={"N": 7.0, "z": 0.0, "k": 1.0},
        varying=["z"],
        rates={"z": "1"},
        reactions=[("0*A", "r1", {"A": -1})],
        events=[{"when": when, "set": {"A": "A+1"}, **more}],
    )
    return published.import_sbml(text.encode(), check_units=False)


def _days(model):
    """The first points shown at which a dose is in, as often as there are doses."""
    run = published.simulate(model, FINE)
    assert not run.messages()
    given = np.diff(run["A"][0])
    return [float(t) for t, n in zip(FINE[1:], np.rint(given), strict=True) for _ in range(int(n))]


@pytest.mark.parametrize(
    "when",
    [
        "time - 7*floor(time/7) == 0",
        "time - 7*floor(time/7) <= 0",
        "time - N*floor(time/N) == 0",
        "time - N*floor(time/N) < 0.5",
        "time - N*ceil(time/N) == 0",
        "time - N*ceil(time/N) >= 0",
        "time/N == floor(time/N)",
        "ceil(time/7) == floor(time/7)",
        "ceil(time/7) - floor(time/7) <= 0",
        "rem(time, 7) == 0",
        "rem(time, N) < 1e-9",
        "abs(rem(time, 7)) < 1e-12",
        "rem(floor(time), 7) == 0",
        "sin(pi*time/7) == 0",
    ],
)
def test_a_dose_by_a_remainder_of_nought_is_given_every_week(when):
    assert _days(_model(when)) == pytest.approx(WEEKS)


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("(time-1) - 7*floor((time-1)/7) == 0", [1, 8, 15, 22, 29, 36]),
        ("rem(time+3, 7) == 0", [4, 11, 18, 25, 32, 39]),
        ("rem(time, 7) == 3", [3, 10, 17, 24, 31, 38]),
        ("rem(time, 7) == 0 || rem(time, 7) == 2", [2, 7, 9, 14, 16, 21, 23, 28, 30, 35, 37]),
        ("rem(time, 7) == 0 && time > 10 && time < 30", [14, 21, 28]),
        ("rem(time, 7) == 0 && rem(time, 14) != 0", [7, 21, 35]),
        ("rem(time, 7) == rem(time, 14)", [14, 28]),
        ("rem(time, 7) == 0 && z >= 10", WEEKS[1:]),
        ("floor(time/7) >= 3", [21]),
        ("quotient(time, 7) >= 2", [14]),
        ("time == 14 || time == 21", [14, 21]),
    ],
)
def test_offsets_several_days_and_further_conditions(when, days):
    assert _days(_model(when)) == pytest.approx(days)


@pytest.mark.parametrize("cycle", ["0.1", "0.7", "1/3"])
def test_round_off_loses_no_dose_of_a_cycle_that_is_no_whole_number(cycle):
    model = _model(f"time - ({cycle})*floor(time/({cycle})) == 0")
    run = published.simulate(model, [0.0, END + 0.01])
    assert run["A"][0, -1] == np.floor((END + 0.01) / eval(cycle) + 1e-9)


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("(time-5)^2 <= 0", [5.0]),
        ("(time-5.03)^2 < 1e-12", [5.1]),
        ("exp(-(time-20.03)^2*1e6) > 0.5", [20.1]),
        ("sin(time)^2 > 0.99999 && time < 6", [1.6, 4.8]),
        ("z >= 10 && z < 10.0001", [10.1]),
    ],
)
def test_a_trigger_that_holds_for_less_than_any_step_is_found(when, days):
    assert _days(_model(when)) == pytest.approx(days, abs=0.101)
    assert len(_days(_model(when))) == len(days)


def test_equality_along_the_trajectory_is_warned_of():
    (warning,) = _model("z == 10").warnings
    assert "e0" in warning
    assert ">= or <=" in warning


@pytest.mark.parametrize(
    ("when", "do"), [("time >= z", {"z": "z+1e-7"}), ("rem(time,1e-6) == 0", {"A": "A+1"}), ("A < 9.9999", {"A": "10"})]
)
def test_an_event_without_end_is_told_of_by_name(when, do):
    from abscopal.errors import InputError

    text = build(
        level=3,
        version=2,
        species={"A": 10.0},
        parameters={"k": 1.0, "z": 1.0},
        varying=["z"],
        reactions=[("k*A", "r1", {"A": -1})],
        events=[{"when": when, "set": do}],
    )
    model = published.import_sbml(text.encode(), check_units=False)
    with pytest.raises(
        InputError, match=r"e0: (events and jumps act more than|jumps .* searched for) \d+ times before time"
    ):
        published.simulate(model, [0.0, 100.0])


def test_doses_of_a_user_are_amounts_at_times():
    from abscopal.errors import InputError

    model = _model("time > 90")
    for amount, times in ((-1.0, [1.0]), (np.nan, [1.0]), (np.inf, [1.0]), (1.0, [np.nan]), (1.0, [np.inf])):
        with pytest.raises(InputError, match=r"no amount|no time"):
            model.dose("A", amount, times)
