"""What is printed where the stream cannot encode it or cannot be written to: something, with the right code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from abscopal import streams

ROOT = Path(__file__).parents[2]
COMMANDS = [
    ["--help"],
    ["evidence", "list", "--clinical"],
    ["evidence", "list", "--clinical", "--json"],
    ["radiation", "--help"],
    ["check", "näme.yaml"],
]
STUDY = (ROOT / "examples" / "takahashi2019_lm8.yaml").read_text(encoding="utf-8")


def call(
    folder: Path, *arguments: str, out: object = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    usual = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHONIO", "PYTHONUTF8"))}
    return subprocess.run(
        [sys.executable, "-m", "abscopal", *arguments],
        env={**usual, "PYTHONPATH": str(ROOT / "src"), **environment},
        cwd=folder,
        stdout=out,  # type: ignore[call-overload]
        stderr=subprocess.PIPE,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "cp932"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=lambda environment: "-".join(environment.values()),
)
def test_every_stream_gets_something(tmp_path: Path, environment: dict[str, str]) -> None:
    text = STUDY.replace("study: takahashi2019_lm8", "study: Überleben µ α 漢字 🧬")
    (tmp_path / "näme.yaml").write_text(text, encoding="utf-8")
    for command in COMMANDS:
        done = call(tmp_path, *command, **environment)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
        assert b"Traceback" not in done.stderr
        if "--json" in command:
            told = json.loads(done.stdout.decode(environment.get("PYTHONIOENCODING", "ascii")))
            assert told == json.loads(call(tmp_path, *command).stdout)


@pytest.mark.slow
def test_a_study_whose_name_the_system_cannot_write_still_runs(tmp_path: Path) -> None:
    text = STUDY.replace("study: takahashi2019_lm8", "study: Überleben µ")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    done = call(tmp_path, "run", "s.yaml", "-n", "1", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0, done.stderr
    assert [folder.name for folder in (tmp_path / "out").iterdir()] == ["_berleben _"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text")
def test_the_name_of_a_file_that_is_no_text_is_told_with_a_question_mark(tmp_path: Path) -> None:
    name = os.fsdecode(b"odd\xff.yaml")
    (tmp_path / name).write_text("", encoding="utf-8")
    done = call(tmp_path, "score", name, "--keep-going", "-o", "out")
    assert done.returncode == 2
    assert b"odd?.yaml" in done.stderr
    assert b"Traceback" not in done.stderr
    assert "odd?" in (tmp_path / "out" / "scores.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "plain"),
    [("5 µm – α ≤ 3", "5 um - alpha <= 3"), ("Δ β² é 漢", "Delta beta^2 e ?"), ("\udcff─│┼", "?-|+")],
)
def test_look_alikes(text: str, plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    streams.encodable_streams()
    stream.write(text)
    stream.flush()
    assert stream.buffer.getvalue().decode("ascii") == plain  # type: ignore[attr-defined]


def test_json_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    streams.encodable_streams(json=True)
    content = {"µ": '🧬 α\udcff \\ " é'}
    stream.write(json.dumps(content, ensure_ascii=False))
    stream.flush()
    assert json.loads(stream.buffer.getvalue()) == content  # type: ignore[attr-defined]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("command", [["--help"], ["evidence", "list", "--clinical", "--json"]])
def test_a_full_disk_is_told(tmp_path: Path, command: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = call(tmp_path, *command, out=full)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == ["error: the system refuses: No space left on device"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="the size of files cannot be limited")
def test_a_disk_that_is_full_when_the_result_is_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    assert call(tmp_path, "run", "s.yaml", "-n", "1", "-o", "out").returncode == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000));"
        "sys.argv = ['abscopal', 'run', 's.yaml', '-n', '2', '-o', 'out']; from abscopal.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "ABSCOPAL_CACHE_DIR": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].endswith("out: File too large")
    assert len(done.stderr.splitlines()) == 2
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"out", "s.yaml"}
