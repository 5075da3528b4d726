"""Work in parts: what is done is kept, a line cut off is done again, another model's results are refused."""

from __future__ import annotations

import json
import math

import pytest

from abscopal.errors import InputError
from abscopal.storage import checkpoints
from abscopal.storage.checkpoints import in_parts, kept_parts, whole_part

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


DAMAGES = {
    "cut": lambda text: text[:-9],
    "head": lambda text: text[text.index("\n") // 2 :],
    "no head": lambda text: text[text.index("\n") + 1 :],
    "a digit": lambda text: text.replace("2.0", "2.5"),
    "another part": lambda text: text.replace('"four"', '"nine"'),
    "other rows": lambda text: text + '[1, 2]\n3\n{"part": "four"}\n{"found": 7}\n\ufffd\x00\n',
    "nothing": lambda text: "",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_part_that_is_damaged_is_done_again(tmp_path, damage) -> None:
    file, parts = tmp_path / "parts.jsonl", {"four": (4.0,), "nine": (9.0,)}
    in_parts(math.sqrt, parts, file, ABOUT)
    file.write_text(DAMAGES[damage](file.read_text(encoding="utf-8")), encoding="utf-8")
    assert in_parts(math.sqrt, parts, file, ABOUT) == {"four": 2.0, "nine": 3.0}
    file.write_bytes(b"\xff\xfe" + file.read_bytes())
    assert in_parts(math.sqrt, parts, file, ABOUT) == {"four": 2.0, "nine": 3.0}


def test_parts_of_another_version_are_refused_and_the_difference_is_named(tmp_path, monkeypatch) -> None:
    file = tmp_path / "parts.jsonl"
    in_parts(math.sqrt, {"four": (4.0,)}, file, ABOUT)
    monkeypatch.setattr(checkpoints, "__version__", "0.0.1")
    with pytest.raises(InputError, match=r"other version(.|\n)*choose another folder"):
        in_parts(math.sqrt, {"four": (4.0,)}, file, ABOUT)
    with kept_parts(file, ABOUT, drop_others=True) as kept:
        assert kept.done == {}


def test_two_processes_never_work_on_one_file(tmp_path) -> None:
    with kept_parts(tmp_path / "parts.jsonl", ABOUT), pytest.raises(InputError, match="another process is at work"):
        in_parts(math.sqrt, {"four": (4.0,)}, tmp_path / "parts.jsonl", ABOUT)


def test_a_file_of_one_part_is_made_once_by_whom_it_says(tmp_path) -> None:
    file, made = tmp_path / "round.json", []

    def work() -> dict[str, list[float]]:
        made.append(1)
        return {"a": [1.0, math.nan]}

    for _ in range(2):
        assert whole_part(file, ABOUT, work)["a"][0] == 1.0
    assert len(made) == 1
    with pytest.raises(InputError, match="other model"):
        whole_part(file, {**ABOUT, "model": "n"}, work)
    whole = file.read_text(encoding="utf-8")
    for damaged in (whole[:-5], whole.replace("1.0", "1.5"), '{"a": [1.0]}', "", "[]"):
        file.write_text(damaged, encoding="utf-8")
        assert whole_part(file, ABOUT, work)["a"][0] == 1.0
    assert len(made) == 6
