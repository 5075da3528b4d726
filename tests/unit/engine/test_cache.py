"""The store of machine code: found again, rebuilt when damaged, harmless when it cannot be written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abscopal.engine import cache, solve
from abscopal.engine.ensemble import kernel
from abscopal.expr import Schedule


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ABSCOPAL_CACHE_DIR", str(tmp_path / "kernels"))
    monkeypatch.setattr(kernel, "_kernels", type(kernel._kernels)())
    return tmp_path / "kernels"


def run(system):
    kernel._kernels.clear()
    return solve(system, Schedule(), [[0.5, 3.0]], [2.0], solver="fast").outputs[0, 0, 0]


def test_the_second_process_does_not_compile(folder, decay, monkeypatch):
    first = run(decay)
    assert len(list(folder.glob("*.kernel"))) == 1

    def refuse(*arguments, **options):
        raise AssertionError("compiled again")

    monkeypatch.setattr(kernel, "compile_module", refuse)
    assert run(decay) == first
    other = replace(decay, outputs=(("twice", decay.states[0] * 2.0),))
    with pytest.raises(AssertionError, match="compiled again"):
        run(other)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "text"])
def test_a_damaged_file_is_rebuilt(folder, decay, damage):
    first = run(decay)
    (file,) = folder.glob("*.kernel")
    good = file.read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 0xFF
    file.write_bytes({"truncate": good[:-100], "flip": bytes(flipped), "empty": b"", "text": b"hello"}[damage])
    assert run(decay) == first
    assert file.read_bytes() == good


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path, decay, monkeypatch):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    for place in (str(in_the_way / "below"), ""):
        monkeypatch.setenv("ABSCOPAL_CACHE_DIR", place)
        assert run(decay) == pytest.approx(3.0 * np.exp(-1.0), rel=1e-4)


def test_processes_that_start_together_agree(folder):
    program = (
        "import numpy as np\n"
        "from abscopal.engine import solve\n"
        "from abscopal.expr import Schedule, System, const, symbol\n"
        "y = symbol('y')\n"
        "s = System((y,), (), (-y * y,), (const(1.0),), (('y', y),), (), (1.0,), (0.0,))\n"
        "print(repr(solve(s, Schedule(), np.zeros((1, 0)), [1.0], solver='fast').outputs[0, 0, 0]))\n"
    )
    source = str(Path(cache.__file__).parents[2])
    command = [sys.executable, "-c", program]
    environment = {"PYTHONPATH": source, "ABSCOPAL_CACHE_DIR": str(folder), "PATH": ""}
    together = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {process.communicate(timeout=60)[0] for process in together}
    assert len(answers) == 1
    assert "0.4999" in answers.pop()
    assert [f.suffix for f in folder.iterdir()] == [".kernel"]


def test_old_kernels_are_forgotten(folder, decay, monkeypatch):
    monkeypatch.setattr(cache, "_MOST_FILES", 2)
    for i in range(4):
        run(replace(decay, outputs=(("scaled", decay.states[0] * float(i + 2)),)))
    assert len(list(folder.glob("*.kernel"))) == 2
