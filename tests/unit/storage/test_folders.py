"""A folder is replaced as a whole: at any moment it is the old one or the new one, and the files of others stay."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abscopal.errors import InputError
from abscopal.storage import drafts, publishing
from abscopal.storage.folders import check_folder, whole_folder

OWN = ["a", "b", "c", "tables/one", "tables/two", "last"]


def put(folder: Path, word: str, names: list[str] = OWN) -> None:
    with whole_folder(folder, last="last", owned=OWN) as draft:
        for name in names:
            (draft / name).parent.mkdir(exist_ok=True)
            (draft / name).write_text(word, encoding="utf-8")


def held_words(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    }


@pytest.fixture(params=["exchanged", "moved"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With a system that exchanges folders, and with one that does not."""
    if request.param == "moved":
        monkeypatch.setattr(publishing, "_exchange", lambda one, other: False)
    return str(request.param)


def test_files_of_others_stay_and_stale_ones_go(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "out"
    put(folder, "old")
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    (folder / "tables" / "mine.csv").write_text("mine", encoding="utf-8")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "mine").write_text("mine", encoding="utf-8")
    (folder / "empty").mkdir()
    (folder / "link").symlink_to("deep")
    put(folder, "new", ["a", "b", "last"])
    mine = {"deep/er/mine": "mine", "link/er/mine": "mine", "mine.txt": "mine", "tables/mine.csv": "mine"}
    assert {n: w for n, w in held_words(folder).items() if not n.startswith("link")} == {
        "a": "new", "b": "new", "last": "new", **{n: w for n, w in mine.items() if not n.startswith("link")}
    }  # fmt: skip
    assert (folder / "link").is_symlink()
    assert (folder / "empty").is_dir()
    (folder / "tables" / "mine.csv").unlink()
    (folder / "tables").rmdir()
    put(folder, "newer")
    put(folder, "newest", ["a", "last"])
    assert not (folder / "tables").exists(), "a folder of our tables alone goes with them"
    assert os.listdir(tmp_path) == ["out"]


def test_a_folder_that_a_person_works_in_stays_the_same_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "out", "old")
    monkeypatch.chdir(tmp_path / "out")
    put(Path(), "new")
    assert held_words(Path()) == dict.fromkeys(sorted(OWN), "new")
    assert held_words(tmp_path / "out") == held_words(Path())


def test_a_link_to_a_folder_is_followed(tmp_path: Path, way: str) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to("disk")
    put(tmp_path / "out", "old")
    put(tmp_path / "out", "new")
    assert (tmp_path / "out").is_symlink()
    assert held_words(tmp_path / "disk") == dict.fromkeys(sorted(OWN), "new")


# Children that are killed at each of the moves by which one folder takes the place of another.
KILLED_WHILE_MOVING = """
import os, signal, sys
from pathlib import Path
from abscopal.storage import drafts, publishing
from abscopal.storage.folders import whole_folder
place, own = Path(sys.argv[1]), sys.argv[2:]
move, left = publishing._move, 0

def counted(old, new):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    move(old, new)

publishing._move = counted
publishing._exchange = lambda one, other: False
for folder in sorted(place.iterdir()):
    left = int(folder.name)
    if os.fork() == 0:
        with whole_folder(folder, last="last", owned=own) as draft:
            for name in own:
                (draft / name).parent.mkdir(exist_ok=True)
                (draft / name).write_text("new")
        os._exit(0)
    os.wait()
"""


@pytest.mark.skipif(os.name != "posix", reason="processes cannot be forked")
def test_moving_never_mixes_and_is_finished_by_the_next_run(tmp_path: Path) -> None:
    """Killed after any number of moves: what is there is of one run, and the next run finishes it even if it fails."""
    folders = [tmp_path / str(moves) for moves in range(2 * len(OWN) + 1)]
    for folder in folders:
        put(folder, "old")
        (folder / "mine").write_text("mine", encoding="utf-8")
    subprocess.run([sys.executable, "-c", KILLED_WHILE_MOVING, tmp_path, *OWN], check=True)
    for folder in folders:
        found = held_words(folder)
        assert found.pop("mine") == "mine"
        assert len(set(found.values())) <= 1, found
        with pytest.raises(ZeroDivisionError), whole_folder(folder, last="last", owned=OWN):
            1 / 0  # noqa: B018
        assert held_words(folder) == {**dict.fromkeys(OWN, "new"), "mine": "mine"}
    assert sorted(tmp_path.iterdir()) == sorted(folders)


def test_a_failure_while_moving_puts_the_old_files_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_exchange", lambda one, other: False)
    put(tmp_path / "out", "old")
    move, left = publishing._move, 2

    def failing(old: Path, new: Path) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise PermissionError(13, "Permission denied")
        move(old, new)

    monkeypatch.setattr(publishing, "_move", failing)
    with pytest.raises(InputError, match="Permission denied"):
        put(tmp_path / "out", "new")
    assert held_words(tmp_path / "out") == dict.fromkeys(sorted(OWN), "old")
    assert os.listdir(tmp_path) == ["out"]


WRITER = """
import sys, time
from pathlib import Path
from abscopal.storage.folders import whole_folder
print("begun", flush=True)
try:
    while True:
        with whole_folder(Path(sys.argv[1]), last="last", owned=sys.argv[3:]) as draft:
            for name in sys.argv[3:]:
                (draft / name).parent.mkdir(exist_ok=True)
                (draft / name).write_text(sys.argv[2])
except KeyboardInterrupt:
    pass
"""


def writer(folder: Path, word: str) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), word, *OWN], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "begun\n"
    return started


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_at_any_moment_the_folder_is_whole(tmp_path: Path, how: signal.Signals) -> None:
    folder, chance = tmp_path / "out", random.Random(1)
    put(folder, "old")
    (folder / "mine").write_text("mine", encoding="utf-8")
    for word in ("one", "two", "three", "four"):
        started = writer(folder, word)
        time.sleep(0.05 + 0.1 * chance.random())
        started.send_signal(how)
        started.communicate(timeout=20)
        found = held_words(folder)
        assert found.pop("mine") == "mine"
        assert sorted(found) == sorted(OWN)
        assert len(set(found.values())) == 1
    put(folder, "new")
    assert os.listdir(tmp_path) == ["out"], "drafts of the dead are cleared"


def test_of_two_writers_the_later_wins_whole(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "out"
    put(folder, "old")
    failures: list[BaseException] = []

    def often(word: str) -> None:
        try:
            for _ in range(20):
                put(folder, word)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=often, args=(word,)) for word in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(held_words(folder)) == sorted(OWN)
    assert len(set(held_words(folder).values())) == 1
    assert os.listdir(tmp_path) == ["out"]


def test_a_lock_that_somebody_keeps_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "_LONGEST_WAIT", 0.05)
    with drafts.held(tmp_path):
        put(tmp_path / "out", "old")
        put(tmp_path / "out", "new")
    assert held_words(tmp_path / "out") == dict.fromkeys(sorted(OWN), "new")


def loop(place: Path) -> Path:
    (place / "loop").symlink_to("loop")
    return place / "loop"


def dangling(place: Path) -> Path:
    (place / "link").symlink_to("nowhere")
    return place / "link"


def below_dangling(place: Path) -> Path:
    return dangling(place) / "deeper"


def blocked(place: Path) -> Path:
    (place / "out" / "a").mkdir(parents=True)
    return place / "out"


def file_for_tables(place: Path) -> Path:
    (place / "out").mkdir()
    (place / "out" / "tables").write_text("", encoding="utf-8")
    return place / "out"


def a_file(place: Path) -> Path:
    (place / "out").write_text("", encoding="utf-8")
    return place / "out"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (loop, "remove the link"),
        (dangling, "is a link to nowhere, which does not exist"),
        (below_dangling, "which does not exist"),
        (lambda place: place / ("x" * 300), "choose a shorter name"),
        (lambda place: place / ("x" * 300) / "y", "choose a shorter name"),
        (lambda place: place / "/".join(["x" * 200] * 30), "choose a shorter name"),
        (blocked, "a is a folder"),
        (file_for_tables, "tables is a file"),
        (a_file, "is a file"),
        (lambda place: a_file(place) / "deeper", "is a file"),
        (lambda place: Path("/proc/out"), "cannot write"),
    ],
)
def test_what_cannot_be_written_to_is_refused_before_the_work(
    tmp_path: Path, made: Callable[[Path], Path], words: str
) -> None:
    folder = made(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=words):
        check_folder(folder, OWN)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_longest_names_are_good_names(tmp_path: Path) -> None:
    put(tmp_path / ("ä" * 120), "old")
    put(tmp_path / ("ä" * 120), "new")
    assert held_words(tmp_path / ("ä" * 120)) == dict.fromkeys(sorted(OWN), "new")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError, match="may write to"):
            check_folder(tmp_path)
        with pytest.raises(InputError, match="may write to"):
            check_folder(tmp_path / "new")
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_leaves_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "out", "old")

    def full(self: Path, *_: Any, **__: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match=r"No space left(.|\n)*free some space"):
        put(tmp_path / "out", "new")
    assert held_words(tmp_path / "out") == dict.fromkeys(sorted(OWN), "old")
    assert os.listdir(tmp_path) == ["out"]
