"""`abscopal catalogue`: everything that a study may name, one entry with its numbers, a user's own beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abscopal import parameters

KINDS = {
    "lines": "MC38", "drugs": "anti-PD-1", "cells": "CD19 CAR-T (CD28)", "hosts": "nude",
    "markers": "T_exhaustion", "readouts": "cd8",
}  # fmt: skip
OWN = """\
lines:
  CT26: {inherits: hot, values: {doubling_time: {value: 5 d, source: {kind: assumed, note: ours}}}}
"""
Abscopal = Callable[..., Any]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_listed_and_its_names_are_never_folded(
    run: Abscopal, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = json.loads(run("catalogue", kind, "--json").out)[kind]
    assert KINDS[kind] in [row["name"] for row in rows]
    assert len({row["name"] for row in rows}) == len(rows)
    monkeypatch.setenv("COLUMNS", "70")
    shown = run("catalogue", kind)
    assert shown.code == 0
    assert all(row["name"] in shown.out for row in rows)
    assert f"{len(rows)} {kind}" in shown.out


def test_every_entry_of_the_parameters_is_there(run: Abscopal) -> None:
    for kind, names in (
        ("lines", parameters.lines()),
        ("drugs", parameters.agents()),
        ("cells", parameters.products()),
    ):
        assert [row["name"] for row in json.loads(run("catalogue", kind, "--json").out)[kind]] == list(names)


@pytest.mark.parametrize("kind", KINDS)
def test_one_entry_is_shown_by_any_spelling_and_an_unknown_one_is_answered(run: Abscopal, kind: str) -> None:
    spelled = KINDS[kind].lower().replace("-", " ")
    assert json.loads(run("catalogue", kind, spelled, "--json").out)["name"] == KINDS[kind]
    assert KINDS[kind] in run("catalogue", kind, spelled).out
    wrong = run("catalogue", kind, KINDS[kind] + "x")
    assert wrong.code == 2
    assert f"did you mean '{KINDS[kind]}'" in wrong.err


def test_an_entry_has_value_unit_uncertainty_and_source(run: Abscopal, monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads(run("catalogue", "lines", "LM-8", "--json").out)
    assert told["facts"]["class"] == "intermediate"
    rows = {row["name"]: row for row in told["parameters"]}
    alpha = rows["alpha_photon"]
    assert (alpha["value"], alpha["unit"], alpha["cite"]) == (0.347, "1/Gy", "Ogata2005")
    assert alpha["parameter_uncertainty"] == pytest.approx(0.1)
    monkeypatch.setenv("COLUMNS", "100")
    shown = run("catalogue", "lines", "LM8").out
    for word in ("alpha_photon = 0.347 1/Gy", "Ogata2005", "uncertainty 0.1", "class: intermediate", "aliases: LM-8"):
        assert word in shown
    human = {row["name"] for row in json.loads(run("catalogue", "drugs", "anti-PD-1", "--json").out)["parameters"]}
    assert "drug_elimination_rate (human)" in human


def test_a_catalogue_of_ones_own_is_listed_used_and_told(run: Abscopal, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("lab.yaml").write_text(OWN, encoding="utf-8")
    rows = {
        row["name"]: row
        for row in json.loads(run("catalogue", "lines", "--catalogue", "lab.yaml", "--json").out)["lines"]
    }
    assert rows["CT26"]["source"].startswith("lab.yaml")
    monkeypatch.setenv("COLUMNS", "100")
    assert "doubling_time = 5 day" in run("catalogue", "lines", "ct-26", "--catalogue", "lab.yaml").out
    run("new", "mine")
    text = Path("mine.yaml").read_text(encoding="utf-8")
    study = "\n".join("tumour: CT26" if line.startswith("tumour:") else line for line in text.splitlines())
    Path("mine.yaml").write_text(study, encoding="utf-8")
    plain = run("check", "mine.yaml", "--json")
    assert "catalogue:" not in plain.err
    done = run("check", "mine.yaml", "--catalogue", "lab.yaml", "--json")
    assert "catalogue: lab.yaml (sha256 " in done.err
    assert "CT26 replaces that of the package" in done.err
    values = {row["name"]: row["value"] for row in json.loads(done.out)["parameters"]}
    assert values["doubling_time"] == 5.0
    Path("lab.yaml").rename("catalogue.yaml")
    assert "catalogue: catalogue.yaml" in run("check", "mine.yaml").err
    assert run("check", "mine.yaml", "--catalogue", "lab.yaml").code == 2
