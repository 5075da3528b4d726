"""What a function is, as text: so that work resumed with another function is known from work of the same one."""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as np


def written(thing: Any) -> str:
    """A function with its constants, defaults and what it closes over, as text that is the same in every process.

    What has no such text, an object at an address, is known by its class alone.
    """
    if isinstance(thing, functools.partial):
        return repr(["partial", written(thing.func), [written(a) for a in thing.args], _pairs(thing.keywords)])
    if isinstance(thing, types.MethodType):
        return repr(["method", written(thing.__func__), written(thing.__self__)])
    if isinstance(thing, types.FunctionType):
        around = [written(cell.cell_contents) for cell in thing.__closure__ or () if _is_filled(cell)]
        given = [written(v) for v in thing.__defaults__ or ()]
        return repr([thing.__qualname__, written(thing.__code__), around, given, _pairs(thing.__kwdefaults__ or {})])
    if isinstance(thing, types.CodeType):
        return repr([thing.co_code, thing.co_names, [written(c) for c in thing.co_consts]])
    if isinstance(thing, np.ndarray):
        return repr([thing.dtype.str, thing.shape, thing.tobytes()])
    if isinstance(thing, tuple | list):
        return repr([written(part) for part in thing])
    text = repr(thing)
    return type(thing).__qualname__ if " at 0x" in text else text


def _pairs(named: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((name, written(value)) for name, value in named.items())


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
