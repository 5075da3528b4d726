"""A system's functions as machine code for one trajectory, called through ctypes."""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.engine.emission.scalar import scalar_module
from abscopal.engine.lowering import lower
from abscopal.engine.machine import LoadedCode, compile_module, host
from abscopal.expr import System

FloatArray = NDArray[np.float64]
_KEPT = 16
_compiled: OrderedDict[str, CompiledSystem] = OrderedDict()


class CompiledSystem:
    """Rates, Jacobian, initial state, outputs and event maps of one system, on buffers that are reused.

    Set the parameters with `use`; then call the other methods. One instance serves one thread at a time.
    """

    def __init__(self, system: System) -> None:
        program = lower(system, auxiliaries=False)
        self._code = LoadedCode(compile_module(scalar_module(program), host()))
        n = len(system.states)
        self._p = np.zeros(max(1, len(system.parameters)))
        self._q = np.zeros(max(1, len(program.hoisted)))
        self._y = np.zeros(n)
        self._dy = np.zeros(n)
        self._jacobian = np.zeros((n, n))
        self._out = np.zeros(max(1, len(system.outputs)))
        self._arguments = np.zeros(max([1, *(len(m.arguments) for m in system.maps)]))
        y, p, q = (a.ctypes.data for a in (self._y, self._p, self._q))
        self._prepare = self._function("prepare", p, q)
        self._initial = self._function("initial", p, y)
        self._rates = self._function("rates", y, p, q, self._dy.ctypes.data)
        self._slopes = self._function("jacobian", y, p, q, self._jacobian.ctypes.data)
        self._outputs = self._function("outputs", y, p, q, self._out.ctypes.data)
        self._events = [
            self._function(f"event_{i}", y, p, q, self._arguments.ctypes.data) for i in range(len(system.maps))
        ]

    def _function(self, name: str, *pointers: int) -> Any:
        prototype = ctypes.CFUNCTYPE(None, *([ctypes.c_void_p] * len(pointers)))
        call = prototype(self._code.address(name))
        arguments = tuple(ctypes.c_void_p(x) for x in pointers)
        return lambda: call(*arguments)

    def use(self, parameters: FloatArray) -> None:
        """Sets the parameters, array (parameters,), for the calls that follow."""
        self._p[: len(parameters)] = parameters
        self._prepare()

    def initial(self) -> FloatArray:
        self._initial()
        return self._y.copy()

    def rates(self, y: FloatArray, t: float = 0.0) -> FloatArray:
        """dy/dt; the array returned is overwritten by the next call."""
        self._y[:] = y
        self._rates()
        return self._dy

    def jacobian(self, y: FloatArray, t: float = 0.0) -> FloatArray:
        """d rates / d y, dense; the array returned is overwritten by the next call."""
        self._y[:] = y
        self._slopes()
        return self._jacobian

    def outputs(self, y: FloatArray) -> FloatArray:
        """Outputs at a state; the array returned is overwritten by the next call."""
        self._y[:] = y
        self._outputs()
        return self._out

    def event(self, index: int, y: FloatArray, arguments: FloatArray) -> FloatArray:
        """The state after event map `index`."""
        self._y[:] = y
        self._arguments[: len(arguments)] = arguments[: len(self._arguments)]
        self._events[index]()
        return self._y.copy()


def compiled(system: System) -> CompiledSystem:
    """The compiled functions of a system, made once per process and content."""
    key = system.code_fingerprint
    if key not in _compiled:
        _compiled[key] = CompiledSystem(system)
        while len(_compiled) > _KEPT:
            _compiled.popitem(last=False)
    _compiled.move_to_end(key)
    return _compiled[key]
