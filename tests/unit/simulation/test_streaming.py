"""A cohort too large for memory says the same as one that fits, and goes on after a stop."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abscopal import pipeline
from abscopal.engine.ensemble import streaming as engine_streaming
from abscopal.report.study_result import StudyResult
from abscopal.simulation import NOT_CONDITIONED, Settings, streaming
from abscopal.storage.drafts import held


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing fits, five subjects are kept, and blocks hold eight."""
    monkeypatch.setattr(streaming, "MOST_MEMORY_BYTES", 1.0)
    monkeypatch.setattr(streaming, "SUBJECTS_KEPT", 5)
    plain = engine_streaming.stream
    monkeypatch.setattr(streaming, "stream", lambda *a, **k: plain(*a, **{**k, "block": 8}))


def _study(lab: Any, **more: Any) -> Any:
    arms = {"x": lab.x_rays(8), "nude": lab.host("nude")}
    return lab.study("CT26", arms, size=20, follow_up=25, **more)


@pytest.mark.parametrize("sharing", ["shared", "independent"])
def test_a_streamed_cohort_has_the_end_points_of_a_kept_one(
    lab: Any, sharing: str, request: pytest.FixtureRequest
) -> None:
    whole = pipeline.run(_study(lab, sharing=sharing))
    request.getfixturevalue("small_memory")
    streamed = pipeline.run(_study(lab, sharing=sharing))
    assert (whole.trajectories.kept, whole.trajectories.subjects) == (20, 20)
    assert (streamed.trajectories.kept, streamed.trajectories.subjects) == (5, 20)
    day = streamed.comparison_day[0]
    if whole.comparison_day[0] == day:
        for field in fields(whole.end_points):
            ours, theirs = (getattr(result.end_points, field.name) for result in (streamed, whole))
            assert np.array_equal(ours, theirs), field.name
    assert np.array_equal(streamed.end_points.days, whole.end_points.days)  # type: ignore[arg-type]
    kept = streamed.data["volume"].values
    assert np.array_equal(kept, whole.data["volume"].values[:, :5])
    ours, theirs = (result.trajectories.quantiles("volume")[2] for result in (streamed, whole))
    assert ours.shape == theirs.shape
    assert np.median(np.abs(np.log((ours + 1.0) / (theirs + 1.0)))) < 0.1
    assert any("20 subjects per arm were streamed" in note for note in streamed.summary()["notes"])


def test_a_streamed_cohort_is_solved_as_the_settings_say(lab: Any, request: pytest.FixtureRequest) -> None:
    """Solvers agree to their tolerance, not to the last digit."""
    settings = Settings(solver="reference", rtol=1e-3)
    study = lab.study("CT26", {}, size=3, follow_up=12)
    whole = pipeline.run(study, settings=settings).end_points.volume_mm3
    request.getfixturevalue("small_memory")
    streamed = pipeline.run(study, settings=settings)
    assert np.array_equal(streamed.end_points.volume_mm3, whole)
    assert streamed.metadata.provenance["solver"] == "reference"


def test_subjects_without_their_start_volume_are_counted_as_failed(lab: Any, small_memory: None) -> None:
    site = {"inoculum": "1e6 cells", "inoculated": "-9 d", "start_volume": {"value": "0.0001 mm3", "day": "0 d"}}
    result = pipeline.run(lab.study("CT26", {}, sites={"a": site}, size=20, follow_up=3))
    (failure,) = result.trajectories.failures()
    assert (failure["count"], failure["code"]) == (20, NOT_CONDITIONED)
    assert result.arms[0].failed == 20


@pytest.mark.slow
def test_a_stopped_stream_goes_on_with_the_blocks_that_it_noted(lab: Any, small_memory: None, tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def stop(arm: str, done: int, total: int) -> None:
        seen.append((arm, done))
        if arm == "x" and done == 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.run(_study(lab), progress=stop, notes=tmp_path)
    first = len(seen)
    seen.clear()
    again = pipeline.run(_study(lab), progress=lambda arm, done, _: seen.append((arm, done)), notes=tmp_path)
    assert 0 < len(seen) < first + 3  # the control's blocks are not solved a second time
    assert [done for arm, done in seen if arm == "control"] == []
    plain = pipeline.run(_study(lab))
    assert np.array_equal(again.end_points.volume_mm3, plain.end_points.volume_mm3)


@pytest.mark.slow
def test_the_end_points_of_all_are_saved(lab: Any, small_memory: None, tmp_path: Path) -> None:
    import xarray as xr

    result = StudyResult.of(pipeline.run(_study(lab)))
    result.save(tmp_path / "out")
    with xr.open_dataset(tmp_path / "out" / "trajectories.nc", engine="h5netcdf") as stored:
        assert stored["volume"].sizes["subject"] == 5
        assert stored["all_days"].sizes == {"arm": 3, "everyone": 20}
        assert np.array_equal(stored["all_days"].values, result.end_points.days)  # type: ignore[arg-type]
        assert stored.attrs["subjects_simulated_per_arm"] == 20


def test_notes_of_another_run_are_never_used(lab: Any, small_memory: None, tmp_path: Path, monkeypatch: Any) -> None:
    """Into one folder of notes: another seed, other end points, another model and version; each its own numbers."""
    notes = tmp_path / "notes"

    def volumes(**more: Any) -> Any:
        return pipeline.run(_study(lab, **more), notes=notes).end_points.volume_mm3

    first = volumes(seed=1)
    assert not np.array_equal(first, volumes(seed=2))
    assert np.array_equal(first, volumes(seed=1))
    kept = len(list(notes.iterdir()))
    monkeypatch.setattr(streaming, "model_hash", lambda: "another")
    assert np.array_equal(first, volumes(seed=1))
    assert len(list(notes.iterdir())) > kept
    kept = len(list(notes.iterdir()))
    monkeypatch.setattr(streaming, "__version__", "0.0.1")
    assert np.array_equal(first, volumes(seed=1))
    assert len(list(notes.iterdir())) > kept


def test_two_runs_at_once_do_not_share_their_notes(lab: Any, small_memory: None, tmp_path: Path) -> None:
    tmp_path.joinpath("notes").mkdir()
    with held(tmp_path / "notes"):
        pipeline.run(_study(lab), notes=tmp_path / "notes")
        assert not list((tmp_path / "notes").iterdir())
