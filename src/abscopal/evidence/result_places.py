"""Where and when the measured results of a record are read in the study that is made from it."""

from __future__ import annotations

from abscopal.evidence.curation import names
from abscopal.evidence.curation.markers import readout_of
from abscopal.evidence.curation.names import NotCovered
from abscopal.evidence.curation.places import DISTANT, METASTASIS, PRIMARY
from abscopal.evidence.records import Record
from abscopal.evidence.results import MeasuredResult
from abscopal.vocabulary import comparable

_LEAST_AFTER_RESULT_DAYS = 1.0


def site_of(result: MeasuredResult) -> str:
    """The site of the study that a result is read at. Raises NotCovered."""
    if result.marker:
        return readout_of(result.marker).site or PRIMARY
    if comparable(result.site).startswith(comparable(METASTASIS)[:9]):
        return METASTASIS
    found = names.target_of(result.site)
    if len(found) != 1 or found[0] not in (PRIMARY, DISTANT):
        raise NotCovered(f"results of {result.site!r} are read at one tumour: primary, distant or metastasis")
    return found[0]


def sites_of_results(record: Record, arms: set[str]) -> set[str]:
    """Sites that the results of these arms are read at; one that is not covered needs none."""
    found = set()
    for result in record.results:
        try:
            found |= {site_of(result)} if result.arm in arms else set()
        except NotCovered:
            continue
    return found


def last_day_of_results(record: Record) -> float | None:
    """The day that the follow-up must reach for every result, on the record's clock [d]; None without a day."""
    days = [result.day for result in record.results if result.day is not None]
    days += [day for result in record.results for day in result.times]
    return max(days) + _LEAST_AFTER_RESULT_DAYS if days else None
