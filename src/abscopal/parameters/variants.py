"""Lines with an antigen put into them: `MC38-OVA` is the line MC38 and what OVA adds, by a declared table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from abscopal.parameters.reading import data_file

_JOINED = r"[-_/. ]"


@cache
def _spellings() -> dict[str, str]:
    return {
        str(spelling): str(name)
        for name, row in data_file("added_antigens.yaml").items()
        for spelling in (name, *row["aliases"])
    }


def parts_of(name: str) -> tuple[str, str] | None:
    """The line and the antigen that a name joins, `("MC38", "OVA")`; None where it ends in no antigen of the table."""
    for spelling, antigen in _spellings().items():
        match = re.fullmatch(rf"(.+?){_JOINED}{re.escape(spelling)}\+?", name.strip(), flags=re.IGNORECASE)
        if match:
            return match[1], antigen
    return None


def name_of(line: str, antigen: str) -> str:
    """The catalogue's name of a line with an antigen put into it."""
    return f"{line}-{antigen}"


def row_of(line: str, antigen: str, about: Mapping[str, Any], antigenicity: float) -> dict[str, Any]:
    """The entry of such a line, as a row of a data file.

    Parameters
    ----------
    about, antigenicity : of the line itself.
    """
    row = data_file("added_antigens.yaml")[antigen]
    source = row["source"]
    shown = {"density": row["density"], "negative_share": row["negative_share"], "source": source}
    note = f"{antigenicity:g} of {line} and {row['antigenicity']:g} of {antigen}: {source['note']}"
    value = {"value": antigenicity + row["antigenicity"], "source": {"kind": "assumed", "note": note}}
    antigens = {**about.get("antigens", {}), antigen: shown}
    return {"inherits": line, "about": {"antigens": antigens, "neoantigen": antigen}, "values": {"antigenicity": value}}
