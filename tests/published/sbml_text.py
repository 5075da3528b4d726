"""SBML documents written as text, for constructs that `sbml_documents.build` has no word for.

Formulas stand in double braces, in libSBML's infix notation: `<priority>{{A + 1}}</priority>`.
"""

from __future__ import annotations

import re

import libsbml
from sbml_documents import math

NAMESPACES = {
    (2, 1): "http://www.sbml.org/sbml/level2",
    (2, 2): "http://www.sbml.org/sbml/level2/version2",
    (2, 3): "http://www.sbml.org/sbml/level2/version3",
    (2, 4): "http://www.sbml.org/sbml/level2/version4",
    (2, 5): "http://www.sbml.org/sbml/level2/version5",
    (3, 1): "http://www.sbml.org/sbml/level3/version1/core",
    (3, 2): "http://www.sbml.org/sbml/level3/version2/core",
}


def document(level, version, *parts, attributes=""):
    """The whole document."""
    body = "".join(parts)
    if (level, version) == (3, 2):  # which no longer knows the attribute that Version 1 asks for
        body = body.replace(' fast="false"', "")
    body = re.sub(r"\{\{(.*?)\}\}", lambda m: _mathml(m.group(1)), body, flags=re.S)
    head = f'<sbml xmlns="{NAMESPACES[level, version]}" level="{level}" version="{version}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<model id="m" {attributes}>{body}</model></sbml>'


def _mathml(formula):
    return libsbml.writeMathMLToString(math(formula)).partition("?>")[2].strip()


def compartments(**sizes):
    """Size by id; None: not given; a tuple (size, attributes) for others than three constant dimensions."""
    items = []
    for name, given in sizes.items():
        size, more = given if isinstance(given, tuple) else (given, 'spatialDimensions="3" constant="true"')
        items.append(f'<compartment id="{name}"{_said("size", size)} {more}/>')
    return f"<listOfCompartments>{''.join(items)}</listOfCompartments>"


GROWS = 'spatialDimensions="3" constant="false"'


def species(**given):
    """Attributes by id; `in c` and all flags false unless they are given."""
    usual = {"compartment": "c", "hasOnlySubstanceUnits": "false", "boundaryCondition": "false", "constant": "false"}
    items = [
        f'<species id="{name}"{"".join(_said(k, v) for k, v in {**usual, **about}.items())}/>'
        for name, about in given.items()
    ]
    return f"<listOfSpecies>{''.join(items)}</listOfSpecies>"


def conc(value, **more):
    return {"initialConcentration": value, **more}


def amount(value, **more):
    return {"initialAmount": value, **more}


def parameters(**values):
    """Values by id; ids that begin with v are not constant."""
    items = [
        f'<parameter id="{n}"{_said("value", v)} constant="{"false" if n[0] == "v" else "true"}"/>'
        for n, v in values.items()
    ]
    return f"<listOfParameters>{''.join(items)}</listOfParameters>"


def reaction(level, name, law, reactants=None, products=None, inside="", fast="false"):
    """A reaction; a stoichiometry is a number, or the whole species reference."""
    constant = ' constant="true"' if level == 3 else ""

    def references(kind, given):
        items = [
            n if isinstance(n, str) else f'<speciesReference species="{s}" stoichiometry="{n}"{constant}/>'
            for s, n in (given or {}).items()
        ]
        return f"<listOf{kind}>{''.join(items)}</listOf{kind}>" if items else ""

    said = _said("fast", fast if level == 3 else None)
    law = f"<kineticLaw>{{{{{law}}}}}{inside}</kineticLaw>"
    return (
        f'<reaction id="{name}" reversible="false"{said}>'
        f"{references('Reactants', reactants)}{references('Products', products)}{law}</reaction>"
    )


def reactions(*items):
    return f"<listOfReactions>{''.join(items)}</listOfReactions>"


def rules(assigned=None, rates=None):
    items = [f'<assignmentRule variable="{n}">{{{{{f}}}}}</assignmentRule>' for n, f in (assigned or {}).items()]
    items += [f'<rateRule variable="{n}">{{{{{f}}}}}</rateRule>' for n, f in (rates or {}).items()]
    return f"<listOfRules>{''.join(items)}</listOfRules>"


def initially(**formulas):
    items = [f'<initialAssignment symbol="{n}">{{{{{f}}}}}</initialAssignment>' for n, f in formulas.items()]
    return f"<listOfInitialAssignments>{''.join(items)}</listOfInitialAssignments>"


def functions(**formulas):
    items = [f'<functionDefinition id="{n}">{{{{{f}}}}}</functionDefinition>' for n, f in formulas.items()]
    return f"<listOfFunctionDefinitions>{''.join(items)}</listOfFunctionDefinitions>"


def event(when, sets, *, delay=None, priority=None, first="true", persistent="true", at_trigger="true", level=3):
    """An event; `at_trigger=None` leaves the attribute out."""
    flags = f' initialValue="{first}" persistent="{persistent}"' if level == 3 else ""
    items = [f'<eventAssignment variable="{v}">{{{{{f}}}}}</eventAssignment>' for v, f in sets.items()]
    return (
        f"<event{_said('useValuesFromTriggerTime', at_trigger)}><trigger{flags}>{{{{{when}}}}}</trigger>"
        + (f"<delay>{{{{{delay}}}}}</delay>" if delay else "")
        + (f"<priority>{{{{{priority}}}}}</priority>" if priority else "")
        + f"<listOfEventAssignments>{''.join(items)}</listOfEventAssignments></event>"
    )


def events(*items):
    return f"<listOfEvents>{''.join(items)}</listOfEvents>"


def _said(attribute, value):
    return "" if value is None else f' {attribute}="{value}"'
