"""Expressions as formulas of libSBML."""

from __future__ import annotations

import math

import pytest

from abscopal import expr
from abscopal.published.sbml.export.formula_nodes import FormulaNodes, shared_nodes

libsbml = pytest.importorskip("libsbml")

X, Y = expr.symbol("x"), expr.symbol("y")


def _nodes(units=None):
    return FormulaNodes({X: "x", Y: "y"}, (units or {}).get)


def _formula(node):
    return libsbml.formulaToL3String(_nodes().formula(node)).replace(" dimensionless", "")


def test_numbers_keep_every_digit():
    for value in (0.1, 1e-300, -2.5e17, 1.0 / 3.0, 12345678.9):
        text = libsbml.writeMathMLToString(_nodes().formula(expr.const(value)))
        assert libsbml.readMathMLFromString(text).getValue() == pytest.approx(value, rel=1e-15)


def test_operations_are_written_as_they_are():
    assert _formula(-(X + 1.0) * expr.exp(X) / 2.0) == "-(x + 1) * exp(x) / 2"
    assert _formula(expr.log(X)) == "ln(x)"
    assert _formula(expr.minimum(X, 2.0)) == "min(x, 2)"
    assert _formula(X - (Y - X)) == "x - (y - x)"


def test_a_condition_used_as_a_number_becomes_one_or_nought():
    assert _formula((X < 2.0) * 3.0) == "piecewise(1, x < 2, 0) * 3"
    assert _formula(X < 2.0) == "piecewise(1, x < 2, 0)"
    assert _formula(expr.where(X <= 2.0, X, 3.0)) == "piecewise(x, x <= 2, 3)"
    assert _formula(expr.where(X, 1.0, 3.0)) == "piecewise(1, x != 0, 3)"
    condition = X < 2.0
    assert _formula(expr.where(condition, condition * Y, 3.0)) == "piecewise(piecewise(1, x < 2, 0) * y, x < 2, 3)"


def test_roots_and_powers_below_zero_are_zero_as_in_the_engine():
    assert _formula(expr.sqrt(X)) == "root(2, max(x, 0))"
    assert _formula(X**1.5) == "piecewise(x^1.5, x > 0, 0)"
    assert math.isclose(2.0**1.5, 2.8284271247461903)


def test_a_formula_of_any_depth_is_written():
    deep = X
    for i in range(3000):
        deep = deep * Y + float(i + 1)
    node = root = _nodes().formula(deep)
    for _ in range(2 * 3000):
        node = node.getChild(0)
    assert node.getName() == "x"
    assert root.getNumChildren() == 2


def test_a_part_used_twice_is_written_twice():
    part = -(X + Y)
    assert _formula(expr.exp(part) * part) == "exp(-(x + y)) * -(x + y)"


def test_a_number_has_the_unit_of_what_it_is_added_to_or_compared_with():
    nodes = _nodes({X: "Gy"})
    assert nodes.formula(X + 2.0).getChild(1).getUnits() == "Gy"
    assert nodes.formula(expr.maximum(X, 2.0)).getChild(1).getUnits() == "Gy"
    assert nodes.formula(X * 2.0).getChild(1).getUnits() == "dimensionless"
    assert nodes.formula(expr.const(2.0), "day").getUnits() == "day"


def test_what_has_no_id_is_refused():
    with pytest.raises(ValueError, match="'z' has no id"):
        _formula(expr.symbol("z") + 1.0)


def test_only_what_is_used_again_gets_a_name():
    shared = expr.exp(X) + 1.0
    assert shared_nodes([shared * 2.0, shared * 3.0, expr.log(X)]) == [shared]
