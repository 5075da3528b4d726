"""From a study to a model: only what the study needs is in it, the same equations for all its arms."""

from __future__ import annotations

from collections.abc import Iterable

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.model.language import AssembledModel, Model, ModelError
from abscopal.model.mechanisms import MECHANISMS
from abscopal.model.plan import Plan

# Without these nothing is left to simulate.
INDISPENSABLE = ("growth",)


def assemble(plan: Plan, without: Iterable[str] = ()) -> AssembledModel:
    """The model of a plan, less the mechanisms switched off.

    Raises
    ------
    InputError
        A mechanism is not known, is indispensable, or another active one needs it (named).
    """
    off = tuple(without)
    _check(off)
    active = {name: module for name, module in MECHANISMS.items() if name not in off}
    model = Model(plan.sites)
    try:
        for name, module in active.items():
            model.enter(name)
            module.declare(model, plan)
        for name, module in active.items():
            model.enter(name)
            module.connect(model, plan)
        return model.build()
    except ModelError as error:
        if not off:
            raise
        problem = Problem(
            f"cannot leave out {', '.join(off)}: {error}",
            advice="leave out the mechanism named as well, or keep what it needs",
        )
        raise InputError(problem) from error


def _check(off: tuple[str, ...]) -> None:
    problems = [unknown_name("mechanism", name, MECHANISMS) for name in off if name not in MECHANISMS]
    problems += [
        Problem(f"mechanism {name!r} cannot be left out: without it there is no tumour to simulate")
        for name in off
        if name in INDISPENSABLE
    ]
    if problems:
        raise InputError(problems)
