"""The package's own YAML, kept parsed: the same content, never that of another text, harmless without a place."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from abscopal.storage import packaged

TEXT = "a: 1\nb: [1.0, 2.5e-3, .inf, yes]\nc: {d: 'x: y', e: null}\n"


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A package with one data file, and an empty place to keep things."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)
    monkeypatch.setenv("ABSCOPAL_CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path


def parse_no_more(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("parsed again")

    monkeypatch.setattr("ruamel.yaml.YAML", refuse)


def test_a_file_is_parsed_once_and_read_back_as_it_was(data, monkeypatch):
    first = packaged.read_yaml("package", "file.yaml")
    assert first == {"a": 1, "b": [1.0, 2.5e-3, float("inf"), "yes"], "c": {"d": "x: y", "e": None}}
    parse_no_more(monkeypatch)
    again = packaged.read_yaml("package", "file.yaml")
    assert again == first
    assert list(again) == list(first)
    assert [type(x) for x in again["b"]] == [type(x) for x in first["b"]]


def test_a_changed_text_is_parsed_again(data):
    packaged.read_yaml("package", "file.yaml")
    (data / "data" / "file.yaml").write_text(TEXT.replace("1\n", "2\n", 1), encoding="utf-8")
    assert packaged.read_yaml("package", "file.yaml")["a"] == 2


@pytest.mark.parametrize("damage", ["truncate", "change", "empty", "text"])
def test_a_damaged_file_is_made_again(data, damage):
    first = packaged.read_yaml("package", "file.yaml")
    (file,) = (data / "kept").iterdir()
    good = file.read_bytes()
    changed = good.replace(b'"a": 1', b'"a": 7')
    assert changed != good
    file.write_bytes({"truncate": good[:-9], "change": changed, "empty": b"", "text": b"hello"}[damage])
    assert packaged.read_yaml("package", "file.yaml") == first
    assert file.read_bytes() == good


@pytest.mark.parametrize("text", ["2020-01-01: x\n", "1: x\n", "a: 2020-01-01\n", "a: .nan\n"])
def test_what_json_cannot_hold_is_parsed_every_time(data, text):
    (data / "data" / "file.yaml").write_text(text, encoding="utf-8")
    packaged.read_yaml("package", "file.yaml")
    assert not (data / "kept").exists()


def test_without_a_place_nothing_is_kept(data, monkeypatch):
    monkeypatch.setenv("ABSCOPAL_CACHE_DIR", "")
    assert packaged.read_yaml("package", "file.yaml")["a"] == 1
    monkeypatch.setenv("ABSCOPAL_CACHE_DIR", str(data / "data" / "file.yaml" / "below"))
    assert packaged.read_yaml("package", "file.yaml")["a"] == 1


def test_kept_files_are_json_with_a_seal(data):
    packaged.read_yaml("package", "file.yaml")
    (file,) = (data / "kept").iterdir()
    assert file.name == "package.file.yaml.json"
    assert json.loads(file.read_bytes().partition(b"\n")[2])["a"] == 1
