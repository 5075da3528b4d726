"""Start volumes: every animal has the volume asked for, and an impossible one harms nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abscopal import pipeline
from abscopal.cohort.conditioning import scale_to_volume
from abscopal.simulation import NOT_CONDITIONED

EXAMPLE = Path(__file__).parents[3] / "examples" / "takahashi2019_lm8.yaml"


def _site(volume: str = "75 mm3", day: str = "0 d", **more: str) -> dict[str, Any]:
    return {"inoculum": "1e6 cells", "inoculated": "-9 d", "start_volume": {"value": volume, "day": day}, **more}


def test_every_animal_of_the_example_starts_at_its_volume() -> None:
    study = pipeline.load(EXAMPLE)
    result = pipeline.run(study)
    assert study.cohort.size == 60
    # The arms without treatment before day 0; a fraction leaves the volume of its own day as it was.
    volume = result.data["volume"].sel(site="irradiated", time=0.0)
    for arm in ("NoTX", "Cion"):
        assert np.abs(volume.sel(arm=arm).values / 75.0 - 1.0).max() < 0.002
    assert np.all(result.data["status"].values == 0)


def test_animals_differ_before_and_after_but_not_on_the_day(lab: Any) -> None:
    run = lab.run(lab.study("CT26", {"x": lab.x_rays(8)}, size=6, follow_up=20))
    spread = {day: run.at(day, "volume", "control", "primary") for day in (-3, 0, 10)}
    assert spread[0] == pytest.approx(75.0, rel=0.002)
    assert spread[-3].std() / spread[-3].mean() > 0.02
    assert spread[10].std() / spread[10].mean() > 0.02
    # A site without start volume keeps its own spread of early growth.
    assert run.at(0, "volume", "control", "secondary").std() > 1.0


def test_sites_have_volumes_and_days_of_their_own(lab: Any) -> None:
    sites = {"a": _site("40 mm3", "-2 d"), "b": _site("120 mm3", "3 d")}
    run = lab.run(lab.study("LM8", {}, sites=sites, size=4, follow_up=5))
    assert run.at(-2, "volume", "control", "a") == pytest.approx(40.0, rel=0.002)
    assert run.at(3, "volume", "control", "b") == pytest.approx(120.0, rel=0.002)


def test_host_changes_are_conditioned_on_their_own(lab: Any) -> None:
    run = lab.run(lab.study("CT26", {"nude": lab.host("nude")}, size=4, follow_up=5))
    assert run.at(0, "volume", "nude", "primary") == pytest.approx(75.0, rel=0.002)


def test_an_impossible_volume_is_told_and_leaves_the_rest_unharmed(lab: Any) -> None:
    """Ten cells grow to more than this in ten days, however slowly: the smallest scale is still too large."""
    sites = {"a": _site("0.0001 mm3")}
    run = lab.run(lab.study("CT26", {"x": lab.x_rays(2, target="a")}, sites=sites, size=3, follow_up=3))
    status = run.result.data["status"]
    assert np.all(status.values == NOT_CONDITIONED)
    assert "start volume" in status.attrs[str(NOT_CONDITIONED)]
    assert "inoculation" in status.attrs[str(NOT_CONDITIONED)]
    assert np.all(np.isnan(run("volume", "control", "a")))
    (failure, *_) = run.result.trajectories.failures()
    assert failure["count"] == 3


def test_one_impossible_animal_leaves_the_others_as_they_are(lab: Any) -> None:
    study = lab.study("CT26", {}, sites={"a": _site()}, size=4, follow_up=10)
    alone = lab.run(study)
    barren = lab.run(study, change={"inoculum_take": _only(2, 0.0)})
    status = barren.result.data["status"].sel(arm="control").values
    assert status.tolist() == [0, 0, NOT_CONDITIONED, 0]
    for subject in (0, 1, 3):
        assert np.array_equal(barren("volume", "control", "a")[subject], alone("volume", "control", "a")[subject])


def _only(subject: int, value: float) -> Any:
    def changed(column: np.ndarray) -> np.ndarray:
        column = column.copy()
        column[subject] = value
        return column

    return changed


def test_the_search_finds_roots_of_any_rising_curve() -> None:
    rng = np.random.default_rng(1)
    power, offset = rng.uniform(0.5, 8.0, (50, 2)), rng.normal(0.0, 3.0, (50, 2))
    calls = []

    def volume(x: np.ndarray) -> np.ndarray:
        calls.append(1)
        return np.exp(np.where(x > offset, power, 0.3 * power) * (x - offset)) * 100.0

    found = scale_to_volume(volume, np.array([100.0, 30.0]), np.full((50, 2), -15.0), np.full((50, 2), 15.0))
    assert np.all(np.isfinite(found))
    assert np.abs(np.log(volume(found) / np.array([100.0, 30.0]))).max() < 1e-3
    assert len(calls) < 25


def test_an_animal_does_not_depend_on_its_company() -> None:
    """Whoever takes longer to find must not move what the others have found."""
    target, ends = np.array([100.0]), (np.full((2, 1), -15.0), np.full((2, 1), 15.0))
    power, offset = np.array([[1.3], [8.0]]), np.array([[0.4], [9.0]])

    def volume(x: np.ndarray) -> np.ndarray:
        rows = slice(0, len(x))
        return np.exp(power[rows] * (x - offset[rows]) + 0.1 * np.sin(x)) * 100.0

    alone = scale_to_volume(volume, target, ends[0][:1], ends[1][:1])
    together = scale_to_volume(volume, target, *ends)
    assert together[0, 0] == alone[0, 0]
    assert np.isfinite(together[1, 0])


def test_the_search_says_where_the_bracket_holds_no_root() -> None:
    ends = np.full((3, 1), -1.0), np.full((3, 1), 1.0)
    offset = np.array([[0.0], [-5.0], [5.0]])
    found = scale_to_volume(lambda x: np.exp(x + offset), np.array([1.0]), *ends)
    assert np.isnan(found[:, 0]).tolist() == [False, True, True]
    assert found[0, 0] == pytest.approx(0.0, abs=1e-3)


def test_a_search_that_does_not_converge_is_no_success() -> None:
    """A jump over the target: no scale has this volume, though both ends straddle it."""
    ends = np.full((1, 1), -1.0), np.full((1, 1), 1.0)
    found = scale_to_volume(lambda x: np.where(x < 0.3, 1.0, 100.0), np.array([10.0]), *ends)
    assert np.all(np.isnan(found))
