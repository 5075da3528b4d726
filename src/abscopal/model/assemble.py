"""From a study to a model: only what the study needs is in it, the same equations for all its arms."""

from __future__ import annotations

from collections.abc import Iterable

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.model.language import AssembledModel, Model, ModelError, Species
from abscopal.model.mechanisms import MECHANISMS, REWRITING
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import CELL_UNITS

# Without these nothing is left to simulate.
INDISPENSABLE = ("growth",)


def assemble(plan: Plan, without: Iterable[str] = ()) -> AssembledModel:
    """The model of a plan, less the mechanisms switched off.

    Raises
    ------
    InputError
        A mechanism is not known, is indispensable, or another active one needs it (named).
    """
    off = tuple(dict.fromkeys(name.strip() for name in without))
    _check(off)
    active = [name for name in MECHANISMS if name not in off]
    model = Model(plan.sites, active)
    try:
        _round("declare", active, model, plan)
        _round("connect", active, model, plan)
        _round("rewrite", [name for name in REWRITING if name in active], model, plan)
        assembled = model.build()
    except ModelError as error:
        if not off:
            raise
        problem = Problem(
            f"cannot leave out {', '.join(off)}: {error}",
            advice="leave out the mechanism named as well, or keep what it needs",
        )
        raise InputError(problem) from error
    _check_cells(assembled.species)
    return assembled


def _round(phase: str, names: Iterable[str], model: Model, plan: Plan) -> None:
    for name in names:
        model.enter(name)
        if act := getattr(MECHANISMS[name], phase, None):
            act(model, plan)


def _check_cells(species: Iterable[Species]) -> None:
    """Refuse stocks of cells that do not say what kills them; those of the tumour are killed by `cell_kill`."""
    silent = [
        f"{s.name} at {s.where} ({s.mechanism})"
        for s in species
        if s.unit in CELL_UNITS and s.group != "tumour" and (s.radiosensitivity is None or s.depleted_by is None)
    ]
    if silent:
        raise ModelError(
            f"these stocks of cells do not say what radiation and drugs do to them: {', '.join(silent)}; "
            "give radiosensitivity= and depleted_by=, if only to say that nothing harms them"
        )


def _check(off: tuple[str, ...]) -> None:
    problems = [unknown_name("mechanism", name, MECHANISMS) for name in off if name not in MECHANISMS]
    problems += [
        Problem(f"mechanism {name!r} cannot be left out: without it there is no tumour to simulate")
        for name in off
        if name in INDISPENSABLE
    ]
    if problems:
        raise InputError(problems)
