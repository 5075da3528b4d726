"""A model with what is done to it → SBML Level 3 Version 2 core, written by libSBML.

Stocks are species at places, flows are reactions, quantities are assignment rules with their own names. What a schedule
does are events with priorities, in the schedule's order; extinction thresholds are events. SBML time 0 is the start of
the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from abscopal.errors import InputError, Problem
from abscopal.expr import Expr, Schedule, System
from abscopal.model.language import AssembledModel
from abscopal.parameters import Parameter
from abscopal.published.sbml.export import changes, declarations
from abscopal.published.sbml.export.changes import Act, EventArguments
from abscopal.published.sbml.export.document import ModelDocument
from abscopal.published.sbml.export.formula_nodes import may_have_id
from abscopal.published.sbml.export.identifiers import plain_name
from abscopal.published.sbml.export.network import Network, network_of
from abscopal.published.sbml.export.units import PLACE_VOLUME, Powers, powers_of
from abscopal.version import __version__

_ORIGIN = f"Written by abscopal {__version__}. For research; not for treating patients."
_FORM = (
    "Cells are amounts at a place, counted as plain numbers; so are levels, which are relative to what their notes "
    "say. Reactions move both, and drugs and cytokines too, whose conversion factor says what amount one of them is. "
    "Doses and breaks are parameters that change by rate rules."
)


def to_sbml(
    model: System | AssembledModel,
    schedule: Schedule,
    parameter_values: Mapping[str, float] | Sequence[float],
    *,
    start: float = 0.0,
    name: str = "abscopal model",
    declared: Mapping[str, Parameter] | None = None,
) -> str:
    """A model with everything that is done to it, as an SBML Level 3 Version 2 document.

    Parameters
    ----------
    model : an assembled model, whose stocks become species and whose flows become reactions; or a bare system, whose
        states become parameters with rate rules.
    schedule : what acts when; only what acts from `start` on is written.
    parameter_values : by name, or in the order of `system.parameters`.
    start : time of the schedule that becomes SBML time 0 [d].
    name : name of the model.
    declared : the declarations of parameters, whose units and meanings are then written.

    Raises
    ------
    InputError
        A parameter has no value, or one that is not finite; or libSBML is not installed.
    """
    system = model if isinstance(model, System) else model.system
    values = values_by_symbol(system, parameter_values)
    acts = acts_of(schedule, float(start))
    return write(model, values, acts, name, declared=declared, remarks=[f"Time 0 is day {start:g} of the study."]).text


@dataclass(frozen=True)
class Written:
    """A document, with the ids of its parameters, outputs and switches by their names in the system."""

    text: str = field(repr=False)
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    switches: Mapping[str, str]


def acts_of(schedule: Schedule, start: float) -> tuple[Act, ...]:
    """What a schedule does from `start` on, in its order."""
    rows = zip(schedule.times, schedule.maps, schedule.arguments, strict=True)
    return tuple(Act(float(t) - start, int(m), tuple(map(float, a))) for t, m, a in rows if t >= start)


def write(
    model: System | AssembledModel,
    values: Mapping[Expr, float],
    acts: Sequence[Act],
    name: str,
    *,
    declared: Mapping[str, Parameter] | None = None,
    switches: Mapping[str, float] | None = None,
    remarks: Sequence[str] = (),
    described_by: str = "",
) -> Written:
    """The document of a model; acts of one instant keep their order.

    Parameters
    ----------
    values : of every parameter.
    declared : units and meanings of parameters, by name.
    switches : constant parameters that `Act.switches` names, with their values: above 0.5 is on.
    remarks : sentences for the notes of the model.
    described_by : DOI of the paper whose experiment it is.
    """
    system = model if isinstance(model, System) else model.system
    network = network_of(model)
    document = ModelDocument(name)
    places = declarations.declare_places(document, network)
    for stock in network.stocks:
        document.new_id(stock.name, stock.symbol)
    names = {p: plain_name(p.name) for p in values}
    parameters = {n: document.new_id(n, p) for p, n in names.items()}
    switch_ids = {s: document.new_id(s) for s in switches or {}}
    arguments = EventArguments(document)
    updates = [changes.updates_of(system, act, arguments.of(system, act)) for act in acts]
    roots = _roots(system, network, acts, updates)
    document.learn_units(
        [*(e for _, e in roots), *system.initial], _known_units(model, names, declared or {}, arguments)
    )
    _describe(document, model, remarks)
    document.described_by(document.model, described_by)
    declarations.declare_stocks(document, network, places)
    declarations.declare_parameters(document, values, names, declared or {})
    for switch, identifier in switch_ids.items():
        document.parameter(identifier, switch, "dimensionless", (switches or {})[switch])
    for symbol, value in arguments.values.items():
        document.parameter(document.names[symbol], document.names[symbol], document.unit(symbol), value)
    declarations.set_initial_values(document, system, network)
    outputs = declarations.set_rules(document, system, _known_as(model), roots)
    changes.add_reactions(document, network, places)
    changes.add_rate_rules(document, network)
    changes.add_acts(document, system, acts, updates, switch_ids)
    changes.add_extinctions(document, system)
    return Written(document.text(), parameters, outputs, switch_ids)


def values_by_symbol(system: System, given: Mapping[str, float] | Sequence[float]) -> dict[Expr, float]:
    """Values of a system's parameters. Raises InputError where one is missing or not finite."""
    if isinstance(given, Mapping):
        found = {p: given.get(p.name, given.get(plain_name(p.name))) for p in system.parameters}
    else:
        if len(given) != len(system.parameters):
            problem = Problem(f"{len(given)} parameter values", allowed=f"{len(system.parameters)}, one per parameter")
            raise InputError(problem)
        found = dict(zip(system.parameters, map(float, given), strict=True))
    problems = [
        Problem("no value" if v is None else f"{v} is not a finite number", key=plain_name(p.name))
        for p, v in found.items()
        if v is None or not math.isfinite(v)
    ]
    if problems:
        raise InputError(problems)
    return {p: float(v) for p, v in found.items() if v is not None}


def _roots(
    system: System, network: Network, acts: Sequence[Act], updates: Sequence[Mapping[Expr, Expr]]
) -> list[tuple[str, Expr]]:
    """What may use what the rules define, with names: initial values may not, they hold before the rules."""
    stocks = {s.symbol: s for s in network.stocks}
    events = [(system.maps[act.map].name, found) for act, found in zip(acts, updates, strict=True)]
    return [
        *((changes.reaction_name(t, stocks), t.rate) for t in network.transfers),
        *((f"rate of {state.name}", rate) for state, rate in network.rates.items()),
        *system.outputs,
        *((f"{state.name} after {event}", e) for event, found in events for state, e in found.items()),
    ]


def _known_as(model: System | AssembledModel) -> dict[Expr, str]:
    """Names of formulas: the outputs of a bare system, the quantities of a model."""
    if isinstance(model, System):
        return {e: name for name, e in reversed(model.outputs) if may_have_id(e)}
    return {q.expression: f"{q.name}@{q.where}" for q in reversed(model.quantities) if may_have_id(q.expression)}


def _known_units(
    model: System | AssembledModel,
    names: Mapping[Expr, str],
    declared: Mapping[str, Parameter],
    arguments: EventArguments,
) -> dict[Expr, Powers | None]:
    """Units of the states, parameters and quantities, where they are declared; an undeclared one is a plain factor."""
    found: dict[Expr, Powers | None] = {}
    if declared:
        found |= {p: powers_of(declared[n].unit) if n in declared else {} for p, n in names.items()}
    if not isinstance(model, System):
        found |= {q.expression: powers_of(q.unit) for q in reversed(model.quantities) if may_have_id(q.expression)}
        found |= {s.symbol: powers_of(s.unit) for s in model.species}
        found |= {symbol: powers_of(unit) for symbol, unit in arguments.units.items()}
    return found


def _describe(document: ModelDocument, model: System | AssembledModel, remarks: Sequence[str]) -> None:
    document.model.setTimeUnits(document.day)
    if isinstance(model, System):
        document.note(document.model, _ORIGIN, *remarks)
        return
    document.model.setSubstanceUnits(document.units.id_of({"cells": 1.0}))
    document.model.setExtentUnits(document.units.id_of({"cells": 1.0}))
    document.model.setVolumeUnits(document.units.id_of({PLACE_VOLUME: 1.0}))
    document.note(document.model, _ORIGIN, *remarks, _FORM)
    document.sign(model.mechanisms)
