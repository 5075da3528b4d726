"""From the bytes of a file to a libSBML document: bounded size and depth, no entities, every fault with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any
from xml.parsers import expat

from abscopal.errors import InputError, Problem
from abscopal.published.sbml.flattening import flattened

MAX_BYTES = 10_000_000
MAX_DEPTH = 250  # nesting of elements; published models stay below 60
MAX_ELEMENTS = 400_000
_SBML_LEVELS = ("2", "3")
_PLAIN_ENCODINGS = ("utf-8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252")
# Packages that change what a core model means only through constructs that the importer refuses by name anyway.
_READABLE_PACKAGES = ("comp", "l3v2extendedmath", "layout", "render", "groups")
_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
_SHOWN = 20
_FIRST_RULE = 10_000  # below are faults of the XML
# Rules whose breach loses a part of the model: formulas that are none, elements that are
# there twice, names that are none.
_PART_IS_LOST = frozenset(
    {10201, 10205, 10207, 10218, 10301, 10303, 10304, 10305, 10310, 20101, 20102, 20201, 20205, 20306, 20804, 20907}
    | {21106, 21127, 21130, 21209, 21210, 21213, 21221, 21222, 21230, 21231, 99107}
)
# Rules on annotations (10401 to 10404), SBO terms (10701 to 10718) and notes (10801 to 10805): nothing is computed.
_ABOUT_PROSE = frozenset([*range(10401, 10405), *range(10701, 10719), *range(10801, 10806)])


@dataclass(frozen=True)
class ReadDocument:
    """A document that libSBML could read.

    Attributes
    ----------
    document : the libSBML object; keep it alive while its parts are used.
    text : what it was read from.
    path : name of the file, for messages.
    warnings : rules of SBML that the file breaks, which do not hinder reading it.
    flat : whether submodels were written out, so that lines of `text` are not lines of the file.
    """

    document: Any
    text: str
    path: str
    warnings: tuple[str, ...] = ()
    flat: bool = False


def read_document(source: str | PathLike[str] | bytes) -> ReadDocument:
    """The SBML document of a file, or of bytes.

    Raises
    ------
    InputError
        There is no such file, it is too large, not XML, not SBML, declares entities, is nested too deeply, or libSBML
        finds an error in it; with the lines.
    """
    path, data = ("", source) if isinstance(source, bytes) else (str(source), _bytes_of(Path(source)))
    if len(data) > MAX_BYTES:
        raise InputError(_too_large(len(data)), path)
    with_submodels = _scan(data, path)
    libsbml = import_libsbml()
    text = _as_utf8(data, path)
    if with_submodels:
        text = flattened(text, path)
    document = libsbml.readSBMLFromString(text)
    warnings = _judge_errors(document, libsbml, path)
    if document.getModel() is None:
        raise InputError(Problem("the document holds no model"), path)
    if document.getLevel() == 3 and document.getVersion() > 2:
        raise InputError(Problem(f"SBML Level 3 Version {document.getVersion()} is not known", allowed="1, 2"), path)
    return ReadDocument(document, text, path, () if with_submodels else warnings, with_submodels)


def import_libsbml() -> Any:
    """The libSBML module. Raises InputError with what to install if it is missing."""
    try:
        import libsbml
    except ImportError as error:
        problem = Problem("reading and writing SBML needs python-libsbml", advice="pip install 'abscopal[sbml]'")
        raise InputError(problem) from error
    return libsbml


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(Problem("is a directory", advice="name the SBML file inside it"), str(path))
        if not path.is_file():
            raise InputError(Problem("no such file", advice="check the name"), str(path))
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(_too_large(size), str(path))
        return path.read_bytes()
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror}"), str(path)) from error


def _too_large(size: int) -> Problem:
    return Problem(
        f"{size / 1e6:.1f} MB is too large for a model",
        allowed=f"up to {MAX_BYTES / 1e6:.0f} MB",
        advice="remove annotations, or split the model",
    )


@dataclass
class _Scan:
    """What a first pass over the XML finds, before libSBML sees it."""

    depth: int = 0
    elements: int = 0
    root: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    namespaces: dict[str, str] = field(default_factory=dict)  # prefix -> address, of packages
    prefixes: set[str] = field(default_factory=set)  # of elements and attributes inside the root
    encoding: str = "utf-8"
    problem: str = ""
    advice: str = ""


class _Stop(Exception):  # noqa: N818 - leaves the parser, never the module
    pass


def _scan(data: bytes, path: str) -> bool:
    """Refuses what is not SBML, and what could cost unbounded time or memory; says whether there are submodels."""
    found = _Scan()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: _start(found, name, attributes)
    parser.EndElementHandler = lambda name: _end(found)
    parser.StartDoctypeDeclHandler = lambda *_: _stop(
        found, "it has a document type declaration (DOCTYPE), which may define entities", "remove the declaration"
    )
    parser.EntityDeclHandler = lambda *_: _stop(found, "it declares an entity", "remove the declaration")
    parser.XmlDeclHandler = lambda _version, encoding, _standalone: setattr(found, "encoding", encoding or "utf-8")
    try:
        parser.Parse(data, True)
    except _Stop:
        line = parser.CurrentLineNumber
        raise InputError(Problem(found.problem, line=line, advice=found.advice), path) from None
    except (expat.ExpatError, ValueError, LookupError) as error:
        message = f"this is not well-formed XML: {error}"
        where: int | None = getattr(error, "lineno", None)
        raise InputError(Problem(message, line=where, advice="export the model again"), path) from error
    _check_root(found, path)
    return any(
        name.partition(":")[0] in found.prefixes and address.endswith("/comp/version1")
        for name, address in found.namespaces.items()
    )


def _start(found: _Scan, name: str, attributes: dict[str, str]) -> None:
    if found.elements == 0:
        found.root, found.attributes = name, attributes
    else:
        found.prefixes.update(n.partition(":")[0] for n in (name, *attributes) if ":" in n)
    found.namespaces |= {n.removeprefix("xmlns:"): a for n, a in attributes.items() if n.startswith("xmlns:")}
    found.elements += 1
    found.depth += 1
    if found.depth > MAX_DEPTH:
        _stop(found, f"elements are nested more than {MAX_DEPTH} deep", "write the formula with fewer brackets")
    if found.elements > MAX_ELEMENTS:
        _stop(found, f"it has more than {MAX_ELEMENTS} elements", "split the model")


def _end(found: _Scan) -> None:
    found.depth -= 1


def _stop(found: _Scan, problem: str, advice: str) -> None:
    found.problem, found.advice = problem, advice
    raise _Stop


def _check_root(found: _Scan, path: str) -> None:
    if found.root.rpartition(":")[2] != "sbml":
        problem = Problem(f"this is not SBML: its outermost element is <{found.root}>", allowed="<sbml>")
        raise InputError(problem, path)
    level = found.attributes.get("level", "")
    if level not in _SBML_LEVELS:
        problem = Problem(
            f"SBML Level {level or 'not given'}", allowed="Level 2 or 3", advice="export the model as Level 3"
        )
        raise InputError(problem, path)
    required = [
        name.partition(":")[0]
        for name, value in found.attributes.items()
        if name.endswith(":required") and value.strip() in ("true", "1")
    ]
    problems = [
        Problem(
            f"the model needs the SBML package {package!r}, which is not supported",
            advice="export the model as plain SBML Level 3 core ('flatten' it)",
        )
        for package in required
        if package not in _READABLE_PACKAGES and package in found.prefixes
    ]
    if problems:
        raise InputError(problems, path)


def _as_utf8(data: bytes, path: str) -> str:
    """The document as text with a declaration that libSBML reads as UTF-8; lines keep their numbers."""
    head = data[:200]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        declared = re.search(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""", head)
        encoding = declared.group(1).decode().lower() if declared else "utf-8"
        if encoding not in _PLAIN_ENCODINGS:
            raise InputError(Problem(f"encoding {encoding!r}", allowed=", ".join(_PLAIN_ENCODINGS)), path)
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError(Problem(f"it is not {encoding}: {error}"), path) from error
    match = _DECLARATION.match(text)
    lines = text[: match.end()].count("\n") if match else 0
    body = text[match.end() :] if match else text
    return '<?xml version="1.0" encoding="UTF-8"?>' + "\n" * lines + body


def _judge_errors(document: Any, libsbml: Any, path: str) -> tuple[str, ...]:
    """Warnings of broken rules that leave the model as it is meant; refuses the others, which lose part of it."""
    faults = [document.getError(i) for i in range(document.getNumErrors())]
    serious = [e for e in faults if e.getSeverity() >= libsbml.LIBSBML_SEV_ERROR and e.getErrorId() not in _ABOUT_PROSE]
    fatal = [e for e in serious if _loses_something(e, libsbml)]
    problems = [
        Problem(_sentence(e), line=e.getLine() or None, advice="correct the file, or export the model again")
        for e in fatal[:_SHOWN]
    ]
    if problems:
        raise InputError(problems, path)
    lines = (f"line {e.getLine()}: the file breaks a rule of SBML: {_sentence(e)}" for e in serious)
    return tuple(dict.fromkeys(lines))[:_SHOWN]


def _loses_something(error: Any, libsbml: Any) -> bool:
    """Whether libSBML could not keep what stands there: XML, formulas, elements that are there twice."""
    number = error.getErrorId()
    return bool(number < _FIRST_RULE or number in _PART_IS_LOST or error.getSeverity() >= libsbml.LIBSBML_SEV_FATAL)


def _sentence(error: Any) -> str:
    text = " ".join(error.getMessage().split())
    return text if len(text) <= 300 else text[:297] + "..."
