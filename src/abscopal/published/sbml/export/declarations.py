"""Compartments, species, parameters, initial values and rules of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from abscopal import expr
from abscopal.expr import Expr, System, topological
from abscopal.published.sbml.export.document import ModelDocument
from abscopal.published.sbml.export.formula_nodes import may_have_id, shared_nodes
from abscopal.published.sbml.export.network import Network, Stock
from abscopal.published.sbml.export.units import AMOUNTS, CONCENTRATIONS, PLACE_VOLUME, powers_of

_PLACE = (
    "A place. Its size is 1 microlitre, so that what is a concentration here is the amount in a microlitre; it is not "
    "the volume of the tissue."
)


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
    for stock in network.stocks:
        if stock.form == "parameter":
            unit = document.units.id_of(powers_of(stock.unit)) if stock.unit else None
            made = document.parameter(document.names[stock.symbol], stock.name, unit)
        else:
            made = document.model.createSpecies()
            made.setId(document.names[stock.symbol])
            made.setName(stock.name)
            made.setCompartment(places[stock.where])
            made.setSubstanceUnits(document.units.id_of(powers_of(_substance(stock))))
            made.setHasOnlySubstanceUnits(stock.form == "amount")
            made.setBoundaryCondition(False)
            made.setConstant(False)
        document.note(made, f"{stock.meaning} [{stock.unit}]" if stock.meaning else "")


def _substance(stock: Stock) -> str:
    return stock.unit if stock.unit in AMOUNTS else CONCENTRATIONS[stock.unit]


def declare_parameters(
    document: ModelDocument, values: Mapping[Expr, float], names: Mapping[Expr, str], meanings: Mapping[str, str]
) -> None:
    """A constant for every parameter of the model; `document.names` holds their ids already."""
    for symbol, value in values.items():
        made = document.parameter(document.names[symbol], names[symbol], document.unit(symbol), value)
        document.note(made, meanings.get(names[symbol], ""))


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
    document: ModelDocument, system: System, known_as: Mapping[Expr, str], roots: Sequence[Expr]
) -> dict[str, str]:
    """Assignment rules for quantities, for what formulas share and for outputs; ids of the outputs by name.

    Parameters
    ----------
    known_as : names of quantities by expression.
    roots : every expression of the document that may use them.
    """
    shared = set(shared_nodes(roots))
    count = 0
    for node in topological(roots):
        if not may_have_id(node) or not (node in shared or node in known_as):
            continue
        count += node not in known_as
        name = known_as.get(node, f"shared {count}")
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
