"""The cache: what is put is got, and a place that cannot be written to keeps nothing and stops nobody."""

from __future__ import annotations

import pytest

from abscopal.storage import cache


def test_what_is_put_is_got(tmp_path, monkeypatch):
    monkeypatch.setenv("ABSCOPAL_CACHE_DIR", str(tmp_path / "a" / "b"))
    assert cache.get("thing") is None
    assert cache.put("thing", b"\x00one")
    assert cache.put("thing", b"\x00two")
    assert cache.get("thing") == b"\x00two"
    assert [f.name for f in (tmp_path / "a" / "b").iterdir()] == ["thing"]


@pytest.mark.parametrize("place", ["", "file", "file/below"])
def test_without_a_place_nothing_is_kept(tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("ABSCOPAL_CACHE_DIR", str(tmp_path / place) if place else "")
    assert not cache.put("thing", b"one")
    assert cache.get("thing") is None
