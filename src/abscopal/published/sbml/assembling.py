"""The meaning of a document: which ids are states, which are numbers, and what every id stands for as an expression."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from abscopal import expr
from abscopal.expr import Expr
from abscopal.published.clock_states import TIME, Auxiliaries
from abscopal.published.model import START, start_name
from abscopal.published.sbml.algebraic import match_rules, solved_for
from abscopal.published.sbml.elements import Contents, Declared, identity
from abscopal.published.sbml.mathematics import Formulas, Unsupported, names_in
from abscopal.published.sbml.rates import needed_for_rate, rate_of
from abscopal.published.sbml.trigonometry import Direct


class Values:
    """What ids stand for, at the start (`initial`) or at any time, built in the order the formulas need."""

    def __init__(self, assembly: Assembly, at_start: bool) -> None:
        self.assembly, self.at_start = assembly, at_start
        time = expr.symbol(START) if at_start else TIME
        aux = Direct() if at_start else assembly.auxiliaries
        self.formulas = Formulas(
            assembly.contents.functions, aux, time, assembly.whole_exponent, partial(rate_of, self)
        )
        self.known: dict[str, Expr] = {}

    def __getitem__(self, name: str) -> Expr:
        if name in self.known:
            return self.known[name]
        if name in self.assembly.contents.declared:
            raise Unsupported(f"{name!r} has no value", f"give {name!r} a value, an initial assignment or a rule")
        if name in self.assembly.contents.functions:
            raise Unsupported(f"{name!r} is a function but is used like a number")
        raise Unsupported(f"{name!r} is not defined in the document")

    def read(self, element: Any, math: Any, local: dict[str, Expr] | None = None) -> Expr:
        """The expression of a formula; raises Unsupported."""
        self.assembly.auxiliaries.origin = (identity(element), element.getLine())
        if not local:
            return self.formulas.read(math, self.__getitem__)
        self.formulas.still = local
        try:
            return self.formulas.read(math, lambda name: local[name] if name in local else self[name])
        finally:
            self.formulas.still = ()


class Assembly:
    """Builds a published model from the contents of a document; problems go to `contents.problems`."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self.auxiliaries = Auxiliaries()
        self.numbers: dict[str, float] = {START: 0.0}  # parameters of the system
        self.derived: dict[str, Expr] = {}  # those that follow from others unless they are given
        self.events = list(contents.model.getListOfEvents())
        self.moved_by: dict[str, list[tuple[Any, Any]]] = self._moved_by_reactions()
        self.set_by_events = self._set_by_events()
        match_rules(self)
        self.states = self._find_states()
        self.varying = {d.id for d in contents.kinds("compartment") if self._varies(d.id)}
        self.laws: dict[str, Expr] = {}
        self._refuse_open_concentrations()

    def _moved_by_reactions(self) -> dict[str, list[tuple[Any, Any]]]:
        """Species id -> (reaction, reference) that change it."""
        found: dict[str, list[tuple[Any, Any]]] = {}
        for reaction in self.contents.model.getListOfReactions():
            for reference in [*reaction.getListOfReactants(), *reaction.getListOfProducts()]:
                item = self.contents.declared.get(reference.getSpecies())
                if item is None or item.kind != "species":
                    self.contents.complain(reaction, f"it moves {reference.getSpecies()!r}, which is not a species")
                elif not item.boundary:
                    if item.constant:
                        self.contents.complain(reaction, f"it moves {item.id!r}, which is declared constant")
                    found.setdefault(item.id, []).append((reaction, reference))
        for species in found.keys() & {**self.contents.assigned, **self.contents.rates}.keys():
            self.contents.complain(
                self.contents.declared[species].element,
                f"{species!r} is set by a rule and moved by reactions",
                "make it a boundary species, or remove the rule",
            )
        return found

    def _set_by_events(self) -> set[str]:
        found = set()
        for event in self.events:
            for assignment in event.getListOfEventAssignments():
                name = assignment.getVariable()
                if assignment.getMath() is None:
                    continue
                item = self.contents.declared.get(name)
                if item is None or item.kind == "reaction":
                    self.contents.complain(event, f"it sets {name!r}, which is not a compartment, species or parameter")
                elif item.constant:
                    self.contents.complain(event, f"it sets {name!r}, which is declared constant")
                elif name in self.contents.assigned:
                    self.contents.complain(event, f"it sets {name!r}, which an assignment rule decides")
                else:
                    found.add(name)
        return found

    def _find_states(self) -> list[str]:
        changing = {*self.contents.rates, *self.moved_by, *self.set_by_events}
        order = ("species", "parameter", "compartment", "stoichiometry")
        return [d.id for kind in order for d in self.contents.kinds(kind) if d.id in changing]

    def _refuse_open_concentrations(self) -> None:
        """Tools differ in what a rule for a concentration means while another rule stretches its compartment."""
        for item in self.contents.kinds("species"):
            if item.id in self.contents.rates and not item.only_amount and item.compartment in self.contents.assigned:
                message = f"it moves a concentration while an assignment rule sets the size of {item.compartment!r}"
                advice = f"declare {item.id!r} with hasOnlySubstanceUnits, or give {item.compartment!r} a rate rule"
                self.contents.complain(self.contents.rates[item.id], message, advice)

    def _varies(self, name: str) -> bool:
        return name in self.contents.assigned or name in self.contents.rates or name in self.set_by_events

    def state_is_amount(self, item: Declared) -> bool:
        """Whether a species' state is an amount."""
        if item.only_amount:
            return True
        return item.compartment in self.varying and item.id not in self.contents.rates

    def whole_exponent(self, exponent: Expr) -> float | None:
        """The number an exponent has, if it is a parameter."""
        return self.numbers.get(exponent.name) if exponent.op == "symbol" else None

    def parameter(self, name: str, number: float) -> Expr:
        """A number of the document as a parameter of the system."""
        self.numbers[name] = number
        return expr.symbol(name)

    def give_values(self) -> None:
        """Finds what every id stands for, at the start and at any time."""
        self.start = self._values(at_start=True)
        self.now = self._values(at_start=False)

    def attempt(self, element: Any, action: Callable[[], Expr]) -> Expr:
        """The result of an action; a fault becomes a problem of the element, and the result zero."""
        try:
            return action()
        except Unsupported as fault:
            message, advice = fault.args[0], fault.args[1] if len(fault.args) > 1 else ""
            self.contents.complain(element, str(message), advice)
            return expr.const(0.0)

    def _values(self, at_start: bool) -> Values:
        values = Values(self, at_start)
        for name in self._order(at_start):
            item = self.contents.declared[name]
            formula = self._formula(item, at_start)
            if formula is not None:
                found = self.attempt(formula[0], partial(self._read, values, name, *formula))
                assigned = at_start and name in self.contents.initial
                values.known[name] = self._derive(item, found) if assigned else found
            elif at_start:
                self._start_of(item, values)
            else:
                self._value_of(item, values)
        return values

    def _derive(self, item: Declared, found: Expr) -> Expr:
        """What an initial assignment gives, as a parameter that may be given another value."""
        env = {expr.symbol(n): v for n, v in self.numbers.items()}
        if not set(expr.symbols_of([found])) <= env.keys():
            return found
        with np.errstate(all="ignore"):
            value = float(expr.evaluate([found], env)[0])
        if not math.isfinite(value):
            return found
        name = start_name(item.id) if item.id in self.states else item.id
        self.derived[name] = found
        return self.parameter(name, value)

    def _read(self, values: Values, name: str, element: Any, math: Any) -> Expr:
        if name in self.contents.solved:
            return solved_for(values, name, element)
        local = self.local_parameters(element) if element.getElementName() == "reaction" else None
        return values.read(element, math, local)

    def local_parameters(self, reaction: Any) -> dict[str, Expr]:
        """Parameters of one reaction's rate, as parameters `REACTION.ID` of the system."""
        law = reaction.getKineticLaw()
        found = {}
        for p in law.getListOfLocalParameters() if reaction.getLevel() > 2 else law.getListOfParameters():
            if not p.isSetValue() or p.getValue() != p.getValue():
                raise Unsupported(f"parameter {p.getId()!r} of its rate has no value")
            found[p.getId()] = self.parameter(f"{reaction.getId()}.{p.getId()}", p.getValue())
        return found

    def _formula(self, item: Declared, at_start: bool) -> tuple[Any, Any] | None:
        """Element and formula that decide an id, or None if a number or a state does."""
        if item.kind == "reaction":
            law = item.element.getKineticLaw()
            return (item.element, law.getMath()) if law is not None and law.getMath() is not None else None
        if item.id in self.contents.assigned:
            rule = self.contents.assigned[item.id]
            return rule, rule.getMath()
        if item.id in self.contents.initial and at_start:
            assignment = self.contents.initial[item.id]
            return assignment, assignment.getMath()
        return None

    def _order(self, at_start: bool) -> Iterable[str]:
        declared = self.contents.declared
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for item in declared.values():
            formula = self._formula(item, at_start)
            needs = self._needed(formula[1]) & declared.keys() if formula is not None else set()
            needs -= {item.id} & self.contents.solved
            if item.kind == "reaction" and formula is not None:
                needs -= {p.getId() for p in item.element.getKineticLaw().getListOfParameters()}
                needs -= {p.getId() for p in item.element.getKineticLaw().getListOfLocalParameters()}
            if formula is None and self._needs_size(item, at_start) and item.compartment in declared:
                needs = {item.compartment}
            sorter.add(item.id, *sorted(needs))
        try:
            return list(sorter.static_order())
        except CycleError as error:
            circle = error.args[1]
            element = declared[circle[0]].element
            self.contents.complain(element, f"formulas depend on each other in a circle: {' → '.join(circle)}")
            return []

    def _needed(self, formula: Any) -> set[str]:
        """The ids behind a formula, those of the rates it asks for among them."""
        found, rates = names_in(formula), names_in(formula, rates=True)
        for name in rates:
            found |= needed_for_rate(self, name)
        return found

    def _needs_size(self, item: Declared, at_start: bool) -> bool:
        """Whether what a species' id means follows from its number or state by way of the compartment's size."""
        if item.kind != "species":
            return False
        if at_start:
            return item.as_amount != item.only_amount
        return not item.only_amount and (item.id not in self.states or self.state_is_amount(item))

    def _start_of(self, item: Declared, values: Values) -> None:
        """The number an id starts from, as a parameter, in the quantity its id means."""
        if item.kind == "reaction":
            values.known[item.id] = expr.const(0.0)
            return
        number = item.start
        if number is None and item.kind == "compartment" and item.id not in self.contents.rates:
            self.contents.warnings.append(f"line {item.line}: compartment {item.id} has no size; taken as 1")
            number = 1.0
        if number is None:
            if item.id in self.states:
                self.contents.complain(
                    item.element, f"{item.id!r} has no initial value", "give it one, or an initial assignment"
                )
            return
        if number in (float("inf"), float("-inf")):
            self.contents.complain(item.element, f"{item.id!r} is infinite", "use a large number")
            return
        converts = item.kind == "species" and item.as_amount != item.only_amount
        symbol = self.parameter(start_name(item.id) if item.id in self.states or converts else item.id, number)
        if not converts:
            values.known[item.id] = symbol
            return
        size = values.known.get(item.compartment)
        if size is None:
            self.contents.complain(item.element, f"compartment {item.compartment!r} has no size")
        else:
            values.known[item.id] = self.attempt(
                item.element, lambda: symbol * size if item.only_amount else divided_by_size(symbol, size)
            )

    def _value_of(self, item: Declared, values: Values) -> None:
        if item.id not in self.states:
            if item.id in self.start.known:
                values.known[item.id] = self._unmoved(item, values)
            return
        symbol = expr.symbol(item.id)
        if item.kind == "species" and self.state_is_amount(item) and not item.only_amount:
            values.known[item.id] = self.attempt(
                item.element, lambda: divided_by_size(symbol, values[item.compartment])
            )
        else:
            values.known[item.id] = symbol

    def _unmoved(self, item: Declared, values: Values) -> Expr:
        """What nothing moves; a concentration is thinned out all the same if its compartment grows."""
        start = self.start.known[item.id]
        if item.kind != "species" or item.only_amount or item.compartment not in self.varying:
            return start
        first, now = self.start.known.get(item.compartment), values.known.get(item.compartment)
        if first is None or now is None:
            return start
        amount = start * first
        return self.attempt(item.element, lambda: divided_by_size(amount, now))


def divided_by_size(amount: Expr, size: Expr) -> Expr:
    """An amount as a concentration. Raises Unsupported where the compartment has size zero."""
    try:
        return amount / size
    except ZeroDivisionError:
        raise Unsupported("its compartment has size zero") from None
