from __future__ import annotations

import json
import os

import numpy as np
import pytest

import abscopal.storage.folders as folders
from abscopal.errors import InputError
from abscopal.report import StudyResult
from abscopal.results import Result


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def opened(path):
    import xarray as xr

    with xr.open_dataset(path, engine="h5netcdf") as data:
        return data.load()


@pytest.mark.slow
def test_what_is_written(result, tmp_path):
    folder = result.save(tmp_path / "deep" / "out", csv=True)
    tables = ["comparisons", "endpoints", "harm", "mediators", "parameters", "published", "quantiles", "survival"]
    assert files(folder) == ["report.html", "summary.json", *(f"tables/{t}.csv" for t in tables), "trajectories.nc"]
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == result.summary()
    assert os.listdir(folder.parent) == ["out"]


def test_the_folder_has_the_permissions_of_any_new_folder(result, tmp_path):
    (tmp_path / "other").mkdir()
    folder = result.save(tmp_path / "out", report=False)
    assert folder.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_csv_tables_can_be_read_back(result, tmp_path):
    import pandas as pd

    folder = result.save(tmp_path / "out", csv=True, report=False)
    back = pd.read_csv(folder / "tables" / "endpoints.csv")
    pd.testing.assert_frame_equal(back, result.table(), check_dtype=False)


def test_trajectories_hold_the_animals_and_the_quantiles_of_all(synthetic, tmp_path):
    result = StudyResult.build(synthetic.dataset(subjects=230), synthetic.metadata())
    data = opened(result.save(tmp_path / "out", report=False) / "trajectories.nc")
    assert data.sizes["subject"] == 200
    np.testing.assert_allclose(data["volume"], result.data["volume"][:, :200], rtol=1e-6)
    np.testing.assert_array_equal(data["volume_quantiles"], result.trajectories.quantiles("volume"))
    np.testing.assert_allclose(data["volume_quantiles"][2, 0], result.data["volume"][0].median("subject"))
    assert data["volume"].attrs["unit"] == "mm3"
    assert data.attrs["subjects_simulated_per_arm"] == 230
    assert json.loads(data.attrs["overrides"]) == {"lm8.alpha": "0.40 1/Gy"}


def test_what_arms_have_in_common_is_stored_about_once(synthetic, tmp_path):
    """Arms of the same subjects are alike until they are treated differently: a patient study of six arms is small."""
    sizes = []
    for alike in (False, True):
        data = synthetic.dataset(tuple("ABCDEF"), subjects=40, failed=0)
        chance = np.random.default_rng(1)
        for name, values in data.data_vars.items():
            if "time" in values.dims:
                noise = np.exp(chance.normal(size=values.shape))
                data[name] = (values.dims, noise[:1] + 0.0 * noise if alike else noise, values.attrs)
        meta = synthetic.metadata(tuple("ABCDEF"), published=[])
        folder = StudyResult.build(data, meta).save(tmp_path / f"out{alike}", report=False)
        sizes.append((folder / "trajectories.nc").stat().st_size)
    assert sizes[1] < 0.4 * sizes[0], sizes


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError("disk"), MemoryError])
@pytest.mark.parametrize("existing", [False, True])
def test_an_interruption_leaves_everything_as_it_was(result, tmp_path, monkeypatch, interruption, existing):
    target = tmp_path / "out"
    if existing:
        target.mkdir()
        (target / "summary.json").write_text("old")
    before = files(tmp_path)

    def stop(*args, **kwargs):
        raise interruption

    monkeypatch.setattr(Result, "summary", stop)
    with pytest.raises(type(interruption) if isinstance(interruption, Exception) else interruption):
        result.save(target, csv=True, report=False)
    assert files(tmp_path) == before
    assert os.listdir(tmp_path) == (["out"] if existing else [])


def test_an_earlier_result_is_replaced_and_other_files_stay(result, tmp_path):
    folder = result.save(tmp_path / "out", csv=True, report=False)
    (folder / "notes.txt").write_text("mine")
    (folder / "tables" / "mine.csv").write_text("mine")
    (folder / "report.html").write_text("stale")
    result.save(folder, report=False)
    assert files(folder) == ["notes.txt", "summary.json", "tables/mine.csv", "trajectories.nc"]


def test_a_file_in_the_way_is_refused(result, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="is a file"):
        result.save(tmp_path / "out")
    with pytest.raises(InputError, match="cannot write"):
        result.save(tmp_path / "out" / "below")
    assert (tmp_path / "out").read_text() == "a file"


def test_a_failed_move_is_not_silent(result, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "publish", full)
    with pytest.raises(InputError, match=r"cannot write .*out: No space left on device"):
        result.save(tmp_path / "out", report=False)
    assert os.listdir(tmp_path) == []


def test_a_table_without_rows_still_names_its_columns(synthetic):
    from types import SimpleNamespace
    from typing import Any

    from abscopal.results.tables import TABLES

    result = StudyResult.build(synthetic.dataset(subjects=6), synthetic.metadata())
    bare: Any = SimpleNamespace(agreements=(), comparisons=(), arms=())
    for name in ("published", "comparisons", "mediators", "survival", "endpoints"):
        empty, full = TABLES[name](bare), TABLES[name](result)
        assert len(empty.columns) > 3, name
        assert not len(full) or list(full.columns) == list(empty.columns), name
