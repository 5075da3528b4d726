"""No two files import each other, not even through others and inside functions: each can be read before its users."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import abscopal

ROOT = Path(abscopal.__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "abscopal").rglob("*.py")
}


def imported(node: ast.AST) -> Iterator[str]:
    """Names of the modules that code imports, those for the type checker left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (name.name for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            inside = (f"{child.module}.{name.name}" for name in child.names)
            yield from (name if name in MODULES else str(child.module) for name in inside)
        yield from imported(child)


def test_files_import_each_other_in_one_direction() -> None:
    graph = {
        name: {other for other in imported(ast.parse(path.read_text(encoding="utf-8"))) if other in MODULES} - {name}
        for name, path in MODULES.items()
    }
    assert graph["abscopal.pipeline"], "the graph is empty"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("files import each other in a circle: " + " -> ".join(error.args[1]))
