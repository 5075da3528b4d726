"""Numbers, keys and examples that pages quote from the program's own data are those of the data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from abscopal import evidence, parameters, plots, scoring, statistics
from abscopal.cli.application import app
from abscopal.statistics import accuracy

ROOT = Path(__file__).parents[2]
PACKAGES = {module.__name__.rpartition(".")[2]: module for module in (evidence, scoring, statistics)}


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def data(package: str, name: str) -> Any:
    folder = Path(str(PACKAGES[package].__file__)).parent / "data"
    return YAML(typ="safe", pure=True).load((folder / name).read_text(encoding="utf-8"))


def score(*path: str) -> float:
    found = data("scoring", "scoring.yaml")
    for key in path:
        found = found[key]
    return float(found["value"])


def visible_difference() -> float:
    return float(data("statistics", "experiments.yaml")["decision"]["visible"]["value"])


def assumed_share() -> float:
    shared = parameters.shared().values()
    return sum(parameter.source.kind == "assumed" for parameter in shared) / len(shared)


def clinical_records() -> float:
    return len(json.loads(CliRunner().invoke(app, ["evidence", "list", "--clinical", "--json"]).stdout)["clinical"])


def preclinical_claims() -> float:
    return sum(len(record.claims) for record in evidence.catalogue())


# Page, words around a number (`#`), and where the program has it.
QUOTED: Mapping[tuple[str, str], Callable[[], float]] = {
    ("docs/evidence.md", "# preclinical records"): lambda: len(evidence.catalogue()),
    ("docs/evidence.md", "(# claims)"): preclinical_claims,
    ("docs/evidence.md", "and # clinical ones"): clinical_records,
    ("docs/scoring.md", "# parameter sets are drawn"): lambda: score("computing", "sets"),
    ("docs/scoring.md", "Each set has # animals per arm"): lambda: score("computing", "animals"),
    ("docs/scoring.md", "declared defaults: # draws"): lambda: score("computing", "draws"),
    ("docs/scoring.md", "`publication_bias` (#)"): lambda: score("publication_bias"),
    ("docs/scoring.md", "It is #."): lambda: score("discrepancy"),
    ("docs/scoring.md", "(p < #). The rule"): lambda: data("statistics", "experiments.yaml")["decision"]["visible"][
        "value"
    ],
    ("docs/results.md", "accurate to about # of a volume"): lambda: accuracy.SHARE,
}


@pytest.mark.parametrize(("where", "words"), QUOTED, ids=lambda text: text)
def test_a_quoted_number_is_that_of_the_data(where: str, words: str) -> None:
    parts = (r"\s+".join(map(re.escape, part.split(" "))) for part in words.split("#"))
    found = re.findall(r"(\d[\d.,]*(?:e-?\d+)?)".join(parts).replace(r"\ ", r"\s+"), page(where))
    assert len(found) == 1, f"{where} says {words!r} {len(found)} times"
    assert float(found[0].rstrip(".").replace(",", "")) == pytest.approx(QUOTED[where, words]())


def test_seven_in_ten_parameters_are_assumed() -> None:
    assert "seven in ten of its parameters are assumed" in page("README.md")
    assert assumed_share() == pytest.approx(0.70, abs=0.03)


# Rows of the table of defaults whose central value is one number of the declared set.
DEFAULTS = {
    "first fraction after inoculation": "radiation_day",
    "volume at the first fraction": "radiation_volume",
    "second tumour": "second_tumour_delay",
    "dose of a single fraction": "dose_photon",
    "LET of carbon ions": "let_carbon",
    "iodine-125 seeds": "seed_dose_rate",
    "spatially fractionated field": "irradiated_share",
    "antibody": "antibody_dose",
    "vaccine, cytokine": "vaccine_dose",
    "small molecule": "small_molecule_dose",
    "cells": "cells_delay",
    "survival end point": "survival_volume",
    "follow-up after the first fraction": "follow_up",
}


@pytest.mark.parametrize("row", DEFAULTS)
def test_the_table_of_defaults_says_what_is_declared(row: str) -> None:
    found = re.search(rf"^\| {re.escape(row)} \| (.*?) \| (.*?) \|$", page("docs/evidence.md"), re.MULTILINE)
    assert found is not None
    declared = data("evidence", "defaults.yaml")["defaults"][DEFAULTS[row]]
    central, law = (re.findall(r"\d[\d,]*(?:\.\d+)?", cell) for cell in found.groups())
    assert float(central[0].replace(",", "")) == declared["value"]
    spread = declared["spread"]["uncertainty"]
    ends = (spread["low"], spread["high"]) if "low" in spread else (min(spread["values"]), max(spread["values"]))
    told = {float(number.replace(",", "")) for number in law}
    assert set(map(float, ends)) <= told, (ends, told)


def test_the_record_of_the_page_converts(tmp_path: Path) -> None:
    text = re.findall(r"```yaml\n(.*?)```", page("docs/evidence.md"), re.DOTALL)[0]
    (tmp_path / "record.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["evidence", "convert", str(tmp_path / "record.yaml")])
    assert done.exit_code == 0, done.output


def test_the_catalogue_of_the_page_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", page("docs/catalogue.md"), re.DOTALL)
    (tmp_path / "my_lab.yaml").write_text(text, encoding="utf-8")
    for kind, name in (("lines", "our MC38"), ("drugs", "anti-PD-1 clone X"), ("cells", "our CAR")):
        done = CliRunner().invoke(app, ["catalogue", kind, name, "--catalogue", str(tmp_path / "my_lab.yaml")])
        assert done.exit_code == 0, done.output


def test_the_page_on_results_names_every_key_of_the_summary() -> None:
    text = page("docs/results.md")
    schema = json.loads(page("docs/summary.schema.json"))
    parts = [schema, *schema["$defs"].values()]
    keys = {key for part in parts for key in part.get("properties", {})}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", text)] == []
    assert f"schema version {schema['properties']['schema_version']['const']}" in text


def test_the_radiation_page_shows_what_its_code_gives() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", page("docs/radiation.md"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    (let,) = re.findall(r"# ([\d.]+) keV", code)
    assert float(let) == pytest.approx(names["carbon"].let_kev_um, abs=0.5)
    (told,) = re.findall(r"# ([\d.]+) \(([\d.]+)-([\d.]+)\) Gy", code)
    found = names["found"]
    assert [float(number) for number in told] == pytest.approx([found.median_gy, found.low_gy, found.high_gy], abs=0.05)


def test_figures_are_those_that_the_page_on_results_lists() -> None:
    (figures,) = re.findall(r'result\.plot\("growth"\)  # matplotlib: (.*)', page("docs/results.md"))
    assert set(figures.split(", ")) == set(plots.KINDS)


@pytest.mark.parametrize("where", ["docs/engine.md", "docs/results.md", "README.md", "CONTRIBUTING.md"])
def test_variables_of_the_environment_are_read(where: str) -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.py"))
    assert [name for name in set(re.findall(r"`((?:ABSCOPAL|SLURM)_\w+)`", page(where))) if name not in sources] == []
