"""exp, log and power of the emitted code against NumPy in extended precision."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from abscopal.engine.emission.elementary import elementary, exponential, logarithm, power
from abscopal.engine.emission.text import Code, declarations
from abscopal.engine.machine import LoadedCode, compile_module, host

N = 4096


@pytest.fixture(scope="module", params=[1, 2, 4, 8])
def functions(request):
    lanes = request.param
    ir = declarations(Code(lanes)) + elementary(Code(lanes))
    for name, call in (("exp", exponential), ("log", logarithm), ("power", power)):
        code = Code(lanes)
        with code.loop(str(N // lanes)) as i:
            x, y, out = (
                code.value(f"getelementptr {code.real}, ptr %{pointer}, i64 {i}") for pointer in ("x", "y", "out")
            )
            inputs = [code.value(f"load {code.real}, ptr {p}, align 8") for p in (x, y)]
            result = call(code, *(inputs if name == "power" else inputs[:1]))
            code.do(f"store {code.real} {result}, ptr {out}, align 8")
        code.do("ret void")
        ir += code.function(f"many_{name}", ["ptr %x", "ptr %y", "ptr %out"])
    ir += "attributes #0 = { nounwind }\nattributes #1 = { nounwind willreturn memory(none) }\n"
    loaded = LoadedCode(compile_module(ir, host()))

    def run(name, x, y=1.0):
        x = np.resize(np.asarray(x, dtype=float), N)
        y, out = np.full(N, y), np.empty(N)
        function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)(loaded.address(f"many_{name}"))
        function(x.ctypes.data, y.ctypes.data, out.ctypes.data)
        return out

    return run


def test_exp_is_right_to_the_last_bits(functions):
    x = np.random.default_rng(0).uniform(-700, 700, N)
    exact = np.exp(x.astype(np.longdouble))
    assert float(np.max(np.abs(functions("exp", x) - exact) / exact)) < 4.5e-16


def test_log_is_right_to_the_last_bits(functions):
    rng = np.random.default_rng(0)
    x = np.concatenate([np.exp(rng.uniform(-700, 700, N // 2)), rng.uniform(0.5, 2.0, N // 2)])
    exact = np.log(x.astype(np.longdouble))
    assert float(np.max(np.abs(functions("log", x) - exact) / np.maximum(np.abs(exact), 1.0))) < 2.3e-16


def test_ends_of_the_range(functions):
    special = [0.0, -1000.0, 1000.0, np.nan, np.inf, -np.inf]
    np.testing.assert_array_equal(functions("exp", special)[:6], [1.0, 0.0, np.inf, np.nan, np.inf, 0.0])
    special = [0.0, -1.0, np.inf, np.nan, 1.0, -np.inf]
    np.testing.assert_array_equal(functions("log", special)[:6], [-np.inf, np.nan, np.inf, np.nan, 0.0, np.nan])


def test_power_is_safe_at_zero_and_below(functions):
    np.testing.assert_allclose(functions("power", [0.0, -1e-9, 4.0], 1.5)[:3], [0.0, 0.0, 8.0], rtol=1e-15)
    np.testing.assert_array_equal(functions("power", [0.0, 2.0], 0.0)[:2], [1.0, 1.0])
    x = np.random.default_rng(0).uniform(0.0, 20.0, N)
    np.testing.assert_allclose(functions("power", x, 3.7), x**3.7, rtol=5e-15)
