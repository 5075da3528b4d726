"""Compartments, species, parameters, initial values and rules of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from abscopal import expr
from abscopal.expr import Expr, System, topological
from abscopal.parameters import Parameter
from abscopal.published.sbml.export.document import ModelDocument
from abscopal.published.sbml.export.formula_nodes import first_users, may_have_id, shared_nodes
from abscopal.published.sbml.export.network import Network, is_counted, substance
from abscopal.published.sbml.export.provenance import doi_of, source_text
from abscopal.published.sbml.export.units import PLACE_VOLUME, powers_of

_PLACE = (
    "A place. Its size is 1 microlitre, so that what is a concentration here is the amount in a microlitre; it is not "
    "the volume of the tissue."
)
_CONVERSION = "Reactions count: this is the amount that one of what they move is."


def declare_places(document: ModelDocument, network: Network) -> dict[str, str]:
    """A compartment for every place that holds a species; their ids by place."""
    found: dict[str, str] = {}
    for place in dict.fromkeys(s.where for s in network.stocks if s.form != "parameter"):
        found[place] = document.new_id(place)
        compartment = document.model.createCompartment()
        compartment.setId(found[place])
        compartment.setName(place)
        compartment.setConstant(True)
        compartment.setSpatialDimensions(3)
        compartment.setSize(1.0)
        compartment.setUnits(document.units.id_of({PLACE_VOLUME: 1.0}))
        document.note(compartment, _PLACE)
    return found


def declare_stocks(document: ModelDocument, network: Network, places: Mapping[str, str]) -> None:
    """A species or a parameter for every state; `document.names` holds their ids already."""
    one_of = declare_conversions(document, network)
    for stock in network.stocks:
        if stock.form == "parameter":
            unit = document.units.id_of(powers_of(stock.unit)) if stock.unit else None
            made = document.parameter(document.names[stock.symbol], stock.name, unit)
        else:
            made = document.model.createSpecies()
            made.setId(document.names[stock.symbol])
            made.setName(stock.name)
            made.setCompartment(places[stock.where])
            made.setSubstanceUnits(document.units.id_of(powers_of(substance(stock.unit))))
            made.setHasOnlySubstanceUnits(stock.form == "amount")
            made.setBoundaryCondition(False)
            made.setConstant(False)
            if not is_counted(stock.unit):
                made.setConversionFactor(one_of[substance(stock.unit)])
        document.note(made, f"{stock.meaning} [{stock.unit}]" if stock.meaning else "")


def declare_conversions(document: ModelDocument, network: Network) -> dict[str, str]:
    """A constant `one_nmol` for each amount that is no count: what reactions, which count, are of it; ids by unit."""
    found = {}
    for unit in sorted({substance(s.unit) for s in network.stocks if s.form != "parameter" and not is_counted(s.unit)}):
        found[unit] = document.new_id(f"one {unit}")
        document.note(document.parameter(found[unit], f"1 {unit}", document.units.id_of({unit: 1.0}), 1.0), _CONVERSION)
    return found


def declare_parameters(
    document: ModelDocument, values: Mapping[Expr, float], names: Mapping[Expr, str], declared: Mapping[str, Parameter]
) -> None:
    """A constant for every parameter of the model, with its source; `document.names` holds their ids already."""
    for symbol, value in values.items():
        made = document.parameter(document.names[symbol], names[symbol], document.unit(symbol), value)
        item = declared.get(names[symbol])
        if item is not None:
            document.note(made, item.meaning, source_text(item.source))
            document.described_by(made, doi_of(item.source))


def set_initial_values(document: ModelDocument, system: System, network: Network) -> None:
    """Numbers where they are known; formulas of parameters as initial assignments."""
    for stock, value, threshold in zip(network.stocks, system.initial, system.extinct_below, strict=True):
        start = expr.where(value < threshold, 0.0, value) if threshold > 0.0 else value
        identifier = document.names[stock.symbol]
        if start.op != "const":
            assignment = document.model.createInitialAssignment()
            assignment.setSymbol(identifier)
            assignment.setMath(document.formulas.formula(start, document.unit(stock.symbol)))
        elif stock.form == "parameter":
            document.model.getParameter(identifier).setValue(start.value)
        elif stock.form == "amount":
            document.model.getSpecies(identifier).setInitialAmount(start.value)
        else:
            document.model.getSpecies(identifier).setInitialConcentration(start.value)


def set_rules(
    document: ModelDocument, system: System, known_as: Mapping[Expr, str], roots: Sequence[tuple[str, Expr]]
) -> dict[str, str]:
    """Assignment rules for quantities, for what formulas share and for outputs; ids of the outputs by name.

    Parameters
    ----------
    known_as : names of quantities by expression.
    roots : every expression of the document that may use them, each with what it is.
    """
    expressions = [e for _, e in roots]
    shared = set(shared_nodes(expressions))
    users = first_users(roots, known_as)
    for node in topological(expressions):
        if not may_have_id(node) or not (node in shared or node in known_as):
            continue
        name = known_as.get(node) or f"part of {users[node]}"
        identifier = document.new_id(name)
        document.assigned(identifier, name, node)
        document.names[node] = identifier
    found: dict[str, str] = {}
    for name, node in system.outputs:
        if node in document.names and known_as.get(node, node.name) == name:
            found[name] = document.names[node]
        else:
            found[name] = document.new_id(name)
            document.assigned(found[name], name, node)
    return found
