"""The tumours of one animal come from one line in one host: a start volume of one says how the others take too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import pipeline, simulation, study
from abscopal.simulation import Settings, inocula

SIDES = ("left", "right")


def _study(volume: str | None, immune: str = "nude", **more: Any) -> study.Study:
    plain = {"inoculum": "5e5 cells", "inoculated": "-10 d"}
    started = plain if volume is None else {**plain, "start_volume": {"value": volume, "day": "0 d"}}
    return study.from_dict(
        {
            "abscopal": 1,
            "study": "two flanks",
            "tumour": "CT26",
            "host": {"immune": immune},
            "sites": {"left": started, "right": plain},
            "arms": {"control": {}},
            "control": "control",
            "follow_up": "10 d",
            "cohort": {"size": "6"},
            **more,
        }
    )


@pytest.mark.slow
def test_an_unconditioned_tumour_is_as_large_as_the_conditioned_one_beside_it() -> None:
    """Same cells, same day, same animals: as large in the median, however much the volume asks of the inoculum."""
    chosen = _study("600 mm3", cohort={"size": "24"})
    data = pipeline.run(chosen).data
    left, right = (data["volume"].sel(arm="control", site=side, time=0.0).values for side in SIDES)
    assert left == pytest.approx(600.0, rel=0.002)
    assert np.median(right / left) == pytest.approx(1.0, abs=0.15)


def test_a_challenge_after_the_day_of_the_volume_has_the_cells_typed() -> None:
    started = {"inoculum": "5e5 cells", "inoculated": "-10 d", "start_volume": {"value": "600 mm3", "day": "0 d"}}
    sites = {"left": started, "challenge": {"inoculum": "5e5 cells", "inoculated": "5 d"}}
    first, later = inocula.of_the_median_subject(pipeline.prepare(_study(None, sites=sites)))
    assert first.factor > inocula.TOLD_FACTOR
    assert later.factor == pytest.approx(1.0)


def test_without_start_volumes_the_typed_cells_are_simulated() -> None:
    prepared = pipeline.prepare(_study(None))
    assert [item.factor for item in inocula.of_the_median_subject(prepared)] == pytest.approx([1.0, 1.0])
    assert not inocula.notes(prepared, inocula.of_the_median_subject(prepared))


def test_cells_simulated_are_told_with_their_factor_and_warned_of_when_far_from_the_typed_ones() -> None:
    prepared = pipeline.prepare(_study("150 mm3"))
    left, right = inocula.of_the_median_subject(prepared)
    assert left.typed == right.typed == 5e5
    assert left.factor == pytest.approx(right.factor, rel=1e-9)
    # The number told is the number from which the untreated tumour reaches the volume: typed so, none is scaled.
    again = pipeline.prepare(
        _study(
            "150 mm3",
            sites={
                "left": {
                    "inoculum": f"{left.simulated:.6g} cells",
                    "inoculated": "-10 d",
                    "start_volume": {"value": "150 mm3", "day": "0 d"},
                }
            },
        )
    )
    assert inocula.of_the_median_subject(again)[0].factor == pytest.approx(1.0, abs=0.02)
    much = inocula.of_the_median_subject(pipeline.prepare(_study("600 mm3")))
    told = inocula.notes(prepared, much)
    assert much[0].factor > inocula.TOLD_FACTOR
    assert len(told) == 2
    assert "5e+05 are typed" in told[0]


def test_the_result_holds_the_cells_of_every_animal() -> None:
    prepared = pipeline.prepare(_study("150 mm3"))
    data = pipeline.run(_study("150 mm3")).data
    solved = simulation.simulate(prepared, settings=Settings())
    assert data["settled_cells"].sel(arm="control").values == pytest.approx(solved["control"].settled_cells)
    assert data["settled_cells"].attrs["unit"] == "cells"
