"""Roots and powers of negative numbers: the engine counts them as zero, so a run that meets them is marked as failed.

The engine does so for the sake of round-off just below zero. In a model of others a number that is truly negative there
has no value, and the trajectory from then on means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from abscopal.expr import Expr, System, topological

# Below zero by more than this part of its largest size, a number is negative and not round-off.
_ROUND_OFF = 1e-6
_NAMED = 5
FloatArray = NDArray[np.float64]


def watched_bases(system: System, values: Mapping[str, float]) -> tuple[Expr, ...]:
    """What the rates and readouts take roots or broken powers of, unless it cannot be negative."""
    found: dict[Expr, None] = {}
    roots = [*system.rates, *(e for _, e in system.outputs)]
    safe: dict[Expr, bool] = {}
    for node in topological(roots):
        safe[node] = _never_negative(node, safe, values)
        if node.op == "sqrt" or (node.op == "pow" and not _whole(node.args[1], values)):
            base = node.args[0]
            if not safe[base]:
                found[base] = None
    return tuple(found)


def first_negative(bases: FloatArray) -> NDArray[np.int64]:
    """Index of the first time at which a base is truly negative, array (subjects,); the number of times if never.

    Parameters
    ----------
    bases : array (subjects, times, bases).
    """
    size = np.nanmax(np.abs(np.where(np.isfinite(bases), bases, 0.0)), axis=1, keepdims=True, initial=0.0)
    negative = (bases < -_ROUND_OFF * size).any(axis=2)
    found: NDArray[np.int64] = np.where(negative.any(axis=1), negative.argmax(axis=1), bases.shape[1])
    return found


def below_zero(system: System, times: FloatArray, values: FloatArray) -> tuple[str, ...]:
    """A sentence on the outputs that start at zero or more and fall clearly below, if they show a state.

    The solvers let them only where a rate or an event carries them there.

    Parameters
    ----------
    values : array (subjects, times, outputs).
    """
    if not values.size or values.min() >= 0.0:
        return ()
    shown = [m for m, (_, e) in enumerate(system.outputs) if _is_a_state(e, system)]
    found = []
    for m in shown:
        column = values[:, :, m]
        size = np.nanmax(np.abs(column), axis=1, keepdims=True, initial=0.0)
        low = (column < -_ROUND_OFF * size) & (column[:, :1] >= 0.0)
        if low.any():
            subject, k = np.unravel_index(int(np.argmin(np.where(low, column, 0.0))), column.shape)
            found.append(f"{system.outputs[m][0]} ({column[subject, k]:.3g} at {times[k]:g})")
    if not found:
        return ()
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    told = (
        f"below zero: {', '.join(found[:_NAMED])}{more}; the model's own rates, doses or events carry them there, so "
        "look whether they are meant to (an amount or a concentration is not)"
    )
    return (told,)


def _is_a_state(shown: Expr, system: System) -> bool:
    """A state, or one over or times a number: a concentration of an amount."""
    states = set(system.states)
    return shown in states or (shown.op in ("mul", "div") and len(states.intersection(shown.args)) == 1)


def _whole(exponent: Expr, values: Mapping[str, float]) -> bool:
    """Whether an exponent is a parameter that is a whole number: the importer writes those powers out."""
    number = values.get(exponent.name) if exponent.op == "symbol" else None
    return number is not None and number == int(number)


def _never_negative(node: Expr, safe: Mapping[Expr, bool], values: Mapping[str, float]) -> bool:
    inner = [safe[a] for a in node.args]
    match node.op:
        case "const":
            return node.value >= 0.0
        case "symbol":
            return values.get(node.name, -1.0) >= 0.0
        case "exp" | "sqrt" | "pow" | "lt" | "le":
            return True
        case "mul":
            return all(inner) or node.args[0] is node.args[1]
        case "add" | "div" | "min":
            return all(inner)
        case "max":
            return any(inner) or any(a.op == "neg" and a.args[0] in node.args for a in node.args)
        case "where":
            return inner[1] and inner[2]
    return False
