"""What to simulate and to plot, as SED-ML Level 1 Version 3: one model per arm, one time course, curves of outputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from abscopal.published.sbml.export.identifiers import Identifiers
from abscopal.version import __version__

SBML_LANGUAGE = "urn:sedml:language:sbml.level-3.version-2"
_SEDML = "http://sed-ml.org/sed-ml/level1/version3"
_SBML = "http://www.sbml.org/sbml/level3/version2/core"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_XHTML = "http://www.w3.org/1999/xhtml"
_TIME = "urn:sedml:symbol:time"
# KiSAO: the solver CVODE, its relative and its absolute tolerance.
_SOLVER, _RELATIVE, _ABSOLUTE = "KISAO:0000019", "KISAO:0000209", "KISAO:0000211"
_TOLERANCES = {_RELATIVE: "1e-08", _ABSOLUTE: "1e-10"}


@dataclass(frozen=True)
class PlottedOutput:
    """Something of an SBML document that is plotted: its name for people, its id, and whether it is a species."""

    name: str
    identifier: str
    is_species: bool


@dataclass(frozen=True)
class PlottedModel:
    """A model to simulate: its name for people, the file as seen from the SED-ML file, and what is plotted of it."""

    name: str
    source: str
    outputs: Sequence[PlottedOutput]


def to_sedml(models: Sequence[PlottedModel], duration: float, title: str) -> str:
    """A SED-ML document: every model from time 0 on, one plot for each output with a curve per model, one report.

    Parameters
    ----------
    duration : of the time course, in the models' unit of time [d].
    """
    root = ElementTree.Element("sedML", {"xmlns": _SEDML, "xmlns:sbml": _SBML, "level": "1", "version": "3"})
    notes = _child(root, "notes")
    paragraph = _child(notes, "p", {"xmlns": _XHTML})
    paragraph.text = f"{title}. Written by abscopal {__version__}. For research; not for treating patients."
    ids = Identifiers()
    _add_simulation(root, ids.new("time_course"), duration)
    known = {m.name: ids.new(f"model {m.name}") for m in models}
    tasks = {m.name: ids.new(f"run of {m.name}") for m in models}
    listed = _child(root, "listOfModels")
    for m in models:
        _child(listed, "model", {"id": known[m.name], "name": m.name, "language": SBML_LANGUAGE, "source": m.source})
    listed = _child(root, "listOfTasks")
    for m in models:
        named = {"id": tasks[m.name], "name": m.name}
        _child(listed, "task", {**named, "modelReference": known[m.name], "simulationReference": "time_course"})
    generators = _add_generators(root, ids, models, tasks)
    _add_outputs(root, ids, models, generators)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_simulation(root: ElementTree.Element, identifier: str, duration: float) -> None:
    course = _child(
        _child(root, "listOfSimulations"),
        "uniformTimeCourse",
        {
            "id": identifier,
            "initialTime": "0",
            "outputStartTime": "0",
            "outputEndTime": f"{duration:g}",
            "numberOfPoints": str(max(100, math.ceil(duration))),
        },
    )
    algorithm = _child(course, "algorithm", {"kisaoID": _SOLVER})
    parameters = _child(algorithm, "listOfAlgorithmParameters")
    for kind, value in _TOLERANCES.items():
        _child(parameters, "algorithmParameter", {"kisaoID": kind, "value": value})


def _add_generators(
    root: ElementTree.Element, ids: Identifiers, models: Sequence[PlottedModel], tasks: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """The ids of the data generators by model and output; "" is the time."""
    listed = _child(root, "listOfDataGenerators")
    found: dict[tuple[str, str], str] = {}
    for m in models:
        found[m.name, ""] = _add_generator(listed, ids, f"time of {m.name}", tasks[m.name], {"symbol": _TIME})
        for item in m.outputs:
            kind = ("listOfSpecies", "species") if item.is_species else ("listOfParameters", "parameter")
            path = f"/sbml:sbml/sbml:model/sbml:{kind[0]}/sbml:{kind[1]}[@id='{item.identifier}']"
            name = f"{item.name}, {m.name}"
            found[m.name, item.name] = _add_generator(listed, ids, name, tasks[m.name], {"target": path})
    return found


def _add_generator(listed: ElementTree.Element, ids: Identifiers, name: str, task: str, what: Mapping[str, str]) -> str:
    identifier = ids.new(name)
    variable = ids.new(f"value of {name}")
    generator = _child(listed, "dataGenerator", {"id": identifier, "name": name})
    variables = _child(generator, "listOfVariables")
    _child(variables, "variable", {"id": variable, **what, "taskReference": task})
    _child(_child(generator, "math", {"xmlns": _MATHML}), "ci").text = f" {variable} "
    return identifier


def _add_outputs(
    root: ElementTree.Element,
    ids: Identifiers,
    models: Sequence[PlottedModel],
    generators: Mapping[tuple[str, str], str],
) -> None:
    listed = _child(root, "listOfOutputs")
    for name in dict.fromkeys(item.name for m in models for item in m.outputs):
        plot = _child(listed, "plot2D", {"id": ids.new(f"plot of {name}"), "name": name})
        curves = _child(plot, "listOfCurves")
        for m in models:
            if (m.name, name) in generators:
                data = {"xDataReference": generators[m.name, ""], "yDataReference": generators[m.name, name]}
                named = {"id": ids.new(f"curve of {name} {m.name}"), "name": m.name}
                _child(curves, "curve", {**named, "logX": "false", "logY": "false", **data})
    report = _child(listed, "report", {"id": ids.new("all_numbers"), "name": "all numbers"})
    sets = _child(report, "listOfDataSets")
    for (model, output), reference in generators.items():
        label = f"{output or 'time'}, {model}"
        _child(sets, "dataSet", {"id": ids.new(f"data of {label}"), "label": label, "dataReference": reference})


def _child(parent: ElementTree.Element, tag: str, attributes: Mapping[str, str] | None = None) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, dict(attributes or {}))
