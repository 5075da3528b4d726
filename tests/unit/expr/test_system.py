"""What the engine is given: the fingerprint of a system, and the checks of a schedule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from abscopal.expr import EventMap, Schedule, System, const, symbol

Y, K, D = symbol("y"), symbol("k"), symbol("d")


def _system(rate: float = 2.0) -> System:
    return System(
        states=(Y,),
        parameters=(K,),
        rates=(-K * Y * rate,),
        initial=(const(1.0),),
        outputs=(("y", Y),),
        maps=(EventMap("dose", (D,), ((0, Y + D),)),),
        scales=(1.0,),
        extinct_below=(0.0,),
    )


def test_equal_systems_have_equal_fingerprints() -> None:
    assert _system().fingerprint == _system().fingerprint
    assert len(_system().fingerprint) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"rates": (-K * Y * 2.0000000000000004,)},
        {"rates": (-(K + 0.0 * Y) * Y,)},
        {"initial": (const(1.5),)},
        {"outputs": (("z", Y),)},
        {"outputs": (("y", Y * 2),)},
        {"outputs": ()},
        {"scales": (2.0,)},
        {"extinct_below": (1.0,)},
        {"maps": ()},
        {"maps": (EventMap("other", (D,), ((0, Y + D),)),)},
        {"maps": (EventMap("dose", (D,), ((0, Y - D),)),)},
        {"maps": (EventMap("dose", (D, K), ((0, Y + D),)),)},
        {"maps": (EventMap("dose", (D,), ()),)},
        {"states": (symbol("other"),)},
        {"parameters": (symbol("other"),)},
    ],
)
def test_every_change_changes_the_fingerprint(change: dict[str, object]) -> None:
    assert replace(_system(), **change).fingerprint != _system().fingerprint  # type: ignore[arg-type]


def test_a_schedule_is_sorted_and_keeps_the_order_of_equal_times() -> None:
    made = Schedule.of([(2.0, 0, [1.0]), (1.0, 1, [5.0, 6.0]), (2.0, 2, []), (1.0, 3, [7.0])])
    assert made.times.tolist() == [1.0, 1.0, 2.0, 2.0]
    assert made.maps.tolist() == [1, 3, 0, 2]
    assert made.arguments.tolist() == [[5.0, 6.0], [7.0, 0.0], [1.0, 0.0], [0.0, 0.0]]


def test_an_empty_schedule() -> None:
    for made in (Schedule(), Schedule.of([])):
        assert (len(made.times), len(made.maps), len(made.arguments)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("times", "maps", "arguments", "message"),
    [
        ([0.0, 1.0], [0], [[0.0]], "one time"),
        ([0.0], [0], [], "one time"),
        ([np.nan], [0], [[0.0]], "finite"),
        ([0.0], [0], [[np.inf]], "finite"),
        ([1.0, 0.0], [0, 0], [[0.0], [0.0]], "sorted"),
    ],
)
def test_a_bad_schedule_is_refused(times: list, maps: list, arguments: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Schedule(np.array(times), np.array(maps, dtype=np.int64), np.array(arguments))
