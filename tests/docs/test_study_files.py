"""docs/study-files.md: its keys are those of the format, its tables those of the catalogue, its examples run."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import abscopal as ab
from abscopal import parameters, vocabulary
from abscopal import study as studies
from abscopal.regimen.problems import CELL_ROUTES, DRUG_ROUTES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "study-files.md").read_text(encoding="utf-8")
KEYS = PAGE[PAGE.index("## Keys") : PAGE.index("## Routes")]
YAML = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
# What a table of the page is about, by the words of its first head; "" are the keys of the file itself.
PARTS = {"key": "", "`radiation`": "Radiation", "`drugs`": "DrugCourse", "`cells`": "CellCourse"}


def named(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


@pytest.mark.parametrize("head", PARTS)
def test_a_table_has_every_key_and_no_other(head: str) -> None:
    table = re.search(rf"^\| {re.escape(head)} \|.*?\n\|.*?\n(.*?)\n\n", KEYS, re.DOTALL | re.MULTILINE)
    assert table is not None
    rows = {key for row in table[1].splitlines() for key in named(row.split("|")[1])}
    schema = studies.study_schema()
    part = schema["$defs"][PARTS[head]] if PARTS[head] else schema
    assert rows == set(part["properties"])


def test_keys_in_the_text_are_keys_and_all_are_there() -> None:
    """Of parts that have no table: every key is named, and what is written as a key or its value is one."""
    schema = studies.study_schema()
    parts = {"host": "Host", "sites": "Site", "arms": "Arm", "cohort": "Cohort", "published": "PublishedOutcome"}
    for word, part in parts.items():
        text = re.search(rf"^\*\*{word}\*\*.*?(?=^\*\*|^\||\Z)", KEYS, re.DOTALL | re.MULTILINE)
        assert text is not None, word
        missing = [key for key in schema["$defs"][part]["properties"] if f"`{key}" not in text[0]]
        assert missing == [], word
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}
    written = set(re.findall(r"^\*\*(\w+)\*\*", KEYS, re.MULTILINE)) | set(re.findall(r"`(\w+): ", KEYS))
    organs = {"lung", "oesophagus", "parotid", "skin"}
    assert written - organs <= keys


def test_routes_are_those_of_the_program() -> None:
    table = PAGE[PAGE.index("## Routes") : PAGE.index("## What drugs act on")]
    assert tuple(re.findall(r"^\| `(\w+)` \| (?!means)", table, re.MULTILINE)) == tuple(
        sorted(vocabulary.ROUTES, key=("iv", "ip", "sc", "im", "po", "it").index)
    )
    # "`po` is for small molecules whose entry says so, cells are given `iv` or `it`, a cell vaccine `sc`."
    assert "po" not in DRUG_ROUTES
    assert set(CELL_ROUTES) == {"iv", "it"}
    assert parameters.product("GM-CSF-secreting cell vaccine").about["routes"] == ["sc"]
    for part in ("DrugCourse", "CellCourse"):
        spellings = studies.study_schema()["$defs"][part]["properties"]["route"]["enum"]
        assert {"i.p.", "intravenous", "oral"} <= set(spellings)


def test_lists_of_the_catalogue_are_what_their_script_writes() -> None:
    assert script().rewritten(PAGE) == PAGE, "run docs/scripts/study_tables.py"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("study_tables", DOCS / "scripts" / "study_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["my_study", "my_patients", "my_dish"])
def test_a_study_of_the_page_is_one(name: str) -> None:
    (text,) = (block for block in YAML if f"study: {name}\n" in block)
    study = studies.parse(text)
    assert study.name == name
    if name == "my_patients":
        assert study.host.body_weight_g == 70_000
        assert study.endpoints.survival.volume_limit_mm3 == 500_000
        assert study.endpoints.response.partial_below_percent == pytest.approx(34.3)
        assert {course.route for arm in study.arms for course in arm.drugs} == {"iv"}
    if name == "my_dish":
        assert all("cell culture" in study.host_changes(arm.name) for arm in study.arms)


def test_every_way_to_write_days_gives_the_days_it_says() -> None:
    (block,) = (block for block in YAML if block.startswith("days:"))
    lines = [line.split("#")[0].strip() for line in block.splitlines()]
    days = [_days(line) for line in lines]
    assert days[:3] == [(0,), (0, 3, 8), (0, 3, 6, 9)]
    assert len(days[3]) == 30
    assert days[3][:7] == (0, 1, 2, 3, 4, 7, 8)
    assert days[3][-1] == 39
    assert days[4] == (0, 2, 4, 7, 9, 11)
    assert len(days[5]) == 30
    assert not {12, 19} & set(days[5])
    # "`skip` works with `every` too", and what is left out is given later.
    assert _days("days: {from: 0 d, every: 7 d, times: 3, skip: [7 d]}") == (0, 14, 21)


def _days(line: str) -> tuple[float, ...]:
    study = (
        "{abscopal: 1, study: s, tumour: CT26, follow_up: 90 d, sites: {a: {inoculum: 1e5 cells, inoculated: -1 d}},"
        " control: c, arms: {c: {drugs: [{agent: anti-PD-1, dose: 1 ug, " + line + "}]}}}"
    )
    return studies.parse(study).arm("c").drugs[0].days


def test_end_points_shown_are_the_defaults() -> None:
    (block,) = (block for block in YAML if block.startswith("endpoints:"))
    text = YAML[0]
    plain, written = (studies.parse(f"{text}{more}").endpoints for more in ("", block))
    assert written.survival == plain.survival
    for part in ("complete_below_mm3", "partial_below_percent", "baseline_day"):
        assert getattr(written.response, part) == getattr(plain.response, part)


def test_the_python_of_the_page_does_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    python = re.search(r"## In Python.*?```python\n(.*?)```", PAGE, re.DOTALL)
    assert python is not None
    monkeypatch.setattr(ab, "run", lambda study: study, raising=False)
    names: dict[str, object] = {}
    exec(python[1], names)
    made, written = names["study"], studies.parse(YAML[0])
    assert made.arm("combination") == written.arm("combination")
    assert made.control == written.control == "untreated"
    assert made.sites[0] == written.sites[0]
    assert [a.name for a in names["alone"].arms] == ["untreated", "antibody"]
    assert names["weekly"].arm("combination").radiation[0].days == (0.0, 7.0)
    assert names["weekly"].arm("combination").drugs == made.arm("combination").drugs
    assert names["result"].cohort.size == 40
