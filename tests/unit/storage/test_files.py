"""Files of a score: all or none, others left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from abscopal.errors import InputError
from abscopal.storage import files as saving
from abscopal.storage.files import save_together, whole_file

FILES = {"page.html": "page", "scores.json": "{}"}


def test_a_new_folder_holds_the_files_alone(tmp_path: Path) -> None:
    place = save_together(tmp_path / "a" / "b", FILES)
    assert {f.name: f.read_text(encoding="utf-8") for f in place.iterdir()} == FILES


def test_files_of_an_earlier_score_are_replaced_and_others_kept(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text("old", encoding="utf-8")
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    save_together(tmp_path, FILES)
    assert (tmp_path / "scores.json").read_text(encoding="utf-8") == "{}"
    assert sorted(f.name for f in tmp_path.iterdir()) == ["mine.txt", "page.html", "scores.json"]


def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "page.html").write_text("old", encoding="utf-8")
    whole = Path.write_text

    def full(self: Path, text: str, **options: str) -> int:
        if self.name == "scores.json":
            raise OSError(28, "No space left on device")
        return whole(self, text, **options)

    monkeypatch.setattr(saving.Path, "write_text", full)
    with pytest.raises(InputError, match="No space left"):
        save_together(tmp_path, FILES)
    assert [(f.name, f.read_text(encoding="utf-8")) for f in tmp_path.iterdir()] == [("page.html", "old")]


def test_a_folder_in_place_of_a_file_is_refused_before_anything_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("old", encoding="utf-8")
    (tmp_path / "scores.json").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        save_together(tmp_path, FILES)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == "old"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "score").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        save_together(tmp_path / "score", FILES)


def test_one_file_is_put_in_place_when_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "notes.bin"
    with whole_file(place) as file:
        file.write(b"new")
        assert not place.exists()
    assert place.read_bytes() == b"new"
    (tmp_path / "plain").write_bytes(b"")
    assert place.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_file_that_was_not_finished_leaves_the_one_before(tmp_path: Path) -> None:
    place = tmp_path / "notes.bin"
    place.write_bytes(b"old")

    def stopped_half_way() -> None:
        with whole_file(place) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_half_way()
    assert [(f.name, f.read_bytes()) for f in tmp_path.iterdir()] == [("notes.bin", b"old")]
