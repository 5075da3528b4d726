"""What a document declares, read without yet asking what it means: ids, initial values, rules, reactions, events."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from abscopal.errors import Problem


@dataclass(frozen=True)
class Declared:
    """A compartment, species, parameter, reaction or species reference with an id.

    Attributes
    ----------
    kind : which of them.
    start : its number (size, initial amount or concentration, value, stoichiometry), or None if not given.
    as_amount : of a species: whether `start` is an amount (else a concentration).
    only_amount : of a species: whether its id means an amount in formulas (else a concentration).
    """

    id: str
    kind: str
    element: Any
    line: int
    name: str
    unit: str
    start: float | None
    constant: bool
    compartment: str = ""
    as_amount: bool = True
    only_amount: bool = True
    boundary: bool = False


@dataclass
class Contents:
    """A document's declarations and formulas, and what is wrong with them."""

    model: Any
    declared: dict[str, Declared] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)
    initial: dict[str, Any] = field(default_factory=dict)
    assigned: dict[str, Any] = field(default_factory=dict)
    rates: dict[str, Any] = field(default_factory=dict)
    algebraic: list[Any] = field(default_factory=list)
    solved: set[str] = field(default_factory=set)  # variables that algebraic rules decide
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    expanded_size: float = 0.0

    def complain(self, element: Any, message: str, advice: str = "") -> None:
        """Adds a problem with an element of the document."""
        key = identity(element)
        self.problems.append(Problem(message, key=key, line=element.getLine() or None, advice=advice))

    def warn(self, element: Any, message: str) -> None:
        """Adds a warning about an element of the document."""
        where = f"line {element.getLine()}: " if element.getLine() else ""
        self.warnings.append(f"{where}{identity(element)}: {message}")

    def kinds(self, kind: str) -> Iterator[Declared]:
        """Everything declared of one kind."""
        return (d for d in self.declared.values() if d.kind == kind)


def identity(element: Any) -> str:
    """The id of an element; of a rule or initial assignment, what it sets."""
    for read in ("getIdAttribute", "getVariable", "getSymbol"):
        found = getattr(element, read, str)()
        if found:
            return str(found)
    return str(element.getElementName())


def read_contents(model: Any) -> Contents:
    """The contents of a libSBML model; problems are collected, not raised."""
    found = Contents(model)
    for definition in model.getListOfFunctionDefinitions():
        if definition.getMath() is not None:
            found.functions[definition.getId()] = definition.getMath()
    _measure_functions(found)
    if found.problems:
        return found
    for element in model.getListOfCompartments():
        size = element.getSize() if element.isSetSize() else None
        _declare(found, element, "compartment", size, element.getConstant(), unit_of(element, model))
    for element in model.getListOfSpecies():
        _declare_species(found, element)
    for element in model.getListOfParameters():
        value = element.getValue() if element.isSetValue() else None
        _declare(found, element, "parameter", value, element.getConstant(), unit_of(element, model))
    for reaction in model.getListOfReactions():
        _declare(found, reaction, "reaction", None, False, "")
        for reference in [*reaction.getListOfReactants(), *reaction.getListOfProducts()]:
            if reference.isSetId():
                value = reference.getStoichiometry() if reference.isSetStoichiometry() else None
                _declare(found, reference, "stoichiometry", value, reference.getConstant(), "1")
    _read_formulas(found)
    _refuse_unsupported(found)
    return found


def _measure_functions(found: Contents) -> None:
    """Refuses functions that call themselves, before libSBML follows them; sizes them as if written out in full."""
    calls = {name: [c for c in _called(math) if c in found.functions] for name, math in found.functions.items()}
    try:
        order = list(TopologicalSorter({name: set(c) for name, c in calls.items()}).static_order())
    except CycleError as error:
        circle = error.args[1]
        element = found.model.getFunctionDefinition(circle[0])
        found.complain(
            element, f"a function calls itself: {' → '.join(reversed(circle))}", "write it without recursion"
        )
        return
    size: dict[str, float] = {}
    for name in order:
        size[name] = 1.0 + sum(size[c] for c in calls[name])
    found.expanded_size = max(size.values(), default=0.0) * max(1, len(found.model.getListOfReactions()))


def _called(root: Any) -> list[str]:
    """Functions that a formula calls, as often as it does."""
    found, todo = [], [root]
    while todo:
        node = todo.pop()
        if node.isFunction() and node.getName():
            found.append(node.getName())
        todo.extend(node.getChild(i) for i in range(node.getNumChildren()))
    return found


def _declare(found: Contents, element: Any, kind: str, start: float | None, constant: bool, unit: str) -> None:
    item = Declared(
        id=element.getId(),
        kind=kind,
        element=element,
        line=element.getLine(),
        name=element.getName() or element.getId(),
        unit=unit,
        start=None if start is None or math.isnan(start) else start,
        constant=constant,
    )
    _keep(found, item)


def _declare_species(found: Contents, species: Any) -> None:
    amount = species.getInitialAmount() if species.isSetInitialAmount() else None
    concentration = species.getInitialConcentration() if species.isSetInitialConcentration() else None
    start = amount if amount is not None else concentration
    compartment = found.declared.get(species.getCompartment())
    flat = compartment is not None and _is_point(compartment.element)
    item = Declared(
        id=species.getId(),
        kind="species",
        element=species,
        line=species.getLine(),
        name=species.getName() or species.getId(),
        unit=unit_of(species, found.model),
        start=None if start is None or math.isnan(start) else start,
        constant=species.getConstant(),
        compartment=species.getCompartment(),
        as_amount=amount is not None or flat,
        only_amount=species.getHasOnlySubstanceUnits() or flat,
        boundary=species.getBoundaryCondition(),
    )
    if compartment is None:
        found.complain(species, f"its compartment {species.getCompartment()!r} does not exist")
    _keep(found, item)


def _is_point(compartment: Any) -> bool:
    """Whether a compartment is said to have no extent (Level 3 leaves it open, and libSBML then answers 0)."""
    said = compartment.getLevel() < 3 or compartment.isSetSpatialDimensions()
    return bool(said and compartment.getSpatialDimensions() == 0)


def _keep(found: Contents, item: Declared) -> None:
    if item.id in found.declared or item.id in found.functions:
        found.complain(item.element, f"the id {item.id!r} is used twice", "give every element an id of its own")
    found.declared[item.id] = item


def _read_formulas(found: Contents) -> None:
    for assignment in found.model.getListOfInitialAssignments():
        _target(found, assignment, assignment.getSymbol(), found.initial)
    for rule in found.model.getListOfRules():
        if rule.isAlgebraic():
            if rule.getMath() is not None:
                found.algebraic.append(rule)
        elif rule.isAssignment():
            _target(found, rule, rule.getVariable(), found.assigned)
        else:
            _target(found, rule, rule.getVariable(), found.rates)
    for variable in found.assigned.keys() & found.rates.keys():
        found.complain(found.rates[variable], f"{variable!r} has both an assignment rule and a rate rule")
    for variable in found.assigned.keys() & found.initial.keys():
        found.complain(found.initial[variable], f"{variable!r} has both an assignment rule and an initial assignment")
    for variable in {**found.assigned, **found.rates}:
        item = found.declared.get(variable)
        if item is not None and item.constant:
            found.complain(item.element, f"{variable!r} is declared constant but a rule changes it")


def _target(found: Contents, element: Any, variable: str, into: dict[str, Any]) -> None:
    if variable not in found.declared or found.declared[variable].kind == "reaction":
        found.complain(element, f"it sets {variable!r}, which is not a compartment, species or parameter")
    elif variable in into:
        found.complain(element, f"{variable!r} is set twice")
    elif element.getMath() is None:
        found.warn(element, f"it has no formula for {variable!r}, so it does nothing")
    else:
        into[variable] = element


def _refuse_unsupported(found: Contents) -> None:
    for constraint in found.model.getListOfConstraints():
        found.warnings.append(f"line {constraint.getLine()}: a constraint is not checked during the run")
    for reaction in found.model.getListOfReactions():
        if reaction.isSetFast() and reaction.getFast():
            found.complain(reaction, "a fast reaction is not supported", "replace it by its equilibrium")
        if reaction.getKineticLaw() is None or reaction.getKineticLaw().getMath() is None:
            found.warnings.append(f"line {reaction.getLine()}: reaction {reaction.getId()} has no rate; taken as 0")


def unit_of(element: Any, model: Any) -> str:
    """The unit of a compartment, species or parameter as text, such as `nmol L^-1`, or "" if it is not said.

    Read from what is declared: libSBML's own derivation of units can end the process on a broken document.
    """
    kind = element.getElementName()
    if kind == "species":
        amount = unit_named(element.getSubstanceUnits() or _of_model(model, "substance"), model)
        compartment = model.getCompartment(element.getCompartment())
        if element.getHasOnlySubstanceUnits() or compartment is None or not amount:
            return amount
        size = unit_of(compartment, model)
        return f"{amount}/{size if ' ' not in size else f'({size})'}" if size and size != "1" else amount
    if kind == "compartment":
        return unit_named(element.getUnits() or _of_model(model, "volume"), model)
    return unit_named(element.getUnits(), model)


def _of_model(model: Any, quantity: str) -> str:
    """Name of the unit that a document takes for granted."""
    if model.getLevel() == 2:
        return {"substance": "substance", "volume": "volume", "time": "time"}[quantity]
    attribute = {"substance": "getSubstanceUnits", "volume": "getVolumeUnits", "time": "getTimeUnits"}[quantity]
    return str(getattr(model, attribute)())


def time_unit_of(model: Any) -> str:
    """The unit of time as text; `day`, `hour` and `minute` in full."""
    text = unit_named(_of_model(model, "time"), model)
    return {"d": "day", "h": "hour", "min": "minute", "s": "second", "": "time unit"}.get(text, text)


_BUILT_IN = {"substance": "mol", "volume": "L", "time": "s"}


def unit_named(name: str, model: Any) -> str:
    """A unit by its id or SBML's own name, as text."""
    definition = model.getUnitDefinition(name) if name else None
    if definition is not None:
        units = [unit_text(definition.getUnit(i)) for i in range(definition.getNumUnits())]
        return " ".join(u for u in units if u) or "1"
    if name == "dimensionless":
        return "1"
    return _BUILT_IN.get(name, _SHORT.get(name, name)) if model.getLevel() == 2 else _SHORT.get(name, name)


_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 3: "k", 6: "M"}
_SHORT = {"litre": "L", "mole": "mol", "gram": "g", "metre": "m", "second": "s", "kilogram": "kg"}
_SECONDS = {60.0: "min", 3600.0: "h", 86400.0: "d", 604800.0: "week"}


def unit_text(unit: Any) -> str:
    """One unit with prefix and exponent, such as `nmol` or `L^-1`."""
    from libsbml import UnitKind_toString

    kind = UnitKind_toString(unit.getKind())
    exponent = unit.getExponentAsDouble()
    if (kind == "dimensionless" and unit.getMultiplier() == 1.0) or exponent == 0:
        return ""
    power = "" if exponent == 1 else f"^{exponent:g}"
    if kind == "second":
        seconds = unit.getMultiplier() * 10.0 ** unit.getScale()
        if seconds in _SECONDS:
            return _SECONDS[seconds] + power
    prefix = _PREFIXES.get(unit.getScale(), "" if unit.getScale() == 0 else f"1e{unit.getScale()} ")
    factor = "" if unit.getMultiplier() == 1.0 else f"{unit.getMultiplier():g} "
    return f"{factor}{prefix}{_SHORT.get(kind, kind)}{power}"
