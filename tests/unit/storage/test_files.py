"""Files are written whole or not at all: one, or several of a folder; others are left alone."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from abscopal.errors import InputError
from abscopal.storage import drafts
from abscopal.storage import files as saving
from abscopal.storage.files import save_together, whole_file, write_whole
from abscopal.storage.folders import whole_folder

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


def names(folder: Path) -> list[str]:
    return sorted(f.name for f in folder.iterdir())


def test_a_whole_file_takes_its_place_at_the_end(tmp_path: Path) -> None:
    with whole_file(tmp_path / "numbers.bin") as file:
        file.write(b"\x00\xff")
        assert not (tmp_path / "numbers.bin").exists()
    assert (tmp_path / "numbers.bin").read_bytes() == b"\x00\xff"
    with whole_file(tmp_path / "numbers.bin", text=True) as text:
        text.write("a,b\nµ\n")
        assert (tmp_path / "numbers.bin").read_bytes() == b"\x00\xff"
    assert (tmp_path / "numbers.bin").read_bytes() == "a,b\nµ\n".encode()
    assert names(tmp_path) == ["numbers.bin"]


def test_a_whole_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("", encoding="utf-8")
    write_whole(tmp_path / "whole", "text")
    assert (tmp_path / "whole").stat().st_mode == (tmp_path / "usual").stat().st_mode
    with whole_folder(tmp_path / "folder") as draft:
        (draft / "a").write_text("", encoding="utf-8")
    (tmp_path / "usual folder").mkdir()
    assert (tmp_path / "folder").stat().st_mode == (tmp_path / "usual folder").stat().st_mode


@pytest.mark.parametrize("failure", [ValueError("wrong"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_failure_in_the_middle_leaves_the_old_file_alone(tmp_path: Path, failure: BaseException) -> None:
    (tmp_path / "page").write_text("old", encoding="utf-8")

    def write() -> None:
        with whole_file(tmp_path / "page", text=True) as file:
            file.write("half")
            raise failure

    with pytest.raises(InputError if isinstance(failure, OSError) else type(failure)) as caught:
        write()
    assert names(tmp_path) == ["page"]
    assert (tmp_path / "page").read_text(encoding="utf-8") == "old"
    if isinstance(failure, OSError):
        told = str(caught.value)
        assert str(tmp_path / "page") in told
        assert "No space left on device" in told
        assert "do: free some space" in told


def test_an_error_about_another_file_keeps_its_own_words(tmp_path: Path) -> None:
    def write() -> None:
        with whole_file(tmp_path / "page", text=True) as file:
            file.write((tmp_path / "missing").read_text(encoding="utf-8"))

    with pytest.raises(FileNotFoundError, match="missing"):
        write()
    assert names(tmp_path) == []


KILLED = """
import sys, time
from pathlib import Path
from abscopal.storage.files import whole_file
with whole_file(Path(sys.argv[1]), text=True) as file:
    file.write("half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_kill_in_the_middle_leaves_the_old_file_and_the_next_writer_clears_the_draft(tmp_path: Path) -> None:
    write_whole(tmp_path / "page", "old")
    writer = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path / "page"], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    (draft,) = set(names(tmp_path)) - {"page"}
    assert draft.startswith(".page-")
    write_whole(tmp_path / "page", "old")
    assert draft in names(tmp_path), "it is still written by another process"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert (tmp_path / "page").read_text(encoding="utf-8") == "old"
    write_whole(tmp_path / "page", "newer")
    assert names(tmp_path) == ["page"]


def test_where_the_system_has_no_locks_a_draft_goes_after_a_day(tmp_path: Path, monkeypatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(drafts.fcntl, "flock", none)
    (tmp_path / ".page-0a1b2c3d.partial").write_text("half", encoding="utf-8")
    write_whole(tmp_path / "page", "new")
    assert names(tmp_path) == [".page-0a1b2c3d.partial", "page"]
    yesterday = time.time() - 90_000
    os.utime(tmp_path / ".page-0a1b2c3d.partial", (yesterday, yesterday))
    write_whole(tmp_path / "page", "newer")
    assert names(tmp_path) == ["page"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "page").symlink_to("disk/page")
    write_whole(tmp_path / "page", "new")
    assert (tmp_path / "page").is_symlink()
    assert (tmp_path / "disk" / "page").read_text(encoding="utf-8") == "new"


def test_a_name_that_the_system_does_not_take_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for name in ("loop", "x" * 300, "loop/page"):
        with pytest.raises(InputError, match="cannot write"):
            write_whole(tmp_path / name, "text")
    write_whole(tmp_path / ("x" * 250), "the longest names are good names")
    assert names(tmp_path) == ["loop", "x" * 250]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_device_is_written_to_and_a_full_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"/dev/full: No space left(.|\n)*free some space"):
        write_whole(Path("/dev/full"), "text")
    write_whole(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError, match=r"cannot write .*page: Permission denied\n.*may write to"):
            write_whole(tmp_path / "page", "text")
    finally:
        tmp_path.chmod(0o700)


def test_a_system_that_refuses_is_told_with_what_to_do(tmp_path: Path, monkeypatch) -> None:
    def refuse(path: Path, *arguments: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(saving.os, "open", refuse)
    with pytest.raises(InputError, match=r"cannot write .*page: Permission denied\n.*may write to"):
        write_whole(tmp_path / "page", "text")


def test_a_folder_in_place_of_the_file_and_no_folder_at_all(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    with pytest.raises(InputError, match="page: it is a folder"):
        write_whole(tmp_path / "page", "text")
    with pytest.raises(InputError, match="there is no folder"):
        write_whole(tmp_path / "missing" / "page", "text")
    assert names(tmp_path) == ["page"]
