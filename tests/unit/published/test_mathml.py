"""Expressions as MathML, read back by libSBML."""

from __future__ import annotations

import math

import pytest

from abscopal import expr
from abscopal.published.sbml import mathml

libsbml = pytest.importorskip("libsbml")

X = expr.symbol("x")


def _formula(node):
    return libsbml.formulaToL3String(libsbml.readMathMLFromString(mathml.math(node, {X: "x"})))


def test_numbers_keep_every_digit():
    for value in (0.1, 1e-300, -2.5e17, 1.0 / 3.0, 12345678.9):
        node = libsbml.readMathMLFromString(mathml.math(expr.const(value), {}))
        assert node.getValue() == pytest.approx(value, rel=1e-15)


def test_operations_are_written_as_they_are():
    assert _formula(-(X + 1.0) * expr.exp(X) / 2.0) == "-(x + 1) * exp(x) / 2"
    assert _formula(expr.log(X)) == "ln(x)"
    assert _formula(expr.minimum(X, 2.0)) == "min(x, 2)"


def test_a_condition_used_as_a_number_becomes_one_or_nought():
    assert _formula((X < 2.0) * 3.0) == "piecewise(1, x < 2, 0) * 3"
    assert _formula(expr.where(X <= 2.0, X, 3.0)) == "piecewise(x, x <= 2, 3)"
    assert _formula(expr.where(X, 1.0, 3.0)) == "piecewise(1, x != 0, 3)"


def test_roots_and_powers_below_zero_are_zero_as_in_the_engine():
    assert _formula(expr.sqrt(X)) == "sqrt(max(x, 0))"
    assert _formula(X**1.5) == "piecewise(x^1.5, x > 0, 0)"
    assert math.isclose(2.0**1.5, 2.8284271247461903)


def test_only_what_is_used_again_gets_a_name():
    shared = expr.exp(X) + 1.0
    assert mathml.shared_nodes([shared * 2.0, shared * 3.0, expr.log(X)]) == [shared]
