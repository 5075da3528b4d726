"""How fast quantities of a document change: by reactions, by rate rules, and what `rateOf` of an id stands for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from abscopal import expr
from abscopal.expr import Expr
from abscopal.published.sbml.mathematics import Unsupported, names_in

if TYPE_CHECKING:
    from abscopal.published.sbml.assembling import Assembly, Values


def reaction_rate(assembly: Assembly, values: Values, name: str) -> Expr:
    """Sum over reactions of stoichiometry times rate, in the quantity that reactions move, times conversion factor."""
    item = assembly.contents.declared[name]
    total = expr.const(0.0)
    for reaction, reference in assembly.moved_by.get(name, ()):
        number = assembly.attempt(reaction, partial(_stoichiometry, values, reference))
        sign = -1.0 if reference.getParentSBMLObject().getElementName() == "listOfReactants" else 1.0
        total = total + sign * number * values.known.get(reaction.getId(), expr.const(0.0))
    if item.kind != "species" or name not in assembly.moved_by:
        return total
    factor = _factor(assembly, item.element)
    return total * assembly.attempt(item.element, lambda: values[factor]) if factor else total


def _factor(assembly: Assembly, species: Any) -> str:
    return str(species.getConversionFactor() or assembly.contents.model.getConversionFactor())


def _stoichiometry(values: Values, reference: Any) -> Expr:
    if reference.isSetStoichiometryMath():
        return values.read(reference, reference.getStoichiometryMath().getMath())
    if reference.isSetId() and reference.getId() in values.known:
        return values[reference.getId()]
    value = reference.getStoichiometry()
    if value != value:
        raise Unsupported(f"the stoichiometry of {reference.getSpecies()!r} has no value", "give it, for example 1")
    return expr.const(value / (reference.getDenominator() or 1))


def rate_of(values: Values, name: str) -> Expr:
    """d/dt of what an id means. Raises Unsupported where a formula decides it."""
    assembly = values.assembly
    contents = assembly.contents
    item = contents.declared.get(name)
    if item is None or item.kind == "reaction":
        raise Unsupported(f"rateOf({name}): {name!r} is not a compartment, species or parameter")
    if name in contents.assigned:
        raise Unsupported(f"rateOf({name}): an assignment rule decides {name!r}", "write the rate out")
    if name in contents.rates:
        rule = contents.rates[name]
        return values.read(rule, rule.getMath())
    if item.kind != "species":
        return expr.const(0.0)
    change = reaction_rate(assembly, values, name)
    if item.only_amount:
        return change
    size = values[item.compartment]
    if item.compartment in assembly.varying:
        change = change - values[name] * rate_of(values, item.compartment)
    return change / size


def needed_for_rate(assembly: Assembly, name: str) -> set[str]:
    """The ids that the rate of an id is made of."""
    contents = assembly.contents
    item = contents.declared.get(name)
    if item is None or name in contents.assigned:
        return set()
    if name in contents.rates:
        return names_in(contents.rates[name].getMath())
    if item.kind != "species":
        return set()
    found = {reaction.getId() for reaction, _ in assembly.moved_by.get(name, ())} | {name, item.compartment}
    found |= {r.getId() for _, r in assembly.moved_by.get(name, ()) if r.isSetId()}
    for _, reference in assembly.moved_by.get(name, ()):
        if reference.isSetStoichiometryMath():
            found |= names_in(reference.getStoichiometryMath().getMath())
    if item.compartment in assembly.varying:
        found |= needed_for_rate(assembly, item.compartment)
    return (found | {_factor(assembly, item.element)}) - {""}
