"""The list of faults in `mutations/` fits the present source, so that it cannot rot; and how a fault is judged."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def mutations() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutations_run", ROOT / "mutations" / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_text_is_there_exactly_once(mutations: ModuleType) -> None:
    found = mutations.read()
    assert len(found) > 15
    assert {m.name: m.problem(ROOT) for m in found if m.problem(ROOT)} == {}
    assert all(m.old != m.new for m in found)


def test_every_fault_has_a_name_of_its_own_and_says_what_it_breaks(mutations: ModuleType) -> None:
    found = mutations.read()
    assert len({m.name for m in found}) == len(found)
    assert all(len(m.breaks) > 20 for m in found)


def test_the_tests_that_must_notice_exist(mutations: ModuleType) -> None:
    for mutation in mutations.read():
        assert mutation.tests, mutation.name
        for test in mutation.tests:
            path, _, name = test.partition("::")
            text = (ROOT / path).read_text(encoding="utf-8")
            assert f"def {name.partition('[')[0]}(" in text if name else "def test_" in text, test


def test_a_text_that_is_gone_or_twice_there_is_told(mutations: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("a = 1\nb = 1\n", encoding="utf-8")

    def problem(file: str, old: str) -> str:
        return str(mutations.Mutation("one", "in words", file, old, "2", ("tests",)).problem(tmp_path))

    assert problem("model.py", "a = 1") == ""
    assert "0 times" in problem("model.py", "c = 1")
    assert "2 times" in problem("model.py", "= 1")
    assert "no file gone.py" in problem("gone.py", "a")


def test_a_fault_counts_as_noticed_if_each_of_its_tests_has_a_case_that_fails(mutations: ModuleType) -> None:
    output = (
        "..F\nFAILED tests/a.py::test_one[x - y] - assert 1 == 2\nFAILED tests/b.py::test_two - E\nERROR tests/c.py\n"
    )
    red = mutations.failed(output)
    assert red == ("tests/a.py::test_one[x - y]", "tests/b.py::test_two")
    wanted = ("tests/a.py::test_one", "tests/a.py::test_one[x - y]", "tests/b.py", "tests/b.py::test_tw", "tests/c.py")
    assert mutations.silent(wanted, red) == ["tests/b.py::test_tw", "tests/c.py"]


@pytest.mark.parametrize(
    ("code", "noticed"), [("value = 2", True), ("value = 1  # as before", False), ("value =", False)]
)
def test_a_fault_is_made_in_a_copy_seen_or_not_and_mended(
    mutations: ModuleType, tmp_path: Path, code: str, noticed: bool
) -> None:
    """The last is no Python: tests that cannot be collected notice nothing."""
    (tmp_path / "model.py").write_text("value = 1\n", encoding="utf-8")
    test = "import model\ndef test_it():\n    assert model.value == 1\n"
    (tmp_path / "test_it.py").write_text(test, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n', encoding="utf-8")
    fault = mutations.Mutation("one", "in words", "model.py", "value = 1", code, ("test_it.py::test_it",))
    verdict = mutations.judge(fault, tmp_path, tmp_path / "cache")
    assert verdict.noticed is noticed, verdict.remark
    assert (tmp_path / "model.py").read_text(encoding="utf-8") == "value = 1\n"


def test_help_teaches_and_an_unknown_name_is_refused() -> None:
    def command(*options: str) -> subprocess.CompletedProcess[str]:
        run = [sys.executable, str(ROOT / "mutations" / "run.py"), *options]
        return subprocess.run(run, capture_output=True, text=True, check=False)

    taught = command("--help")
    assert taught.returncode == 0
    assert all(word in taught.stdout for word in ("--only", "working tree", "mutations.yaml", "Exit codes"))
    refused = command("--only", "pd1_help")
    assert refused.returncode != 0
    assert "pd1_helps" in refused.stderr
