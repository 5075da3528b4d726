"""Any one value of a study replaced by nonsense: a study or an InputError, never another exception."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abscopal import study
from abscopal.errors import InputError
from abscopal.regimen import timeline
from abscopal.study.document import read_document

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
NONSENSE: tuple[Any, ...] = (
    None,
    "",
    "x",
    "-1",
    "nan d",
    "1e400 Gy",
    [],
    {},
    [None],
    [["x"]],
    {"x": {"y": None}},
    "0 d",
)


# Each place meets a part of the nonsense; together the places of four examples meet all of it.
STRIDE = 4


def _paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, key)
        yield from _paths(value, (*path, key))


def _replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return changed


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_nonsense_anywhere_is_told_not_raised(example: Path) -> None:
    data = read_document(example.read_text(encoding="utf-8")).data
    errors = []
    for i, path in enumerate(_paths(data)):
        for value in NONSENSE[(i + EXAMPLES.index(example)) % STRIDE :: STRIDE]:
            try:
                made = study.from_dict(_replaced(data, path, value))
                lines = [timeline(made, arm.name) for arm in made.arms]  # a beam may reach no target
            except InputError as error:
                errors.append(error)
            else:
                assert all(len(line) >= len(made.sites) for line in lines)
    assert len(errors) > 100
    assert all(problem.message and problem.advice for error in errors for problem in error.problems)
