"""An SBML Level 3 Version 2 document while it is made: its ids, its units, its formulas. libSBML holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from abscopal.expr import Expr
from abscopal.published.sbml.export.formula_nodes import FormulaNodes
from abscopal.published.sbml.export.identifiers import Identifiers
from abscopal.published.sbml.export.units import Powers, UnitDefinitions, units_of
from abscopal.published.sbml.reading import import_libsbml
from abscopal.version import __version__

_XHTML = "http://www.w3.org/1999/xhtml"


class ModelDocument:
    """A document with one model.

    Attributes
    ----------
    model : the model, as libSBML holds it.
    names : expression -> id of what stands for it in formulas.
    formulas : makes formulas of expressions.
    units : the unit definitions.
    """

    def __init__(self, name: str) -> None:
        self.lib = import_libsbml()
        self._document = self.lib.SBMLDocument(3, 2)
        self.model = self._document.createModel()
        self.names: dict[Expr, str] = {}
        self.units = UnitDefinitions(self.model)
        self.formulas = FormulaNodes(self.names, self.unit)
        self._identifiers = Identifiers()
        self._powers: dict[Expr, Powers | None] = {}
        self.model.setId(self._identifiers.new("model"))
        self.model.setName(name)

    def text(self) -> str:
        """The document as XML."""
        return str(self.lib.writeSBMLToString(self._document))

    def new_id(self, wanted: str, node: Expr | None = None) -> str:
        """An id that nothing has yet; from now on it stands for the node in formulas."""
        chosen = self._identifiers.new(wanted)
        if node is not None:
            self.names[node] = chosen
        return chosen

    def learn_units(self, roots: Iterable[Expr], known: Mapping[Expr, Powers | None]) -> None:
        """Finds the unit of everything the roots need, from the units of symbols."""
        self._powers = {**known, **units_of(roots, known)}

    def unit(self, node: Expr) -> str | None:
        """Id of the unit of an expression; None if it cannot be said."""
        return self.units.id_of(self._powers.get(node))

    @property
    def day(self) -> str:
        """Id of the unit of time."""
        return str(self.units.id_of({"day": 1.0}))

    def rate_unit(self, state: Expr) -> str | None:
        """Id of the unit in which a state changes."""
        powers = self._powers.get(state)
        return None if powers is None else self.units.id_of({**powers, "day": powers.get("day", 0.0) - 1.0})

    def parameter(self, identifier: str, name: str, unit: str | None, value: float | None = None) -> Any:
        """A new parameter: constant if it has a value, else something that rules and events change."""
        made = self.model.createParameter()
        made.setId(identifier)
        made.setName(name)
        made.setConstant(value is not None)
        if value is not None:
            made.setValue(value)
        if unit is not None:
            made.setUnits(unit)
        return made

    def assigned(self, identifier: str, name: str, node: Expr) -> None:
        """A new parameter that is always what the expression is; the expression must not stand for itself yet."""
        unit = self.unit(node)
        self.parameter(identifier, name, unit)
        rule = self.model.createAssignmentRule()
        rule.setVariable(identifier)
        rule.setMath(self.formulas.formula(node, unit))

    def note(self, element: Any, *paragraphs: str) -> None:
        """Text for people on an element; empty paragraphs are left out."""
        written = "".join(f'<p xmlns="{_XHTML}">{escape(text)}</p>' for text in paragraphs if text)
        if written:
            element.setNotes(written)

    def described_by(self, element: Any, doi: str) -> None:
        """Links an element to the paper that it comes from, as MIRIAM does; an empty DOI links nothing."""
        if not doi:
            return
        term = self.lib.CVTerm(self.lib.BIOLOGICAL_QUALIFIER)
        term.setBiologicalQualifierType(self.lib.BQB_IS_DESCRIBED_BY)
        term.addResource(f"https://identifiers.org/doi:{doi}")
        element.setMetaId(f"about_{element.getId()}")
        element.addCVTerm(term)

    def sign(self, mechanisms: Iterable[str]) -> None:
        """Which version wrote the model, and the mechanisms it holds, for machines."""
        held = escape(" ".join(mechanisms))
        annotation = f'<origin xmlns="urn:abscopal:origin" version="{escape(__version__)}" mechanisms="{held}"/>'
        self.model.setAnnotation(annotation)
