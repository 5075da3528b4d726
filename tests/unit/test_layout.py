"""The house stays in order: no import circles, no class of two homes, no long files, few long functions."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "abscopal"
LAYOUT_PAGE = ROOT / "docs" / "layout.md"

# What the extras bring; an import of it stands in the function that needs it.
OPTIONAL = {"libsbml", "petab", "pydicom", "nicegui", "SALib"}

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 50
MOST_LONG_FUNCTIONS = 0.01

Trees = Mapping[str, ast.Module]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _module_name(path: Path, root: Path = SOURCE) -> str:
    """`abscopal.study` of the file `abscopal/study/__init__.py`."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.fixture(scope="module")
def trees() -> Trees:
    files = sorted(PACKAGE.rglob("*.py"))
    return {_module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def test_no_file_is_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert len(lengths) > 200
    long = {str(path.relative_to(SOURCE)): n for path, n in lengths.items() if n > MOST_LINES_OF_A_FILE}
    assert not long


def test_few_functions_are_long(trees: Trees) -> None:
    lengths = {f"{module}:{f.name}:{f.lineno}": _lines(f) for module, tree in trees.items() for f in _functions(tree)}
    assert len(lengths) > 1000
    long = {name: n for name, n in lengths.items() if n > MOST_LINES_OF_A_FUNCTION}
    assert len(long) / len(lengths) < MOST_LONG_FUNCTIONS, long


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _lines(function: Function) -> int:
    """Lines of a function from `def` to its end, its docstring among them."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_class_name_has_two_homes(trees: Trees) -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(module)
    assert len(homes) > 100
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_no_files_import_each_other_in_a_circle(trees: Trees) -> None:
    """Imports inside functions count: a circle that is closed late is a circle. Those for type checkers do not."""
    found = {module: _imported(module, tree, set(trees)) for module, tree in trees.items()}
    assert sum(map(len, found.values())) > 500
    assert _circle(found) == []


def test_a_circle_is_found_where_there_is_one() -> None:
    trees = {
        "p": ast.parse("from p.a import x"),
        "p.a": ast.parse("import p.b\nfrom p import c"),
        "p.b": ast.parse("def late():\n    from p.a import y"),
        "p.c": ast.parse(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.a import y\nelse:\n    import q"
        ),
    }
    found = {module: _imported(module, tree, set(trees)) for module, tree in trees.items()}
    assert found == {"p": {"p.a"}, "p.a": {"p.b", "p.c"}, "p.b": {"p.a"}, "p.c": set()}
    assert set(_circle(found)) == {"p.a", "p.b"}


def _imported(module: str, tree: ast.Module, known: set[str]) -> set[str]:
    """The modules of the package that a file names in its imports; a package's own file counts if a name of it does."""
    found: set[str] = set()
    for node in _at_run_time(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            parts = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found |= {full if full in known else str(node.module) for full in parts.values()}
    return found & known - {module}


def _at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from (inner for other in child.orelse for inner in (other, *_at_run_time(other)))
            continue
        yield child
        yield from _at_run_time(child)


def _circle(imported: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other, the first again at the end; none if there is no circle."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_optional_packages_are_imported_where_they_are_used(trees: Trees) -> None:
    """Every file of the package, and so every example in a docstring, can be imported without the extras."""
    at_the_top = {
        (module, name)
        for module, tree in trees.items()
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)])
    }
    assert ("abscopal.cohort.population", "numpy") in at_the_top
    assert not {(module, name) for module, name in at_the_top if name.partition(".")[0] in OPTIONAL}


@pytest.mark.skipif(not LAYOUT_PAGE.exists(), reason="docs/layout.md is not written yet")
def test_every_room_is_on_the_page_of_the_house() -> None:
    page = LAYOUT_PAGE.read_text(encoding="utf-8")
    rooms = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
    assert len(rooms) > 15
    assert [room for room in rooms if f"`{room}`" not in page and f"{room}/" not in page] == []


def test_tests_mirror_the_rooms() -> None:
    """A folder of tests/unit bears the name of a room, so that a test is found where its code is."""
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    folders = {path.name for path in (ROOT / "tests" / "unit").iterdir() if any(path.glob("*.py"))}
    assert len(folders) > 10
    assert folders - rooms == set()
