"""Measured data of users and of published sets: one long table, read with its censoring, units and faults."""

from abscopal.measurements.ends import ends_of_animals
from abscopal.measurements.matching import matched
from abscopal.measurements.observation import ABOVE, BELOW, DEATH, EXACT, VOLUME, Measurements, Observation
from abscopal.measurements.plain import as_plain, by_arm, from_plain
from abscopal.measurements.reading import read
from abscopal.measurements.table import read_text_file
from abscopal.measurements.wide import is_wide, long_from_wide

__all__ = [
    "ABOVE",
    "BELOW",
    "DEATH",
    "EXACT",
    "VOLUME",
    "Measurements",
    "Observation",
    "as_plain",
    "by_arm",
    "ends_of_animals",
    "from_plain",
    "is_wide",
    "long_from_wide",
    "matched",
    "read",
    "read_text_file",
]
