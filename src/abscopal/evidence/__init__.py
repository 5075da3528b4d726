"""Published experiments as data, and their conversion to studies."""

from abscopal.evidence.collection import catalogue, clashes, find, trials
from abscopal.evidence.conversion import Conversion, ConvertedClaim, convert
from abscopal.evidence.curation.defaults import DefaultSet, declared
from abscopal.evidence.fields import InvalidRecord
from abscopal.evidence.records import Claim, Record, RecordArm, read_record
from abscopal.evidence.results import MeasuredResult
from abscopal.evidence.trials import Trial, read_trial

__all__ = [
    "Claim",
    "Conversion",
    "ConvertedClaim",
    "DefaultSet",
    "InvalidRecord",
    "MeasuredResult",
    "Record",
    "RecordArm",
    "Trial",
    "catalogue",
    "clashes",
    "convert",
    "declared",
    "find",
    "read_record",
    "read_trial",
    "trials",
]
