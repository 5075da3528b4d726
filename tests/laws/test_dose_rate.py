"""Between a fraction and a dose rate nothing jumps; a slow field may hit a part of its target, with no valleys too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

DOSE_GY = 8.0


def _slow(lab: Any, hours: float, **more: Any) -> dict[str, Any]:
    treatment: dict[str, Any] = lab.x_rays(DOSE_GY, dose_rate=f"{DOSE_GY / 60 / hours:.12g} Gy/min", **more)
    return treatment


def _largest_gap(run: Any, one: str, other: str) -> tuple[float, str]:
    """The largest difference of any readout between two arms, relative to its largest value; of doses, to the dose."""
    gaps = []
    for name in run.result.data.data_vars:
        data = run.result.data[name]
        if "time" in data.dims and name != "dose_rate":  # which ends when the dose does
            first, second = (np.asarray(data.sel(arm=arm).values) for arm in (one, other))
            size = max(float(np.nanmax(np.abs(first))), float(np.nanmax(np.abs(second))))
            size = max(size, DOSE_GY if "dose" in str(name) else 1e-9)
            gaps.append((float(np.nanmax(np.abs(first - second))) / size, str(name)))
    return max(gaps)


@pytest.mark.parametrize(
    "more", [{}, {"irradiated_share": "40 %"}, {"node_in_field": True}], ids=["all", "part", "node"]
)
def test_no_readout_jumps_where_a_dose_becomes_a_dose_rate(lab: Any, more: dict[str, Any]) -> None:
    """At 6 h, where it stops being a fraction alone, and at a day, where it is nothing but a dose rate."""
    hours = {"5.999 h": 5.999, "6.001 h": 6.001, "23.999 h": 23.999, "24.001 h": 24.001}
    arms = {name: _slow(lab, duration, **more) for name, duration in hours.items()}
    run = lab.run(lab.study("CT26", arms, size=2, follow_up=12), rtol=1e-7)
    for one, other in (("5.999 h", "6.001 h"), ("23.999 h", "24.001 h")):
        gap, name = _largest_gap(run, one, other)
        assert gap < 1e-3, (one, name, gap)


@pytest.mark.slow
def test_nothing_jumps_beside_a_fraction_of_another_quality(lab: Any) -> None:
    beside = lab.carbon(2)
    arms = {f"{hours} h": lab.both(beside, _slow(lab, hours)) for hours in (5.999, 6.001)}
    run = lab.run(lab.study("CT26", arms, size=2, follow_up=12), rtol=1e-7)
    gap, name = _largest_gap(run, *arms)
    assert gap < 1e-3, (name, gap)


@pytest.mark.slow
def test_two_slow_doses_side_by_side_are_one_at_twice_the_rate(lab: Any) -> None:
    half = lab.x_rays(DOSE_GY / 2, dose_rate=f"{DOSE_GY / 120 / 12:.12g} Gy/min")
    arms = {"one": _slow(lab, 12), "two": lab.both(half, half)}
    run = lab.run(lab.study("CT26", arms, size=2, follow_up=12), rtol=1e-7)
    gap, name = _largest_gap(run, *arms)
    assert gap < 1e-5, (name, gap)


@pytest.mark.slow
def test_the_longer_a_dose_takes_the_less_it_kills(lab: Any) -> None:
    """And no step between neighbours is a cliff."""
    hours = (0.1, 2, 4, 6, 9, 12, 16, 20, 24, 36)
    arms = {f"{h} h": _slow(lab, h) for h in hours}
    run = lab.run(lab.study("CT26", arms, size=2, follow_up=3, immune="scid"), without=["natural_killer"], rtol=1e-7)
    living = np.array([run.at(3, "tumour", arm, "primary") for arm in arms])
    assert np.all(np.diff(living, axis=0) > 0.0)


SEEDS = {"quality": "I-125", "initial_dose_rate": "7 cGy/h", "days": "0 d", "target": "primary"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["seeds", "slow"])
def test_a_slow_field_may_hit_a_part_of_the_target_without_valleys(lab: Any, kind: str) -> None:
    def field(**more: Any) -> dict[str, Any]:
        return {"radiation": [{**SEEDS, **more}]} if kind == "seeds" else _slow(lab, 30, **more)

    arms = {
        "all": field(),
        "nearly all": field(irradiated_share="99.99 %"),
        "part": field(irradiated_share="40 %"),
        "faint valleys": field(irradiated_share="40 %", valley_dose="0.001 %"),
        "valleys": field(irradiated_share="40 %", valley_dose="25 %"),
    }
    run = lab.run(lab.study("CT26", arms, size=2, follow_up=10), rtol=1e-7)
    last = {arm: run.at(10, "volume", arm, "primary") for arm in ("control", *arms)}
    assert last["faint valleys"] == pytest.approx(last["part"], rel=1e-3)
    assert last["nearly all"] == pytest.approx(last["all"], rel=1e-3)
    for less, more in (("all", "valleys"), ("valleys", "part"), ("part", "control")):
        assert np.all(last[less] < last[more]), (less, more)
