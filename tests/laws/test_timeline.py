"""Laws of the timeline: nothing lost, nothing doubled, order written, calendar of no account."""

from __future__ import annotations

import math
from collections import Counter

import hypothesis.strategies as st
from hypothesis import given, settings

from abscopal import parameters, study
from abscopal.regimen import KIND_ORDER, Event, timeline

law = settings(max_examples=40, deadline=None, derandomize=True)

SITES = ("near", "far")
AGENTS = parameters.agents()[:3]
PRODUCT = parameters.products()[0]

# Hours and days mixed, so that the same time is reached by different arithmetic.
times = st.one_of(st.integers(0, 20).map(lambda n: f"{n} d"), st.integers(0, 480).map(lambda n: f"{n} h"))
day_lists = st.lists(st.integers(0, 480), min_size=1, max_size=5, unique=True).map(
    lambda hours: [f"{h // 24} d" if h % 24 == 0 else f"{h} h" for h in hours]
)
repeats = st.builds(
    lambda start, every, n: {"from": f"{start} d", "every": f"{every} h", "times": n},
    st.integers(0, 10),
    st.integers(1, 72),
    st.integers(1, 6),
)
days = st.one_of(times, day_lists, repeats)
doses = st.floats(0, 30, allow_nan=False).map(lambda x: round(x, 3))

radiation = st.fixed_dictionaries(
    {
        "quality": st.just("X-rays"),
        "dose_per_fraction": doses.map(lambda x: f"{x} Gy"),
        "days": days,
        "target": st.sampled_from(["near", "far", list(SITES), "whole_body"]),
    }
)
drug = st.fixed_dictionaries(
    {
        "agent": st.sampled_from(AGENTS),
        "dose": st.one_of(doses.map(lambda x: f"{x} mg"), doses.map(lambda x: f"{x} mg/kg")),
        "days": days,
    }
)
cells = st.fixed_dictionaries(
    {"product": st.just(PRODUCT), "number": doses.map(lambda x: f"{x}e5 cells"), "days": days}
)
arms = st.fixed_dictionaries(
    {
        "radiation": st.lists(radiation, max_size=3),
        "drugs": st.lists(drug, max_size=3),
        "cells": st.lists(cells, max_size=2),
    }
)


def _study(arm: dict[str, object]) -> study.Study:
    return study.from_dict(
        {
            "abscopal": 1,
            "study": "law",
            "tumour": "LM8",
            "clock": "inoculation",
            "host": {"body_weight": "25 g"},
            "sites": {"near": {"inoculum": "1e6 cells"}, "far": {"inoculum": "2e6 cells", "inoculated": "0 d"}},
            "arms": {"arm": arm},
            "control": "arm",
            "follow_up": "100 d",
        }
    )


def _number(text: str) -> float:
    return float(text.split()[0])


@law
@given(arms)
def test_every_fraction_injection_and_infusion_is_there_once(arm: dict[str, object]) -> None:
    made = _study(arm)
    line = timeline(made, "arm")
    given_days = sorted(day for course in made.arm("arm").courses for day in course.days)
    assert sorted(event.day for event in line if event.kind != "inoculation") == given_days
    assert Counter(event.what for event in line.of_kind("inoculation")) == {"LM8": 2}


@law
@given(arms)
def test_total_dose_and_amounts_are_conserved(arm: dict[str, list[dict[str, str]]]) -> None:
    line = timeline(_study(arm), "arm")
    for site in SITES:
        # Told from the written text, not from the parsed study: days as written, dose as written.
        wanted = math.fsum(
            _number(c["dose_per_fraction"]) * _count(c["days"])
            for c in arm["radiation"]
            if c["target"] == "whole_body" or site == c["target"] or site in c["target"]
        )
        assert math.isclose(line.dose_gy(site), wanted, rel_tol=1e-12, abs_tol=1e-12)
    for agent in AGENTS:
        wanted = math.fsum(
            _number(c["dose"]) * (25.0 if c["dose"].endswith("mg/kg") else 1000.0) * _count(c["days"])
            for c in arm["drugs"]
            if c["agent"] == agent
        )
        assert math.isclose(line.total(agent), wanted, rel_tol=1e-12, abs_tol=1e-12)
    wanted = math.fsum(_number(c["number"]) * _count(c["days"]) for c in arm["cells"])
    assert math.isclose(line.total(PRODUCT), wanted, rel_tol=1e-12, abs_tol=1e-12)


def _count(days: object) -> int:
    if isinstance(days, dict):
        return int(days["times"])
    return len(days) if isinstance(days, list) else 1


@law
@given(arms)
def test_order_is_by_time_then_kind_then_as_written(arm: dict[str, object]) -> None:
    made = _study(arm)
    line = timeline(made, "arm")

    def rank(event: Event) -> tuple[float, int]:
        return event.day, KIND_ORDER.index(event.kind)

    assert [rank(e) for e in line] == sorted(rank(e) for e in line)
    courses = list(made.arm("arm").courses)
    for first, second in zip(line, line.events[1:], strict=False):
        if rank(first) == rank(second) and first.kind != "inoculation":
            positions = [next(i for i, c in enumerate(courses) if c is e.details) for e in (first, second)]
            assert positions == sorted(positions)


@law
@given(arms, st.integers(-300, 300))
def test_a_shifted_calendar_shifts_every_event_and_nothing_else(arm: dict[str, object], quarter_days: int) -> None:
    made, shift = _study(arm), quarter_days / 4
    line, moved = timeline(made, "arm"), timeline(made.shifted(shift), "arm")
    assert [e.day for e in moved] == [e.day + shift for e in line]
    assert [(e.kind, e.what, e.amount, e.unit, e.where) for e in moved] == [
        (e.kind, e.what, e.amount, e.unit, e.where) for e in line
    ]
    assert (moved.start_day, moved.end_day) == (line.start_day + shift, line.end_day + shift)
    assert [(e.day, e.what) for e in line.shifted(shift)] == [(e.day, e.what) for e in moved]


def test_simultaneous_events_are_simultaneous_however_they_are_written() -> None:
    arm = {
        "cells": [{"product": PRODUCT, "number": "1e6 cells", "days": {"from": "0 d", "every": "0.1 d", "times": 4}}],
        "drugs": [{"agent": AGENTS[0], "dose": "1 ug", "days": "0.3 d"}],
        "radiation": [{"quality": "X-rays", "dose_per_fraction": "2 Gy", "days": "7.2 h", "target": "near"}],
    }
    line = timeline(_study(arm), "arm")
    assert len(line) == 2 + 4 + 1 + 1  # inoculations, infusions, the injection, the fraction
    last = line.events[-3:]
    assert [event.kind for event in last] == ["fraction", "drug", "cells"]
    assert {event.day for event in last} == {0.3}
