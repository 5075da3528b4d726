"""Where the numbers of a document come from, in words and as DOIs."""

from __future__ import annotations

import re

from abscopal import parameters
from abscopal.parameters import Source

_DOI = re.compile(r"\bdoi:\s*(10\.\d{4,9}/[^\s;,]+)", re.IGNORECASE)


def source_text(source: Source) -> str:
    """A source in one sentence: its kind, what is cited, the place in it and why."""
    cited = parameters.citations().get(source.cite, source.cite)
    parts = [part.strip().rstrip(".") for part in (cited, source.where, source.note) if part]
    return f"{source.kind}: {'; '.join(parts)}." if parts else source.kind


def doi_of(source: Source) -> str:
    """The DOI of the cited work, or "" if none is known."""
    found = _DOI.search(parameters.citations().get(source.cite, ""))
    return found[1].rstrip(".)") if found else ""
