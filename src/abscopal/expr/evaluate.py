"""Evaluation of expressions on NumPy arrays: for initial values, tests and small jobs. Ensembles use the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abscopal.expr.graph import Expr, topological

_NUMPY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "pow": np.power,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "min": np.minimum,
    "max": np.maximum,
    "lt": np.less,
    "le": np.less_equal,
    "where": np.where,
}


def evaluate(outputs: Sequence[Expr], values: Mapping[Expr, Any]) -> list[Any]:
    """The value of each output, given a float or an array for every symbol they need.

    Raises
    ------
    KeyError
        A symbol has no value.
    """
    known: dict[Expr, Any] = {}
    for node in topological(outputs):
        if node.op == "const":
            known[node] = node.value
        elif node.op == "symbol":
            known[node] = values[node]
        else:
            known[node] = _NUMPY[node.op](*(known[a] for a in node.args))  # type: ignore[operator]
    return [known[output] for output in outputs]
