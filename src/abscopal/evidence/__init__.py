"""Published experiments as data, and their conversion to studies."""

from abscopal.evidence.catalogue import catalogue, trials
from abscopal.evidence.fields import InvalidRecord
from abscopal.evidence.records import Claim, Record, RecordArm, read_record
from abscopal.evidence.trials import Trial, read_trial

__all__ = [
    "Claim",
    "InvalidRecord",
    "Record",
    "RecordArm",
    "Trial",
    "catalogue",
    "read_record",
    "read_trial",
    "trials",
]
