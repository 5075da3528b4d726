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


_STEPS = tuple(zip("abcdefgh", "bcdefghi", strict=True))
_BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in _STEPS
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


@pytest.mark.parametrize(
    ("text", "key", "advice"),
    [
        ("a: {dose: 8,5 Gy, days: 0 d}", "a.dose", "'8.5 Gy'"),
        ("a: {days: 0 d, dose: 8,5 Gy}", "a.dose", "'8.5 Gy'"),
        ("a: {dose: 1,5 mg}", "a.dose", "'1.5 mg'"),
        ("a: {dose: -1,5 d}", "a.dose", "'-1.5 d'"),
        ("a: {dose: 8, 5 Gy}", "a.dose", "'8.5 Gy'"),
        ("a: {value: 1.234,5 mm3, day: 0 d}", "a.value", "'1234.5 mm3'"),
        ("a: {value: 1 234,5 mm3}", "a.value", "'1234.5 mm3'"),
        ("a: {value: 1,234 mm3}", "a.value", "'1.234 mm3', or '1234 mm3'"),
        ("a: {cells: 5,000,000 cells}", "a.cells", "'5000000 cells'"),
        ("a: {cells: 5,5e5 cells}", "a.cells", "'5.5e5 cells'"),
        ("days: [0 d, 1,5 d]", "days[1]", "'1.5 d'"),
        ("days: [0,5 d]", "days[0]", "'0.5 d'"),
        ("days: [0,5 d, 1,5 d]", "days[0]", "'0.5 d'"),
        ("a: {days: [0 d, 1,5 d, 3 d]}", "a.days[1]", "'1.5 d'"),
        ("a: {days: {from: 0,5 d, every: 1,5 d}}", "a.days.every", "'1.5 d'"),
        ("days: [0,1,2]", "days[0]", "[0 d, 1 d, 2 d]"),
        ("days: [0,5, 1,5]", "days[0]", "'0.5'; or [0 d, 5 d]"),
        ("days: [0, 1, 2 d]", "days[1]", "'1.2 d'; or [1 d, 2 d]"),
        ("days: [0,5 d,1,5 d]", "days[0]", "'0.5 d'"),
        ("a: {share: 40,5 %, b: 1 d}", "a.share", "'40.5 %'"),
        ("a: {inoculum: 1,5·10^6 cells}", "a.inoculum", "'1.5e6 cells'"),
        ("a: {dose: 8,5}", "a.dose", "write '8.5'"),
        ("days: [0 d, 1, 5 d]", "days[1]", "'1.5 d'"),
    ],
)
def test_a_decimal_comma_in_braces_leads_to_the_decimal_point(text: str, key: str, advice: str) -> None:
    problems = {problem.key: problem for problem in read_document(text).problems}
    assert "a comma in the number" in problems[key].message
    assert advice in problems[key].advice
    assert all("comma" in problem.message for problem in problems.values())


def test_what_stands_beside_a_cut_number_is_read_on() -> None:
    document = read_document("a: {x: 1,5 d, y: 2 d, z: [a, 1], days: [0 d, 1,5 d, 3 d]}")
    assert document.data == {"a": {"x": "1.5 d", "y": "2 d", "z": ["a", "1"], "days": ["0 d", "1.5 d", "3 d"]}}


def test_names_that_are_numbers_are_never_joined() -> None:
    document = read_document("a: {target: [1,2], compare: [[1,2]]}\narms: {1: {}, 2: {}}\n")
    assert document.problems == []
    assert document.data["a"] == {"target": ["1", "2"], "compare": [["1", "2"]]}


def test_merge_keys_give_what_is_not_given() -> None:
    text = "a: &a {x: 1 d, y: 2 d}\nb: {<<: *a, y: 3 d}\nc: {<<: [*a, {z: 4 d}]}\n"
    assert read_document(text).data == {
        "a": {"x": "1 d", "y": "2 d"},
        "b": {"x": "1 d", "y": "3 d"},
        "c": {"x": "1 d", "y": "2 d", "z": "4 d"},
    }
    (problem,) = read_document("a: {<<: 3}\n").problems
    assert "<<" in problem.message
    assert read_document("a: &a {<<: *a}\n").problems
    bomb = "a: &a {x: 1 d}\n" + "".join(
        f"{new}: &{new} {{<<: [{', '.join(['*' + old] * 9)}]}}\n" for old, new in _STEPS
    )
    with pytest.raises(InputError, match="aliases"):
        read_document(bomb)


@pytest.mark.parametrize("code", ["\\e[31m", "\\u001b", "\\x07", "\\x9b", "\\r", "\\0", "\\u202e", "\\ud800", "\\x7f"])
def test_controls_are_told_and_reach_no_terminal(code: str) -> None:
    (problem,) = read_document(f'title: "a{code}b"\n', "f.yaml").problems
    assert "control character U+" in problem.message
    assert problem.format("f.yaml").replace("\n", "").isprintable()
    (of_key,) = read_document(f'"a{code}b": 1\n').problems
    assert of_key.format().replace("\n", "").isprintable()


def test_lines_of_a_note_are_no_controls() -> None:
    assert read_document("note: |\n  two\n  lines\n").problems == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("abscopal: 1\n".encode(encoding))
    with pytest.raises(InputError, match="UTF-8"):
        read_text(file)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("a: 1\n".encode("utf-8-sig"))
    assert read_document(read_text(file)).data == {"a": "1"}


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!mine", "!!binary", "!!set"])
def test_tags_of_other_kinds_are_told(tag: str) -> None:
    (problem,) = read_document(f"a: {tag} {{x: y}}\n" if tag != "!!binary" else "a: !!binary x\n").problems
    assert "has no meaning here" in problem.message
    assert read_document("a: !!str 5\nb: !!int 6\nc: !!null ''\n").problems == []


@pytest.mark.parametrize("text", ["%YAML 1.1\n---\na: yes\nb: 010\nc: 1:30\n", "a: yes\nb: 010\nc: 1:30\n"])
def test_words_of_yaml_stay_text(text: str) -> None:
    assert read_document(text).data == {"a": "yes", "b": "010", "c": "1:30"}


def test_tabs_are_named() -> None:
    with pytest.raises(InputError, match="no tabs"):
        read_document("a: 1\nb:\n\tc: 2\n")
