"""A result that was saved comes back: the same numbers, the same words, from the folder alone."""

from __future__ import annotations

import numpy as np
import pytest

import abscopal as ab
from abscopal.errors import InputError
from abscopal.report.study_result import StudyResult
from abscopal.results.storage import SUBJECTS_KEPT


def close(first, second, path=""):
    """Whether two summaries say the same, numbers to the 1e-4 of a readout that the file keeps (of 1, for a change)."""
    if isinstance(first, dict):
        assert first.keys() == second.keys(), path
        return all(close(first[k], second[k], f"{path}.{k}") for k in first)
    if isinstance(first, list | tuple):
        assert len(first) == len(second), path
        return all(close(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(first, second, strict=True)))
    if isinstance(first, float) and isinstance(second, float):
        assert second == pytest.approx(first, rel=1e-3, abs=2e-4), path
        return True
    assert first == second, path
    return True


def test_the_summary_of_an_opened_result_is_the_one_that_was_saved(result, tmp_path):
    saved = StudyResult.of(result)
    saved.save(tmp_path / "out", report=False)
    opened = ab.open(tmp_path / "out")
    assert isinstance(opened, StudyResult)
    assert close(saved.summary(), opened.summary())
    assert repr(opened) == repr(saved)
    assert opened.cite() == saved.cite()
    np.testing.assert_allclose(
        opened.data["volume"], saved.data["volume"].transpose(*opened.data["volume"].dims), rtol=1e-6
    )
    assert opened.report().startswith("<!doctype html>") or "<html" in opened.report()[:200]


def test_it_can_be_saved_and_opened_again(result, tmp_path):
    StudyResult.of(result).save(tmp_path / "one", report=False)
    ab.open(tmp_path / "one").save(tmp_path / "two", report=False)
    again = ab.open(tmp_path / "two" / "summary.json")
    assert close(ab.open(tmp_path / "one").summary(), again.summary())


def test_end_points_of_a_large_cohort_are_of_all_its_animals(synthetic, tmp_path):
    large = StudyResult.build(synthetic.dataset(subjects=SUBJECTS_KEPT + 60), synthetic.metadata())
    large.save(tmp_path / "out", report=False)
    opened = ab.open(tmp_path / "out")
    assert opened.trajectories.subjects == SUBJECTS_KEPT + 60
    assert opened.trajectories.kept == SUBJECTS_KEPT
    for name in ("days", "reached", "volume_mm3", "solved"):
        np.testing.assert_array_equal(getattr(opened.end_points, name), getattr(large.end_points, name))
    for first, second in zip(large.arms, opened.arms, strict=True):
        assert (first.n, first.survival.median_days) == (second.n, second.survival.median_days)
    np.testing.assert_allclose(
        opened.trajectories.quantiles("volume"), large.trajectories.quantiles("volume"), rtol=1e-6
    )


def test_what_is_no_finished_result_is_refused_in_words(result, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        ab.open(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"not the folder of a finished result: it has no trajectories\.nc"):
        ab.open(tmp_path)
    folder = StudyResult.of(result).save(tmp_path / "out", report=False)
    (folder / "trajectories.nc").write_bytes((folder / "trajectories.nc").read_bytes()[:3000])
    with pytest.raises(InputError, match=r"trajectories.nc: it cannot be read(?s:.*)run the study again"):
        ab.open(folder)
    (folder / "summary.json").unlink()
    with pytest.raises(InputError, match=r"it has no summary.json"):
        ab.open(folder)
