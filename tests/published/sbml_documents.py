"""Small SBML documents written in one line each, for tests of the importer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import libsbml


def build(
    *,
    level: int = 3,
    version: int = 1,
    compartments: Mapping[str, float | None] | None = None,
    species: Mapping[str, Any] | None = None,
    parameters: Mapping[str, float | None] | None = None,
    varying: Sequence[str] = (),
    reactions: Sequence[tuple[str, str, Mapping[str, float]]] = (),
    local: Mapping[str, float] | None = None,
    rules: Mapping[str, str] | None = None,
    rates: Mapping[str, str] | None = None,
    initial: Mapping[str, str] | None = None,
    functions: Mapping[str, str] | None = None,
    events: Sequence[Mapping[str, Any]] = (),
) -> str:
    """An SBML document.

    Parameters
    ----------
    species : id -> initial concentration, or a mapping with `amount` or `conc`, and flags `hosu`, `boundary`,
        `constant`, `compartment`.
    reactions : (rate formula, id, {species: net stoichiometry}).
    local : local parameters of every reaction.
    events : mappings with `when`, `set` {id: formula}, `delay`, `priority`, `persistent`, `initially`, `at_trigger`.
    """
    document = libsbml.SBMLDocument(level, version)
    model = document.createModel()
    model.setId("m")
    for name, size in (compartments or {"c": 1.0}).items():
        item = model.createCompartment()
        item.setId(name)
        item.setSpatialDimensions(3)
        item.setConstant(name not in varying)
        if size is not None:
            item.setSize(size)
    for name, given in (species or {}).items():
        _species(model, name, given, level)
    for name, value in (parameters or {}).items():
        item = model.createParameter()
        item.setId(name)
        item.setConstant(name not in varying)
        if value is not None:
            item.setValue(value)
    for name, formula in (functions or {}).items():
        definition = model.createFunctionDefinition()
        definition.setId(name)
        definition.setMath(math(formula))
    for name, formula in (initial or {}).items():
        assignment = model.createInitialAssignment()
        assignment.setSymbol(name)
        assignment.setMath(math(formula))
    for kind, table in ((model.createAssignmentRule, rules), (model.createRateRule, rates)):
        for name, formula in (table or {}).items():
            rule = kind()
            rule.setVariable(name)
            rule.setMath(math(formula))
    for formula, name, stoichiometry in reactions:
        _reaction(model, formula, name, stoichiometry, local or {}, level)
    for i, event in enumerate(events):
        _event(model, f"e{i}", event, level)
    return libsbml.writeSBMLToString(document)


def math(formula: str) -> Any:
    settings = libsbml.L3ParserSettings()
    settings.setParseLog(libsbml.L3P_PARSE_LOG_AS_LOG10)
    parsed = libsbml.parseL3FormulaWithSettings(formula, settings)
    assert parsed is not None, libsbml.getLastParseL3Error()
    return parsed


def _species(model: Any, name: str, given: Any, level: int) -> None:
    about = given if isinstance(given, Mapping) else {"conc": given}
    item = model.createSpecies()
    item.setId(name)
    item.setCompartment(about.get("compartment", "c"))
    item.setHasOnlySubstanceUnits(about.get("hosu", False))
    item.setBoundaryCondition(about.get("boundary", False))
    item.setConstant(about.get("constant", False))
    if "amount" in about:
        item.setInitialAmount(about["amount"])
    elif "conc" in about:
        item.setInitialConcentration(about["conc"])
    if "factor" in about:
        item.setConversionFactor(about["factor"])


def _reaction(
    model: Any, formula: str, name: str, stoichiometry: Mapping[str, float], local: Mapping[str, float], level: int
) -> None:
    reaction = model.createReaction()
    reaction.setId(name)
    reaction.setReversible(False)
    if level == 3 and model.getVersion() == 1:
        reaction.setFast(False)
    for species, number in stoichiometry.items():
        reference = reaction.createReactant() if number < 0 else reaction.createProduct()
        reference.setSpecies(species)
        reference.setStoichiometry(abs(number))
        if level == 3:
            reference.setConstant(True)
    law = reaction.createKineticLaw()
    law.setMath(math(formula))
    for key, value in local.items():
        item = law.createLocalParameter() if level == 3 else law.createParameter()
        item.setId(key)
        item.setValue(value)


def _event(model: Any, name: str, about: Mapping[str, Any], level: int) -> None:
    event = model.createEvent()
    event.setId(name)
    if level == 3 or model.getVersion() >= 4:
        event.setUseValuesFromTriggerTime(about.get("at_trigger", True))
    trigger = event.createTrigger()
    trigger.setMath(math(about["when"]))
    if level == 3:
        trigger.setPersistent(about.get("persistent", True))
        trigger.setInitialValue(about.get("initially", True))
    if "delay" in about:
        event.createDelay().setMath(math(about["delay"]))
    if "priority" in about:
        event.createPriority().setMath(math(about["priority"]))
    for variable, formula in about["set"].items():
        assignment = event.createEventAssignment()
        assignment.setVariable(variable)
        assignment.setMath(math(formula))
