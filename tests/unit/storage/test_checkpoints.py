"""Work in parts: what is done is kept, a line cut off is done again, another model's results are refused."""

from __future__ import annotations

import json
import math

import pytest

from abscopal.errors import InputError
from abscopal.storage.checkpoints import in_parts

ABOUT = {"model": "m", "effort": [8, 4]}


def test_finished_parts_are_not_done_again(tmp_path) -> None:
    file, told = tmp_path / "parts.jsonl", []
    parts = {"four": (4.0,), "nine": (9.0,)}
    assert in_parts(math.sqrt, parts, file, ABOUT, 1, lambda *row: told.append(row)) == {"four": 2.0, "nine": 3.0}
    assert [row[1:] for row in told] == [(1, 2), (2, 2)]
    # Another function would find something else, and one more part is all that it gets.
    more = {**parts, "sixteen": (16.0,)}
    assert in_parts(math.log2, more, file, ABOUT) == {"four": 2.0, "nine": 3.0, "sixteen": 4.0}


def test_a_part_cut_off_while_it_was_written_is_done_again(tmp_path) -> None:
    file = tmp_path / "parts.jsonl"
    in_parts(math.sqrt, {"four": (4.0,), "nine": (9.0,)}, file, ABOUT)
    file.write_text(file.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    assert in_parts(math.sqrt, {"four": (4.0,), "nine": (9.0,)}, file, ABOUT) == {"four": 2.0, "nine": 3.0}
    assert [json.loads(line).get("found") for line in file.read_text(encoding="utf-8").splitlines()].count(3.0) == 1


def test_parts_done_before_a_failure_are_kept(tmp_path) -> None:
    file = tmp_path / "parts.jsonl"
    with pytest.raises(ValueError, match="domain"):
        in_parts(math.sqrt, {"four": (4.0,), "bad": (-1.0,)}, file, ABOUT)
    assert in_parts(math.log2, {"four": (4.0,)}, file, ABOUT) == {"four": 2.0}


def test_results_of_another_model_are_refused(tmp_path) -> None:
    file = tmp_path / "parts.jsonl"
    in_parts(math.sqrt, {"four": (4.0,)}, file, ABOUT)
    with pytest.raises(InputError, match="another model or effort"):
        in_parts(math.sqrt, {"four": (4.0,)}, file, {**ABOUT, "model": "n"})
