"""A system compiled for the lanes of this machine, and one run of it in the calling thread."""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.engine import cache
from abscopal.engine.integration.layout import SLOT, Layout
from abscopal.engine.integration.module import kernel_module
from abscopal.engine.lowering import lower
from abscopal.engine.machine import LoadedCode, Target, compile_module, host, lanes_for
from abscopal.expr import System

_KEPT = 16
_kernels: OrderedDict[tuple[str, int], Kernel] = OrderedDict()


class Kernel:
    """Machine code of one system; `run` may be called from several threads at once, each with its own workspace."""

    def __init__(self, code: bytes, layout: Layout) -> None:
        self.layout = layout
        self._code = LoadedCode(code)
        self._run = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self._code.address("run"))

    def workspace(self) -> NDArray[np.float64]:
        """Zeros for one thread, aligned to a cache line."""
        raw = np.zeros(self.layout.doubles + 8)
        skip = (-raw.ctypes.data // 8) % 8
        return raw[skip : skip + self.layout.doubles]

    def run(self, slots: dict[str, Any], workspace: NDArray[np.float64]) -> None:
        """Solves subjects until none is left. Releases the interpreter's lock."""
        job = np.zeros(len(SLOT), dtype=np.uint64)
        for name, value in {**slots, "workspace": workspace}.items():
            job[SLOT[name]] = _word(value)
        self._run(job.ctypes.data)


def _word(value: Any) -> int:
    """A pointer, a double or a whole number as the bits of a slot."""
    if value is None:
        return 0
    if isinstance(value, np.ndarray):
        return int(value.ctypes.data)
    if isinstance(value, float):
        return int(np.float64(value).view(np.uint64))
    return int(value)


def kernel_for(system: System, lanes: int | None = None) -> Kernel:
    """The compiled system, from this process or made now."""
    target = host()
    width = lanes or lanes_for(target)
    key = (system.code_fingerprint, width)
    if key not in _kernels:
        _kernels[key] = _build(system, width, target)
        while len(_kernels) > _KEPT:
            _kernels.popitem(last=False)
    _kernels.move_to_end(key)
    return _kernels[key]


def _build(system: System, lanes: int, target: Target) -> Kernel:
    key = cache.key_for(system.code_fingerprint, lanes, target)
    kept = cache.read(key)
    if kept is not None:
        try:
            return Kernel(kept[1], Layout(**kept[0]))
        except (TypeError, RuntimeError, KeyError):
            pass  # not what we wrote: build it again
    ir, layout = kernel_module(lower(system), lanes)
    code = compile_module(ir, target)
    cache.write(key, asdict(layout), code)
    return Kernel(code, layout)
