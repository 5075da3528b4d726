"""The arms of a study as conditions of one document: events of all arms together, each switched on by its arms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

import numpy as np

from abscopal import cohort, expr, simulation
from abscopal.expr import Expr, substitute_all
from abscopal.model.language import AssembledModel
from abscopal.published.sbml.export.changes import Act
from abscopal.published.sbml.export.writing import acts_of
from abscopal.regimen import site_place
from abscopal.simulation import Prepared

FACTOR_PREFIX = "factor "
TAKE = "inoculum_take@"

_Label = TypeVar("_Label")
_Key = tuple[int, tuple[float, ...], int, str]


def switch_of(arm: str) -> str:
    """Name of the parameter that is 1 in an arm and 0 in the others."""
    return f"arm {arm}"


def acts(prepared: Prepared, start: float) -> tuple[Act, ...]:
    """Everything given in any arm, by time; what several arms share is one event with the switches of all of them."""
    by_arm = {name: acts_of(schedule, start) for name, schedule in prepared.schedules.items()}
    times = sorted({act.time for found in by_arm.values() for act in found})
    together: list[Act] = []
    for time in times:
        together += _at(time, {arm: [a for a in found if a.time == time] for arm, found in by_arm.items()})
    return tuple(together)


def _at(time: float, by_arm: Mapping[str, Sequence[Act]]) -> list[Act]:
    """The acts of one instant in an order that is every arm's own; arms whose orders contradict share nothing."""
    for shared in (True, False):
        arms_of: dict[_Key, list[str]] = {}
        order: TopologicalSorter[_Key] = TopologicalSorter()
        for arm, found in by_arm.items():
            before: list[_Key] = []
            for act in found:
                plain = (act.map, act.arguments)
                key = (*plain, sum(k[:2] == plain for k in before), "" if shared else arm)
                order.add(key, *before[-1:])
                before.append(key)
                arms_of.setdefault(key, []).append(arm)
        try:
            keys = list(order.static_order())
        except CycleError:
            continue
        everywhere = len(by_arm)
        return [
            Act(time, k[0], k[1], () if len(arms_of[k]) == everywhere else tuple(map(switch_of, arms_of[k])))
            for k in keys
        ]
    raise AssertionError("an arm contradicts its own order")


def host_factors(prepared: Prepared) -> dict[str, dict[str, float]]:
    """Arm -> parameter -> factor, for the parameters that a change of the host multiplies in any arm."""
    names = prepared.model.parameter_names
    ones = np.ones((1, len(names)))
    rows = {
        a.name: cohort.apply_host_changes(ones, names, prepared.study.host_changes(a.name))[0]
        for a in prepared.study.arms
    }
    changed = [i for i in range(len(names)) if any(row[i] != 1.0 for row in rows.values())]
    return {arm: {names[i]: float(row[i]) for i in changed} for arm, row in rows.items()}


def with_factors(prepared: Prepared, names: Sequence[str]) -> AssembledModel:
    """The model in which each of these parameters is multiplied by a parameter `factor NAME`."""
    model, old = prepared.model, prepared.model.system
    symbols = dict(zip(model.parameter_names, old.parameters, strict=True))
    factors = {name: expr.symbol(f"p:{FACTOR_PREFIX}{name}") for name in names}
    products: dict[Expr, Expr] = {symbols[n]: symbols[n] * f for n, f in factors.items()}
    if not products:
        return model

    def changed(expressions: Iterable[Expr]) -> tuple[Expr, ...]:
        return tuple(substitute_all(expressions, products))

    def renewed(pairs: Sequence[tuple[_Label, Expr]]) -> tuple[tuple[_Label, Expr], ...]:
        return tuple(zip((label for label, _ in pairs), changed(e for _, e in pairs), strict=True))

    system = replace(
        old,
        parameters=(*old.parameters, *factors.values()),
        rates=changed(old.rates),
        initial=changed(old.initial),
        outputs=renewed(old.outputs),
        maps=tuple(replace(m, updates=renewed(m.updates)) for m in old.maps),
    )
    flows = tuple(replace(f, rate=changed([f.rate])[0], gain=changed([f.gain])[0]) for f in model.flows)
    quantities = tuple(replace(q, expression=changed([q.expression])[0]) for q in model.quantities)
    return replace(model, system=system, flows=flows, quantities=quantities)


def takes(prepared: Prepared) -> dict[str, dict[str, float]]:
    """Arm -> `inoculum_take@SITE` -> the value with which the median subject has the start volumes of the study.

    Raises
    ------
    InputError
        It cannot have it.
    """
    study, names = prepared.study, prepared.model.parameter_names
    columns = {name: names.index(name) for name in (f"{TAKE}{site_place(s.name)}" for s in study.sites)}
    if all(s.start_volume is None for s in study.sites):
        return {a.name: {} for a in study.arms}
    factors = host_factors(prepared)
    known: dict[tuple[str, ...], dict[str, float]] = {}
    found = {}
    for arm in study.arms:
        changes = study.host_changes(arm.name)
        if changes not in known:
            scaled = simulation.median_subject(prepared, arm.name)
            # Conditioned values hold the factors of changed hosts, which the conditions give apart.
            known[changes] = {n: float(scaled[i]) / factors[arm.name].get(n, 1.0) for n, i in columns.items()}
        found[arm.name] = known[changes]
    return found
