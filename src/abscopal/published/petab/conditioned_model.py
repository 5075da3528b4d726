"""An SBML document whose quantities are set to other values, condition by condition, and read along a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from abscopal.published.model import FloatArray, PublishedModel
from abscopal.published.sbml.importing import import_sbml
from abscopal.published.sbml.reading import import_libsbml, read_document
from abscopal.published.solving import simulate

_READ = "value_read_of_"
_RTOL = 1e-8
# Doublings of time: a state is steady if nothing changes by more than this part while time doubles.
_STEADY_PART = 1e-7
_LONGEST, _LONGEST_WITH_EVENTS = 1e9, 1e4


class SimulationFailure(Exception):  # noqa: N818 - becomes a problem of the comparison, never leaves the room
    """A condition could not be simulated; the text says why."""


class ConditionedModel:
    """A model that conditions change.

    Parameters
    ----------
    file : the SBML file.

    Raises
    ------
    InputError
        It cannot be read.
    """

    def __init__(self, file: Path) -> None:
        self._read = read_document(str(file))
        self._document = self._read.document.clone()
        model = self._document.getModel()
        lists = (model.getListOfSpecies(), model.getListOfCompartments(), model.getListOfParameters())
        self.names = frozenset(item.getId() for items in lists for item in items)
        # A rule decides these, so nothing can set them.
        self.ruled = frozenset(r.getVariable() for r in model.getListOfRules() if r.isAssignment())
        self._moving = tuple(sorted(n for n in self.names - self.ruled if not self._fixed(n)))

    @property
    def sbml(self) -> Any:
        """The model as libSBML holds it."""
        return self._document.getModel()

    def copy(self) -> ConditionedModel:
        """A model of its own with the values of now."""
        made = ConditionedModel.__new__(ConditionedModel)
        made.__dict__.update(self.__dict__)
        made._document = self._document.clone()
        return made

    def set(self, name: str, value: float) -> None:
        """Give a quantity this value at the start, whatever the document says of it."""
        model = self.sbml
        model.removeInitialAssignment(name)
        if (species := model.getSpecies(name)) is not None:
            if species.getHasOnlySubstanceUnits():
                species.setInitialAmount(value)
            else:
                species.setInitialConcentration(value)
        elif (compartment := model.getCompartment(name)) is not None:
            compartment.setSize(value)
        else:
            model.getParameter(name).setValue(value)

    def run(self, names: Iterable[str], times: FloatArray, start: float) -> dict[str, FloatArray]:
        """Values of quantities at increasing times, each array (times,). Raises SimulationFailure, InputError."""
        wanted = sorted(set(names))
        model = self._model(wanted)
        shown = times if times[0] > start else np.concatenate([[start], times[1:]])
        found = simulate(model, shown, start=start, rtol=_RTOL)
        if found.status[0] != 0:
            raise SimulationFailure("; ".join(found.messages()))
        return {name: found[_READ + name][0] for name in wanted}

    def steady(self, names: Iterable[str], start: float) -> dict[str, float]:
        """Values of quantities when nothing changes any more. Raises SimulationFailure, InputError."""
        wanted = sorted({*names, *self._moving})
        model = self._model(wanted)
        longest = _LONGEST_WITH_EVENTS if model.events or model.clock.all else _LONGEST
        duration = 10.0
        while duration <= longest:
            found = simulate(model, [start, start + duration, start + 2.0 * duration], start=start, rtol=_RTOL)
            if found.status[0] != 0:
                raise SimulationFailure("; ".join(found.messages()))
            values = np.array([found[_READ + n][0] for n in wanted])
            small = 1e-9 * np.abs(values).max(initial=0.0)
            if np.all(np.abs(values[:, 2] - values[:, 1]) <= _STEADY_PART * np.abs(values[:, 1]) + small):
                return dict(zip(wanted, map(float, values[:, 2]), strict=True))
            duration *= 10.0
        raise SimulationFailure(f"no steady state within {longest:g} of the model's unit of time")

    def continue_from(self, values: Mapping[str, float]) -> None:
        """Start again from where a run ended: everything that changes gets its value of then."""
        for name in self._moving:
            if math.isfinite(values[name]):
                self.set(name, values[name])

    @property
    def moving(self) -> tuple[str, ...]:
        """The quantities that change in time, but for those of assignment rules."""
        return self._moving

    def _model(self, names: Iterable[str]) -> PublishedModel:
        """The model with a quantity of its own for each name, so that a run shows them all."""
        lib = import_libsbml()
        document = self._document.clone()
        model = document.getModel()
        for name in names:
            made = model.createParameter()
            made.setId(_READ + name)
            made.setConstant(False)
            rule = model.createAssignmentRule()
            rule.setVariable(_READ + name)
            node = lib.ASTNode(lib.AST_NAME)
            node.setName(name)
            rule.setMath(node)
        return import_sbml(lib.writeSBMLToString(document).encode(), check_units=False)

    def _fixed(self, name: str) -> bool:
        model = self.sbml
        item = model.getSpecies(name) or model.getCompartment(name) or model.getParameter(name)
        return bool(item.getConstant())
