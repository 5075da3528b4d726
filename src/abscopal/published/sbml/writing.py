"""A system of expressions → SBML Level 3 Version 2 core.

States are parameters with rate rules; whatever formulas share is an assignment rule; what a schedule does are events
with priorities, in the schedule's order; extinction thresholds are events. SBML time 0 is the start of the run.
"""

from __future__ import annotations

import math as numbers
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from abscopal import expr
from abscopal.errors import InputError, Problem
from abscopal.expr import Expr, Schedule, System
from abscopal.published.clock_states import substitute
from abscopal.published.sbml import mathml

if TYPE_CHECKING:
    from abscopal.model.language import AssembledModel

_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">time</csymbol>'
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">\n'
)
_DAY = (
    '<listOfUnitDefinitions><unitDefinition id="day"><listOfUnits>'
    '<unit kind="second" exponent="1" scale="0" multiplier="86400"/>'
    "</listOfUnits></unitDefinition></listOfUnitDefinitions>\n"
)
_RESERVED = {"time", "avogadro", "day"}


def to_sbml(
    model: System | AssembledModel,
    schedule: Schedule,
    parameter_values: Mapping[str, float] | Sequence[float],
    *,
    start: float = 0.0,
    name: str = "abscopal model",
) -> str:
    """A model with everything that is done to it, as an SBML Level 3 Version 2 document.

    Parameters
    ----------
    model : a system, or an assembled model, whose units and meanings are then written as notes.
    schedule : what acts when; only what acts from `start` on is written.
    parameter_values : by name, or in the order of `system.parameters`.
    start : time of the schedule that becomes SBML time 0.
    name : name of the model.

    Raises
    ------
    InputError
        A parameter has no value, or one that is not finite.
    """
    system = model if isinstance(model, System) else model.system
    values = values_by_symbol(system, parameter_values)
    return write(system, values, acts_of(schedule, float(start)), name, notes=notes_of(model)).text


@dataclass(frozen=True)
class Act:
    """One event map that acts.

    Attributes
    ----------
    time : SBML time.
    map : index of the event map.
    switches : parameters of `write`'s `switches`; it acts where one of them is on. Empty: always.
    """

    time: float
    map: int
    arguments: tuple[float, ...]
    switches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """A document, with the ids of its parameters and outputs by their names in the system."""

    text: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    switches: Mapping[str, str]


def acts_of(schedule: Schedule, start: float) -> tuple[Act, ...]:
    """What a schedule does from `start` on, in its order."""
    rows = zip(schedule.times, schedule.maps, schedule.arguments, strict=True)
    return tuple(Act(float(t) - start, int(m), tuple(map(float, a))) for t, m, a in rows if t >= start)


def write(
    system: System,
    values: Mapping[Expr, float],
    acts: Sequence[Act],
    name: str,
    *,
    notes: Mapping[str, str] | None = None,
    switches: Mapping[str, float] | None = None,
) -> Written:
    """The document of a system; acts of one instant keep their order.

    Parameters
    ----------
    values : of every parameter.
    notes : text for states, by name.
    switches : constant parameters that `Act.switches` names, with their values: above 0.5 is on.
    """
    writer = _Writer(system, dict(values), notes or {}, switches or {})
    return writer.document(acts, name)


def values_by_symbol(system: System, given: Mapping[str, float] | Sequence[float]) -> dict[Expr, float]:
    """Values of a system's parameters. Raises InputError where one is missing or not finite."""
    if isinstance(given, Mapping):
        found = {p: given.get(p.name, given.get(_plain(p.name))) for p in system.parameters}
    else:
        if len(given) != len(system.parameters):
            problem = Problem(f"{len(given)} parameter values", allowed=f"{len(system.parameters)}, one per parameter")
            raise InputError(problem)
        found = dict(zip(system.parameters, map(float, given), strict=True))
    problems = [
        Problem("no value" if v is None else f"{v} is not a finite number", key=_plain(p.name))
        for p, v in found.items()
        if v is None or not numbers.isfinite(v)
    ]
    if problems:
        raise InputError(problems)
    return {p: float(v) for p, v in found.items() if v is not None}


def notes_of(model: System | AssembledModel) -> dict[str, str]:
    """Meaning and unit of the states of an assembled model, by name; nothing of a bare system."""
    if isinstance(model, System):
        return {}
    return {s.symbol.name: f"{s.meaning} [{s.unit}]" for s in model.species}


def _plain(name: str) -> str:
    """A name without the mark of its kind (`p:`, `e:`)."""
    return name.partition(":")[2] if re.match(r"[a-z]:", name) else name


@dataclass
class _Writer:
    system: System
    values: dict[Expr, float]
    notes: Mapping[str, str]
    switches: Mapping[str, float]
    ids: dict[str, str] = field(default_factory=dict)  # id -> what it names
    names: dict[Expr, str] = field(default_factory=dict)
    switch_ids: dict[str, str] = field(default_factory=dict)
    output_ids: dict[str, str] = field(default_factory=dict)

    def document(self, acts: Sequence[Act], name: str) -> Written:
        system = self.system
        for state in system.states:
            self._name(state, _plain(state.name))
        for parameter in system.parameters:
            self._name(parameter, _plain(parameter.name))
        self.switch_ids.update({s: self._name(None, s) for s in self.switches})
        updates = [self._updates(a.map, a.arguments) for a in acts]
        shown = [(n, e) for n, e in system.outputs if n != e.name]
        roots = [*system.rates, *(e for _, e in shown), *(e for u in updates for e in u.values())]
        helpers = mathml.shared_nodes(roots)
        body = [_HEAD, f'<model id="model" name={quoteattr(name)} timeUnits="day">\n', _DAY]
        rules = self._rules(helpers, shown)
        body += [self._parameters(), self._initial(), rules]
        body += [self._events(acts, updates), "</model>\n</sbml>\n"]
        own = {n: self.names[e] for n, e in system.outputs if n == e.name}
        return Written(
            text="".join(body),
            parameters={_plain(p.name): self.names[p] for p in system.parameters},
            outputs={**own, **self.output_ids},
            switches=dict(self.switch_ids),
        )

    def _name(self, node: Expr | None, wanted: str) -> str:
        base = re.sub(r"\W", "_", wanted, flags=re.ASCII)
        if not base or base[0].isdigit() or base in _RESERVED:
            base = f"_{base}"
        chosen, count = base, 1
        while chosen in self.ids:
            count += 1
            chosen = f"{base}_{count}"
        self.ids[chosen] = wanted
        if node is not None:
            self.names[node] = chosen
        return chosen

    def _updates(self, index: int, arguments: tuple[float, ...]) -> dict[int, Expr]:
        """New values of states; whatever an event leaves below its threshold is gone."""
        event = self.system.maps[index]
        given = {a: expr.const(v) for a, v in zip(event.arguments, arguments, strict=False)}
        found = {}
        for (i, _), new in zip(event.updates, substitute([e for _, e in event.updates], given), strict=True):
            threshold, old = self.system.extinct_below[i], self.system.states[i]
            if threshold > 0.0 and new is not old:
                untouched = expr.where(new < old, 0.0, expr.where(old < new, 0.0, old))
                new = expr.where(new < threshold, untouched, new)
            found[i] = new
        return found

    def _parameters(self) -> str:
        lines = ["<listOfParameters>\n"]
        constant = {self.names[p]: v for p, v in self.values.items()}
        constant |= {self.switch_ids[s]: v for s, v in self.switches.items()}
        for identifier, wanted in self.ids.items():
            value = constant.get(identifier)
            attributes = f'id="{identifier}" name={quoteattr(wanted)} constant="{"false" if value is None else "true"}"'
            if value is not None:
                attributes += f' value="{value!r}"'
            note = self.notes.get(wanted, "")
            inside = f'><notes><p xmlns="http://www.w3.org/1999/xhtml">{escape(note)}</p></notes></parameter>'
            lines.append(f"<parameter {attributes}{inside if note else '/>'}\n")
        return "".join([*lines, "</listOfParameters>\n"])

    def _initial(self) -> str:
        lines = ["<listOfInitialAssignments>\n"]
        own = {node: name for node, name in self.names.items() if node.op == "symbol"}
        for state, value, threshold in zip(
            self.system.states, self.system.initial, self.system.extinct_below, strict=True
        ):
            start = expr.where(value < threshold, 0.0, value) if threshold > 0.0 else value
            lines.append(f'<initialAssignment symbol="{own[state]}">{mathml.math(start, own)}</initialAssignment>\n')
        return "".join([*lines, "</listOfInitialAssignments>\n"])

    def _rules(self, helpers: Sequence[Expr], shown: Iterable[tuple[str, Expr]]) -> str:
        lines = ["<listOfRules>\n"]
        for node in helpers:
            text = mathml.math(node, self.names)
            lines.append(_rule("assignmentRule", self._name(node, f"shared{len(lines)}"), text))
        for name, e in shown:
            text = mathml.math(e, self.names)
            self.output_ids[name] = self._name(None, f"readout_{name}")
            lines.append(_rule("assignmentRule", self.output_ids[name], text))
        for state, rate in zip(self.system.states, self.system.rates, strict=True):
            lines.append(_rule("rateRule", self.names[state], mathml.math(rate, self.names)))
        return "".join([*lines, "</listOfRules>\n"])

    def _events(self, acts: Sequence[Act], updates: Sequence[dict[int, Expr]]) -> str:
        lines = ["<listOfEvents>\n"]
        for k, (act, changes) in enumerate(zip(acts, updates, strict=True)):
            trigger = mathml.condition(_TIME, "geq", mathml.number(act.time))
            if act.switches:
                trigger = f"<apply><and/>{trigger}{self._any_on(act.switches)}</apply>"
            name = self.system.maps[act.map].name
            # At SBML time 0 only a trigger that was false before can act.
            first = "false" if act.time == 0.0 else "true"
            lines.append(
                _event(f"event{k + 1}", name, trigger, first, float(len(acts) - k), self._assignments(changes))
            )
        for state, threshold in zip(self.system.states, self.system.extinct_below, strict=True):
            if threshold > 0.0:
                identifier = self.names[state]
                trigger = mathml.condition(f"<ci>{identifier}</ci>", "lt", mathml.number(threshold))
                gone = f'<eventAssignment variable="{identifier}">{mathml.math(expr.const(0.0), {})}</eventAssignment>'
                lines.append(_event(f"extinction_{identifier}", "extinction", trigger, "true", None, gone))
        return "".join([*lines, "</listOfEvents>\n"]) if len(lines) > 1 else ""

    def _any_on(self, switches: Sequence[str]) -> str:
        names = "".join(f"<ci>{self.switch_ids[s]}</ci>" for s in switches)
        total = names if len(switches) == 1 else f"<apply><plus/>{names}</apply>"
        return mathml.condition(total, "gt", mathml.number(0.5))

    def _assignments(self, changes: Mapping[int, Expr]) -> str:
        return "".join(
            f'<eventAssignment variable="{self.names[self.system.states[i]]}">{mathml.math(e, self.names)}'
            "</eventAssignment>"
            for i, e in changes.items()
        )


def _rule(kind: str, variable: str, text: str) -> str:
    return f'<{kind} variable="{variable}">{text}</{kind}>\n'


def _event(identifier: str, name: str, trigger: str, first: str, priority: float | None, assignments: str) -> str:
    urgency = "" if priority is None else f"<priority>{_math(mathml.number(priority))}</priority>"
    return (
        f'<event id="{identifier}" name={quoteattr(name)} useValuesFromTriggerTime="false">'
        f'<trigger initialValue="{first}" persistent="true">{_math(trigger)}</trigger>{urgency}'
        f"<listOfEventAssignments>{assignments}</listOfEventAssignments></event>\n"
    )


def _math(inside: str) -> str:
    return f'<math xmlns="{mathml.NAMESPACE}">{inside}</math>'
