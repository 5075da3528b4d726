"""SBML Level 2 and 3 core → a published model that the engine runs.

A species is a state in the quantity its id means in formulas: a concentration, or an amount where the document says
`hasOnlySubstanceUnits` or where its compartment changes size. Numbers that nothing changes are parameters under their
own id; the number a state starts from is the parameter `initial(ID)`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from os import PathLike
from pathlib import Path

from abscopal.errors import InputError
from abscopal.published.model import PublishedModel
from abscopal.published.sbml.building import build_model
from abscopal.published.sbml.checking import remarks
from abscopal.published.sbml.elements import read_contents
from abscopal.published.sbml.reading import read_document

# libSBML's checks write every function out in full; beyond this many nodes they are left undone.
_CHECKED_SIZE = 200_000
_CHECKED_CHARACTERS = 2_000_000


def import_sbml(source: str | PathLike[str] | bytes, *, check_units: bool = True) -> PublishedModel:
    """The model of an SBML file (or of its bytes).

    Parameters
    ----------
    source : name of a file, or its bytes.
    check_units : whether libSBML's checks, units among them, add to the model's warnings (0.2 s).

    Raises
    ------
    InputError
        The file is not SBML Level 2 or 3, or uses something that is not supported: every problem with the id of its
        element and its line.
    """
    read = read_document(source)
    contents = read_contents(read.document.getModel())
    name = Path(read.path).stem if read.path else contents.model.getId() or "model"
    model = None if contents.problems else build_model(contents, name, Path(read.path).name if read.path else name)
    if contents.problems or model is None:
        problems = sorted(contents.problems, key=lambda p: p.line or 0)
        if read.flat:
            problems = [replace(p, line=None) for p in problems]
        raise InputError(list(dict.fromkeys(problems)), read.path)
    warnings = (*read.warnings, *model.warnings)
    model = replace(model, warnings=tuple(_without_line(w) for w in warnings) if read.flat else warnings)
    if not check_units:
        return model
    if contents.expanded_size > _CHECKED_SIZE or len(read.text) > _CHECKED_CHARACTERS:
        return replace(model, warnings=(*model.warnings, "the document is so large that its units were not checked"))
    return replace(model, warnings=(*model.warnings, *remarks(read.text)))


def _without_line(warning: str) -> str:
    """A warning on a model whose submodels were written out: its lines are not those of the file."""
    return re.sub(r"^line \d+: ", "", warning)
