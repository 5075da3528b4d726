"""Of which parameters the data are expected to tell most, before they are fitted: `auto:k`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from abscopal.errors import InputError, Problem
from abscopal.fitting.error_law import ErrorLaw
from abscopal.fitting.estimated import Estimated, chosen, columns_of
from abscopal.fitting.keyed import generator
from abscopal.fitting.reading import readings
from abscopal.fitting.rows import FitRow, declared
from abscopal.fitting.solving import Solver
from abscopal.simulation import FloatArray, Prepared, Settings
from abscopal.statistics import conventions

# Draws of the prior at which the tangents are taken, and how far from the declared values they lie.
_DRAWS, _SPREAD = 12, 0.7
_HELD = ("integer", "choice")


def candidates(prepared: Prepared) -> tuple[Estimated, ...]:
    """Every parameter of the model with a declared uncertainty that can be estimated, by its name without a place."""
    names = dict.fromkeys(name.partition("@")[0] for name in prepared.declared)
    able = []
    for name in names:
        laws = [prepared.declared[c].spread.uncertainty for c in columns_of(name, prepared.declared)]
        values = [prepared.declared[c].value for c in columns_of(name, prepared.declared)]
        varying = [law for law, value in zip(laws, values, strict=True) if law.varies(value)]
        if varying and all(law.family not in _HELD for law in varying):
            able.append(name)
    return chosen(able, prepared.declared, "shared", {})


def most_informative(
    prepared: Prepared,
    used: Sequence[FitRow],
    floors: FloatArray,
    baseline: FloatArray,
    settings: Settings,
    number: int,
    beside: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The parameters of which the rows are expected to tell most: name, information [nats] and reason.

    Parameters
    ----------
    used : rows in use; `floors` as in their error law.
    beside : names that are estimated in any case.

    Notes
    -----
    Fisher information F of the rows' expected logs at draws of the prior, from exact tangents, in units of the prior.
    Parameters are taken one by one: the next is the one with the largest mean of ln(1 + F_jj - F_js (1 + F_ss)^-1 F_sj)
    / 2 given those taken, so that two that do the same are not both taken early.
    """
    items = candidates(prepared)
    known = {item.name for item in items}
    taken = [n for n in beside if n in known]
    if number > len(items) - len(taken):
        message = f"auto:{number} of {len(items) - len(taken)} parameters"
        raise InputError(Problem(message, "estimate", allowed=f"auto:1 to auto:{len(items) - len(taken)}"))
    fisher, by_arm = _fisher(prepared, items, used, floors, baseline, settings)
    names = [item.name for item in items]
    order = [names.index(name) for name in taken]
    found = []
    for _ in range(number):
        gain = _gains(fisher, order)
        gain[order] = -1.0
        best = int(np.argmax(gain))
        order.append(best)
        arm = max(by_arm, key=lambda name: float(by_arm[name][best]))
        reason = f"expected information {gain[best]:.2g} nats beside those before it, most of it from arm {arm!r}"
        found.append({"name": names[best], "information": float(gain[best]), "reason": reason})
    return found


def _gains(fisher: FloatArray, order: Sequence[int]) -> FloatArray:
    """Mean expected gain of every parameter given those taken [nats]."""
    diagonal = np.einsum("nii->ni", fisher)
    if order:
        inner = fisher[:, order][:, :, order] + np.eye(len(order))
        cross = fisher[:, order]
        diagonal = diagonal - np.einsum("nsj,nsj->nj", cross, np.linalg.solve(inner, cross))
    return np.asarray(0.5 * np.log1p(np.maximum(diagonal, 0.0)).mean(axis=0))


def _fisher(
    prepared: Prepared,
    items: Sequence[Estimated],
    used: Sequence[FitRow],
    floors: FloatArray,
    baseline: FloatArray,
    settings: Settings,
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Information at each draw (draws, parameters, parameters), and its mean diagonal by arm."""
    solver = Solver(prepared, items, (), 0, baseline, settings)
    places = _SPREAD * generator(prepared.study.cohort.seed, "information").standard_normal((_DRAWS, len(items)))
    places[0] = 0.0
    limit = prepared.study.endpoints.survival.volume_limit_mm3
    law = ErrorLaw.of(used, "lognormal", limit, floors, [row.is_summary for row in used])
    arms = [arm.name for arm in prepared.study.arms]
    total = np.zeros((_DRAWS, len(items), len(items)))
    by_arm = {}
    for part in readings(used, [0] * len(used), 0, arms, prepared.start_day):
        solved = solver.solve(part.arm, places, part.days, part.outputs, tangents=True)
        features, slopes = part.read(solved, _DRAWS)
        assert slopes is not None
        rows = list(part.rows)
        whole = np.zeros((_DRAWS, len(used), 2))
        whole[:, rows] = np.nan_to_num(features)
        cv = np.where([row.is_summary for row in used], declared("unexplained"), conventions.instrument("calliper").cv)
        _, scale = law.centre_and_scale(whole, np.log(np.broadcast_to(cv, whole.shape[:2])))
        weighted = np.nan_to_num(slopes[:, :, 0]) / scale[:, rows][..., None]
        weighted = np.where(solved.ok[:, None, None], weighted, 0.0)
        found = np.einsum("nri,nrj->nij", weighted, weighted)
        by_arm[part.arm] = np.einsum("nii->i", found) / _DRAWS
        total += found
    return total, by_arm
