"""What changes the states of a document: reactions, rate rules and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from abscopal import expr
from abscopal.expr import Expr, System
from abscopal.published.sbml.export.document import ModelDocument
from abscopal.published.sbml.export.identifiers import plain_name
from abscopal.published.sbml.export.network import Network, Stock, Transfer
from abscopal.published.sbml.export.units import unit_of_argument
from abscopal.published.sbml.mathematics import names_in


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


def add_reactions(document: ModelDocument, network: Network, places: Mapping[str, str]) -> None:
    """A reaction for every transfer between species, or into and out of the model."""
    stocks = {s.symbol: s for s in network.stocks}
    species = {document.names[s.symbol] for s in network.stocks if s.form != "parameter"}
    for transfer in network.transfers:
        ends = [stocks[s] for s in (transfer.source, transfer.target) if s is not None]
        reaction = document.model.createReaction()
        reaction.setId(document.new_id(reaction_name(transfer, stocks)))
        reaction.setName(transfer.name)
        reaction.setReversible(False)
        document.note(reaction, f"mechanism: {transfer.mechanism}")
        if transfer.source is not None:
            _take_part(reaction.createReactant(), document.names[transfer.source], 1.0)
        if transfer.target is not None:
            _arrive(document, reaction, transfer, document.names[transfer.target])
        law = document.formulas.formula(transfer.rate)
        if ends[0].form == "concentration":
            size = document.formulas.name(places[ends[0].where])
            law = document.formulas.apply(document.lib.AST_TIMES, law, size)
        one = document.model.getSpecies(document.names[ends[0].symbol]).getConversionFactor()
        if one:
            law = document.formulas.apply(document.lib.AST_DIVIDE, law, document.formulas.name(one))
        for other in sorted((names_in(law) & species) - {document.names[s.symbol] for s in ends}):
            reaction.createModifier().setSpecies(other)
        reaction.createKineticLaw().setMath(law)


def reaction_name(transfer: Transfer, stocks: Mapping[Expr, Stock]) -> str:
    """What flows from where to where, such as `CD8 egress from cd8@blood to cd8@node`."""
    source = f" from {stocks[transfer.source].name}" if transfer.source is not None else ""
    target = f" to {stocks[transfer.target].name}" if transfer.target is not None else ""
    return transfer.name + source + target


def _take_part(reference: Any, species: str, stoichiometry: float) -> None:
    reference.setSpecies(species)
    reference.setStoichiometry(stoichiometry)
    reference.setConstant(True)


def _arrive(document: ModelDocument, reaction: Any, transfer: Transfer, species: str) -> None:
    """The product of a reaction; a gain made of parameters is a stoichiometry with an id and an initial assignment."""
    reference = reaction.createProduct()
    if transfer.gain.op == "const":
        _take_part(reference, species, transfer.gain.value)
        return
    reference.setSpecies(species)
    reference.setConstant(True)
    reference.setId(document.new_id(f"gain of {reaction.getId()}"))
    assignment = document.model.createInitialAssignment()
    assignment.setSymbol(reference.getId())
    assignment.setMath(document.formulas.formula(transfer.gain))


def add_rate_rules(document: ModelDocument, network: Network) -> None:
    """A rate rule for every state that reactions do not move."""
    for state, rate in network.rates.items():
        rule = document.model.createRateRule()
        rule.setVariable(document.names[state])
        rule.setMath(document.formulas.formula(rate, document.rate_unit(state)))


def updates_of(system: System, act: Act, given: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """New values that an act gives to states; whatever it leaves below its threshold is gone.

    Parameters
    ----------
    given : what stands for the arguments of its map.
    """
    event = system.maps[act.map]
    found: dict[Expr, Expr] = {}
    news = expr.substitute_all([e for _, e in event.updates], given)
    for (i, _), new in zip(event.updates, news, strict=True):
        threshold, old = system.extinct_below[i], system.states[i]
        if threshold > 0.0 and new is not old:
            untouched = expr.where(new < old, 0.0, expr.where(old < new, 0.0, old))
            new = expr.where(new < threshold, untouched, new)
        found[old] = new
    return found


class EventArguments:
    """The arguments of acts as constants of the document, such as `given_dose_gy`; equal ones are one constant."""

    def __init__(self, document: ModelDocument) -> None:
        self._document = document
        self._symbols: dict[tuple[str, float], Expr] = {}

    def of(self, system: System, act: Act) -> dict[Expr, Expr]:
        """What stands for the arguments of an act."""
        arguments = system.maps[act.map].arguments
        given = [*act.arguments, *[0.0] * len(arguments)]
        return {a: self._constant(a.name, v) for a, v in zip(arguments, given, strict=False)}

    @property
    def values(self) -> dict[Expr, float]:
        """Value by symbol."""
        return {symbol: value for (_, value), symbol in self._symbols.items()}

    @property
    def units(self) -> dict[Expr, str]:
        """Unit by symbol, read from the names of the arguments."""
        return {symbol: unit_of_argument(name) for (name, _), symbol in self._symbols.items()}

    def _constant(self, argument: str, value: float) -> Expr:
        key = (plain_name(argument), value)
        if key not in self._symbols:
            symbol = expr.symbol(f"given:{key[0]}={value!r}")
            self._document.new_id(f"given {key[0]}", symbol)
            self._symbols[key] = symbol
        return self._symbols[key]


def add_acts(
    document: ModelDocument,
    system: System,
    acts: Sequence[Act],
    updates: Sequence[Mapping[Expr, Expr]],
    switches: Mapping[str, str],
) -> None:
    """An event for every act; acts of one instant keep their order by their priorities.

    Parameters
    ----------
    updates : new values of states, for each act.
    switches : id of each switch.
    """
    nodes, lib = document.formulas, document.lib
    for position, (act, changes) in enumerate(zip(acts, updates, strict=True)):
        trigger = nodes.apply(lib.AST_RELATIONAL_GEQ, nodes.time(), nodes.number(act.time, document.day))
        if act.switches:
            trigger = nodes.apply(lib.AST_LOGICAL_AND, trigger, _any_on(document, [switches[s] for s in act.switches]))
        event = _event(document, system.maps[act.map].name, trigger, changes)
        # At SBML time 0 only a trigger that was false before can act.
        event.getTrigger().setInitialValue(act.time != 0.0)
        event.createPriority().setMath(nodes.number(float(len(acts) - position)))


def add_extinctions(document: ModelDocument, system: System) -> None:
    """An event for every state that is set to zero when it falls below its threshold."""
    nodes, lib = document.formulas, document.lib
    for state, threshold in zip(system.states, system.extinct_below, strict=True):
        if threshold > 0.0:
            limit = nodes.number(threshold, document.unit(state))
            trigger = nodes.apply(lib.AST_RELATIONAL_LT, nodes.name(document.names[state]), limit)
            _event(document, f"extinction of {document.names[state]}", trigger, {state: expr.const(0.0)})


def _any_on(document: ModelDocument, switches: Sequence[str]) -> Any:
    nodes = document.formulas
    terms = [nodes.name(s) for s in switches]
    total = terms[0] if len(terms) == 1 else nodes.apply(document.lib.AST_PLUS, *terms)
    return nodes.apply(document.lib.AST_RELATIONAL_GT, total, nodes.number(0.5))


def _event(document: ModelDocument, name: str, trigger: Any, changes: Mapping[Expr, Expr]) -> Any:
    event = document.model.createEvent()
    event.setId(document.new_id(name))
    event.setName(name)
    event.setUseValuesFromTriggerTime(False)
    made = event.createTrigger()
    made.setInitialValue(True)
    made.setPersistent(True)
    made.setMath(trigger)
    for state, new in changes.items():
        assignment = event.createEventAssignment()
        assignment.setVariable(document.names[state])
        assignment.setMath(document.formulas.formula(new, document.unit(state)))
    return event
