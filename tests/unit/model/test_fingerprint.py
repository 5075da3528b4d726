"""Which model it is: every file that decides a number counts, and nothing else; other results are never mixed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from abscopal.errors import InputError
from abscopal.model import fingerprint
from abscopal.model.fingerprint import deciding_files, model_hash
from abscopal.scoring import sensitivity
from abscopal.scoring.declarations import Effort

DECIDING = (
    "parameters/data/shared/cell_kill.yaml",
    "parameters/data/radiation/icd.yaml",
    "parameters/data/lines.yaml",
    "parameters/data/population.csv",
    "radiation/data/ntcp.yaml",
    "radiation/data/qualities.yaml",
    "radiation/data/stopping_carbon.csv",
    "radiation/rbe.py",
    "model/mechanisms/cell_kill.py",
    "model/mechanisms/car_t.py",
    "model/mechanisms/protracted.py",
    "study/defaults.py",
    "cohort/population.py",
    "evidence/data/defaults.yaml",
    "evidence/data/names.yaml",
    "evidence/conversion.py",
    "scoring/data/scoring.yaml",
    "scoring/questions.py",
    "results/endpoints.py",
    "statistics/experiments.py",
)


@pytest.fixture(autouse=True)
def _as_found() -> Iterator[None]:
    yield
    model_hash.cache_clear()


def change(monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    """As if one file of the package had one more character."""

    def read(folder, prefix: str = ""):
        yield from ((name, text + b"0" if name == changed else text) for name, text in deciding_files(folder, prefix))

    monkeypatch.setattr(fingerprint, "deciding_files", read)
    model_hash.cache_clear()


@pytest.mark.parametrize("name", DECIDING)
def test_a_change_of_any_file_that_decides_a_number_is_another_model(name: str, monkeypatch) -> None:
    before = model_hash()
    change(monkeypatch, name)
    assert model_hash() != before


def test_the_same_files_are_the_same_model(monkeypatch) -> None:
    before = model_hash()
    change(monkeypatch, "no such file")
    assert model_hash() == before


def _package(folder: Path, files: dict[str, bytes]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    return folder


def test_what_shows_numbers_does_not_count_nor_do_line_ends(tmp_path: Path) -> None:
    files = {"model/a.py": b"x\n", "radiation/data/b.csv": b"1\n", "new_room/c.yaml": b"y: 1\n"}
    shown = {"cli/d.py": b"", "report/e.py": b"", "model/__pycache__/a.py": b"", "radiation/data/NOTICE.txt": b""}
    found = dict(deciding_files(_package(tmp_path / "unix", {**files, **shown})))
    assert found == files
    windows = {name: text.replace(b"\n", b"\r\n") for name, text in files.items()}
    assert dict(deciding_files(_package(tmp_path / "windows", windows))) == files


def test_it_is_fast() -> None:
    model_hash.cache_clear()
    began = perf_counter()
    model_hash()
    assert perf_counter() - began < 1.0  # some 0.03 s on an idle machine
    began = perf_counter()
    model_hash()
    assert perf_counter() - began < 0.01


def test_scores_of_another_model_are_not_resumed(tmp_path: Path, monkeypatch) -> None:
    effort = Effort(sets=4, animals=4, draws=2, experiments_per_set=5)
    sensitivity.score_parts([], effort, tmp_path)
    sensitivity.score_parts([], effort, tmp_path)
    change(monkeypatch, "parameters/data/radiation/icd.yaml")
    with pytest.raises(InputError, match="another model"):
        sensitivity.score_parts([], effort, tmp_path)
