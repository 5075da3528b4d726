"""`abscopal score` on the command line: documents, exit codes, bad input."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from typer.testing import CliRunner

from abscopal.cli import application
from abscopal.errors import AbscopalError
from abscopal.evidence import trials

FAST = ["--sets", "2", "--size", "3"]
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "scores.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    return application.app


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = resources.files("abscopal.evidence").joinpath("data", "preclinical")
    for name in ("takahashi2019_lm8_p1c4", "golden2014_icd_dose", "hartmann2022_eo771_ctla4"):
        shutil.copy(str(folder.joinpath(f"{name}.yaml")), tmp_path)
    (tmp_path / "broken.yaml").write_text("id: broken\narms: [}\n", encoding="utf-8")
    return tmp_path


def run(app: typer.Typer, *arguments: Any) -> Any:
    return CliRunner().invoke(app, ["score", *map(str, arguments), *FAST])


@pytest.mark.slow
def test_json_alone_on_stdout_follows_the_schema(app: typer.Typer, records: Path, monkeypatch) -> None:
    monkeypatch.chdir(records)
    found = run(app, "takahashi2019_lm8_p1c4.yaml", "golden2014_icd_dose.yaml", "--json")
    assert found.exit_code == 0
    document = json.loads(found.stdout)
    jsonschema.validate(document, SCHEMA)
    assert [r["study"] for r in document["records"]] == ["takahashi2019_lm8_p1c4", "golden2014_icd_dose"]
    assert len(document["claims"]) == 9
    assert "[1/2]" in found.stderr
    assert not (records / "out").exists()


@pytest.mark.slow
def test_the_same_command_gives_the_same_document(app: typer.Typer, records: Path) -> None:
    one, two = (run(app, records / "hartmann2022_eo771_ctla4.yaml", "--json").stdout for _ in range(2))
    assert one == two
    other = run(app, records / "hartmann2022_eo771_ctla4.yaml", "--json", "--seed", "2").stdout
    assert json.loads(other)["claims"] != json.loads(one)["claims"]


@pytest.mark.slow
def test_files_and_table(app: typer.Typer, records: Path) -> None:
    found = run(app, records / "takahashi2019_lm8_p1c4.yaml", "-o", records / "score")
    assert found.exit_code == 0
    assert "outcomes, discriminating" in found.stdout or "markers" in found.stdout
    jsonschema.validate(json.loads((records / "score" / "scores.json").read_text(encoding="utf-8")), SCHEMA)
    page = (records / "score" / "scoreboard.html").read_text(encoding="utf-8")
    assert "takahashi2019_lm8_p1c4" in page
    assert "http" not in page.replace("http-equiv", "")


def test_an_invalid_record_stops_the_score(app: typer.Typer, records: Path) -> None:
    found = run(app, records / "broken.yaml", records / "takahashi2019_lm8_p1c4.yaml", "--json")
    assert isinstance(found.exception, AbscopalError)
    assert "broken.yaml" in str(found.exception)
    assert found.stdout == ""


def test_keep_going_names_it_and_scores_the_rest(app: typer.Typer, records: Path) -> None:
    found = run(app, records / "broken.yaml", records / "takahashi2019_lm8_p1c4.yaml", "--json", "--keep-going")
    assert found.exit_code == 0
    document = json.loads(found.stdout)
    jsonschema.validate(document, SCHEMA)
    statuses = {Path(r["path"]).name: r["status"] for r in document["records"]}
    assert statuses["broken.yaml"] == "invalid"
    assert statuses["takahashi2019_lm8_p1c4.yaml"] in ("scored", "partly")


def test_nothing_but_invalid_records_is_an_error(app: typer.Typer, records: Path) -> None:
    found = run(app, records / "broken.yaml", "--json", "--keep-going")
    assert isinstance(found.exception, AbscopalError)
    assert json.loads(found.stdout)["records"][0]["status"] == "invalid"


def test_nothing_but_invalid_records_leaves_a_page_that_says_so(app: typer.Typer, records: Path) -> None:
    found = run(app, records / "broken.yaml", "-o", records / "out", "--keep-going")
    assert isinstance(found.exception, AbscopalError)
    assert {f.name for f in (records / "out").iterdir()} == {"scores.json", "scoreboard.html"}


@pytest.mark.parametrize("name", ["loop.yaml", "folder", "empty.yaml", "list.yaml", "<b>{{x}}.yaml"])
def test_whatever_is_invalid_is_named_on_a_page(app: typer.Typer, tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "folder").mkdir()
    for file in {"empty.yaml", "list.yaml", name} - {"loop.yaml", "folder"}:
        (tmp_path / file).write_text("- 1\n" if file == "list.yaml" else "", encoding="utf-8")
    found = run(app, tmp_path / name, "-o", tmp_path / "out", "--keep-going")
    assert isinstance(found.exception, AbscopalError)
    assert (
        json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))["records"][0]["status"] == "invalid"
    )
    assert "<b>{{x}}" not in (tmp_path / "out" / "scoreboard.html").read_text(encoding="utf-8")


def test_a_record_of_the_catalogue_is_scored_by_its_id(app: typer.Typer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = run(app, "golden2014_icd_dose", "--json")
    assert found.exit_code == 0
    assert [row["study"] for row in json.loads(found.stdout)["records"]] == ["golden2014_icd_dose"]
    for given, words in (
        ("golden2014_icd_dos", "golden2014_icd_dose"),
        (trials()[0].id, "clinical"),
        ("here.yaml", "no such file"),
    ):
        refused = run(app, given, "--json")
        assert isinstance(refused.exception, AbscopalError)
        assert words in str(refused.exception), refused.exception


def test_an_uncovered_record_is_no_error(app: typer.Typer, records: Path) -> None:
    text = (records / "takahashi2019_lm8_p1c4.yaml").read_text(encoding="utf-8")
    (records / "new.yaml").write_text(
        text.replace("takahashi2019_lm8_p1c4", "new2031").replace("LM8 osteosarcoma", "R3327"), encoding="utf-8"
    )
    found = run(app, records / "new.yaml", "--json")
    assert found.exit_code == 0
    document = json.loads(found.stdout)
    assert document["records"][0]["status"] == "not_covered"
    assert {c["p_better"] for c in document["claims"]} == {None}
    assert all("R3327" in c["reason"] for c in document["claims"])
    assert {c["split"] for c in document["claims"]} == {"given"}


def test_text_of_a_record_cannot_become_markup(app: typer.Typer, records: Path) -> None:
    text = (records / "takahashi2019_lm8_p1c4.yaml").read_text(encoding="utf-8")
    evil = text.replace("takahashi2019_lm8_p1c4", "evil2031").replace("Comb", "<script>alert(1)</script>")
    (records / "evil.yaml").write_text(evil.replace("Oncotarget", "<img src=x onerror=y>"), encoding="utf-8")
    assert run(app, records / "evil.yaml", "-o", records / "score").exit_code == 0
    page = (records / "score" / "scoreboard.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_a_thousand_arms_and_no_claims(app: typer.Typer, records: Path) -> None:
    head = (records / "takahashi2019_lm8_p1c4.yaml").read_text(encoding="utf-8").split("arms:")[0]
    arms = "".join(f"- {{id: a{i}, rt: [], drugs: [], cells: []}}\n" for i in range(1000))
    text = head.replace("takahashi2019_lm8_p1c4", "wide2031") + f"arms:\n{arms}claims: []\n"
    (records / "wide.yaml").write_text(text, encoding="utf-8")
    found = run(app, records / "wide.yaml", "--json")
    assert found.exit_code == 0
    assert json.loads(found.stdout)["claims"] == []
    assert json.loads(found.stdout)["records"][0]["status"] == "not_covered"


def test_a_file_given_twice_is_one_record(app: typer.Typer, records: Path, monkeypatch) -> None:
    monkeypatch.chdir(records)
    name = "golden2014_icd_dose.yaml"
    found = run(app, name, f"./{name}", records / name, "--json")
    assert found.exit_code == 0
    assert len(json.loads(found.stdout)["records"]) == 1
