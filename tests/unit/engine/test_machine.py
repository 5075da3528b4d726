"""The same emitter makes packed instructions for other processors; cross-compiled, not run."""

from __future__ import annotations

import re

import pytest

from abscopal.engine.integration.module import kernel_module
from abscopal.engine.lowering import lower
from abscopal.engine.machine import Target, compile_module, host, lanes_for

LINUX = "x86_64-unknown-linux-gnu"
TARGETS = {
    # name: (target, lanes, packed multiply-add of that width, register)
    "avx2": (Target(LINUX, "haswell", "+avx,+avx2,+fma"), 4, r"vfn?m(add|sub)\d+pd.*%ymm", "ymm"),
    "avx512": (Target(LINUX, "skylake-avx512", "+avx,+avx2,+fma,+avx512f"), 8, r"vfn?m(add|sub)\d+pd.*%zmm", "zmm"),
    "neon": (Target("aarch64-unknown-linux-gnu", "neoverse-n1", "+neon"), 2, r"fml[as]\s+v\d+\.2d", "2d"),
    "apple": (Target("arm64-apple-macosx", "apple-m1", "+neon"), 2, r"fml[as](\.2d|\s+v\d+\.2d)", "2d"),
    "windows": (Target("x86_64-pc-windows-msvc", "haswell", "+avx,+avx2,+fma"), 4, r"vfn?m(add|sub)\d+pd.*%ymm", "ymm"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_steps_are_packed_instructions(treated, name):
    target, lanes, packed, _ = TARGETS[name]
    assert lanes_for(target) == lanes
    ir, _ = kernel_module(lower(treated[0]), lanes)
    text = compile_module(ir, target, assembly=True)
    for function in ("add_rates", "slopes", "factor", "backsolve", "attempt"):
        body = re.search(rf"^_?{function}:(.*?)(?=^_?[a-z_]+:|\Z)", text, re.S | re.M)
        assert body, function
        code = body.group(1)
        vector = len(re.findall(packed, code))
        scalar = len(re.findall(r"vfn?m(add|sub)\d+sd|\bfn?m(add|sub)\s+d\d", code))
        assert vector > 0, function
        assert scalar == 0, function


def test_a_processor_without_vectors_of_doubles_still_gets_code(treated):
    target = Target(LINUX, "x86-64", "")
    ir, _ = kernel_module(lower(treated[0]), lanes_for(target))
    assert len(compile_module(ir, target)) > 1000


def test_the_host_is_known():
    assert lanes_for(host()) in (2, 4, 8)
    assert host().cpu
