"""Reading a study text: lines of keys, and what is not a study text at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from abscopal.errors import InputError
from abscopal.study.document import LARGEST_FILE_BYTES, MOST_VALUES, dotted, read_document, read_text


def test_scalars_stay_text_and_keys_know_their_line() -> None:
    document = read_document("a: 1e5\n007: {x: 5.3 Gy(RBE), y: 64 %}\nb:\n  - no\n  - ~\n")
    assert document.data == {"a": "1e5", "007": {"x": "5.3 Gy(RBE)", "y": "64 %"}, "b": ["no", None]}
    assert document.line(("b", 1)) == 5
    assert document.line(("007", "y")) == 2
    assert document.line(("b", 1, "not", "there")) == 5


def test_an_alias_keeps_the_line_of_its_anchor() -> None:
    document = read_document("a: &x\n  k: 1 d\nb: *x\n")
    assert document.data == {"a": {"k": "1 d"}, "b": {"k": "1 d"}}
    assert document.line(("b", "k")) == 2


def test_duplicate_keys_are_told_with_both_lines() -> None:
    (problem,) = read_document("a: 1\nb: 2\na: 3\n").problems
    assert (problem.line, problem.key) == (3, "a")
    assert "line 1" in problem.message


def test_dotted() -> None:
    assert dotted(("arms", "Comb", "drugs", 0, "dose")) == "arms.Comb.drugs[0].dose"


_BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "empty", None),
        ("# only a comment\n", "empty", None),
        ("a: [1\nb: 2\n", "YAML syntax", 2),
        ("a: 1\n\tb: 2\n", "YAML syntax", 2),
        ("a: 1\n---\nb: 1\n", "YAML syntax", 2),
        ("a: *nowhere\n", "YAML syntax", 1),
        ("- 1\n", "not a study", 1),
        ("a: 1\nb: \x07\n", "characters", 2),
        ("a: &a [*a]\n", "aliases", 1),
        (_BOMB, "aliases", None),
        ("[" * 600, "deeply", None),
    ],
)
def test_what_is_no_study_text(text: str, message: str, line: int | None) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_document(text, "f.yaml")
    assert str(caught.value).startswith("f.yaml")
    assert line is None or caught.value.problems[0].line == line


def test_values_are_counted_with_aliases_expanded() -> None:
    with pytest.raises(InputError, match=str(MOST_VALUES)):
        read_document(_BOMB)


def test_read_text_refuses_what_is_no_file_of_text(tmp_path: Path) -> None:
    large, latin = tmp_path / "large.yaml", tmp_path / "latin.yaml"
    with large.open("wb") as file:
        file.truncate(50_000_000)
    latin.write_bytes("a: 1\nb: Röntgen\n".encode("latin-1"))
    assert large.stat().st_size > LARGEST_FILE_BYTES
    for path, message in (
        (tmp_path, "directory"),
        (tmp_path / "none.yaml", "no such file"),
        (large, "50 MB is too large"),
        (latin, "UTF-8"),
        (Path("/dev/null"), "not a regular file"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            read_text(path)
        assert caught.value.problems[0].advice
    with pytest.raises(InputError, match=r"latin\.yaml:2"):
        read_text(latin)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_document(read_text(path)).data == {"a": "1"}
