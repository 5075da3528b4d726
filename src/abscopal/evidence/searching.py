"""Which records of the catalogue are about a tumour line, a drug or a metric."""

from __future__ import annotations

import re
from collections.abc import Mapping

from abscopal.errors import InputError, unknown_name
from abscopal.evidence.collection import catalogue
from abscopal.evidence.curation.lines import lines_of
from abscopal.evidence.curation.names import NotCovered, agent_of, agents_among, canonical, product_of
from abscopal.evidence.records import Record
from abscopal.vocabulary import MARKER, comparable

LINE, DRUG, METRIC = "tumour line", "drug", "metric"
_KIND_OF_ENTRY = {LINE: "lines", DRUG: "agents"}


def records_about(wanted: Mapping[str, str]) -> tuple[Record, ...]:
    """Records about every one of these names.

    Parameters
    ----------
    wanted : what it is (tumour line, drug, metric) -> name, in any spelling that a study may use; a cell product is
        found as a drug, a marker with or without `marker:`.

    Raises
    ------
    InputError
        No record is about a name; the nearest ones are offered.
    """
    chosen = catalogue()
    for what, name in wanted.items():
        names = {record.id: _names(record, what) for record in catalogue()}
        about = {record for record, found in names.items() if _is_among(what, name, found)}
        if not about:
            raise InputError(
                unknown_name(f"{what} of a record", name, {n for found in names.values() for n in found.values()})
            )
        chosen = tuple(record for record in chosen if record.id in about)
    return chosen


def _is_among(what: str, name: str, names: Mapping[str, str]) -> bool:
    if _keys(what, name) & names.keys():
        return True
    # CAR-T finds EGFR CAR-T, and a drug what it is given with; a line is never part of another's name.
    return what == DRUG and any(f" {_words(name)} " in f" {_words(shown)} " for shown in names.values())


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _keys(what: str, name: str) -> set[str]:
    """How a name is compared: as it is typed, and as the catalogue calls it."""
    entry = canonical(_KIND_OF_ENTRY[what], name) if what in _KIND_OF_ENTRY else None
    product = canonical("products", name) if what == DRUG else None
    return {comparable(text) for text in (name, name.removeprefix(MARKER), entry, product) if text} - {""}


def _names(record: Record, what: str) -> dict[str, str]:
    """Names of a record, its own and ours, by how they are compared."""
    found = {LINE: _lines, DRUG: _drugs, METRIC: _metrics}[what](record)
    return {comparable(name): name for name in found if name}


def _lines(record: Record) -> list[str]:
    return [line.name for line in lines_of(record.model.tumour, record.model.strain)]


def _drugs(record: Record) -> list[str]:
    found: list[str] = []
    for arm in record.arms:
        parts = [part for drug in arm.drugs for part in agents_among(drug.drug)]
        kinds = [cells.kind for cells in arm.cells]
        found += [*parts, *kinds, *map(_agent, parts), *map(_product, kinds)]
    return found


def _agent(drug: str) -> str:
    try:
        return agent_of(drug).agent
    except NotCovered:
        return ""


def _product(kind: str) -> str:
    try:
        return product_of(kind)
    except NotCovered:
        return ""


def _metrics(record: Record) -> list[str]:
    return [part for claim in record.claims for part in (claim.metric, claim.marker)]
