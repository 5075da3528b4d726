"""exp, log and power in LLVM IR, alike for one value and for vectors, so that no mathematics library is called.

exp: x = k ln 2 + r with k whole, a polynomial in r, k added to the exponent bits.
log: x = 2^k m with m in [1/sqrt 2, sqrt 2), log m from the series of the inverse hyperbolic tangent.
Relative error below 4.5e-16 (exp) and 2.3e-16 of max(|log x|, 1) (log); both are tested.
"""

from __future__ import annotations

import math

from abscopal.engine.emission.text import Code

_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # trailing zeros: k * high is exact
_LN2_LOW = 1.90821492927058770002e-10
_ROUND = 1.5 * 2.0**52  # adding it rounds to a whole number, found in the low mantissa bits
_SMALLEST = 2.2250738585072014e-308
_EXPONENT_ONE = 0x3FF0000000000000
_SQRT_HALF = 0x3FE6A09E667F3BCD
_TWO_52 = 0x4330000000000000


def elementary(code: Code) -> str:
    """The functions behind `exponential`, `logarithm` and `power` for the kind of value of `code`."""
    made = [_exp(Code(code.lanes, scalar=code.scalar)), _log(Code(code.lanes, scalar=code.scalar))]
    return "".join([*made, _power(Code(code.lanes, scalar=code.scalar))])


def exponential(code: Code, x: str) -> str:
    """A call of e to the x."""
    return code.call(f"real_exp.{code.suffix}", x)


def logarithm(code: Code, x: str) -> str:
    """A call of the natural logarithm; minus infinity at 0, not a number below."""
    return code.call(f"real_log.{code.suffix}", x)


def power(code: Code, x: str, y: str) -> str:
    """A call of x to the y; 0 at x <= 0 (1 if y = 0)."""
    return code.call(f"real_power.{code.suffix}", x, y)


def whole_below(code: Code, x: str) -> str:
    """The largest whole number not above x; x itself beyond 2^51, where doubles are whole or nearly so."""
    one = code.number(1.0)
    rounded = code.binary("fsub", code.binary("fadd", x, code.number(_ROUND)), code.number(_ROUND))
    below = code.select(code.compare("ogt", rounded, x), code.binary("fsub", rounded, one), rounded)
    large = code.call(f"llvm.fabs.{code.suffix}", x)
    return code.select(code.compare("olt", large, code.number(2.0**51)), below, x)


def _define(code: Code, name: str, arguments: list[str], result: str) -> str:
    code.do(f"ret {code.real} {result}")
    typed = [f"{code.real} {a}" for a in arguments]
    return code.function(f"{name}.{code.suffix}", typed, returns=f"{code.real}", attributes="#1").replace(
        "define ", "define internal ", 1
    )


def _polynomial(code: Code, x: str, coefficients: list[float]) -> str:
    """Sum of coefficients[i] x^i, halving the degree at each level so that the chain of dependence is short."""
    terms = [code.number(c) for c in coefficients]
    power = x
    while len(terms) > 1:
        pairs = [code.fma(terms[i + 1], power, terms[i]) for i in range(0, len(terms) - 1, 2)]
        terms = pairs + ([terms[-1]] if len(terms) % 2 else [])
        if len(terms) > 1:
            power = code.binary("fmul", power, power)
    return terms[0]


def _exp(code: Code) -> str:
    x = "%x"
    shifted = code.fma(x, code.number(1.0 / math.log(2.0)), code.number(_ROUND))
    k = code.binary("fsub", shifted, code.number(_ROUND))
    minus_k = code.unary("fneg", k)
    r = code.fma(minus_k, code.number(_LN2_HIGH), x)
    r = code.fma(minus_k, code.number(_LN2_LOW), r)
    tail = _polynomial(code, r, [1.0 / math.factorial(i) for i in range(2, 14)])
    squared = code.binary("fmul", r, r)
    mantissa = code.binary("fadd", code.fma(squared, tail, r), code.number(1.0))
    exponent = code.integer_op("shl", code.to_bits(shifted), code.integer(52))
    result = code.from_bits(code.integer_op("add", code.to_bits(mantissa), exponent))
    result = code.select(code.compare("ogt", x, code.number(709.0)), code.number(math.inf), result)
    result = code.select(code.compare("olt", x, code.number(-708.0)), code.number(0.0), result)
    return _define(code, "real_exp", [x], result)


def _log(code: Code) -> str:
    x = "%x"
    shifted = code.integer_op("add", code.to_bits(x), code.integer(_EXPONENT_ONE - _SQRT_HALF))
    exponent = code.integer_op("or", code.integer_op("lshr", shifted, code.integer(52)), code.integer(_TWO_52))
    k = code.binary("fsub", code.from_bits(exponent), code.number(2.0**52 + 1023.0))
    mantissa = code.integer_op("and", shifted, code.integer(0x000FFFFFFFFFFFFF))
    m = code.from_bits(code.integer_op("add", mantissa, code.integer(_SQRT_HALF)))
    f = code.binary("fsub", m, code.number(1.0))
    s = code.binary("fdiv", f, code.binary("fadd", f, code.number(2.0)))
    s2 = code.binary("fmul", s, s)
    series = code.binary("fmul", s2, _polynomial(code, s2, [2.0 / (2 * i + 3) for i in range(11)]))
    half_square = code.binary("fmul", code.binary("fmul", f, f), code.number(0.5))
    # log(1 + f) = f - (f^2/2 - s (f^2/2 + series)): the large terms are exact, the small ones come last.
    inner = code.binary("fmul", s, code.binary("fadd", half_square, series))
    inner = code.fma(k, code.number(_LN2_LOW), inner)
    small = code.binary("fsub", half_square, inner)
    result = code.fma(k, code.number(_LN2_HIGH), code.binary("fsub", f, small))
    result = code.select(code.compare("oeq", x, code.number(math.inf)), x, result)
    outside = code.compare("oge", x, code.number(0.0))
    outside_value = code.select(outside, code.number(-math.inf), code.number(math.nan))
    result = code.select(code.compare("oge", x, code.number(_SMALLEST)), result, outside_value)
    return _define(code, "real_log", [x], result)


def _power(code: Code) -> str:
    """x^y for x > 0; at x <= 0 it is 0 (1 if y = 0), so that saturating terms survive round-off below zero."""
    x, y = "%x", "%y"
    general = exponential(code, code.binary("fmul", y, logarithm(code, x)))
    at_zero = code.select(code.compare("oeq", y, code.number(0.0)), code.number(1.0), code.number(0.0))
    result = code.select(code.compare("ole", x, code.number(_SMALLEST)), at_zero, general)
    return _define(code, "real_power", [x, y], result)
