"""The columns of the long table, and the names that other programs give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from abscopal.errors import Problem, nearest

REQUIRED = ("arm", "day", "value")
OPTIONAL = ("animal", "observable", "site", "cens", "limit", "sd", "sem", "n", "statistic", "unit", "length", "width")
KNOWN = (*REQUIRED, *OPTIONAL)

# Other programs' names, in lower case without blanks and marks: NONMEM and Monolix, SynergyLMM, TumGrowth, tumgr.
ALIASES = {
    "id": "animal",
    "mouse": "animal",
    "mouseid": "animal",
    "sampleid": "animal",
    "subject": "animal",
    "subjectid": "animal",
    "patient": "animal",
    "patientid": "animal",
    "animalid": "animal",
    "slot": "animal",
    "time": "day",
    "days": "day",
    "timeday": "day",
    "timedays": "day",
    "dv": "value",
    "tv": "value",
    "tumorvolume": "value",
    "tumourvolume": "value",
    "volume": "value",
    "volumemm3": "value",
    "y": "value",
    "treatment": "arm",
    "group": "arm",
    "treat": "arm",
    "trt": "arm",
    "dvid": "observable",
    "ytype": "observable",
    "variable": "observable",
    "cens": "cens",
    "censoring": "cens",
    "sem": "sem",
    "se": "sem",
    "stdev": "sd",
    "std": "sd",
    "nmice": "n",
    "units": "unit",
}
# Columns that such tables carry and that say nothing here.
IGNORED = ("evid", "amt", "cmt", "rate", "mdv", "occ")
_MARKS = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True)
class Columns:
    """Where each known column stands in a header.

    Attributes
    ----------
    places : known name -> position in the row.
    remarks : sentences on names that were understood and columns that are not used.
    """

    places: dict[str, int]
    remarks: tuple[str, ...]


def plain(name: str) -> str:
    """A column's name in lower case, without blanks and marks."""
    return _MARKS.sub("", name.lower())


def columns_of(header: Sequence[str], line: int) -> tuple[Columns, list[Problem]]:
    """The known columns of a header, and what is wrong with it."""
    places: dict[str, int] = {}
    remarks, problems, unused = [], [], []
    for position, title in enumerate(header):
        name = plain(title)
        known = name if name in KNOWN else ALIASES.get(name)
        if known is None:
            if name and name not in IGNORED:
                unused.append(title.strip())
        elif known in places:
            first = header[places[known]].strip()
            problems.append(
                Problem(f"two columns for {known!r}: {first!r} and {title.strip()!r}", known, line, advice="remove one")
            )
        else:
            places[known] = position
            if title.strip() != known:
                remarks.append(f"column {title.strip()!r} is read as {known!r}")
    has_diameters = {"length", "width"} <= set(places)
    missing = [c for c in REQUIRED if c not in places and not (c == "value" and has_diameters)]
    for column in missing:
        close = nearest(column, unused)
        advice = f"is it {close[0]!r}? Rename it {column!r}" if close else f"add a column {column!r}"
        problems.append(Problem(f"there is no column {column!r}", column, line, ", ".join(KNOWN), advice))
    if unused:
        remarks.append(f"columns not used: {', '.join(unused)}")
    return Columns(places, tuple(remarks)), problems
