"""The texts that a result asks to be cited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abscopal.results.bibtex import Reference, to_bibtex

if TYPE_CHECKING:
    from abscopal.results.result import Result


def citation_list(result: Result) -> list[str]:
    """Citations of a result: abscopal with its version, the study's paper, then parameter sources by text."""
    found = [own_citation(result)]
    paper = study_citation(result)
    if paper:
        found.append(paper)
    rest = sorted(_with_doi(c["text"] or key, c["doi"]) for key, c in used_citations(result).items())
    return list(dict.fromkeys([*found, *rest]))


def citation_bibtex(result: Result) -> str:
    """The citations of `citation_list` as the text of a .bib file, in the same order."""
    meta = result.metadata
    found = [Reference("abscopal", own_citation(result), software_version=_version(result))]
    if meta.citation or meta.doi:
        found.append(Reference(meta.name, meta.citation or f"doi:{meta.doi}", meta.doi))
    sources = [Reference(key, c["text"] or key, c["doi"]) for key, c in used_citations(result).items()]
    return to_bibtex([*found, *sorted(sources, key=lambda r: r.text)])


def own_citation(result: Result) -> str:
    """How to cite abscopal, with the version that computed the result."""
    version = _version(result)
    return f"The abscopal developers. abscopal: radiotherapy with immunotherapy, simulated. Version {version}."


def _version(result: Result) -> str:
    return str(result.metadata.provenance.get("abscopal_version") or "not recorded")


def study_citation(result: Result) -> str:
    """The paper whose experiment the study follows, or ""."""
    return _with_doi(result.metadata.citation, result.metadata.doi)


def used_citations(result: Result) -> dict[str, dict[str, str]]:
    """Citations that the parameters refer to; all of them if no parameter names one."""
    used = {str(p["cite"]) for p in result.metadata.parameters if p.get("cite")}
    known = result.metadata.citations
    if not used:
        return {key: dict(entry) for key, entry in known.items()}
    return {key: dict(known.get(key, {"text": key, "doi": ""})) for key in sorted(used)}


def _with_doi(text: str, doi: str) -> str:
    if not doi or doi in text:
        return text
    return f"{text.rstrip('.')}. doi:{doi}" if text else f"doi:{doi}"
